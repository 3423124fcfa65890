"""The help of one canned query: what it answers, and its parameters."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Final

from typer.core import TyperCommand

from gbagraph.cli.failure import fail
from gbagraph.errors import GbaGraphError
from gbagraph.queries.calls import without_server
from gbagraph.queries.catalog import all_queries, find

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typer import Context

    from gbagraph.queries.canned import CannedQuery
    from gbagraph.queries.parameters import Parameter

_WIDTH: Final = 88


class RunCommand(TyperCommand):
    """The command that runs a canned query: with the name of one, its help is that of the query."""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:  # type: ignore[override]
        """Show the help of a canned query where it is asked for, else read the arguments."""
        if not {"--help", "-h"}.isdisjoint(args):
            try:
                name = _name(args)
                found = find(name) if name else None
            except GbaGraphError as problem:
                fail(problem.message)
            if found is not None:
                print(text(found))  # noqa: T201
                ctx.exit()
        return super().parse_args(ctx, args)


def _name(args: list[str]) -> str:
    """The canned query that a command line names; empty if it names none."""
    first = "" if args[0].startswith("-") else args[0]
    return first or next((arg for arg in args if arg in all_queries()), "")


def text(query: CannedQuery) -> str:
    """The help of *query*."""
    arguments = " ".join(map(_argument, query.parameters))
    parts = [
        f"Usage: gbagraph run {query.name} {arguments}".rstrip() + " [OPTIONS]",
        _indented(query.summary),
        _indented(query.description),
        _indented(without_server(query)),
        *(
            ["Parameters:\n" + "\n".join(map(_parameter, query.parameters))]
            if query.parameters
            else []
        ),
        f"Its text: gbagraph queries show {query.name}. The options: gbagraph run --help.",
    ]
    return "\n\n".join(filter(None, parts))


def _argument(row: Parameter) -> str:
    must = row.required and row.default is None
    return f"{row.name}=VALUE" if must else f"[{row.name}=VALUE]"


def _parameter(row: Parameter) -> str:
    return _indented(f"{row.name}: {' '.join(_said(row))}", "    ")


def _said(row: Parameter) -> Iterator[str]:
    yield row.description
    yield f"Expected: {row.expects}."
    if row.is_list:
        yield "Can be given several times."
    if row.default is not None:
        yield f"By default {row.default}."
    else:
        yield "Required." if row.required else "Optional."
    if row.example is not None:
        yield f"For example {row.name}={row.example}."


def _indented(said: str, later: str = "  ") -> str:
    return textwrap.fill(said, _WIDTH, initial_indent="  ", subsequent_indent=later)

"""The command that puts a dataset into an engine elsewhere: publish."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from gbagraph import publication
from gbagraph.cli.output import FOUND, fail
from gbagraph.cli.serving import settings_of, with_settings
from gbagraph.composition import published
from gbagraph.errors import SettingError
from gbagraph.features.remote import EngineSettings
from gbagraph.rdf.namespaces import in_full
from gbagraph.settings import rows, table
from gbagraph.text import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gbagraph.features.remote.contents import Comparison
    from gbagraph.features.remote.publishing import Publishing, Tell
    from gbagraph.settings import Settings


_OF_THE_DATA: Final = (
    *("engine", "engine_default_graph", "data", "infer"),
    *("queries", "title", "base", "prefixes"),
)
"""The settings on which it depends what is published, and where."""
_EVERY: Final = 10.0
"""Seconds between two lines of progress where there is no terminal."""


def _publish(
    *,
    graph_store: Annotated[
        str, typer.Option(help="The engine's endpoint of the Graph Store Protocol.")
    ] = "",
    update: Annotated[
        str,
        typer.Option(help="The engine's update endpoint: then all graphs change in one request."),
    ] = "",
    together: Annotated[
        bool,
        typer.Option(
            help="Send all graphs in one N-Quads document, if the engine takes one; needs --update."
        ),
    ] = False,
    approximate: Annotated[
        list[str] | None,
        typer.Option(
            help="A datatype whose values the engine may change, such as geo:wktLiteral in Virtuoso."
        ),
    ] = None,
    verify_only: Annotated[bool, typer.Option(help="Only compare what the engine holds.")] = False,
    **given: Any,  # noqa: ANN401  the values of the settings
) -> None:
    """Put the dataset into an engine, and compare what is there."""
    settings = settings_of(given)
    try:
        _check(settings, graph_store, update, verify_only=verify_only)
        begun = time.monotonic()
        with _publishing(settings, graph_store, update, approximate or ()) as publishing:
            if publishing.splits_blank_nodes() and not together:
                _note(
                    "Blank nodes that several graphs share become different ones: see --together."
                )
            comparisons = publishing.compare() if verify_only else publishing.run(together=together)
            others = publishing.others()
    except KeyboardInterrupt:
        fail("Interrupted. --verify-only tells what is there; the same command again goes on.", 130)
    for each in comparisons:
        print(f"{each.part.shown}: {each.text}")  # noqa: T201
    wrong = [each for each in comparisons if not each.is_right]
    if wrong:
        fail(
            f"Not there as it has to be: {len(wrong)} of {counted(len(comparisons), 'graph')}.",
            code=FOUND,
        )
    _tell_end(settings, comparisons, others, time.monotonic() - begun)


def _check(settings: Settings, graph_store: str, update: str, *, verify_only: bool) -> None:
    """Raise SettingError unless the settings say where to publish."""
    if len(settings.of(EngineSettings).engine) != 1:
        raise SettingError(
            "Name the query endpoint of the engine by --engine, one at a time.", setting="engine"
        )
    if not graph_store and not verify_only:
        raise SettingError(
            "Name the engine's endpoint of the Graph Store Protocol by --graph-store.",
            setting="graph_store",
        )
    for option, address in (("--graph-store", graph_store), ("--update", update)):
        if address:
            _check_address(option, address)


def _check_address(option: str, address: str) -> None:
    try:
        table()["engine"].checked(address)
    except ValueError as problem:
        raise SettingError(
            f"{option} is {address!r}, but has to be {problem}.", setting=option.lstrip("-")
        ) from None


@contextmanager
def _publishing(
    settings: Settings, graph_store: str, update: str, approximate: Sequence[str]
) -> Iterator[Publishing]:
    # Imported here: the other commands need none of it.
    from gbagraph.dataset.loader import load
    from gbagraph.features.remote.access import of_environment
    from gbagraph.features.remote.publishing import Publishing, Target

    remote = settings.of(EngineSettings)
    publication.use(published(settings.having(engine=())))
    auth = of_environment()
    with (
        _progress() as tell,
        Target(remote.engine[0], graph_store, update, auth, settings.contact) as target,
    ):
        tell("Reading the data", 0, 1)
        store, _ = load(settings.data, infer=settings.infer)
        datatypes = [in_full(each) for each in approximate]
        yield Publishing(store, target, remote.engine_default_graph, tell, datatypes)


def _tell_end(
    settings: Settings, graphs: Sequence[Comparison], others: set[str], seconds: float
) -> None:
    quads = sum(each.size for each in graphs)
    kept = f" Left as they are: {counted(len(others), 'other graph')}." if others else ""
    engine = settings.of(EngineSettings).engine[0]
    print(  # noqa: T201
        f"All there: {counted(len(graphs), 'graph')}, {counted(quads, 'triple')} in {engine}, "
        f"compared in {seconds:,.0f} s.{kept}"
    )


def _note(text: str) -> None:
    print(text, file=sys.stderr)  # noqa: T201


@contextmanager
def _progress() -> Iterator[Tell]:
    """Report the progress on standard error: a line that moves, or one now and then."""
    if not sys.stderr.isatty():
        yield _lines()
        return
    from rich.console import Console

    with Console(stderr=True).status("") as status:
        yield lambda text, at, of: status.update(_step(text, at, of))


def _lines() -> Tell:
    last = time.monotonic()

    def tell(text: str, at: int, of: int) -> None:
        nonlocal last
        if time.monotonic() - last >= _EVERY:
            last = time.monotonic()
            _note(_step(text, at, of))

    return tell


def _step(text: str, at: int, of: int) -> str:
    return f"{text} ({at + 1} of {of})" if of > 1 else text


publish = with_settings(_publish, (each for each in rows() if each.name in _OF_THE_DATA))

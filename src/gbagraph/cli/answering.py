"""How an answer reaches the terminal, the pipe or the file."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from gbagraph.cli import project
from gbagraph.cli.options import DEFAULTS, wanted_formats
from gbagraph.cli.output import fail, show
from gbagraph.composition import engine_of
from gbagraph.engine import Engine, Query
from gbagraph.errors import GbaGraphError, NotAcceptable
from gbagraph.features.diagnostics.jobs import Explain
from gbagraph.features.remote.settings import EngineSettings
from gbagraph.features.stores.settings import OFF
from gbagraph.sparql.negotiation import languages

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from gbagraph.engine import Answer, Job

_HINTS: Final = 3
"""Diagnostics of an answer without rows that are shown at most."""


def engine(
    data: Sequence[Path] | None, infer: bool | None, timeout: float = DEFAULTS.query_timeout
) -> Engine:
    """The engine over *data*, or over the built-in dataset."""
    try:
        project.publish(data or ())
    except GbaGraphError as problem:
        fail(problem.message)
    here = project.settings()
    if data is not None:
        return Engine(data, infer=infer, timeout=timeout)
    if here.of(EngineSettings).engine and infer is None:
        return engine_of(here.having(query_timeout=timeout))
    # A command is too short to make an index.
    files = project.data()
    return engine_of(here.having(data=files, infer=infer, query_timeout=timeout, index=OFF))


def ask(
    query: Query, output: str | None, over: Engine, *, evidence: bool, labels: str = ""
) -> None:
    """Answer *query* in the format *output*, as a table where a terminal is asked for none.

    With *evidence*, each row comes with what it rests on; with *labels*, a list of languages, each IRI
    with its label.
    """
    wanted = output or ("table" if sys.stdout.isatty() else None)
    formats = wanted_formats(wanted)
    if evidence and wanted not in (None, "table", "json"):
        fail("Only table and json have room for the evidence of rows.", code=2)
    if evidence and labels:
        fail("Rows come with evidence or with labels, not with both.", code=2)
    try:
        tags = languages(labels)
    except GbaGraphError as problem:
        fail(problem.message, code=2)
    job = replace(query, formats=formats, evidence=evidence, labels=tags)
    found = asyncio.run(_answered(job, over, as_table=wanted == "table"))
    if found is not None:
        show(found)


def answer(job: Job, over: Engine) -> None:
    """Write the answer to *job* to standard output, whatever its format."""
    asyncio.run(_answered(job, over, as_table=False))


async def _answered(job: Job, over: Engine, *, as_table: bool) -> Answer | None:
    """Write the answer to standard output as it arrives; for a table, return it: that needs all rows."""
    try:
        async with over:
            found = await over.answer(job)
            await _explain_silence(job, found, over)
            if as_table and found.is_whole:
                return found
            await _write(found)
    except BrokenPipeError:
        sys.stderr.close()
    except GbaGraphError as problem:
        excerpt = [problem.details["excerpt"]] if "excerpt" in problem.details else []
        code = 2 if isinstance(problem, NotAcceptable) else 1
        fail("\n".join([problem.message, *excerpt]), code=code)
    return None


async def _write(found: Answer) -> None:
    """The bytes of an answer as they arrive, and an end of line if it has none."""
    last = found.body
    sys.stdout.buffer.write(last)
    async for last in found:
        sys.stdout.buffer.write(last)
    if last and not last.endswith(b"\n"):
        sys.stdout.buffer.write(b"\n")
    sys.stdout.flush()


async def _explain_silence(job: Job, found: Answer, over: Engine) -> None:
    """Say on standard error why an answer has no rows, as far as that can be told."""
    is_silent = found.is_whole and found.format.has_no_rows(found.body)
    if not isinstance(job, Query) or not is_silent:
        return
    # Imported here: nothing else needs it, and it takes a while.
    from gbagraph.api.explanations import Diagnostic  # noqa: PLC0415
    from gbagraph.features.diagnostics.diagnosis import paragraph  # noqa: PLC0415

    try:
        explained = await (await over.answer(Explain(job.text, job.infer))).read()
    except GbaGraphError:  # the answer itself is there
        return
    hints = [Diagnostic(**each) for each in json.loads(explained)["diagnostics"]]
    for each in hints[:_HINTS]:
        print(paragraph(each), file=sys.stderr)  # noqa: T201

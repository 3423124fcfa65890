"""The commands doctor and top: what is wrong with an installation, and which queries run."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import msgspec
import typer
from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from gbagraph.cli.output import CANNOT, FOUND, USAGE, fail
from gbagraph.cli.serving import settings_of, with_settings
from gbagraph.features.operations import control
from gbagraph.features.operations.control import Question
from gbagraph.paths import reason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gbagraph.features.operations.control import Running, ServerProcess


_MARKS: Final = {"good": "good   ", "warning": "WARNING", "fault": "FAULT  "}


def _doctor(**given: Any) -> None:  # noqa: ANN401  the values of all options
    """Check what a server started here needs, and what to fix."""
    settings = settings_of(given)
    # Imported here: the other commands need no web server.
    from gbagraph.features.operations.examination import examine

    console, is_faulty = Console(soft_wrap=True, highlight=False, markup=False), False
    for finding in examine(settings):
        is_faulty |= finding.verdict == "fault"
        console.print(f"{_MARKS[finding.verdict]}  {finding.what}: {finding.found}")
        if finding.advice:
            console.print(f"         {finding.advice}")
    if is_faulty:
        raise typer.Exit(FOUND)


doctor = with_settings(_doctor)


_EVERY: Final = 1.0
_COLUMNS: Final = (
    *("Query", "Port", "Client", "Seconds", "Processor", "Memory, MB", "Sent, kB", "Slot"),
    "Text",
)


def top(
    *,
    port: Annotated[
        int | None, typer.Option(help="The port of the server; by default all of yours.")
    ] = None,
    stop: Annotated[
        str | None, typer.Option(metavar="QUERY", help="Stop this query, and end.")
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="Show it once, and end.")] = False,
    output: Annotated[
        Literal["table", "json"], typer.Option("--format", "-f", help="How it is shown once.")
    ] = "table",
) -> None:
    """Show which queries run on your servers, or stop one of them.

    It shows the servers of this machine that your user started; to root, all. On Linux.
    """
    if stop is not None:
        _stop(stop)
    elif once or output == "json" or not Console().is_terminal:
        _show_once(port, output)
    else:
        _watch(port)


def _stop(name: str) -> None:
    pid, _, number = name.partition(".")
    matches = [each for each in control.processes() if str(each.pid) == pid]
    if not matches or not number.isdecimal():
        fail(f"There is no query {name}. gbagraph top --once shows those that run.", code=USAGE)
    try:
        reply = control.ask(matches[0], Question("stop", int(number)))
    except OSError as problem:
        fail(f"The server cannot be asked: {reason(problem)}.", code=CANNOT)
    if not reply.stopped:
        fail(f"The query {name} does not run any more.", code=CANNOT)
    print(f"The query {name} was stopped.")  # noqa: T201


def _running(port: int | None) -> Iterator[tuple[ServerProcess, Running]]:
    """What runs, the longest first; ends the command if there is no server to ask."""
    running, refused, is_any = [], "", False
    for process in control.processes(port):
        try:
            running += [(process, each) for each in control.ask(process, Question("list")).running]
            is_any = True
        except OSError as problem:
            refused = reason(problem)
    if not is_any:
        where = f" on port {port}" if port is not None else ""
        why = f": {refused}" if refused else ""
        fail(f"No server of this machine answers{where}{why}.", code=CANNOT)
    yield from sorted(running, key=lambda row: -row[1].seconds)


def _show_once(port: int | None, output: str) -> None:
    running = list(_running(port))
    if output == "json":
        rows = [
            {"query": _name(*row), "port": row[0].port, **msgspec.structs.asdict(row[1])}
            for row in running
        ]
        print(msgspec.json.format(msgspec.json.encode(rows)).decode())  # noqa: T201
        return
    Console().print(_table(running))


def _watch(port: int | None) -> None:
    with Live(_table(list(_running(port))), auto_refresh=False, screen=True) as screen:
        while True:
            time.sleep(_EVERY)
            screen.update(_table(list(_running(port))), refresh=True)


def _name(process: ServerProcess, running: Running) -> str:
    return f"{process.pid}.{running.number}"


def _table(running: list[tuple[ServerProcess, Running]]) -> Table:
    table = Table(*_COLUMNS, title=f"{len(running)} running", box=None)
    for process, each in running:
        table.add_row(
            *(_name(process, each), str(process.port), each.client, f"{each.seconds:.1f}"),
            *(
                f"{each.processor:.1f}",
                f"{each.memory:.0f}",
                f"{each.written / 1000:.0f}",
                each.slot,
            ),
            Text(each.text or each.what),  # a query is no markup of ours
        )
    return table

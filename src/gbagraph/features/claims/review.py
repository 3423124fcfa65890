"""The review of proposed claims in a terminal: passage and claim side by side, a key for a decision.

What others have written reaches the terminal with its controls escaped.
"""

from __future__ import annotations

import json
import sys
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import msgspec
import typer
from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from gbagraph.cli.output import USAGE, fail
from gbagraph.errors import RequestError, visible
from gbagraph.features.claims.decisions import AlreadyDecided, decide, items, pending
from gbagraph.text import counted

if TYPE_CHECKING:
    from gbagraph.features.claims.decisions import Item
    from gbagraph.features.claims.proposing import Shown
    from gbagraph.settings import Settings

_WIDE: Final = 100
"""Columns from which on passage and claim stand side by side."""
_KEYS: Final = "a accept  c correct  r reject  s skip  q quit"
_AGAIN: Final = (
    "The check finds what is told above. a again to accept it all the same  s back  q quit"
)


def show_all(settings: Settings, *, as_json: bool) -> None:
    """Print all proposals with the decisions on them."""
    listed = items(settings)
    if as_json:
        print(json.dumps(list(map(_record, listed)), indent=2))  # noqa: T201
        return
    waiting = sum(item.decision is None for item in listed)
    for item in listed:
        print(visible(" ".join(_line(item).splitlines())))  # noqa: T201
    left = counted(waiting, "proposal waits", "proposals wait")
    print(f"{left}, {len(listed) - waiting} decided.")  # noqa: T201


def _said(item: Item) -> str:
    return " \u2013 ".join(item.called())


def _record(item: Item) -> dict[str, Any]:
    return {
        **msgspec.to_builtins(item.proposal),
        "text": item.text,
        "said": _said(item),
        "fault": item.fault,
        "findings": [] if item.fault or item.decision else item.warnings,
        "decision": msgspec.to_builtins(item.decision),
    }


def _line(item: Item) -> str:
    made, claim = item.decision, f"{item.proposal.id}  {_said(item)}"
    if made is None:
        return f"waits      {claim}  (by {item.proposal.by or 'nobody named'}, {item.proposal.received})"
    why = f": {made.reason}" if made.reason else ""
    claim += f" \u2192 {made.text}" if made.decision == "corrected" else ""
    return f"{made.decision:9}  {claim}  (by {made.by}, {made.at}{why})"


def ask(settings: Settings, by: str) -> None:
    """Show each proposal that waits, and take the decision of *by* on it."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        fail(
            "The review asks for keys, and this is no terminal. See what waits with gbagraph claims "
            "review --list.",
            code=USAGE,
        )
    console = Console(highlight=False)
    skipped: set[str] = set()
    while waiting := [item for item in pending(settings) if item.proposal.id not in skipped]:
        item = waiting[0]
        show(console, item, len(waiting))
        if not _is_decided(console, settings, item, by):
            skipped.add(item.proposal.id)
    console.print("Nothing more to decide.")


def show(console: Console, item: Item, waiting: int) -> None:
    """Print a proposal: its passages with their words marked beside the claim, or above it."""
    passages = Group(*map(_passage, item.passages))
    claim = Group(
        Text(visible(_said(item)), style="bold", overflow="fold"),
        Text(),
        Text(visible(item.text.rstrip()), overflow="fold"),
        *_findings(item),
    )
    parts = Panel(passages, title="Text"), Panel(claim, title="Claim")
    table = Table.grid(expand=True)
    for row in [parts] if console.width >= _WIDE else [(part,) for part in parts]:
        table.add_row(*row)
    by = visible(item.proposal.by or "nobody named")
    left = counted(waiting, "proposal waits", "proposals wait")
    console.print(Text(f"{left}. This one is by {by}, {item.proposal.received}."))
    console.print(table)


def _passage(shown: Shown) -> Text:
    text = Text(f"{shown.name}  ", style="dim", overflow="fold")
    at = 0
    for start, end in (*shown.spans, (len(shown.text), len(shown.text))):
        text.append(visible(shown.text[at:start]), "not dim")
        text.append(visible(shown.text[max(at, start) : end]), "not dim bold reverse")
        at = max(at, end)
    return text


def _findings(item: Item) -> list[Text]:
    """Return why it cannot be accepted, or what the check would find once it is."""
    messages = [item.fault] if item.fault else item.warnings
    return [
        Text(visible(f"\n{each}"), style="red" if item.fault else "yellow") for each in messages
    ]


def _is_decided(console: Console, settings: Settings, item: Item, by: str) -> bool:
    """Take keys until there is a decision; False if the proposal is skipped."""
    text, decided = item.text, partial(decide, settings, item.proposal.id, by=by)
    while (key := _key(console)) != "s":
        if key == "a" and item.warnings and not item.fault and _key(console, _AGAIN) != "a":
            continue
        try:
            if key == "a":
                decided("accepted")
            elif key == "c":
                text = "\n".join(map(_edited, text.splitlines()))
                decided("corrected", text=text)
            else:
                decided("rejected", reason=input("Why? "))
        except AlreadyDecided as problem:
            console.print(Text(problem.message))
        except (EOFError, KeyboardInterrupt):  # while it was typed
            continue
        except RequestError as problem:
            console.print(Text(problem.message, style="red"))
            continue
        return True
    return False


def _key(console: Console, keys: str = _KEYS) -> str:
    """Return the key for what is done, of those that *keys* name; that to quit ends the command."""
    key = ""
    while key not in tuple("acrs"):
        console.print(Text(keys, style="dim"))
        key = typer.getchar().lower()
        if key == "q":
            raise typer.Exit
    return key


def _edited(line: str) -> str:
    """Return a line as it was edited in the terminal."""
    import readline  # noqa: PLC0415  it changes how all input is read

    readline.set_startup_hook(lambda: readline.insert_text(visible(line)))
    try:
        return input()
    finally:
        readline.set_startup_hook(None)

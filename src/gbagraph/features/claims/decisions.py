"""Decisions on proposed claims: what is accepted goes into the claims, who decided what is kept.

Beside the file of proposals, ``decisions.jsonl`` has a line for each decision. What is accepted is
written into the file ``accepted.claims`` of the claims folder. To undo a decision, take its line out of
both files, such as by reverting its commit: then the proposal waits again.
"""

from __future__ import annotations

import getpass
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from msgspec import Struct

from gbagraph.errors import RequestError

if TYPE_CHECKING:
    from gbagraph.features.claims.proposals import Received
    from gbagraph.settings import Settings

ACCEPTED: Final = "accepted.claims"
DECISIONS: Final = "decisions.jsonl"

Outcome = Literal["accepted", "corrected", "rejected"]


class AlreadyDecided(RequestError, name="already-decided", title="Already decided", status=409):
    """Somebody else has decided on the proposal."""


class Decision(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who decided what on the proposal *id*, and when (UTC): the text that was accepted, or why not."""

    id: str
    decision: Outcome
    text: str = ""
    reason: str = ""
    by: str
    at: str


class Shown(NamedTuple):
    """A passage on which a claim rests: its name, its text, and where the words stand in it."""

    name: str
    text: str
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A proposal to be decided on, or that is.

    ``text`` is the claim in the form, with a line for its thing; ``said`` tells it in labels.
    ``fault`` is why it cannot be accepted as it is, empty where it can.
    """

    proposal: Received
    text: str
    said: str
    passages: tuple[Shown, ...]
    fault: str = ""
    decision: Decision | None = None


def items(settings: Settings) -> list[Item]:
    """Return all proposals in the order of their receipt, with the decision on each."""
    raise NotImplementedError


def pending(settings: Settings) -> list[Item]:
    """Return the proposals on which nobody has decided, in the order of their receipt."""
    return [item for item in items(settings) if item.decision is None]


def decide(  # noqa: PLR0913  what is decided, and by whom
    settings: Settings, id: str, outcome: Outcome, *, by: str, text: str = "", reason: str = ""
) -> Decision:
    """Decide on the proposal *id*; accepted as it is, or *corrected* with its whole *text*.

    Raises:
        UnknownResource: there is no such proposal.
        AlreadyDecided: somebody has decided on it.
        BadParameter: the text is no claim whose words stand in its passage, or a reason is missing.
        SettingError: the project has no claims, text or proposals.
    """
    raise NotImplementedError


def user() -> str:
    """Return who decides where nobody says so: git's user.name, or else the name of the login."""
    git = subprocess.run(  # noqa: S603
        ("git", "config", "user.name"), capture_output=True, text=True, check=False
    )
    return git.stdout.strip() or getpass.getuser()

"""Decisions on proposed claims: what is accepted goes into the claims, who decided what is kept.

Beside the file of proposals, ``decisions.jsonl`` has a line for each decision. What is accepted is
added to the file ``accepted.claims`` of the claims folder. To undo a decision, take its line out of
both files, such as by reverting its commit: then the proposal waits again.
"""

from __future__ import annotations

import getpass
import subprocess
from functools import cached_property
from shutil import which
from typing import TYPE_CHECKING, Final

import msgspec

from gbagraph.errors import BadParameter, RequestError, UnknownResource
from gbagraph.features.claims.expansion import folded
from gbagraph.features.claims.project import load
from gbagraph.features.claims.proposals import (
    DECISIONS,
    Decision,
    Received,
    append,
    decided,
    lines,
    locked,
    now,
)
from gbagraph.features.claims.proposing import Drafting, file_of
from gbagraph.features.claims.writing import write
from gbagraph.paths import write_whole

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gbagraph.features.claims.model import Claim
    from gbagraph.features.claims.names import Names
    from gbagraph.features.claims.proposals import Outcome
    from gbagraph.features.claims.proposing import Draft, Shown
    from gbagraph.settings import Settings

ACCEPTED: Final = "accepted.claims"
"""The name of the file of accepted claims, in the folder of the claims."""


class AlreadyDecided(RequestError, name="already-decided", title="Already decided", status=409):
    """Somebody else has decided on the proposal."""


class Item:
    """A proposal and the decision on it, None where it waits; with how it reads, once that is asked."""

    def __init__(
        self, proposal: Received, decision: Decision | None, project: Drafting, after: Drafting
    ) -> None:
        self.proposal, self.decision = proposal, decision
        self._project, self._after = project, after

    @cached_property
    def _draft(self) -> Draft:
        if self.decision and self.decision.text:
            return self._after.parsed(self.decision.text)
        return self._after.drafted(self.proposal)

    @property
    def text(self) -> str:
        """The claim in the form, below its thing, as it was proposed or accepted."""
        return self._draft.text

    def called(self, language: str = "") -> tuple[str, str, str]:
        """Return what its thing, its property and its value are called."""
        return self._after.called(self.proposal, language)

    @cached_property
    def passages(self) -> tuple[Shown, ...]:
        """The passages on which it rests, and where its words stand in them."""
        return self._after.shown(self._draft)

    @cached_property
    def fault(self) -> str:
        """Why it cannot be accepted as it is; empty where it can.

        It may need another proposal that waits, which introduces a thing.
        """
        return self._draft.fault or self._project.parsed(self._draft.text).fault

    @cached_property
    def warnings(self) -> list[str]:
        """What the check of the claims would find in it, which does not keep it from being accepted."""
        return self._after.warnings(self._draft)


def items(settings: Settings) -> list[Item]:
    """Return all proposals in the order of their receipt, with the decision on each.

    Raises:
        SettingError: the project has no claims, text or proposals.
    """
    path, project = file_of(settings), load(settings)
    known, made = lines(path, Received), decided(path)
    at_once, after = Drafting(project), Drafting(project)
    for each in known:
        if each.id not in made:
            after.expect(each)
    return [Item(each, made.get(each.id), at_once, after) for each in known]


def pending(settings: Settings) -> list[Item]:
    """Return the proposals on which nobody has decided, in the order of their receipt."""
    return [item for item in items(settings) if item.decision is None]


def decide(  # noqa: PLR0913  what is decided, and by whom
    settings: Settings,
    proposal: str,
    outcome: Outcome,
    *,
    by: str,
    text: str = "",
    reason: str = "",
) -> Decision:
    """Decide on the proposal with this id; accepted as it is, or *corrected* with its whole *text*.

    Raises:
        UnknownResource: there is no such proposal.
        AlreadyDecided: somebody has decided on it.
        BadParameter: the text is no claim whose words stand in its passage, or a reason is missing.
        SettingError: the project has no claims, text or proposals.
    """
    path = file_of(settings).with_name(DECISIONS)
    with locked(path):
        item = _undecided(settings, proposal)
        if outcome == "rejected":
            if not reason.strip():
                raise BadParameter("Say why it is rejected.")
            text = ""
        elif outcome == "accepted" and item.fault:
            raise BadParameter(item.fault)
        else:
            text = _accept(settings, text if outcome == "corrected" else item.text)
        made = Decision(id=proposal, decision=outcome, text=text, reason=reason, by=by, at=now())
        append(path, msgspec.json.encode(made))
    return made


def _undecided(settings: Settings, proposal: str) -> Item:
    known = {item.proposal.id: item for item in items(settings)}
    if proposal not in known:
        raise UnknownResource(f"There is no proposal {proposal!r}.")
    if decision := known[proposal].decision:
        raise AlreadyDecided(f"Somebody has already decided on it: {decision}.")
    return known[proposal]


def _accept(settings: Settings, text: str) -> str:
    """Add the claims of *text* to the file of accepted ones; return them as they are written.

    Nothing is added where they are claimed already, as when a decision was interrupted.
    """
    project = load(settings)
    path, drafting = settings.value("claims") / ACCEPTED, Drafting(project)
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    draft, whole = drafting.parsed(text), drafting.parsed(f"{before}\n{text}")
    if fault := draft.fault or whole.fault:
        raise BadParameter(fault)
    if not draft.claims:
        raise BadParameter("There is no claim. Write a thing, and below it a property.")
    written = write(draft.claims, project.names)
    if not _content(draft.claims, project.names) <= _content(project.claims, project.names):
        path.parent.mkdir(exist_ok=True)
        write_whole(path, "\n".join(filter(None, (before, written))).encode())
    return written


def _content(claims: Iterable[Claim], names: Names) -> set[object]:
    """Return what lines say, wherever they are written, without what other lines add to it."""
    return {*(short := folded(claims, names)).kept, *short.measures.items()}


def user() -> str:
    """Return who decides where nobody says so: git's user.name, or else the name of the login."""
    git = which("git")
    if git is None:
        return getpass.getuser()
    command = (git, "config", "user.name")
    said = subprocess.run(  # noqa: S603  it is git's
        command, capture_output=True, text=True, check=False
    ).stdout
    return said.strip() or getpass.getuser()

"""Proposals as claims in the form: what is wrong with one, how it reads, and on which words it rests."""

from __future__ import annotations

import copy
import re
from collections import defaultdict
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from msgspec import Struct

from gbagraph.errors import BadParameter, GbaGraphError, SettingError
from gbagraph.features.claims import proposals
from gbagraph.features.claims.form import declare, parse
from gbagraph.features.claims.model import Words
from gbagraph.features.claims.project import load
from gbagraph.rdf.namespaces import expand
from gbagraph.settings import FILE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from gbagraph.features.claims import model
    from gbagraph.features.claims.project import Project
    from gbagraph.settings import Settings

_TYPE, _LABEL = expand("rdf:type"), expand("rdfs:label")
_STRING: Final = re.compile(r'"(?:\\.|[^"\\])*"')
_OF_FORM: Final = re.compile(r"[|\uff5c#]")
"""What ends a value in the form."""
_KNOWN: Final = re.compile(r"^([^\s:\uff1a]+)\s*[:\uff1a]\s*$", re.MULTILINE)
"""A thing without a kind, which has to be known."""
_ABOUT_VALUE: Final = re.compile(r"^\s+\S+\s+|\s+[|\uff5c].*$")
"""What stands about the value of a line."""
_WHERE: Final = "proposal"
"""The name of the text of a proposal, where a file would be named."""


class Answer(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Whether a proposal was taken: its id, and how it reads in the form; or what is wrong with it."""

    taken: bool
    id: str = ""
    claim: str = ""
    problem: str = ""

    def __str__(self) -> str:
        return f"waits as {self.id}" if self.taken else f"refused. {self.problem}"


class Draft(NamedTuple):
    """A proposal in the form, as claims, and why these cannot be accepted; empty where they can."""

    text: str
    claims: tuple[model.Claim, ...] = ()
    fault: str = ""


class Shown(NamedTuple):
    """A passage on which a claim rests: its name, its text, and where the words stand in it."""

    name: str
    text: str
    spans: tuple[tuple[int, int], ...]


def file_of(settings: Settings) -> Path:
    """Return the file of proposals; raises SettingError if *settings* name none."""
    found: Path | None = settings.value("proposals")
    if found is None:
        raise SettingError(
            f'proposals is missing in {FILE}. Add the line: proposals = "proposals.jsonl"',
            setting="proposals",
        )
    return found


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", r"\\").replace('"', r"\"") + '"'


def _evidence(proposal: proposals.Claim, passage: str) -> str:
    basis = "" if proposal.basis == "stated" else f"{proposal.basis} "
    resolves = f" resolves {_quoted(proposal.resolves)}" if proposal.resolves else ""
    note = proposal.note.replace("|", r"\|")
    words = f" {_quoted(proposal.words)}" if proposal.words else ""
    return f"{basis}{passage}{words}{resolves}{note and f' | {note}'}"


def propose(settings: Settings, given: Iterable[Any], by: str = "") -> list[Answer]:
    """Take what is *given* (JSON) into the file of proposals, each that is right; say what is wrong.

    Raises:
        SettingError: the project has no claims, text or proposals.
        OSError: the file cannot be written.
    """
    taking = _Taking(settings)
    return [taking.taken(each, by) for each in given]


class _Taking:
    """Proposals are added to a file, each beside those that wait there."""

    def __init__(self, settings: Settings) -> None:
        self._path = file_of(settings)
        self._drafting = Drafting(load(settings))
        self._decided = proposals.decided(self._path)
        for each in proposals.lines(self._path, proposals.Received):
            if each.id not in self._decided:
                self._drafting.expect(each)

    def taken(self, given: Any, by: str) -> Answer:  # noqa: ANN401  any JSON
        try:
            proposal = proposals.read(given, by)
            draft = self._drafting.drafted(proposal)
            self._check(proposals.name(proposal), draft)
            found = proposals.add(self._path, proposal)
        except GbaGraphError as problem:
            return Answer(taken=False, problem=problem.message)
        self._drafting.expect(proposal)
        return Answer(taken=True, id=found.id, claim=draft.text)

    def _check(self, name: str, draft: Draft) -> None:
        if draft.fault:
            raise BadParameter(draft.fault)
        if decision := self._decided.get(name):
            raise BadParameter(f"Of this claim is already said: {decision.told()}.")


class Drafting:
    """Writes proposals in the form, as claims of a project."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._declared = frozenset(project.names.things)
        self._names = copy.copy(project.names)
        self._names.things = dict(project.names.things)

    def expect(self, proposal: proposals.Claim) -> None:
        """Take a new thing of a proposal as declared, in what is drafted after it."""
        if proposal.kind:
            declare(f"{proposal.subject}: {proposal.kind}\n", _WHERE, self._names)

    def drafted(self, proposal: proposals.Claim) -> Draft:
        """Return a proposal in the form, as claims."""
        try:
            text = self._text(proposal)
        except BadParameter as problem:
            return Draft(f"{proposal.subject}:", fault=problem.message)
        return self.parsed(text)

    def parsed(self, text: str) -> Draft:
        """Return the claims of a text in the form."""
        known, unknown = dict(self._names.things), self._unknown(text)
        claims, faults = parse(text, _WHERE, self._names)
        self._names.things = known
        said = (*unknown, *(fault.message for fault in faults), *self._missing(claims))
        return Draft(text, tuple(claims), " ".join(dict.fromkeys(said)))

    def _unknown(self, text: str) -> list[str]:
        """Say which things in a text have no kind, neither there nor in the claims."""
        said = []
        for name in set(_KNOWN.findall(text)) - self._names.things.keys():
            try:
                self._names.read(name, "value")
            except BadParameter as problem:
                said.append(problem.message)
        return said

    def _missing(self, claims: Iterable[model.Claim]) -> Iterator[str]:
        """Say which words do not stand where the claims say, and where they do."""
        rests = [rest for claim in claims for rest in claim.rests]
        for passage, words in ((rest.passage, each) for rest in rests for each in rest.words):
            try:
                if passage.startswith(self._names.passages):
                    self._project.passages.select(passage, words)
            except BadParameter as problem:
                there = words.text and self._passages(words.text)
                yield problem.message + (f" They stand in {', '.join(there)}." if there else "")

    def _text(self, proposal: proposals.Claim) -> str:
        if _OF_FORM.search(_STRING.sub("", f"{proposal.value} {proposal.kind}")):
            raise BadParameter(
                f"{proposal.value!r} has a sign of the form outside of quote marks. Give a value alone."
            )
        passage = proposal.passage or self._passage(proposal.words)
        line = f"  {proposal.property} {proposal.value} | {_evidence(proposal, passage)}\n"
        return self._head(proposal, passage) + line

    def _head(self, proposal: proposals.Claim, passage: str) -> str:
        """Return the lines that name the thing: with its kind and its label where it is new."""
        if proposal.subject in self._declared or not proposal.kind:
            return f"{proposal.subject}:\n"
        if not proposal.label and proposal.property != "label":
            raise BadParameter(f"{proposal.subject!r} is new, so it needs a label.")
        label = f"  label {_quoted(proposal.label)}@{self._names.language} | "
        is_said = self._spans(f"{self._names.passages}{passage}", [Words(proposal.label)])
        words = _quoted(proposal.label if is_said else proposal.words)
        label += f"{'' if is_said else 'worded '}{passage} {words}\n"
        return f"{proposal.subject}: {proposal.kind}\n" + label * bool(proposal.label)

    def _passage(self, words: str) -> str:
        """Return the name of the one passage where *words* stand once."""
        found = self._passages(words)
        if len(found) != 1:
            where = (
                f"stand in {', '.join(found)}: name one" if found else "stand in no passage once"
            )
            raise BadParameter(f"The words {words!r} {where}.")
        return found[0]

    def _passages(self, words: str) -> list[str]:
        there = self._project.passages.passages.items()
        return [each.name for iri, each in there if self._spans(iri, [Words(words)])]

    def said(self, draft: Draft) -> str:
        """Return in labels what a draft says of its thing, as far as there are any."""
        thing, lines = self._names.base + draft.text.partition(":")[0], draft.text.splitlines()
        told = [claim for claim in draft.claims if claim.subject.value == thing]
        nodes = {claim.subject.value for claim in draft.claims} - {thing}
        labels = {
            claim.subject.value: claim.value.value
            for claim in (*self._project.claims, *draft.claims)
            if claim.predicate.value == _LABEL and claim.subject.value not in nodes
        }

        def said_of(claim: model.Claim) -> str:
            terms = (claim.subject.value, claim.predicate.value, claim.value.value)
            parts = [labels.get(each) or self._label(each) for each in terms]
            if claim.value.value in nodes:  # of a quantity
                parts[2] = _ABOUT_VALUE.sub("", lines[claim.place.line - 1])
            return " \u2013 ".join(parts)

        of_kind = (_TYPE, _LABEL)
        found = [claim for claim in told if claim.predicate.value not in of_kind] or told
        return "; ".join(map(said_of, found))

    def _label(self, iri: str) -> str:
        term = self._names.terms.get(iri)
        ours = term.labels if term else {}
        return (
            ours.get(self._names.language) or ours.get("en") or iri.removeprefix(self._names.base)
        )

    def shown(self, draft: Draft) -> tuple[Shown, ...]:
        """Return the passages on which a draft rests, with the words that were found."""
        rests: dict[str, list[Words]] = defaultdict(list)
        for claim in draft.claims:
            for passage, words in claim.rests:
                rests[passage] += words
        there = self._project.passages.passages
        return tuple(
            Shown(there[iri].name, there[iri].text, self._spans(iri, words))
            for iri, words in rests.items()
            if iri in there
        )

    def _spans(self, passage: str, words: Iterable[Words]) -> tuple[tuple[int, int], ...]:
        """Return where words stand in a passage, but for those that do not stand there once."""
        found = set()
        for each in words:
            with suppress(BadParameter):
                found.add(self._project.passages.select(passage, each)[:2])
        return tuple(sorted(found))

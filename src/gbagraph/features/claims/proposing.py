"""Proposals as claims in the form: what is wrong with one, how it reads, and on which words it rests."""

from __future__ import annotations

import copy
import json
import re
from collections import defaultdict
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from msgspec import Struct
from pyoxigraph import Literal

from gbagraph.errors import BadParameter, GbaGraphError, SettingError
from gbagraph.features.claims import proposals
from gbagraph.features.claims.checking import of_claim
from gbagraph.features.claims.expansion import LABEL
from gbagraph.features.claims.form import STRING, declare, parse
from gbagraph.features.claims.model import Words
from gbagraph.features.claims.project import load
from gbagraph.features.claims.rules.case import Case
from gbagraph.settings import FILE
from gbagraph.web.templating import in_script, in_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from gbagraph.features.claims import model
    from gbagraph.features.claims.names import Use
    from gbagraph.features.claims.project import Project
    from gbagraph.settings import Settings

_STRING: Final = re.compile(STRING)
_OF_FORM: Final = re.compile(r"[|\uff5c#]")
"""What ends a value in the form."""
_KNOWN: Final = re.compile(r"^([^\s:\uff1a]+)\s*[:\uff1a]\s*$", re.MULTILINE)
"""A thing without a kind, which has to be known."""
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
    path: Path | None = settings.value("proposals")
    if path is None:
        raise SettingError(
            f'proposals is missing in {FILE}. Add the line: proposals = "proposals.jsonl"',
            setting="proposals",
        )
    return path


def _fault(function: Callable[..., object], *given: object) -> list[str]:
    """Return what is wrong with what is *given* to a function; nothing where nothing is."""
    try:
        function(*given)
    except BadParameter as problem:
        return [problem.message]
    return []


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _words(words: str) -> str:
    return f" {_quoted(words)}" if words else ""


def _evidence(proposal: proposals.Claim, passage: str, language: str) -> str:
    """Return the words on which a claim rests, and how, as the form writes it."""
    basis = "" if proposal.basis == "stated" else f"{proposal.basis} "
    resolves = f" resolves {_quoted(proposal.resolves)}" if proposal.resolves else ""
    note = f" | {_quoted(proposal.note)}@{language}" if proposal.note else ""
    return f"{basis}{passage}{_words(proposal.words)}{resolves}{note}"


def propose(settings: Settings, given: Iterable[Any], by: str = "") -> list[Answer]:
    """Take what is *given* (JSON) into the file of proposals, each that is right; say what is wrong.

    Raises:
        SettingError: the project has no claims, text or proposals.
        OSError: the file cannot be written.
    """
    path, drafting = file_of(settings), Drafting(load(settings))
    decided = proposals.decided(path)
    for each in proposals.lines(path, proposals.Received):
        if each.id not in decided:
            drafting.expect(each)

    def taken(content: Any) -> Answer:  # noqa: ANN401  any JSON
        try:
            proposal = proposals.read(content, by)
            draft, made = drafting.drafted(proposal), decided.get(proposals.name(proposal))
            if fault := draft.fault or (made and f"It is decided on: {made}."):
                raise BadParameter(fault)
            added = proposals.add(path, proposal)
        except GbaGraphError as problem:
            return Answer(taken=False, problem=problem.message)
        drafting.expect(proposal)
        return Answer(taken=True, id=added.id, claim=draft.text)

    return list(map(taken, given))


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
        unknown = (each for each in _KNOWN.findall(text) if each not in self._names.things)
        return [said for each in unknown for said in _fault(self._names.read, each, "value")]

    def _missing(self, claims: Iterable[model.Claim]) -> Iterator[str]:
        """Say which words do not stand where the claims say, and where they do."""
        rests = (rest for claim in claims for rest in claim.rests)
        for passage, words in ((rest.passage, each) for rest in rests for each in rest.words):
            if passage.startswith(self._names.passages):
                for said in _fault(self._project.passages.select, passage, words):
                    there = ", ".join(self._passages(words.text)) if words.text else ""
                    yield f"{said} They stand in {there}." if there else said

    def _text(self, proposal: proposals.Claim) -> str:
        if _OF_FORM.search(_STRING.sub("", f"{proposal.value} {proposal.kind}")):
            raise BadParameter(
                f"{proposal.value!r} has a sign of the form outside of quote marks. Give a value alone."
            )
        passage = proposal.passage or self._passage(proposal.words)
        evidence = _evidence(proposal, passage, self._names.language)
        line = f"  {proposal.property} {proposal.value} | {evidence}\n"
        return self._head(proposal, passage) + line

    def _head(self, proposal: proposals.Claim, passage: str) -> str:
        """Return the lines that name the thing: with its kind and its label where it is new."""
        if proposal.subject in self._declared or not proposal.kind:
            return f"{proposal.subject}:\n"
        if not proposal.label and proposal.property != "label":
            raise BadParameter(f"{proposal.subject!r} is new, so it needs a label.")
        label = f"  label {_quoted(proposal.label)}@{self._names.language} | "
        is_said = self._spans(f"{self._names.passages}{passage}", [Words(proposal.label)])
        words = proposal.label if is_said else proposal.words
        label += f"{'' if is_said else 'worded '}{passage}{_words(words)}\n"
        return f"{proposal.subject}: {proposal.kind}\n" + label * bool(proposal.label)

    def _passage(self, words: str) -> str:
        """Return the name of the one passage where *words* stand once."""
        there = self._passages(words)
        if len(there) != 1:
            where = (
                f"stand in {', '.join(there)}: name one" if there else "stand in no passage once"
            )
            raise BadParameter(f"The words {words!r} {where}.")
        return there[0]

    def _passages(self, words: str) -> list[str]:
        there = self._project.passages.passages.items()
        return [each.name for iri, each in there if self._spans(iri, [Words(words)])]

    @cached_property
    def _labels(self) -> dict[str, dict[str, str]]:
        labels = {iri: dict(term.labels) for iri, term in self._names.terms.items()}
        for claim in self._project.claims:
            if claim.predicate == LABEL and isinstance(claim.value, Literal):
                told = labels.setdefault(claim.subject.value, {})
                told[claim.value.language or ""] = claim.value.value
        return labels

    def called(self, proposal: proposals.Claim, language: str = "") -> tuple[str, str, str]:
        """Return what the thing, the property and the value of a proposal are called.

        By default it is in the language of the project.
        """
        language = language or self._names.language
        return (
            self._called(proposal.subject, "subject", language, proposal.label or proposal.subject),
            self._called(proposal.property, "property", language, in_words(proposal.property)),
            self._called(proposal.value, "value", language, proposal.value),
        )

    def _called(self, word: str, use: Use, language: str, otherwise: str) -> str:
        with suppress(BadParameter):  # it is no name
            known = self._labels.get(self._names.read(word, use), {})
            return in_script(known, language) or next(iter(known.values()), otherwise)
        return otherwise

    def warnings(self, draft: Draft) -> list[str]:
        """Return what ``gbagraph claims check`` would find in what the claims of a draft say."""
        claims = (*self._project.claims, *draft.claims)
        case = Case(replace(self._project, claims=claims))
        faults = (fault for claim in draft.claims for fault in of_claim(case, claim))
        return list(dict.fromkeys(f"{each.message} [{each.rule}]" for each in faults))

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
        spans = set()
        for each in words:
            with suppress(BadParameter):
                spans.add(self._project.passages.select(passage, each)[:2])
        return tuple(sorted(spans))

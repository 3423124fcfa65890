"""The claims form: what its lines say, and claims written as such lines."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

import pyoxigraph as ox

from gbagraph.errors import BadParameter
from gbagraph.features.claims import expansion
from gbagraph.features.claims.expansion import KIND_NOTE, TYPE, UNITS, Measure
from gbagraph.features.claims.model import Claim, Fault, Place, Rest, Words
from gbagraph.features.claims.names import BASES, BOUNDS, LISTS
from gbagraph.features.claims.scanning import Line, Wrong, lines, note, tokens
from gbagraph.features.claims.writing import write
from gbagraph.rdf.namespaces import PREFIXES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gbagraph.features.claims.model import Basis
    from gbagraph.features.claims.names import Names, Use
    from gbagraph.features.claims.scanning import Token

__all__ = ["declare", "parse", "write"]

_SENTENCE: Final = re.compile(r"(.*?)\.([1-9]\d{0,8})\Z", re.ASCII | re.DOTALL)
_HEAD: Final = re.compile(r"(\w[\w.-]*)\s*(?::(?!\S)|：)([^|｜]*)")


class _Evidence(NamedTuple):
    basis: Basis
    rests: tuple[Rest, ...] = ()
    note: str = ""
    note_language: str = ""
    resolves: str = ""
    name: str = ""
    fine: tuple[str, ...] = ()


class _Cursor:
    """The parts of a line, from the first on."""

    def __init__(self, line: Line) -> None:
        self.line, (self._tokens, self.note_at), self._next = line, tokens(line), 0

    @property
    def now(self) -> Token:
        return self._tokens[self._next]

    def take(self) -> Token:
        token = self.now
        self._next += token.kind != "end"
        return token

    def sign(self, signs: str) -> bool:
        """Whether one of *signs* is next, which is then taken."""
        found = self.now.kind == "sign" and self.now.text in signs
        self._next += found
        return found

    def word(self, words: Mapping[str, str] | tuple[str, ...]) -> str:
        """The next word if it is one of *words*, which is then taken; else empty."""
        found = self.now.kind == "word" and self.now.text in words
        return self.take().text if found else ""

    def place(self) -> Place:
        return self.line.place(self.now.at)

    def expected(self, what: str) -> Wrong:
        token = self.now
        there = "the line ends" if token.kind == "end" else f"there is {token.text[:60]!r}"
        hint = (
            " A line that is indented more than a property continues it." * self.line.is_continued
        )
        return Wrong(token.at, f"Here {there}; {what} is expected.{hint}")


def declare(text: str, file: str, names: Names) -> None:
    """Tell *names* the things that *text* declares, with their kinds; a later place of one changes nothing."""
    for line in lines(text, file, []):
        head = None if line.is_property else _HEAD.match(line.text)
        if head:
            kinds = tuple(kind for kind in re.split(r"[\s,，、]+", head[2]) if kind)
            names.things.setdefault(head[1], (kinds, line.place(0)))


def parse(text: str, file: str, names: Names) -> tuple[list[Claim], list[Fault]]:
    """Return the claims that *text* writes, and what is wrong in it; nothing is raised.

    Things of other files are known when these were declared to *names* before. A line with a fault
    makes no claims, but for those whose evidence alone is faulty.
    """
    declare(text, file, names)
    reader = _Reader(names)
    for line in lines(text, file, reader.faults):
        reader.read(line)
    reader.end()
    made = expansion.completed(reader.claims, reader.short, set(reader.measures), names)
    return list(made), reader.faults


class _Reader:
    """Reads lines into claims and faults."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.claims: list[Claim] = []
        self.faults: list[Fault] = []
        self.short: set[Claim] = set()
        self.measures: dict[ox.NamedNode, tuple[ox.NamedNode, ox.NamedNode, Measure]] = {}
        self._subject: ox.NamedNode | None = None
        self._kinds: list[tuple[ox.NamedNode, Place]] = []
        self._at = 0

    def read(self, line: Line) -> None:
        try:
            cursor = _Cursor(line)
            if line.is_property:
                self._property(cursor)
            else:
                self.end()
                self._thing(cursor)
        except Wrong as wrong:
            if not line.is_property:
                self.end()
            self._fault(line.place(wrong.at), wrong.message, wrong.rule)

    def _fault(self, place: Place, message: str, rule: str = "form") -> None:
        self.faults.append(Fault(place, rule, message))

    def _name(self, cursor: _Cursor, use: Use) -> ox.NamedNode | None:
        """What the next name stands for; None, with a fault told, if that is nothing."""
        place, token = cursor.place(), cursor.now
        if token.kind not in ("word", "iri"):
            raise cursor.expected(f"the name of a {use}")
        cursor.take()
        try:
            return ox.NamedNode(self.names.read(token.text, use))
        except BadParameter as problem:
            self._fault(place, problem.message, "name")
            return None

    def _thing(self, cursor: _Cursor) -> None:
        word = cursor.now.text
        place = cursor.place()
        self._subject = self._name(cursor, "subject")
        if not cursor.sign(":"):
            raise cursor.expected("a colon after the name of a thing")
        kinds = []
        while cursor.now.kind in ("word", "iri"):
            kinds.append((self._name(cursor, "kind"), cursor.place()))
            if not cursor.sign(",+"):
                break
        self._same_kinds(word, place)
        evidence = self._evidence(cursor) if cursor.sign("|") else None
        if cursor.now.kind != "end":
            raise cursor.expected("kinds, or | and evidence for them,")
        self._at = len(self.claims)
        self._kinds = [(kind, place) for kind, _ in kinds if kind]
        if evidence:
            self._write_kinds(evidence)

    def _same_kinds(self, word: str, place: Place) -> None:
        """Tell it if the thing has other kinds elsewhere; a place without kinds continues it."""

    def _write_kinds(self, evidence: _Evidence) -> None:
        made = [self._claim(TYPE, kind, evidence, place) for kind, place in self._kinds]
        self.claims[self._at : self._at] = [claim for claim in made if claim]
        self._kinds = []

    def end(self) -> None:
        """End a thing: its kinds without evidence rest on what its first line rests on."""
        if self._kinds and self._at < len(self.claims):
            rests = self.claims[self._at].rests
            self._write_kinds(_Evidence("inferred", rests, KIND_NOTE, "en"))
        elif self._kinds:
            self._fault(
                self._kinds[0][1],
                "Nothing is claimed of this thing that tells on what its kind rests. Write a property below "
                'it, or the evidence of its kind: NAME: KIND | p1 "words".',
            )
        self._kinds, self._subject = [], None

    def _claim(
        self,
        predicate: ox.NamedNode,
        value: ox.NamedNode | ox.Literal,
        evidence: _Evidence,
        place: Place,
    ) -> Claim | None:
        if self._subject is None:
            return None
        return Claim(
            subject=self._subject,
            predicate=predicate,
            value=value,
            place=place,
            **evidence._asdict(),
        )

    def _property(self, cursor: _Cursor) -> None:
        place = cursor.place()
        prop = self._name(cursor, "property")
        values: list[ox.NamedNode | ox.Literal | Measure] = []
        short = set()
        while True:
            value, is_short = self._value(cursor, prop)
            if value is not None:
                values.append(value)
                short |= {value} if is_short else set()
            if not cursor.sign(",+"):
                break
        listed = cursor.word(LISTS)
        if cursor.now.kind != "end" and not (cursor.now.kind == "sign" and cursor.now.text == "|"):
            raise cursor.expected("a comma and another value, open, whole, or | and evidence")
        bar = cursor.place()
        evidence = self._evidence(cursor) if cursor.sign("|") else _Evidence("stated")
        if not evidence.rests:
            self._fault(
                bar, 'The claim has no evidence. Write it after a bar: | p1 "words".', "evidence"
            )
        if cursor.now.kind != "end":
            raise cursor.expected("a comma and another passage, or | and a note,")
        if evidence.name and len(values) > 1:
            raise Wrong(
                0, "A name is of one claim, but here are several. Write each value on its own line."
            )
        if prop is None or self._subject is None:
            return
        for value in values:
            self._add(prop, value, evidence, place, value in short)
        if listed:
            predicate = ox.NamedNode(PREFIXES["gba"] + LISTS[listed])
            self._add(predicate, prop, evidence._replace(name=""), place)

    def _add(
        self,
        prop: ox.NamedNode,
        value: ox.NamedNode | ox.Literal | Measure,
        evidence: _Evidence,
        place: Place,
        is_short: bool = False,  # noqa: FBT001, FBT002
    ) -> None:
        assert self._subject is not None
        measure = value if isinstance(value, Measure) else None
        target = expansion.node(self._subject, prop, self.names) if measure else value
        claim = self._claim(prop, target, evidence, place)
        if claim is None:
            return
        self.claims.append(claim)
        if is_short:
            self.short.add(claim)
        if measure:
            self._node(claim, measure)

    def _node(self, link: Claim, measure: Measure) -> None:
        assert isinstance(link.value, ox.NamedNode)
        meant = (link.subject, link.predicate, measure)
        if self.measures.setdefault(link.value, meant) != meant:
            self._fault(
                link.place,
                f"<{link.value.value}> has another quantity already. Declare one of the two as a thing of its "
                "own, of the kind Quantity, with value, unit and bound.",
            )
        self.claims += expansion.quantity(link, measure)

    def _value(
        self, cursor: _Cursor, prop: ox.NamedNode | None
    ) -> tuple[ox.NamedNode | ox.Literal | Measure | None, bool]:
        """The next value, and whether it is a date without a type; None if it is faulty."""
        token = cursor.now
        if token.kind == "text":
            cursor.take()
            return self._text(token, cursor), False
        name = prop.value if prop else ""
        if token.kind == "word" and (literal := expansion.plain(token.text, name, self.names)):
            cursor.take()
            return literal, expansion.is_date_type(literal)
        bound = cursor.word(BOUNDS)
        if bound or (token.kind == "word" and expansion.number(token.text)):
            return self._measure(cursor, bound), False
        return self._name(cursor, "value"), False

    def _text(self, token: Token, cursor: _Cursor) -> ox.Literal | None:
        try:
            if token.language:
                return ox.Literal(token.text, language=token.language)
            if token.type:
                kind = self.names.read(token.type, "type")
                return ox.Literal(token.text, datatype=ox.NamedNode(kind))
            return ox.Literal(token.text)
        except (BadParameter, ValueError) as problem:
            self._fault(
                cursor.line.place(token.at), getattr(problem, "message", str(problem)), "value"
            )
            return None

    def _measure(self, cursor: _Cursor, bound: str) -> Measure | None:
        value = expansion.number(cursor.now.text) if cursor.now.kind == "word" else None
        if value is None:
            raise cursor.expected("a number such as 4000 or 4.5, without commas,")
        cursor.take()
        unit = self._unit(cursor)
        exact = PREFIXES["gba"] + BOUNDS.get(bound, "Exact")
        return Measure(value, unit, exact) if unit else None

    def _unit(self, cursor: _Cursor) -> str:
        token = cursor.now
        if token.kind == "word" and token.text in UNITS:
            return UNITS[cursor.take().text].iri
        if token.kind == "iri" or (token.kind == "word" and ":" in token.text):
            unit = self._name(cursor, "type")
            return unit.value if unit else ""
        raise cursor.expected("a unit such as km2, CNY or unit:KiloM")

    def _evidence(self, cursor: _Cursor) -> _Evidence:
        basis: Basis = cursor.word(BASES) or "stated"  # type: ignore[assignment]
        rests = []
        while cursor.now.kind in ("word", "iri"):
            if rest := self._rest(cursor):
                rests.append(rest)
            if not cursor.sign(",+"):
                break
        resolves = self._resolves(cursor)
        fine = self._fine(cursor)
        name = self._name(cursor, "claim") if cursor.word(("as",)) else None
        text, language = note(cursor.line, cursor.note_at) if cursor.note_at >= 0 else ("", "")
        return _Evidence(
            basis,
            tuple(rests),
            text,
            (language or self.names.language) if text else "",
            resolves,
            name.value if name else "",
            fine,
        )

    def _resolves(self, cursor: _Cursor) -> str:
        if not cursor.word(("resolves",)):
            return ""
        if cursor.now.kind != "text":
            raise cursor.expected('words such as "last May"')
        return cursor.take().text

    def _fine(self, cursor: _Cursor) -> tuple[str, ...]:
        rules: list[str] = []
        if cursor.word(("fine",)):
            while not rules or cursor.sign(",+"):
                if cursor.now.kind != "word":
                    raise cursor.expected("the rule of a check")
                rules.append(cursor.take().text)
        return tuple(rules)

    def _rest(self, cursor: _Cursor) -> Rest | None:
        words: list[Words] = []
        token = cursor.take()
        passage, sentence = token.text, _SENTENCE.match(token.text)
        if token.kind == "word" and sentence:
            passage = sentence[1]
            words.append(Words(sentence=int(sentence[2])))
        words += self._words(cursor)
        try:
            return Rest(self.names.read(passage, "passage"), tuple(words))
        except BadParameter as problem:
            self._fault(cursor.line.place(token.at), problem.message, "name")
            return None

    def _words(self, cursor: _Cursor) -> Iterator[Words]:
        while True:
            token = cursor.now
            sentence = _SENTENCE.match(token.text) if token.kind == "word" else None
            if token.kind == "text":
                yield Words(text=token.text)
            elif token.kind == "range":
                start, end = token.text[1:-1].split("-")
                yield Words(start=int(start), end=int(end))
            elif sentence and not sentence[1]:
                yield Words(sentence=int(sentence[2]))
            else:
                return
            cursor.take()

"""The claims form: what its lines say, and what is wrong in them."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from typing import TYPE_CHECKING, Any, Final

import pyoxigraph as ox

from gbagraph.errors import BadParameter
from gbagraph.features.claims import expansion
from gbagraph.features.claims.expansion import EXACT, QUANTITIES, TYPE, UNITS, Measure
from gbagraph.features.claims.model import Claim, Fault, Place, Rest, Words
from gbagraph.features.claims.names import BOUNDS, GBA, LISTS, PART, near
from gbagraph.features.claims.writing import KIND_NOTE
from gbagraph.names.texts import local_name
from gbagraph.paths import in_one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gbagraph.features.claims.expansion import Claimed
    from gbagraph.features.claims.names import Names, Use


def _form(pattern: str) -> re.Pattern[str]:
    """A part of a line, with the space before it. None of them needs more than linear time."""
    return re.compile(rf"\s*+(?:{pattern})", re.DOTALL)


_IRI: Final = r"<[^<>\s]*+>"
STRING: Final = r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|“[^”]*+”|「[^」]*+」'
"""A text in quote marks."""
_NAMED: Final = rf"{_IRI}|{PART}(?::{PART})?"
_AFTER: Final = r"(?![^\s|\uff5c\"“「,\uff0c])"
"""What may stand after a word of the form."""
_TEXT: Final = _form(rf"({STRING})(?:@([A-Za-z0-9-]++)|\^\^({_IRI}|{PART}:{PART}))?")
_NAME: Final = _form(rf"({_NAMED})")
_LISTED: Final = _form(rf"({'|'.join(LISTS)}){_AFTER}")
_MEASURE: Final = _form(rf"(?:({'|'.join(BOUNDS)})\s++)?(-?[0-9.]++)\s++({_NAMED})")
_BASIS: Final = _form(rf"(stated|inferred|worded){_AFTER}")
_PASSAGE: Final = _form(rf"(?!(?:resolves|fine|as){_AFTER})({_IRI}|(?:(?!\.){PART[:-2]})++)")
_WORDS: Final = _form(rf"({STRING})|\[([0-9]{{1,9}})-([0-9]{{1,9}})\]|\.([1-9][0-9]{{0,8}})")
_RESOLVES, _FINE, _AS = (_form(word + _AFTER) for word in ("resolves", "fine", "as"))
_QUOTED: Final = _form(rf"({STRING})@([A-Za-z0-9-]++)\s*+\Z")
_COMMA, _BAR, _COLON = _form("[,\uff0c、+\uff0b]"), _form("[|\uff5c]"), _form("[:\uff1a]")
_END: Final = _form(r"\Z")
_HEAD: Final = re.compile(r"(\w[\w.-]*+)\s*+(?::(?!\S)|\uff1a)([^|\uff5c]*+)")
_LINE: Final = re.compile(r"^[^\S\n]*+(?=\S)", re.MULTILINE)
_COMMENT: Final = re.compile(r"^[^\S\n]*+#.*$", re.MULTILINE)
_BARE_BAR: Final = re.compile(r"(?<!\\)\|")
_UNIT: Final = _form(rf"({'|'.join(sorted(map(re.escape, UNITS), reverse=True))}){_AFTER}")
_SIDE: Final = _form(rf"(?i:[NESW]|north|east|south|west|[东西南北]){_AFTER}")
_A_MEASURE: Final = (
    "a number without commas, a space and a unit, such as 4000 km2 or over 4.5 CNY; where things or "
    "people are counted, 14 items or 14 people"
)
_DIGITS: Final = "-0123456789"
_KEYWORDS: Final = (*LISTS, *BOUNDS, "stated", "inferred", "worded", "resolves", "fine")


class _Wrong(Exception):
    """A place in the file, and what is wrong there."""


def declare(text: str, file: str, names: Names) -> None:
    """Give *names* the things that *text* declares, with the kinds of each where it first has some."""
    _Reader(text, file, names).declare()


def parse(text: str, file: str, names: Names) -> tuple[list[Claim], list[Fault]]:
    """Return the claims that *text* writes, and all that is wrong in it, which raises nothing.

    Things of other files are known when :func:`declare` gave them to *names* before.
    """
    return parse_all({file: text}, names)


def parse_all(texts: Mapping[str, str], names: Names) -> tuple[list[Claim], list[Fault]]:
    """Return the same of several files, by their names: a thing of one can be named in all."""
    readers = [_Reader(text, file, names) for file, text in texts.items()]
    for step in (_Reader.declare, _Reader.read):
        for reader in readers:
            step(reader)
    made = expansion.completed(
        [claim for each in readers for claim in each.claims],
        {claim for each in readers for claim in each.short},
        {node for each in readers for node in each.measures},
        names,
    )
    return list(made), sorted(fault for each in readers for fault in each.faults)


class _Reader:
    """Reads one file: the place in its text, the thing that it reads of, and what it found."""

    def __init__(self, text: str, file: str, names: Names) -> None:
        plain = text.encode(errors="replace").decode().removeprefix("\ufeff")
        plain = plain.replace("\r\n", "\n").replace("\r", "\n")
        self._text = _COMMENT.sub(lambda found: " " * len(found[0]), plain)
        self._lines = [0, *(found.end() for found in re.finditer("\n", plain))]
        self._file, self._names, self._last = file, names, ""
        self._begin = self._at = self._end = self._first = 0
        self._subject: ox.NamedNode | None = None
        self._kinds: list[tuple[ox.NamedNode, int]] = []
        self.claims: list[Claim] = []
        self.faults: list[Fault] = []
        self.short: set[Claim] = set()
        self.measures: dict[Claimed, tuple[Claimed, Claimed, Measure]] = {}

    def _entries(self) -> Iterator[tuple[str, int, int]]:
        """The lines, with what continues them: their indentation, and where they begin and end."""
        begun: list[tuple[str, int]] = []
        for line in _LINE.finditer(self._text):
            if not begun or not begun[-1][0] or len(line[0]) <= len(begun[-1][0]):
                begun.append((line[0], line.end()))
        ends = [*(at for _, at in begun[1:]), len(self._text)]
        return ((indent, at, end) for (indent, at), end in zip(begun, ends, strict=False))

    def declare(self) -> None:
        for indentation, at, end in self._entries():
            head = None if indentation else _HEAD.match(self._text, at, end)
            if head and not self._names.things.get(head[1], ((),))[0]:
                kinds = tuple(_NAME.findall(head[2]))
                self._names.things[head[1]] = kinds, self._place(at)

    def read(self) -> None:
        marks: dict[str, int] = {}
        for indentation, at, end in self._entries():
            self._begin, self._at, self._end = at, at, end
            marks.setdefault(indentation[:1], at)
            try:
                if indentation:
                    self._property()
                else:
                    self._close()
                    self._thing()
            except _Wrong as wrong:
                self._fault(*wrong.args)
        self._close()
        if {" ", "\t"} <= set(marks):
            message = "Spaces and tabs are mixed before lines. Indent by spaces alone."
            self._fault(max(marks[" "], marks["\t"]), message)

    def _place(self, at: int) -> Place:
        line = bisect_right(self._lines, at)
        return Place(self._file, line, at - self._lines[line - 1] + 1)

    def _fault(self, at: int, message: str, rule: str = "form") -> None:
        self.faults.append(Fault(self._place(at), rule, message))

    def _take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        match = pattern.match(self._text, self._at, self._end)
        if match:
            self._at, self._last = match.end(), match[0].strip()
        return match

    def _need(self, pattern: re.Pattern[str], what: str) -> re.Match[str]:
        if match := self._take(pattern):
            return match
        rest = self._text[self._at : self._end].strip()
        at = self._text.index(rest, self._at)
        if (rest.count('"') - rest.count('\\"')) % 2:
            raise _Wrong(at, 'Quote marks are not in pairs. Within quoted words, write one as \\".')
        there = f"is {in_one_line(rest.splitlines()[0], 30)!r}" if rest else "the line ends"
        is_slip = pattern is _END and self._last not in _KEYWORDS
        hint = near(self._last, _KEYWORDS) if is_slip else ""
        if "\n" in self._text[self._begin : at]:
            hint += " A line that is indented more than a property continues it."
        raise _Wrong(at, f"Here {there}. Expected: {what}.{hint}")

    def _name(self, match: re.Match[str], use: Use, group: int = 1) -> ox.NamedNode | None:
        """What a name stands for; None, with a fault, if that is nothing."""
        try:
            return ox.NamedNode(self._names.read(match[group], use))
        except BadParameter as problem:
            self._fault(match.start(group), problem.message, "name")
            return None

    def _thing(self) -> None:
        head = self._need(_NAME, "the name of a thing")
        subject = self._name(head, "subject")
        self._need(_COLON, "a colon after the name of a thing, and a space")
        named = [self._take(_NAME)]
        while self._take(_COMMA):
            named.append(self._need(_NAME, "a kind"))
        kinds = [each for each in named if each]
        evidence = self._evidence()
        self._need(_END, "a comma and another kind, or a bar and evidence")
        self._same(head, kinds)
        read = [(self._name(each, "kind"), each.start(1)) for each in kinds]
        self._subject, self._first = subject, len(self.claims)
        self._kinds = [(kind, at) for kind, at in read if kind and subject]
        if evidence:
            self._kinds = self._write_kinds(evidence)

    def _same(self, head: re.Match[str], kinds: list[re.Match[str]]) -> None:
        before, place = self._names.things.get(head[1], ((), self._place(0)))
        if kinds and before and {each[1] for each in kinds} != set(before):
            self._fault(
                head.start(1),
                f"{head[1]} has other kinds in {place.file}:{place.line}: {', '.join(before)}. Write "
                f"all of them there, and continue it here without: {head[1]}:",
            )

    def _write_kinds(self, evidence: dict[str, Any]) -> list[Any]:
        subject: Any = self._subject
        self.claims[self._first : self._first] = [
            Claim(subject=subject, predicate=TYPE, value=kind, place=self._place(at), **evidence)
            for kind, at in self._kinds
        ]
        return []

    def _close(self) -> None:
        """End a thing: its kinds without evidence rest on what its first property rests on."""
        first = self.claims[self._first : self._first + 1]
        if self._kinds and not first:
            message = "The kind rests on nothing. Write a property below, or evidence here:"
            self._fault(self._kinds[0][1], f'{message} | p1 "words".')
        for claim in first if self._kinds else ():
            usual = {"basis": "inferred", "note": KIND_NOTE, "note_language": "en"}
            self._write_kinds({**usual, "rests": claim.rests})
        self._kinds, self._subject = [], None

    def _property(self) -> None:
        place = self._place(self._at)
        prop = self._name(self._need(_NAME, "a property"), "property")
        if prop is None:
            return
        values = [self._value(prop)]
        while self._take(_COMMA):
            values.append(self._value(prop))
        listed = self._take(_LISTED)
        bar = self._at
        given = self._evidence()
        evidence = given or {"basis": "stated", "rests": ()}
        after = "words in quote marks, a comma and a passage, or a bar and a note"
        after = after if evidence["rests"] else "a passage, such as p1, before its words"
        self._need(_END, after if given else "a comma and a value, or a bar and evidence")
        if not evidence["rests"]:
            self._fault(bar, 'The claim has no evidence. Write it after a bar: | p1 "words".')
        if evidence.get("name") and len(values) > 1:
            self._fault(bar, "A name is of one claim. Write the values on lines of their own.")
        if not self._subject and not self.faults:
            self._fault(self._begin, "A property stands below the thing that it is of: NAME: KIND.")
        if self._subject is None:
            return
        for value, is_bare in values:
            if value is not None:
                self._add(prop, value, is_bare, evidence, place)
        if listed:
            evidence["name"] = ""
            self._add(ox.NamedNode(GBA + LISTS[listed[1]]), prop, False, evidence, place)

    def _add(
        self,
        prop: ox.NamedNode,
        value: Claimed | Measure,
        is_bare: bool,
        evidence: dict[str, Any],
        place: Place,
    ) -> None:
        subject: Any = self._subject
        measure = value if isinstance(value, Measure) else None
        target: Any = expansion.node(subject, prop, self._names) if measure else value
        claim = Claim(subject=subject, predicate=prop, value=target, place=place, **evidence)
        self.claims.append(claim)
        if is_bare:
            self.short.add(claim)
        if measure:
            meant = (subject, prop, measure)
            if self.measures.setdefault(target, meant) != meant:
                self._fault(
                    self._begin,
                    f"{target.value} has another value already. Write one of the two as a thing of the "
                    "kind Quantity, with value, unit and bound.",
                )
            self.claims += expansion.quantity(claim, measure)

    def _value(self, prop: ox.NamedNode) -> tuple[Claimed | Measure | None, bool]:
        """The next value, and whether it is a date or a number without a type; None if it is faulty."""
        ranges = self._names.ranges(prop.value)
        is_quantity = bool(ranges & QUANTITIES)
        if is_quantity and (match := self._take(_MEASURE)):
            return self._measure(match), False
        if match := self._take(_TEXT):
            if is_quantity:
                self._fault(match.start(1), f"The value is a quantity. Expected: {_A_MEASURE}.")
            return self._literal(match), False
        match = self._need(_NAME, "a value: a name, a text in quote marks, a number or a date")
        value, word = expansion.literal(match[1], ranges), match[1]
        if (
            is_quantity
            and word not in self._names.things
            and (word in BOUNDS or word[0] in _DIGITS)
        ):
            raise _Wrong(match.start(1), f"Expected: {_A_MEASURE}.")
        name = local_name(prop.value)
        if value and name.startswith(("lat", "long")) and self._take(_SIDE):
            right = "-" * (self._last[0] in "WwSs西南") + word.lstrip("-")
            raise _Wrong(match.start(1), f"Write degrees with a minus for west and south: {right}.")
        if word in BOUNDS or (value and self._take(_UNIT)):
            raise _Wrong(
                match.start(1),
                f"{self._text[match.start(1) : self._at]} is of a quantity, and {name} has none. "
                f"Declare a property of your own, in data/ontology.ttl: t:{name} a owl:ObjectProperty ; "
                "rdfs:range gba:Quantity .",
            )
        return (value, True) if value else (self._name(match, "value"), False)

    def _literal(self, match: re.Match[str]) -> ox.Literal | None:
        text, _, language, kind = _unquoted(match), *match.groups()
        datatype = self._name(match, "type", 3) if kind else None
        if kind and datatype is None:
            return None
        try:
            return ox.Literal(text, datatype=datatype, language=language)
        except ValueError as problem:
            raise _Wrong(
                match.start(2), f"{problem}. Write a language such as @en or @zh."
            ) from None

    def _measure(self, match: re.Match[str]) -> Measure | None:
        value, unit = expansion.literal(match[2], frozenset()), match[3]
        if value is None:
            raise _Wrong(match.start(2), f"{match[2]} is no number. Write one such as 4.5.")
        bound = GBA + BOUNDS[match[1]] if match[1] else EXACT
        if unit in UNITS:
            return Measure(value, UNITS[unit].iri, bound)
        if ":" in unit:
            named = self._name(match, "type", 3)
            return Measure(value, named.value, bound) if named else None
        shown = in_one_line(unit, 40)
        known = (
            "Units are such as km2, or have a prefix, such as unit:KiloM2. Things that are counted are "
            f"{match[2]} items, and people {match[2]} people"
        )
        raise _Wrong(match.start(3), f"The unit {shown} is unknown.{near(shown, UNITS)} {known}.")

    def _evidence(self) -> dict[str, Any] | None:
        """What stands after a bar, as :class:`Claim` has it; None without one."""
        if not self._take(_BAR):
            return None
        basis, rests = self._take(_BASIS), []
        while match := self._take(_PASSAGE):
            words, passage = tuple(self._words()), self._name(match, "passage")
            rests += [Rest(passage.value, words)] if passage else []
            if not self._take(_COMMA):
                break
        resolves = (
            _unquoted(self._need(_TEXT, 'words, "last May"')) if self._take(_RESOLVES) else ""
        )
        rules = [self._need(_NAME, "the rule of a check")[1]] if self._take(_FINE) else []
        while rules and self._take(_COMMA):
            rules.append(self._need(_NAME, "the rule of a check")[1])
        name = self._name(self._need(_NAME, "a name"), "claim") if self._take(_AS) else None
        note, language = self._note() if self._take(_BAR) else ("", "")
        return {
            "basis": basis[1] if basis else "stated",
            "rests": tuple(rests),
            "note": note,
            "note_language": language,
            "resolves": resolves,
            "name": name.value if name else "",
            "fine": tuple(rules),
        }

    def _words(self) -> Iterator[Words]:
        sentence = 0
        while match := self._take(_WORDS):
            text, start, end, number = match.groups()
            said = _unquoted(match) if text else ""
            sentence = int(number or (sentence if text else 0))
            if not number or not _TEXT.match(self._text, self._at, self._end):
                yield Words(said, int(start or -1), int(end or -1), sentence)

    def _note(self) -> tuple[str, str]:
        if match := self._take(_QUOTED):
            return _unquoted(match), match[2].lower()
        begin, self._at = self._at, self._end
        text = self._text[begin : self._end]
        if bar := _BARE_BAR.search(text):
            self._at = begin + bar.start()
            self._need(_END, "the end of the note, in which a bar is written \\|")
        note = " ".join(text.split()).replace("\\|", "|")
        return note, self._names.language if note else ""


def _unquoted(match: re.Match[str]) -> str:
    text = " ".join(line.strip() for line in match[1].split("\n"))
    try:
        return json.loads(text, strict=False).encode().decode() if text[0] == '"' else text[1:-1]
    except ValueError:
        message = 'Write a quote mark in quoted words as \\", a backslash \\\\, a line end \\n.'
        raise _Wrong(match.start(1), message) from None

"""Documents and passages: the facts that rest on one, its parts in reading order, its neighbours."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from gbagraph.features.things import meanings
from gbagraph.features.things.facts import noted
from gbagraph.rdf.namespaces import LISTS
from gbagraph.rdf.results import Value, named, rows, value_of
from gbagraph.web.kinds import about
from gbagraph.web.table import of_proof

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gbagraph.features.things.facts import Places
    from gbagraph.rdf.evidence import Ways
    from gbagraph.web.kinds import Schema

    Row = Mapping[str, dict[str, Any]]


_ROWS: Final = 500
"""Facts that rest on something on one page."""

_NAMED: Final = 200
"""Facts on kinds and names that a page lists."""

_NAMING: Final = frozenset(
    {
        meanings.TYPE,
        *meanings.COMMENTS,
        *meanings.iris("skos:inScheme skos:hasTopConcept skos:topConceptOf"),
        *LISTS,
    }
)


_DETAILS: Final = (*meanings.PART_OF, *meanings.POSITION, *meanings.UNIT, *meanings.BOUND)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A fact as a sentence: subject, property and value.

    *basis* is ``stated``, ``inferred``, ``ours``, ``asserted`` or, of a bound of a date, ``reckoned``.
    """

    claim: str
    basis: str
    subject: Value
    property: Value
    value: Value
    notes: tuple[Value, ...]
    words: tuple[Value, ...]
    why: str
    """The query string of ``/why``."""
    sentences: tuple[int, ...] = ()
    """Of the passage."""
    carrying: tuple[str, ...] = ()
    """The words of the passage that carry it."""


@dataclass(frozen=True, slots=True)
class Supported:
    """The facts that rest on a passage or source, by their subjects; those that only name apart.

    *groups* has the subjects that are ``who``, ``what`` or ``amount``. Of those that only name there
    are *named*, some of which are in *naming*. *more* says whether further pages have more of them.
    """

    groups: Mapping[str, list[tuple[Value, list[Sentence]]]] = field(default_factory=dict)
    naming: tuple[Sentence, ...] = ()
    named: int = 0
    more: bool = False

    @property
    def number(self) -> int:
        """How many facts there are on this page."""
        groups = self.groups.values()
        return sum(len(told) for group in groups for _, told in group) + self.named


def supports_query(iri: str, page: int, ways: Ways | None, language: str) -> str:
    """Return a SELECT query for a page of the facts that rest on *iri*, from page 1 on.

    It asks in all *ways* in which they do so, or (None) for claims as the built-in dataset has them, and
    for notes in *language*.
    """
    name = "thing-supports-any" if ways else "thing-supports"
    text = noted(about("features/things", name, iri), language)
    if ways:
        for name, bases in (("CLAIMS", ways.of_claims), ("THINGS", ways.of_things)):
            pairs = " ".join(f'(<{term}> "{basis}")' for term, basis in bases.items())
            text = text.replace(f"UNDEF_OF_{name}", pairs)
    return text.replace("OFFSET 0", f"OFFSET {(page - 1) * _ROWS}")


def supported(iri: str, results: bytes, schema: Schema, places: Places) -> Supported:
    """Return the facts of others that rest on *iri*, from the answer to the query, with labels.

    *places* are those in which the claims are found.
    """
    every = rows(results)
    by_subject: dict[str, tuple[Value, list[Sentence]]] = {}
    naming = []
    told = (_sentence(row, places.get((_claim(row), iri), ())) for row in every[:_ROWS])
    for sentence in sorted(told, key=_by_name):
        if sentence.subject.iri == iri:
            continue  # it stands with its own facts
        if _only_names(sentence, schema):
            naming.append(sentence)
        else:
            _, sentences = by_subject.setdefault(sentence.subject.iri or "", (sentence.subject, []))
            sentences.append(sentence)
    groups: dict[str, list[tuple[Value, list[Sentence]]]] = {"who": [], "what": [], "amount": []}
    for subject, sentences in by_subject.values():
        groups[_group(sentences, schema)].append((subject, sentences))
    return Supported(groups, tuple(naming[:_NAMED]), len(naming), len(every) > _ROWS)


def _group(sentences: Iterable[Sentence], schema: Schema) -> str:
    """What kind of thing the subject is, by the properties that it has."""
    terms = (one.property.iri or "" for one in sentences)
    kinds = {each for term in terms for each in schema.domains.get(term, ())}
    groups = (group for group in ("who", "amount") if meanings.is_of(group, kinds, schema))
    return next(groups, "what")


def _only_names(sentence: Sentence, schema: Schema) -> bool:
    """Whether a fact says what something is or is called, or details a number or date."""
    term = sentence.property.iri or ""
    if term in _NAMING or schema.is_one_of(term, _DETAILS):
        return True
    return meanings.group(term, schema, (), is_literal=True) in {"names", "bounds"}


def _by_name(sentence: Sentence) -> tuple[str, str, str]:
    return sentence.subject.text, sentence.property.text, sentence.value.text


def _claim(row: Row) -> str:
    """The claim that says so; empty where it has no name, or a graph or the subject says it."""
    claim = row.get("claim", {"type": "bnode"})
    return claim["value"] if claim["type"] == "uri" else ""


def _sentence(row: Row, place: Iterable[Any]) -> Sentence:
    return Sentence(
        _claim(row),
        "reckoned" if row["property"]["value"] in meanings.BOUNDS else row["basis"]["value"],
        named(row, "subject"),
        named(row, "property"),
        value_of(row["told"]) if "told" in row else named(row, "value"),
        _texts(row, "note"),
        _texts(row, "words"),
        of_proof(row["subject"], row["property"], row["value"]),
        *place,
    )


def _texts(row: Row, name: str) -> tuple[Value, ...]:
    return (value_of(row[name]),) if name in row else ()


class Use(NamedTuple):
    """Something of which a property gives a value."""

    subject: Value
    value: Value


def uses(results: bytes) -> tuple[Use, ...]:
    """Return what is said with a property, from the answer to ``thing-uses`` with labels, each once."""
    every = rows(results)
    for term in (row[name] for row in every for name in ("subject", "value")):
        term["value"] = "…" if term["type"] == "bnode" else term["value"]
    said = (Use(named(row, "subject"), named(row, "value")) for row in every)
    return tuple(dict.fromkeys(said))


# --- Parts in reading order ----------------------------------------------------------------------


@dataclass(slots=True)
class Part:
    """A numbered part of a document, how many claims rest on it or what is in it, and its own parts."""

    term: Value
    position: int
    claims: int
    parts: list[Part] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Reading:
    """Where something stands in a document: its parts, and what comes before and after it."""

    parts: tuple[Part, ...] = ()
    position: int = 0
    number: int = 0
    """The number of its last neighbour."""
    previous: Value | None = None
    following: Value | None = None


def reading(iri: str, results: bytes, claims: bytes) -> Reading:
    """Return the parts of *iri* and its neighbours, from the answer to the query, with labels.

    *claims* is the answer to ``claims-by-source``.
    """
    numbers = {
        row["source"]["value"]: int(row["claims"]["value"])
        for row in rows(claims)
        if "source" in row
    }
    parts: dict[str, Part] = {}
    wholes: dict[str, str] = {}
    beside: dict[str, Part] = {}
    for row in rows(results):
        part = _part(row, numbers)
        if part is None or part.term.iri is None:
            continue
        if row["role"]["value"] == "part":
            parts[part.term.iri] = part
            wholes[part.term.iri] = row["whole"]["value"]
        else:
            beside[part.term.iri] = part
    return _placed(
        iri, _nested(iri, parts, wholes), sorted(beside.values(), key=lambda part: part.position)
    )


def _part(row: Row, numbers: Mapping[str, int]) -> Part | None:
    try:
        position = int(row["position"]["value"])
    except ValueError:
        return None
    return Part(named(row, "part"), position, numbers.get(row["part"]["value"], 0))


def _nested(iri: str, parts: Mapping[str, Part], wholes: Mapping[str, str]) -> tuple[Part, ...]:
    top: list[Part] = []
    for each, part in sorted(parts.items(), key=lambda pair: pair[1].position):
        whole = wholes[each]
        (top if whole == iri or whole not in parts else parts[whole].parts).append(part)
    return tuple(top)


def _placed(iri: str, parts: tuple[Part, ...], row: Sequence[Part]) -> Reading:
    here = next((place for place, part in enumerate(row) if part.term.iri == iri), None)
    if here is None:
        return Reading(parts)
    return Reading(
        parts,
        row[here].position,
        row[-1].position,
        row[here - 1].term if here else None,
        row[here + 1].term if here + 1 < len(row) else None,
    )

"""Candidates for names, how well values fit them, and values of properties for what was reconciled."""

from __future__ import annotations

import math
import re
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import msgspec
import pyoxigraph as ox

from gbagraph.features.reconcile.identifiers import ITSELF, same
from gbagraph.features.search.search import short, types_of
from gbagraph.names.index import names_of
from gbagraph.names.texts import grams, plain
from gbagraph.rdf.namespaces import PREFIXES, expand, in_full

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from gbagraph.engine.worker import Work
    from gbagraph.features.reconcile.jobs import (
        Column,
        EntityKind,
        Extend,
        NameQuery,
        PropertyValues,
        Reconcile,
    )
    from gbagraph.names.matching import Entry
    from gbagraph.names.names import Names
    from gbagraph.rdf.dataset import Dataset


_MOST: Final = 1000
"""Values of one property of one thing."""
_LONGEST: Final = 15
"""Digits of a number of JSON that all clients can read."""
_RANGE: Final = ox.NamedNode(expand("rdfs:range"))
_XSD: Final = PREFIXES["xsd"]
_INTEGERS: Final = frozenset(
    _XSD + name
    for name in (
        *("integer", "int", "long", "short", "byte"),
        *("nonNegativeInteger", "positiveInteger", "nonPositiveInteger", "negativeInteger"),
        *("unsignedInt", "unsignedLong", "unsignedShort", "unsignedByte"),
    )
)
_NUMBERS: Final = frozenset(_XSD + name for name in ("decimal", "double", "float"))
_DATE: Final = re.compile(r"(-?\d{4}-\d\d-\d\d)(Z|[+-]\d\d:\d\d)?")
_DATE_TIME: Final = re.compile(r"-?\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?")


def run_extend(job: Extend, work: Work) -> None:
    """Send the values of columns."""
    work.send(job, extend(work.store, job.ids, job.columns))


def extend(store: Dataset, ids: Iterable[str], columns: Iterable[Column]) -> bytes:
    """The values of *columns* for each of *ids*, as a JSON object with the members meta and rows."""
    names, wanted = names_of(store), list(columns)
    rows = {
        id_: {each.property: list(_cells(store, names, id_, each)) for each in wanted}
        for id_ in ids
    }
    return msgspec.json.encode(
        {"meta": [_meta(store, names, each) for each in wanted], "rows": rows}
    )


def _meta(store: Dataset, names: Names, column: Column) -> dict[str, Any]:
    node = _node(in_full(column.property))
    name = column.property if node is None else names.label_of(node.value)
    found = {"id": column.property, "name": name}
    classes = sorted(
        quad.object.value
        for quad in _quads(store, in_full(column.property), _RANGE)
        if isinstance(quad.object, ox.NamedNode) and not quad.object.value.startswith(_XSD)
    )
    if not classes:
        return found
    return {**found, "type": {"id": classes[0], "name": names.label_of(classes[0])}}


def _cells(store: Dataset, names: Names, id_: str, column: Column) -> Iterator[dict[str, Any]]:
    predicate = _node(in_full(column.property))
    quads = () if predicate is None else _quads(store, in_full(id_), predicate)
    terms = dict.fromkeys(quad.object for quad in islice(quads, _MOST))
    cells = (_cell(store, names, term) for term in terms if _is_wanted(term, column.language))
    return islice(filter(None, cells), column.limit or None)


def _quads(store: Dataset, subject: str, predicate: ox.NamedNode) -> Iterator[ox.Quad]:
    node = _node(subject)
    return iter(()) if node is None else store.quads_for_pattern(node, predicate, None, None)


def _node(iri: str) -> ox.NamedNode | None:
    try:
        return ox.NamedNode(iri)
    except ValueError:
        return None


def _is_wanted(term: object, language: str) -> bool:
    """Whether a term is no text in another language than the one asked for."""
    tag = term.language if isinstance(term, ox.Literal) else None
    return not language or not tag or tag.lower() == language.lower()


def _cell(store: Dataset, names: Names, term: object) -> dict[str, Any] | None:
    """A value as the API writes it; None for a blank node or a triple, which it has no place for."""
    if isinstance(term, ox.NamedNode):
        # What the data say nothing of is no entity of this service.
        is_entity = next(store.quads_for_pattern(term, None, None, None), None) is not None
        entity = {"id": term.value, "name": names.label_of(term.value) or term.value}
        return entity if is_entity else {"str": term.value}
    return _literal(term.value, term.datatype.value) if isinstance(term, ox.Literal) else None


def _literal(text: str, datatype: str) -> dict[str, Any]:
    if datatype in _INTEGERS and re.fullmatch(rf"[+-]?\d{{1,{_LONGEST}}}", text):
        return {"int": int(text)}
    if datatype in _NUMBERS and (number := _float(text)) is not None:
        return {"float": number}
    if datatype == f"{_XSD}date" and (found := _DATE.fullmatch(text)):
        return {"date": f"{found[1]}T00:00:00{found[2] or ''}"}
    if datatype == f"{_XSD}dateTime" and _DATE_TIME.fullmatch(text):
        return {"date": text}
    return {"str": text}


def _float(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


_LEAST: Final = 0.5
"""What is less alike does not fit at all."""
_ALMOST: Final = 0.95
"""The most for what is alike and not the same."""
_COMPARED: Final = 200
_NUMBER: Final = re.compile(r"\s*[+-]?\d[\d,]{0,30}(\.\d{0,30})?(?:[eE][+-]?\d{1,2})?\s*")
_ANY_DATE: Final = re.compile(r"-?\d{4}(?:-\d\d(?:-\d\d(?:T.*)?)?)?")


def fits(text: str, value: str) -> float:
    """From 0 to 1: the same number, or the same text but for case, accents and separators, is 1.

    Numbers that are near, a date of which the other is the beginning, and texts with the same pieces
    fit somewhat.
    """
    text, value = text[:_COMPARED], value[:_COMPARED]
    if text == value or key(text) == key(value):
        return 1.0
    if _ANY_DATE.fullmatch(text) and _ANY_DATE.fullmatch(value):
        return _ALMOST if value.startswith(text) or text.startswith(value) else 0.0
    numbers = _number(text), _number(value)
    if numbers[0] is not None and numbers[1] is not None:
        return _near(numbers[0], numbers[1])
    return _alike(text, value)


@lru_cache(maxsize=8192)
def key(text: str) -> str:
    """What two values share if each fits the other whole; the text itself where it has no letters."""
    number = _number(text[:_COMPARED])
    return plain(text) or text if number is None else f"{number.normalize()}"


def _number(text: str) -> Decimal | None:
    if not _NUMBER.fullmatch(text):
        return None
    try:
        return Decimal(text.replace(",", "").strip())
    except InvalidOperation:
        return None


def _near(one: Decimal, other: Decimal) -> float:
    shared = 1 - float(abs(one - other) / max(abs(one), abs(other)))
    return round(shared * _ALMOST, 3) if shared >= 0.9 else 0.0


def _alike(one: str, other: str) -> float:
    first, second = _pieces(one), _pieces(other)
    if not first or not second:
        return 0.0
    shared = 2 * len(first & second) / (len(first) + len(second))
    return round(shared * _ALMOST, 3) if shared >= _LEAST else 0.0


@lru_cache(maxsize=8192)
def _pieces(text: str) -> frozenset[str]:
    return frozenset(grams(plain(text)))


_WEIGHT: Final = 0.4
"""What a property counts, where the name counts 1."""
_MATCH: Final = 0.98
"""How well the name, and each property, of a match fit at least."""
_CERTAIN: Final = frozenset({ITSELF, "owl:sameAs", "skos:exactMatch", "schema:sameAs"})
"""Relations by which an identifier is that of the thing."""
_NEAR: Final = 0.8
"""How well an identifier fits that is linked by another relation."""
_POOL: Final = 200
"""Things with fitting names whose properties are looked at."""
_SCANNED: Final = 20_000
"""Triples with a property of which the values are read where no name is given."""
_TYPE: Final = ox.NamedNode(expand("rdf:type"))
_WIDER: Final = ox.NamedNode(expand("rdfs:subClassOf"))
_CLASSES: Final = 10_000
"""Classes below a type that are taken as of that type."""


@dataclass(slots=True)
class _Candidate:
    """A thing, how its name fits (None if no name was given), whether it has the type, and the rest."""

    iri: str
    name: float | None
    has_type: bool = True
    properties: tuple[float, ...] = ()

    @property
    def score(self) -> float:
        """How well everything fits, from 0 to 100."""
        weights = [_WEIGHT] * len(self.properties)
        parts = list(self.properties)
        if self.name is not None:
            weights, parts = [1.0, *weights], [self.name, *parts]
        mean = sum(w * p for w, p in zip(weights, parts, strict=True)) / (sum(weights) or 1)
        return round(100 * mean * (1 if self.has_type else 0.5), 1)

    @property
    def is_certain(self) -> bool:
        """Whether this would be a match, if there were no other."""
        name = 1.0 if self.name is None else self.name
        return self.has_type and min((name, *self.properties)) >= _MATCH


def run(job: Reconcile, work: Work) -> None:
    """Send the candidates for each name."""
    work.send(job, reconcile(work.store, job.queries))


def reconcile(store: Dataset, queries: Iterable[NameQuery]) -> bytes:
    """The candidates for each of *queries*, in their order, as a JSON list of lists."""
    reader = _Reader(store)
    return msgspec.json.encode([reader.candidates(query) for query in queries])


class _Reader:
    """What is asked of one store; the classes below a type are read once."""

    def __init__(self, store: Dataset) -> None:
        self._store = store
        self._names = names_of(store)
        self._of_kind: dict[str, frozenset[str]] = {}
        self._by_value: dict[ox.NamedNode, dict[str, list[str]]] = {}
        self._below: dict[str, frozenset[str]] = {}
        self._properties: dict[str, ox.NamedNode | None] = {}

    def candidates(self, query: NameQuery) -> list[dict[str, Any]]:
        """The candidates for one query, the best first."""
        found = list(islice(self._typed(query), _POOL))
        for each in found:
            each.properties = tuple(self._fits(each.iri, row) for row in query.properties)
        found.sort(key=lambda each: (-each.score, each.iri))
        certain = [each.iri for each in found if each.is_certain]
        match = certain[0] if len(certain) == 1 and certain[0] == found[0].iri else ""
        chosen = found[query.offset : query.offset + query.limit]
        return [self._row(each, query, is_match=each.iri == match) for each in chosen]

    def _typed(self, query: NameQuery) -> Iterator[_Candidate]:
        wanted = [self._family(each) for each in query.types]
        chosen = all if query.all_types else any
        for each in self._named(query):
            if wanted:
                types = self._types(each.iri)
                each.has_type = chosen(not types.isdisjoint(family) for family in wanted)
            if each.has_type or not query.must_have_type:
                yield each

    def _named(self, query: NameQuery) -> Iterator[_Candidate]:
        """What has the name or the identifier, the best first; without a name, what has the values."""
        if not query.text:
            yield from self._with_values(query)
            return
        identified = self._identified(query)
        yield from identified
        if identified:
            return
        exact = [iri for iri in self._names.exactly(query.text) if self._is_of(iri, query.kind)]
        yield from (_Candidate(iri, 1.0) for iri in exact)
        for hit in self._names.finder.find(query.text).hits:
            entry = hit.entry
            if entry.kind == query.kind and entry.iri not in exact and self._is_entity(entry):
                yield _Candidate(entry.iri, min(hit.score, 1.0))

    def _is_of(self, iri: str, kind: EntityKind) -> bool:
        """Whether what has a label is of this kind; what is no term is a thing."""
        if kind != "thing":
            return iri in self._known(kind)
        return not any(iri in self._known(other) for other in ("class", "property"))

    def _is_entity(self, entry: Entry) -> bool:
        """Whether something is said of a thing; a term may be used without."""
        if entry.kind != "thing":
            return True
        quads = self._store.quads_for_pattern(ox.NamedNode(entry.iri), None, None, None)
        return next(quads, None) is not None

    def _identified(self, query: NameQuery) -> list[_Candidate]:
        """The things of which the text is the IRI, or an identifier elsewhere."""
        if ":" not in query.text:
            return []
        best: dict[str, float] = {}
        for iri, relation in same(self._store, in_full(query.text.strip())):
            if iri in self._known(query.kind):
                best.setdefault(iri, 1.0 if relation in _CERTAIN else _NEAR)
        return [_Candidate(iri, how_well) for iri, how_well in best.items()]

    def _known(self, kind: EntityKind) -> frozenset[str]:
        if kind not in self._of_kind:
            self._of_kind[kind] = frozenset(self._names.of_kind(kind))
        return self._of_kind[kind]

    def _with_values(self, query: NameQuery) -> Iterator[_Candidate]:
        """The things that have a value of the first property that there is."""
        for row in query.properties:
            node = self._property(row.property)
            if node is not None:
                found = (iri for text in row.values for iri in self._having(node, text))
                yield from (_Candidate(iri, None) for iri in dict.fromkeys(found))
                return

    def _having(self, node: ox.NamedNode, text: str) -> Iterator[str]:
        """The things of which a value of the property is this text, or what has it as its name."""
        if node not in self._by_value:
            self._by_value[node] = self._values(node)
        yield from self._by_value[node].get(key(text), ())
        terms: list[ox.NamedNode | ox.Literal] = [ox.Literal(text)]
        with suppress(ValueError):
            terms.append(ox.NamedNode(in_full(text)))
        for term in terms:
            quads = self._store.quads_for_pattern(None, node, term, None)
            yield from (q.subject.value for q in quads if isinstance(q.subject, ox.NamedNode))

    def _values(self, node: ox.NamedNode) -> dict[str, list[str]]:
        """The things with some property by the keys of its values; of so many triples."""
        found: dict[str, list[str]] = {}
        quads = self._store.quads_for_pattern(None, node, None, None)
        for quad in islice(quads, _SCANNED):
            subject, value = quad.subject, quad.object
            if not isinstance(subject, ox.NamedNode):
                continue
            names = self._names.names_of(value.value) if isinstance(value, ox.NamedNode) else ()
            texts = [value.value] if isinstance(value, ox.Literal) else [n.text for n in names]
            for text in dict.fromkeys(map(key, texts)):
                found.setdefault(text, []).append(subject.value)
        return found

    def _fits(self, iri: str, wanted: PropertyValues) -> float:
        """How well the values of a property fit those given: the mean of the best for each."""
        node = self._property(wanted.property)
        if node is None or not wanted.values:
            return 0.0
        quads = self._store.quads_for_pattern(ox.NamedNode(iri), node, None, None)
        values = list(dict.fromkeys(quad.object for quad in islice(quads, _POOL)))
        best = [max((self._fit(t, v) for v in values), default=0.0) for t in wanted.values]
        return round(sum(best) / len(best), 3)

    def _fit(self, text: str, value: object) -> float:
        if isinstance(value, ox.Literal):
            return fits(text, value.value)
        if not isinstance(value, ox.NamedNode):
            return 0.0
        if in_full(text) == value.value:
            return 1.0
        names = self._names.names_of(value.value)
        return max((fits(text, name.text) for name in names), default=0.0)

    def _property(self, name: str) -> ox.NamedNode | None:
        """The property with this IRI, prefixed name or label; None if there is none."""
        if name not in self._properties:
            iri = self._iri_of_property(name)
            self._properties[name] = ox.NamedNode(iri) if iri else None
        return self._properties[name]

    def _iri_of_property(self, name: str) -> str:
        known = self._known("property")
        if in_full(name) in known:
            return in_full(name)
        found = self._names.labelled(name, "property")
        return found[0].iri if len(found) == 1 else ""

    def _types(self, iri: str) -> set[str]:
        quads = self._store.quads_for_pattern(ox.NamedNode(iri), _TYPE, None, None)
        return {quad.object.value for quad in quads if isinstance(quad.object, ox.NamedNode)}

    def _family(self, type_: str) -> frozenset[str]:
        """A class and all below it."""
        if type_ not in self._below:
            self._below[type_] = frozenset(self._classes_below(in_full(type_)))
        return self._below[type_]

    def _classes_below(self, iri: str) -> Mapping[str, None]:
        found = {iri: None}
        try:
            waiting = [ox.NamedNode(iri)]
        except ValueError:
            return found
        while waiting and len(found) < _CLASSES:
            quads = self._store.quads_for_pattern(None, _WIDER, waiting.pop(), None)
            new = [q.subject for q in quads if isinstance(q.subject, ox.NamedNode)]
            waiting += [each for each in new if each.value not in found]
            found.update(dict.fromkeys(each.value for each in new))
        return found

    def _row(self, found: _Candidate, query: NameQuery, *, is_match: bool) -> dict[str, Any]:
        """A candidate as the API has it."""
        iri, names = found.iri, self._names
        snippet = short(names.snippet_of(iri))
        features = [
            *([] if found.name is None else [("name", found.name)]),
            *zip((row.property for row in query.properties), found.properties, strict=True),
        ]
        return {
            "id": iri,
            "name": names.label_of(iri) or iri,
            **({"description": snippet} if snippet else {}),
            "type": [{"id": t, "name": names.label_of(t) or t} for t in types_of(iri, self._store)],
            "score": found.score,
            "features": [{"id": id_, "value": round(100 * value, 1)} for id_, value in features],
            "match": is_match,
        }

"""Candidates for names, how well values fit them, and values of properties for what was reconciled."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import msgspec
import pyoxigraph as ox

from gbagraph.features.reconcile.identifiers import ITSELF, same
from gbagraph.features.reconcile.naming import TYPE, WIDER, Naming, values
from gbagraph.features.search.search import short, types_of
from gbagraph.names.index import names_of
from gbagraph.names.texts import grams, plain
from gbagraph.rdf.dataset import named_node
from gbagraph.rdf.namespaces import PREFIXES, expand, in_full
from gbagraph.rdf.results import INTEGERS, Term

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gbagraph.engine.worker import Work
    from gbagraph.features.reconcile.jobs import (
        Column,
        Extend,
        NameQuery,
        PropertyValues,
        Reconcile,
    )
    from gbagraph.names.names import Names
    from gbagraph.rdf.dataset import Dataset


_MOST: Final = 1000
"""Values of one property of one thing."""
_RANGE: Final = ox.NamedNode(expand("rdfs:range"))
_XSD: Final = PREFIXES["xsd"]
_INTEGERS: Final = frozenset(_XSD + name for name in INTEGERS)
_NUMBERS: Final = frozenset(_XSD + name for name in ("decimal", "double", "float"))
_DATES: Final = frozenset((f"{_XSD}date", f"{_XSD}dateTime"))
_DATE: Final = re.compile(r"(-?\d{4}-\d\d-\d\d)(T\d\d:\d\d:\d\d(?:\.\d+)?)?(Z|[+-]\d\d:\d\d)?")


def run_extend(job: Extend, work: Work) -> None:
    """Send the values of columns."""
    work.send(job, extend(work.store, job.ids, job.columns))


def extend(store: Dataset, ids: Iterable[str], columns: Iterable[Column]) -> bytes:
    """Return the values of *columns* for each of *ids*: a JSON object with the members meta and rows."""
    names, wanted = names_of(store), list(columns)
    rows = {id_: {c.property: list(_cells(store, names, id_, c)) for c in wanted} for id_ in ids}
    meta = [_meta(store, names, each) for each in wanted]
    return msgspec.json.encode({"meta": meta, "rows": rows})


def _meta(store: Dataset, names: Names, column: Column) -> dict[str, Any]:
    iri = in_full(column.property)
    name = column.property if named_node(iri) is None else names.label_of(iri)
    ranges = (each.value for each in values(store, iri, _RANGE) if isinstance(each, ox.NamedNode))
    first = min((each for each in ranges if not each.startswith(_XSD)), default="")
    kind = {"type": {"id": first, "name": names.label_of(first)}} if first else {}
    return {"id": column.property, "name": name, **kind}


def _cells(store: Dataset, names: Names, id_: str, column: Column) -> Iterator[dict[str, Any]]:
    terms = values(store, in_full(id_), named_node(in_full(column.property)), _MOST)
    # No texts in another language than the one asked for.
    languages = ("", column.language.lower())
    wanted = (t for t in terms if (getattr(t, "language", "") or "").lower() in languages)
    cells = (_cell(store, names, each) for each in (wanted if column.language else terms))
    return islice(filter(None, cells), column.limit or None)


def _cell(store: Dataset, names: Names, term: object) -> dict[str, Any] | None:
    """A value as the API writes it; None for a blank node or a triple, which it has no place for."""
    if isinstance(term, ox.NamedNode):
        # What the data say nothing of is no entity of this service.
        is_entity = next(store.quads_for_pattern(term, None, None, None), None) is not None
        name = names.label_of(term.value) or term.value
        return {"id": term.value, "name": name} if is_entity else {"str": term.value}
    return _literal(term.value, term.datatype.value) if isinstance(term, ox.Literal) else None


def _literal(text: str, datatype: str) -> dict[str, Any]:
    # More digits than these not all clients can read.
    if datatype in _INTEGERS and re.fullmatch(r"[+-]?\d{1,15}", text):
        return {"int": int(text)}
    with suppress(ValueError):
        if datatype in _NUMBERS and math.isfinite(number := float(text)):
            return {"float": number}
    date = _DATE.fullmatch(text) if datatype in _DATES else None
    return {"date": f"{date[1]}{date[2] or 'T00:00:00'}{date[3] or ''}"} if date else {"str": text}


_LEAST: Final = 0.5
"""What is less alike does not fit at all."""
_ALMOST: Final = 0.95
"""The most for what is alike and not the same."""
_COMPARED: Final = 200
_NUMBER: Final = re.compile(r"\s*[+-]?\d[\d,]{0,30}(\.\d{0,30})?(?:[eE][+-]?\d{1,2})?\s*")
_ANY_DATE: Final = re.compile(r"-?\d{4}(?:-\d\d(?:-\d\d(?:T.*)?)?)?")


def fits(text: str, value: str) -> float:
    """Return from 0 to 1: the same number, or the same text but for case, accents and separators, is 1.

    Numbers that are near, a date of which the other is the beginning, and texts with the same pieces
    fit somewhat.
    """
    text, value = text[:_COMPARED], value[:_COMPARED]
    if text == value or key(text) == key(value):
        return 1.0
    if _ANY_DATE.fullmatch(text) and _ANY_DATE.fullmatch(value):
        return _ALMOST if value.startswith(text) or text.startswith(value) else 0.0
    one, other = _number(text), _number(value)
    if one is not None and other is not None:
        return _almost(1 - float(abs(one - other) / max(abs(one), abs(other))), 0.9)
    first, second = _pieces(text), _pieces(value)
    shared = 2 * len(first & second) / (len(first) + len(second)) if first and second else 0.0
    return _almost(shared, _LEAST)


@lru_cache(maxsize=8192)
def key(text: str) -> str:
    """Return what two values share if they fit wholly; the text itself where it has no letters."""
    number = _number(text[:_COMPARED])
    return plain(text) or text if number is None else f"{number.normalize()}"


def _number(text: str) -> Decimal | None:
    return Decimal(text.replace(",", "").strip()) if _NUMBER.fullmatch(text) else None


def _almost(shared: float, least: float) -> float:
    return round(shared * _ALMOST, 3) if shared >= least else 0.0


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
        parts = [(_WEIGHT, each) for each in self.properties]
        parts += [] if self.name is None else [(1.0, self.name)]
        mean = sum(w * p for w, p in parts) / (sum(w for w, _ in parts) or 1)
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
    """Return the candidates for each of *queries*, in their order, as a JSON list of lists."""
    reader = _Reader(store)
    return msgspec.json.encode([reader.candidates(query) for query in queries])


class _Reader(Naming):
    """Reads candidates from one store; what several queries need is read once."""

    def __init__(self, store: Dataset) -> None:
        super().__init__(store)
        self._property, self._by_value = cache(self._named_property), cache(self._things_by_value)

    def candidates(self, query: NameQuery) -> list[dict[str, Any]]:
        """Return the candidates for one query, the best first."""
        pool = list(islice(self._typed(query), _POOL))
        for each in pool:
            each.properties = tuple(self._fits(each.iri, row) for row in query.properties)
        pool.sort(key=lambda each: (-each.score, each.iri))
        certain = [each.iri for each in pool if each.is_certain]
        match = certain[0] if len(certain) == 1 and certain[0] == pool[0].iri else ""
        chosen = pool[query.offset : query.offset + query.limit]
        return [self._row(each, query, is_match=each.iri == match) for each in chosen]

    def _typed(self, query: NameQuery) -> Iterator[_Candidate]:
        wanted = [frozenset(self._terms(in_full(each), WIDER)) for each in query.types]
        chosen = all if query.all_types else any
        for each in self._found(query):
            types = self._values(each.iri, TYPE) if wanted else ()
            each.has_type = not wanted or chosen(not below.isdisjoint(types) for below in wanted)
            if each.has_type or not query.must_have_type:
                yield each

    def _found(self, query: NameQuery) -> Iterable[_Candidate]:
        """Return what has the name or identifier, the best first; without one, what has the values."""
        if not query.text:
            return self._with_values(query)
        return [_Candidate(*each) for each in self._identified(query) or self.named(query)]

    def _identified(self, query: NameQuery) -> list[tuple[str, float]]:
        """Return the things of which the text is the IRI, or an identifier elsewhere."""
        things = same(self._store, in_full(query.text.strip())) if ":" in query.text else []
        known = (
            (i, 1.0 if r in _CERTAIN else _NEAR) for i, r in things if self._is_of(i, query.kind)
        )
        return list(dict(sorted(known, key=lambda each: each[1])).items())

    def _with_values(self, query: NameQuery) -> Iterator[_Candidate]:
        """Yield the things that have a value of the first property that there is."""
        for row in query.properties:
            if (node := self._property(row.property)) is not None:
                having = (iri for text in row.values for iri in self._having(node, text))
                yield from (_Candidate(iri, None) for iri in dict.fromkeys(having))
                return

    def _having(self, node: ox.NamedNode, text: str) -> Iterator[str]:
        """Yield the things of which a value of the property is this text, or what has it as its name."""
        yield from self._by_value(node).get(key(text), ())
        terms: list[Term] = [ox.Literal(text), *filter(None, [named_node(in_full(text))])]
        for term in terms:
            quads = self._store.quads_for_pattern(None, node, term, None)
            yield from (q.subject.value for q in quads if isinstance(q.subject, ox.NamedNode))

    def _things_by_value(self, node: ox.NamedNode) -> dict[str, list[str]]:
        """Return the things with some property by the keys of its values, from the first triples."""
        things: dict[str, list[str]] = defaultdict(list)
        for quad in islice(self._store.quads_for_pattern(None, node, None, None), _SCANNED):
            if isinstance(quad.subject, ox.NamedNode):
                for text in dict.fromkeys(map(key, self._texts(quad.object))):
                    things[text].append(quad.subject.value)
        return things

    def _texts(self, value: Term) -> list[str]:
        """Return what a value is called: a literal its text, a thing its names."""
        named = self._names.names_of(value.value) if isinstance(value, ox.NamedNode) else ()
        return [value.value] if isinstance(value, ox.Literal) else [each.text for each in named]

    def _fits(self, iri: str, wanted: PropertyValues) -> float:
        """Return how well the values of a property fit those given: the mean of the best for each."""
        node = self._property(wanted.property)
        values = self._values(iri, node, _POOL)
        best = [max((self._fit(t, v) for v in values), default=0.0) for t in wanted.values]
        return round(sum(best) / (len(best) or 1), 3)

    def _fit(self, text: str, value: Term) -> float:
        is_same = isinstance(value, ox.NamedNode) and in_full(text) == value.value
        return 1.0 if is_same else max((fits(text, n) for n in self._texts(value)), default=0.0)

    def _named_property(self, name: str) -> ox.NamedNode | None:
        """Return the property with this IRI, prefixed name or label; None if there is none."""
        labelled = (each.iri for each in self._names.labelled(name, "property"))
        named = [iri] if (iri := in_full(name)) in self._known("property") else list(labelled)
        return ox.NamedNode(named[0]) if len(named) == 1 else None

    def _row(self, candidate: _Candidate, query: NameQuery, *, is_match: bool) -> dict[str, Any]:
        """Return a candidate as the API has it."""
        iri, names = candidate.iri, self._names
        snippet = short(names.snippet_of(iri))
        features = [
            *([] if candidate.name is None else [("name", candidate.name)]),
            *zip((row.property for row in query.properties), candidate.properties, strict=True),
        ]
        return {
            "id": iri,
            "name": names.label_of(iri) or iri,
            **({"description": snippet} if snippet else {}),
            "type": [{"id": t, "name": names.label_of(t) or t} for t in types_of(iri, self._store)],
            "score": candidate.score,
            "features": [{"id": id_, "value": round(100 * value, 1)} for id_, value in features],
            "match": is_match,
        }

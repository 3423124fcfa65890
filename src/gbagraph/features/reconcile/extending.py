"""Values of properties for things that were reconciled, as the Reconciliation Service API has them."""

from __future__ import annotations

import math
import re
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import msgspec
import pyoxigraph as ox

from gbagraph.names.index import names_of
from gbagraph.rdf.namespaces import PREFIXES, expand, in_full

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gbagraph.engine.worker import Work
    from gbagraph.features.reconcile.jobs import Column, Extend
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


def run(job: Extend, work: Work) -> None:
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

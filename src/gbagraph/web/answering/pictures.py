"""Which pictures there are of an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gbagraph.rdf.namespaces import PREFIXES
from gbagraph.web.drawing.choose import pictures as of_rows
from gbagraph.web.drawing.links import of_triples

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gbagraph.web.drawing.picture import Picture

    _Row = dict[str, Any]


def pictures(read: Mapping[str, Any]) -> tuple[Picture, ...]:
    """The pictures that fit a page of an answer, as :mod:`gbagraph.engine.paging` writes it."""
    rows: list[_Row] = read["results"]["bindings"]
    labels: Mapping[str, Any] = read["labels"]
    if read["page"]["form"] == "graph":
        triples = [(row["subject"], row["predicate"], row["object"]) for row in rows]
        return of_triples([*triples, *_labels(labels)])
    labelled = [_with_labels(row, labels) for row in rows]
    names = dict.fromkeys(
        each
        for name in read["head"]["vars"]
        for each in (name, f"{name}Label")
        if each == name or any(each in row for row in labelled)
    )
    return of_rows(tuple(names), labelled)


def _with_labels(row: _Row, labels: Mapping[str, Any]) -> _Row:
    """*row*, with a label beside each IRI that has one and stands without.

    Terms of our ontology get none: what has a label is drawn as a thing.
    """
    found = {
        f"{name}Label": labels[term["value"]]
        for name, term in row.items()
        if term["type"] == "uri"
        and term["value"] in labels
        and not term["value"].startswith(PREFIXES["gba"])
    }
    return found | row


def _labels(labels: Mapping[str, Any]) -> Iterator[tuple[Any, Any, Any]]:
    """The labels as triples, for the nodes of a graph that does not hold them."""
    predicate = {"type": "uri", "value": PREFIXES["rdfs"] + "label"}
    for iri, label in labels.items():
        yield {"type": "uri", "value": iri}, predicate, label

"""The pictures of links: chains of the things in each row, and networks."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

from gbagraph.rdf.namespaces import PREFIXES, compact
from gbagraph.rdf.results import value_of
from gbagraph.web.drawing import network, path, text
from gbagraph.web.drawing.columns import Answer, in_words, term_name
from gbagraph.web.drawing.nodes import Edge, Node
from gbagraph.web.drawing.path import Chain, Step
from gbagraph.web.drawing.picture import Picture, both, first_of, notes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gbagraph.web.drawing.columns import Row
    from gbagraph.web.drawing.terms import Term

_LINK: Final = frozenset({"property", "predicate", "relation", "link", "way", "role", "p"})


def of_triples(triples: Iterable[tuple[Term, Term, Term]], centre: str = "") -> tuple[Picture, ...]:
    """The network of a graph: its links between things, around the one with the IRI *centre*."""
    rows = list(triples)
    labels = {s["value"]: o for s, p, o in rows if p["value"] == PREFIXES["rdfs"] + "label"}
    rdf_type = PREFIXES["rdf"] + "type"
    kinds = {s["value"]: compact(o["value"]) for s, p, o in rows if p["value"] == rdf_type}
    nodes: dict[str, Node] = {}
    edges = []
    for s, p, o in rows:
        if o["type"] == "uri" == s["type"] and p["value"] != rdf_type:
            for term in (s, o):
                value = value_of(term, labels.get(term["value"]))
                nodes.setdefault(term["value"], Node(value, kinds.get(term["value"], "")))
            edges.append(Edge(s["value"], o["value"], term_name(p, labels.get(p["value"]))))
    return _networks(nodes, edges, centre)


def chains(answer: Answer) -> Iterable[Picture]:
    """The chains of three or more things in each row, if there are any."""
    columns = _things(answer)
    if len(columns) < 3:
        return
    found = [_chain(answer, row, [c for c in columns if c in row]) for row in answer.rows]
    rows = list(dict.fromkeys(chain for chain in found if chain is not None))
    note = notes(answer.note, first_of(path.CHAINS, len(rows), "chains"))
    if rows:
        yield both("path", "Chains", lambda width: path.draw(rows, width), note)


def _chain(answer: Answer, row: Row, columns: list[str]) -> Chain | None:
    if len(columns) < 2:
        return None
    nodes = [Node(answer.value(row, column), column) for column in columns]
    names = [_link_name(answer, row, *pair) for pair in pairwise(columns)]
    return Chain(nodes[0], tuple(map(Step, names, nodes[1:])))


def _things(answer: Answer) -> list[str]:
    """The columns whose values are linked: those with labels, or all IRIs where none has any."""
    found = [column for column in answer.iris if column.lower() not in _LINK]
    labelled = [column for column in found if column in answer.labels]
    return labelled or (found if not answer.labels else [])


def _link_name(answer: Answer, row: Row, start: str, end: str) -> str:
    """What stands between the two columns as the name of their link, else the name of the second."""
    order = answer.columns
    between = order[order.index(start) + 1 : order.index(end)]
    column = answer.named(_LINK, between)
    if column is None or column not in row:
        return in_words(end)
    return term_name(row[column], row.get(answer.labels.get(column, "")))


def networks(answer: Answer) -> Iterable[Picture]:
    """The network of the things that stand beside each other in a row, if there are any."""
    columns = _things(answer)
    nodes: dict[str, Node] = {}
    edges = []
    for row in answer.rows if len(columns) > 1 else ():
        bound = [column for column in columns if column in row]
        for column in bound:
            nodes.setdefault(row[column]["value"], Node(answer.value(row, column), column))
        for start, end in pairwise(bound):
            name = _link_name(answer, row, start, end)
            edges.append(Edge(row[start]["value"], row[end]["value"], name))
    yield from _networks(nodes, edges, note=answer.note)


def _networks(
    nodes: dict[str, Node], edges: list[Edge], centre: str = "", note: str = ""
) -> tuple[Picture, ...]:
    if not edges:
        return ()
    shown = list(nodes.values())

    def draw(width: float) -> network.Network:
        return network.draw(shown, edges, centre, width)

    left_out = draw(text.WIDE).left_out
    more = f"{left_out:,} more are not drawn." if left_out else ""
    return (both("network", "Network", draw, notes(note, more)),)

"""Names that are there, but elsewhere: in another graph, or as another site's name of a thing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox

from gbagraph.explain.diagnostics.finding import Finding, Repair
from gbagraph.explain.diagnostics.rules.instead import about_term, best_fitting
from gbagraph.explain.diagnostics.rules.mentions import Mention, is_there, same_things
from gbagraph.explain.diagnostics.rules.unused import NAMING
from gbagraph.explain.diagnostics.scopes import TYPE, Spot, first_property
from gbagraph.explain.spelling import local_name, words
from gbagraph.sparql.nodes import InGraph, Triple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gbagraph.explain.diagnostics.case import Case
    from gbagraph.explain.diagnostics.scopes import Scope


def other_site(case: Case, mention: Mention) -> Finding | None:
    """The name that another site gives to a thing of which the data has its own."""
    if mention.role != "thing":
        return None
    ours = same_things(case, mention.term.value)
    if not ours:
        return None
    return about_term(
        case,
        mention,
        "iri-of-another-site",
        f"{mention.term.text} is the name of another site for {case.named(ours[0])}; the data says "
        "that they are the same, and says all else of its own IRI.",
        best_fitting(case, mention, ours),
    )


def other_graph(case: Case, mention: Mention) -> Finding | None:
    """It is there, in another graph than the one that is asked."""
    spot = mention.spot
    # What is asked for by another graph's property for names is a name: the one used here is told.
    is_naming = mention.role == "property" and NAMING & set(words(local_name(mention.term.value)))
    if mention.role == "graph" or (is_naming and mention.scope and mention.scope.graph is None):
        return None
    node = ox.NamedNode(mention.term.value)
    if mention.role == "property":
        graphs = case.schema.graphs_with(None, mention.term.value)
    elif mention.role == "class":
        graphs = case.schema.graphs_with(None, TYPE, node)
    else:
        graphs = case.schema.graphs_with(node) or case.schema.graphs_with(None, None, node)
    graphs = _not_asked(case, mention.scope, graphs)
    graph = mention.scope.graph if mention.scope is not None else None
    in_default = graph is not None and _in_default(case, mention)
    if not graphs and not in_default:
        return None
    where = "the graph that is asked here" if graph else "the default graph"
    return Finding(
        "only-in-another-graph",
        "error",
        f"{mention.term.text} is not in {where} as a {mention.role}; it is in "
        + ", ".join([*["the default graph"] * in_default, *map(case.named, graphs[:3])])
        + ".",
        mention.term.start,
        tuple(_moved(case, spot, graphs, in_default=in_default)) if spot else (),
    )


def property_in_other_graph(case: Case, spot: Spot) -> Finding | None:
    """The subject has the property, in another graph than the one that is asked."""
    triple, property_ = spot.triple, first_property(spot.triple)
    if triple.subject.kind != "iri" or property_ is None:
        return None
    graphs = case.schema.graphs_with(ox.NamedNode(triple.subject.value), property_)
    graphs = _not_asked(case, spot.scope, graphs)
    if not graphs:
        return None
    return Finding(
        "only-in-another-graph",
        "error",
        f"{triple.subject.text} has {case.named(property_)} only in "
        f"{', '.join(map(case.named, graphs[:3]))}.",
        triple.path.start,
        tuple(_moved(case, spot, graphs, in_default=False)),
    )


def _not_asked(case: Case, scope: Scope | None, graphs: list[str]) -> list[str]:
    asked = {place.value for place in case.places(scope) if isinstance(place, ox.NamedNode)}
    return [graph for graph in graphs if graph not in asked]


def _in_default(case: Case, mention: Mention) -> bool:
    return is_there(case, Mention(mention.term, mention.role))


def _moved(case: Case, spot: Spot, graphs: list[str], *, in_default: bool) -> Iterator[Repair]:
    """The pattern asked in the graphs that have it: that pattern alone, or the whole group."""
    group, triple = spot.scope.group, spot.triple
    if spot.scope.graph is not None:
        _outer, element = spot.scope.above[-1]
        if in_default and isinstance(element, InGraph):
            yield Repair("no GRAPH", (case.replaced(element, case.written(group)[1:-1].strip()),))
        if isinstance(element, InGraph):
            for graph in graphs:
                text = case.short(graph)
                yield Repair(f"GRAPH {text}", (case.replaced(element.name, text),))
        return
    index = group.elements.index(triple)
    for graph in graphs[:2]:
        text = f"GRAPH {case.short(graph)}"
        alone = {index: f"{text} {{ {case.of_element(triple)} }}"}
        whole = {i: "" for i, e in enumerate(group.elements) if isinstance(e, Triple)}
        inside = " ".join(case.of_element(e) for e in spot.scope.triples)
        options = (
            case.rewritten(group, alone),
            case.rewritten(group, whole, first=[f"{text} {{ {inside} }}"]),
        )
        yield from (
            Repair(f"{text} {{ … }}", (edit,))
            for edit in sorted(options, key=lambda edit: not case.holds(edit.text[1:-1]))
        )

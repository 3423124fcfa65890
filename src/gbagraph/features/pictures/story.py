"""The pictures of the start page: a path, a network, a map and a timeline of the dataset."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from gbagraph.features.pictures import choose, links, network
from gbagraph.features.pictures.columns import View
from gbagraph.features.pictures.links import Chain, Edge, Node, Step
from gbagraph.rdf.results import Value, named, rows
from gbagraph.web.table import of_proof
from gbagraph.web.templating import called

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gbagraph.features.pictures.shapes import Picture
    from gbagraph.web.kinds import Family


class Story(NamedTuple):
    """The pictures of a dataset, and a link that has a proof; None of what it lacks."""

    example: Picture | None = None
    network: Picture | None = None
    map: Picture | None = None
    timeline: Picture | None = None
    asked: tuple[Value, Value, str] | None = None
    """A thing, where it lies, and the query string of ``/why`` for that."""


@lru_cache(maxsize=8)
def draw_story(
    answers: tuple[tuple[str, bytes], ...],
    language: str = "en",
    families: tuple[tuple[str, Family], ...] = (),
) -> Story:
    """The story that the answers tell, each with the name of its query: paths, places, events and so on.

    *families* are those of the things in them by IRI.

    Answers are in SPARQL results JSON and have labels. It is cached: drawing takes some hundredths of a
    second.
    """
    bodies = dict(answers)
    view = View(language, dict(families))
    chains = rows(bodies["paths"]) if "paths" in bodies else []
    return Story(
        example=_example(chains[0], view) if chains else None,
        network=_network(chains, view) or _schema(bodies.get("links", b""), view),
        map=_picture("map", bodies.get("places", b""), view),
        timeline=_picture("timeline", bodies.get("events") or bodies.get("dates", b""), view),
        asked=next((_asked(row) for row in chains if "around" in row), None),
    )


def _picture(kind: str, body: bytes, view: View) -> Picture | None:
    """Return the picture of this kind of an answer; None if it does not fit, or there is no answer."""
    if not body:
        return None
    results = json.loads(body)
    pictures = choose.of_rows(results["head"]["vars"], results["results"]["bindings"], view)
    return next((picture for picture in pictures if picture.kind == kind), None)


def _example(row: dict[str, Any], view: View) -> Picture:
    chain = _chain(row)
    drawn = choose.both("path", lambda width: links.draw_chains([chain], width))
    return replace(drawn, families=view.families)


def _network(chains: list[dict[str, Any]], view: View) -> Picture | None:
    nodes: dict[str, Node] = {}
    edges: dict[Edge, None] = {}
    for row in chains:
        thing, via, end = (_node(row, name) for name in ("thing", "via", "end"))
        nodes |= {node.key: node for node in (thing, via, end)}
        ends = (via, thing) if row["isBack"]["value"] == "true" else (thing, via)
        edges[Edge(ends[0].key, ends[1].key, named(row, "property").text)] = None
        edges[Edge(via.key, end.key, named(row, "predicate").text)] = None
    return _joined(nodes, edges, view) if edges else None


def _schema(body: bytes, view: View) -> Picture | None:
    """Return how kinds of things are linked."""
    nodes: dict[str, Node] = {}
    edges = []
    for row in rows(body) if body else ():
        kinds = (named(row, name) for name in ("kind", "other"))
        ends = [Node(replace(kind, text=called(kind))) for kind in kinds]
        nodes |= {node.key: node for node in ends}
        edges.append(Edge(ends[0].key, ends[1].key, called(named(row, "property"))))
    return _joined(nodes, edges, view) if edges else None


def _joined(nodes: Mapping[str, Node], edges: Iterable[Edge], view: View) -> Picture:
    parts = list(nodes.values()), list(edges)
    drawn = choose.both("network", lambda width: network.draw(*parts, width=width))
    return replace(drawn, families=view.families)


def _chain(row: Mapping[str, Any]) -> Chain:
    is_back = row["isBack"]["value"] == "true"
    return Chain(
        _node(row, "thing"),
        (
            Step(named(row, "property").text, _node(row, "via"), is_back),
            Step(named(row, "predicate").text, _node(row, "end")),
        ),
    )


def _node(row: Mapping[str, Any], name: str) -> Node:
    return Node(named(row, name))


def _asked(row: Mapping[str, Any]) -> tuple[Value, Value, str]:
    why = of_proof(row["via"], row["located"], row["around"])
    return named(row, "via"), named(row, "around"), why

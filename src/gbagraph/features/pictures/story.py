"""The pictures of the start page: a network, a map and a timeline of the dataset."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from gbagraph.features.pictures import choose, network
from gbagraph.features.pictures.links import Edge, Node
from gbagraph.rdf.results import named, rows
from gbagraph.web.templating import called

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gbagraph.features.pictures.shapes import Picture

_WIDE: Final = {"map": 360, "timeline": 720, "network": 650}
"""How wide the pictures are where there is room."""


class Story(NamedTuple):
    """The pictures of a dataset; None of what it lacks."""

    network: Picture | None = None
    map: Picture | None = None
    timeline: Picture | None = None


@lru_cache(maxsize=8)
def draw_story(answers: tuple[tuple[str, bytes], ...]) -> Story:
    """The story that the answers tell, by the names of their queries: links, places, events and others.

    Answers are in SPARQL results JSON and have labels. It is cached: drawing takes some hundredths of a
    second.
    """
    bodies = dict(answers)
    return Story(
        network=_network(bodies.get("links", b"")),
        map=_picture("map", bodies.get("places", b"")),
        timeline=_picture("timeline", bodies.get("events", b"")),
    )


def _picture(kind: str, body: bytes) -> Picture | None:
    """Return the picture of this kind of an answer; None if it does not fit, or there is no answer."""
    if not body:
        return None
    results = json.loads(body)
    pictures = choose.of_rows(results["head"]["vars"], results["results"]["bindings"], _WIDE[kind])
    return next((picture for picture in pictures if picture.kind == kind), None)


def _network(body: bytes) -> Picture | None:
    """Return how things, or kinds of them, are linked."""
    nodes: dict[str, Node] = {}
    edges: dict[Edge, None] = {}
    for row in rows(body) if body else ():
        ends = [_node(row, name) for name in ("thing", "other")]
        nodes |= {node.key: node for node in ends}
        edges[Edge(ends[0].key, ends[1].key, called(named(row, "property")))] = None
    drawn = list(nodes.values()), list(edges)
    if not edges:
        return None
    return choose.both(
        "network", lambda width: network.draw(*drawn, width=width), wide=_WIDE["network"]
    )


def _node(row: Mapping[str, Any], name: str) -> Node:
    value, kind = named(row, name), f"{name}Kind"
    return Node(replace(value, text=called(value)), named(row, kind).text if kind in row else "")

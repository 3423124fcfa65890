"""The pictures of the start page: a network, a map and a timeline of the dataset."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from gbagraph.features.pictures import choose, network
from gbagraph.features.pictures.columns import View
from gbagraph.features.pictures.links import Edge, Node
from gbagraph.rdf.results import named, rows
from gbagraph.web.templating import called

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gbagraph.features.pictures.shapes import Picture
    from gbagraph.web.kinds import Family

_WIDE: Final = {"map": 360, "timeline": 720, "network": 650}
"""How wide the pictures are where there is room."""


class Story(NamedTuple):
    """The pictures of a dataset; None of what it lacks."""

    network: Picture | None = None
    map: Picture | None = None
    timeline: Picture | None = None


@lru_cache(maxsize=8)
def draw_story(
    answers: tuple[tuple[str, bytes], ...],
    language: str = "en",
    families: tuple[tuple[str, Family], ...] = (),
) -> Story:
    """Draw the answers to queries with the names links, places and events.

    *families* are those of the things in them by IRI.

    Answers are in SPARQL results JSON and have labels. It is cached: drawing takes some hundredths of a
    second.
    """
    bodies = dict(answers)
    view = View(language, dict(families))
    return Story(
        network=_network(bodies.get("links", b""), view),
        map=_picture("map", bodies.get("places", b""), view),
        timeline=_picture("timeline", bodies.get("events", b""), view),
    )


def _picture(kind: str, body: bytes, view: View) -> Picture | None:
    """Return the picture of this kind of an answer; None if it does not fit, or there is no answer."""
    if not body:
        return None
    results = json.loads(body)
    wide = view._replace(wide=_WIDE[kind])
    pictures = choose.of_rows(results["head"]["vars"], results["results"]["bindings"], wide)
    return next((picture for picture in pictures if picture.kind == kind), None)


def _network(body: bytes, view: View) -> Picture | None:
    """Return how things, or kinds of them, are linked."""
    nodes: dict[str, Node] = {}
    edges: dict[Edge, None] = {}
    for row in rows(body) if body else ():
        ends = [_node(row, name) for name in ("thing", "other")]
        nodes |= {node.key: node for node in ends}
        edges[Edge(ends[0].key, ends[1].key, called(named(row, "property")))] = None
    if not edges:
        return None
    drawn = choose.both(
        "network", lambda width: network.draw(nodes.values(), edges, width), wide=_WIDE["network"]
    )
    return replace(drawn, families=view.families)


def _node(row: Mapping[str, Any], name: str) -> Node:
    value = named(row, name)
    return Node(replace(value, text=called(value)))

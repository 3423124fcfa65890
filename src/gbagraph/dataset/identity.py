"""What a loaded dataset is: its graphs, its version, its hash."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Final

BUILT_IN: Final = {
    "ontology": ("ontology", "gba.ttl"),
    "shapes": ("ontology", "shapes.ttl"),
    "article": ("data", "gba.ttl"),
    "context": ("data", "context.ttl"),
    "differing": ("data", "differing.ttl"),
    "links": ("data", "links.ttl"),
    "inferred": ("data", "inferred.ttl"),
    "meta": ("data", "dataset.ttl"),
}
"""The named graphs of the built-in dataset, and the file that each is read from."""

NOT_REASONED: Final = ("links", "differing", "shapes", "meta")
"""Graphs from which nothing is concluded.

With the links, each identifier elsewhere would repeat every fact about it; what differs from the article
is not to be joined with it.
"""


@dataclass(frozen=True, slots=True)
class Description:
    """What a loaded dataset is: name, version, and the number of triples in each graph.

    ``digest`` is a function of the files' bytes, ``modified`` the time (seconds since 1970) of the
    newest of them, ``blank_nodes`` whether answers can hold blank nodes of the data, ``infer``
    whether the default graph holds what follows by the ontology; the digest differs by it. ``hash``
    is a function of the asserted graphs alone, however they are written (RDFC-1.0); empty where that
    would take too long at start. ``release`` is the version of a kept release, empty for what is none.
    The default graph ``is_union`` if it is all graphs together, made by each query; then
    ``default_graph`` counts a triple once for each graph that has it.
    """

    title: str
    version: str
    built_in: bool
    digest: str
    modified: float
    blank_nodes: bool
    infer: bool
    graphs: dict[str, int] = field(default_factory=dict, hash=False)
    default_graph: int = 0
    hash: str = ""
    release: str = ""
    is_union: bool = False

    def as_json(self) -> dict[str, Any]:
        """As a JSON object; ``Description(**it)`` is the way back."""
        return asdict(self)

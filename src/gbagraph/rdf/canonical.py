"""Canonicalization: the canonical N-Quads of a set of quads (RDFC-1.0), and their hash.

Two datasets are isomorphic (RDF 1.1 Concepts, section 3.6) exactly if their canonical lines are equal.
RDFC-1.0 does not cover triple terms; they are written here as in RDF 1.2 N-Quads.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pyoxigraph as ox

if TYPE_CHECKING:
    from collections.abc import Iterable


def lines(quads: Iterable[ox.Quad]) -> list[str]:
    """The canonical N-Quads lines of *quads*, each with its line ending, in code point order.

    Blank nodes are labelled as in RDFC-1.0, section 4.4. On malicious data that takes exponential time,
    so a server must not do it with files from strangers.
    """
    found = set(quads)
    written = ox.serialize(found, format=ox.RdfFormat.N_QUADS) or b""
    # Most data have none, which the text tells sooner than the terms.
    if b"_:" in written and any(map(has_blank_node, found)):
        dataset = ox.Dataset(found)
        dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
        written = ox.serialize(set(dataset), format=ox.RdfFormat.N_QUADS) or b""
    # Not splitlines(): literals may contain U+2028 and similar characters unescaped.
    return sorted(f"{line}\n" for line in written.decode().split("\n") if line)


def digest(canonical_lines: Iterable[str]) -> str:
    """The hash of a dataset by its canonical lines: ``sha256:`` and 64 hexadecimal digits."""
    found = hashlib.sha256()
    for line in canonical_lines:
        found.update(line.encode())
    return f"sha256:{found.hexdigest()}"


def has_blank_node(quad: ox.Quad) -> bool:
    """Whether *quad* contains a blank node, possibly in a triple term."""
    return any(map(_is_blank, (quad.subject, quad.object, quad.graph_name)))


def _is_blank(term: object) -> bool:
    if isinstance(term, ox.Triple):
        return _is_blank(term.subject) or _is_blank(term.object)
    return isinstance(term, ox.BlankNode)

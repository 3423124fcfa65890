"""Checks: the queries in ``ontology/checks``, which select what is wrong with the data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox

from gbagraph.curation.findings import Finding, locate
from gbagraph.paths import resource
from gbagraph.rdf.namespaces import compact

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


def check_findings(store: ox.Store, paths: Sequence[Path]) -> Iterator[Finding]:
    """Run the queries of ontology/checks: each selects a ?node, and a ?message with the remedy.

    As in the served dataset, the default graph is the merge of the named ones.
    """
    for check in sorted(resource("ontology", "checks").glob("*.rq")):
        rows = store.query(check.read_text(encoding="utf-8"))
        if not isinstance(rows, ox.QuerySolutions):
            raise TypeError(f"{check.name} is not a SELECT query")
        for row in rows:
            node = row["node"].value
            file, line = locate(node, paths)
            # A message that would name a blank node is unbound; no-blank-nodes reports the node.
            if row["message"] is not None:
                yield Finding(file, line, compact(node), check.stem, row["message"].value)

"""The companion: a second graph, which questions of federation ask beside the first, without a network."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin

import pyoxigraph as ox

from gbagraph.dataset.loader import read_into
from gbagraph.engine.source import Files
from gbagraph.rdf import namespaces

if TYPE_CHECKING:
    from gbagraph.engine.source import Held, Prepare

FILE: Final = "companion.ttl"


def iri() -> str:
    """Return the IRI that SERVICE names in the questions of federation."""
    return urljoin(namespaces.base_iri(), "questions-benchmark/companion")


def called(query: str) -> str:
    """Return *query* with GRAPH in place of SERVICE with the companion's IRI; empty if it has none."""
    calls = re.compile(rf"\bSERVICE\s+(?:SILENT\s+)?<{re.escape(iri())}>", re.IGNORECASE)
    text, count = calls.subn(f"GRAPH <{iri()}>", query)
    return text if count else ""


class WithCompanion(Files, frozen=True, tag="gbagraph.features.benchmark.companion:WithCompanion"):
    """Files, and the *companion* as a named graph, of which the default graph has nothing."""

    companion: str = ""

    def load(self, prepare: Prepare) -> Held:
        """Load them; raises DatasetError if one cannot be loaded."""
        held = super().load(prepare)
        read_into(held.store, Path(self.companion), ox.NamedNode(iri()))  # type: ignore[arg-type]
        return held

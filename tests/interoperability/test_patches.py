"""The patches of the releases, read and applied by Apache Jena."""

import pyoxigraph as ox
import pytest

from gbagraph.features.changes.feed import entries
from gbagraph.rdf.dataset import canonical_lines, digest
from support.engines import ENGINES, PROGRAMS
from support.installed import needs, output


@pytest.mark.processes
def test_jena_comes_to_the_state_of_the_newest_release(tmp_path):
    needs("jena")
    patches = {entry.version: entry.patch for entry in entries() if entry.patch}
    for version, patch in patches.items():
        (tmp_path / f"{version}.rdfp").write_bytes(patch.text)
    files = [tmp_path / f"{version}.rdfp" for version in patches]

    written = output(ENGINES["Jena"][0], PROGRAMS / "JenaPatches.java", *files)

    heads = [line for line in written.split("\n") if line.startswith("#")]
    assert heads == [
        f'# {patch.id} {patch.previous or "null"} "{patch.hash}"' for patch in patches.values()
    ]
    quads = ox.parse(written, format=ox.RdfFormat.N_QUADS)
    assert digest(canonical_lines(quads)) == list(patches.values())[-1].hash

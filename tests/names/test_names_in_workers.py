"""Searches of a large graph come to one worker, which reads the names once and is kept."""

import asyncio

import pytest

from gbagraph.engine import Engine, Query
from gbagraph.features.search.jobs import Search

pytestmark = pytest.mark.processes

RESULTS = {"solutions": "application/sparql-results+json"}
LABEL = "http://www.w3.org/2000/01/rdf-schema#label"


def test_searches_at_once_have_the_names_read_by_one_worker(tmp_path):
    path = tmp_path / "large.nt"
    path.write_text(
        "".join(f'<urn:s{n}> <{LABEL}> "Number {n}" .\n' for n in range(60_000)), encoding="utf-8"
    )

    async def with_names():
        async with Engine(files=[path]) as engine:
            seen = []
            for turn in range(3):
                searches = [engine.answer(Search(f"Number {turn}{n}")) for n in range(6)]
                text = f"SELECT * {{ <urn:s{turn}> ?p ?o }}"
                await asyncio.gather(*searches, engine.answer(Query(text, RESULTS)))
                seen.append({w.number for w in engine.pool._idle if w.has_names})
            return seen

    first, *others = asyncio.run(with_names())
    assert len(first) == 1
    assert others == [first, first]

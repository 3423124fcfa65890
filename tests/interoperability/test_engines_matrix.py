"""Every canned query on every engine behind the server: the same answer, or a difference that is listed.

The table is in ``reports/engines-behind.md``. A difference that it lacks fails, and one that it has
and that is gone fails, too. The engines get the dataset by ``gbagraph publish``; of Comunica, which has
no data, three servers of Oxigraph hold some of the graphs each.
"""

import re
from collections import defaultdict

import pytest

from gbagraph.dataset.loader import load
from gbagraph.features.remote.publishing import Publishing, Target
from gbagraph.queries.catalog import local_queries
from support import ROOT, RunningServer
from support.behind import (
    DEFAULT,
    LONG_LIMIT,
    REQUESTS,
    START,
    behind,
    difference,
    hold,
    over_oxigraph,
    response,
)
from support.installed import Virtuoso, needs
from support.oxigraph import Oxigraph

pytestmark = pytest.mark.processes

MAY_BE = {"slow": ("502", "503", "504", "order", ""), "order": ("order", "")}
"""What also fits what is listed: an engine may be in time, and give rows in our order by chance."""


def expected() -> dict[tuple[str, str], set[str]]:
    """What may differ by engine and query, as the report has it."""
    text = (ROOT / "reports" / "engines-behind.md").read_text()
    table = text.partition("<!-- differences -->")[2].partition("<!-- /differences -->")[0]
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for line in table.splitlines()[3:]:
        engine, what, queries, _ = (cell.strip() for cell in line.strip("|").split("|"))
        for name in re.findall(r"`([^`]+)`", queries):
            found[engine.lower(), name].add(what)
    return dict(found)


EXPECTED = expected()


@pytest.fixture(scope="module")
def dataset():
    return load()[0]


@pytest.fixture(scope="module")
def embedded_server():
    with RunningServer(start=START) as running:
        yield running


@pytest.fixture(scope="module")
def oxigraph_server(dataset, tmp_path_factory):
    needs("oxigraph")
    with Oxigraph(tmp_path_factory.mktemp("oxigraph") / "store") as there:
        with Target(there.url, there.store, there.update) as target:
            Publishing(dataset, target).run()
        with behind(there.url) as running:
            yield running


@pytest.fixture(scope="module")
def virtuoso_server(dataset, tmp_path_factory):
    needs("virtuoso-t", "isql-vt")
    with Virtuoso(tmp_path_factory.mktemp("virtuoso")) as there:
        hold(there, dataset)
        options = ("--engine-default-graph", DEFAULT, "--engine-timeout", "timeout={ms}")
        with behind(there.sparql, *options) as running:
            yield running


@pytest.fixture(scope="module")
def comunica_server(dataset, tmp_path_factory):
    needs("oxigraph")
    # A worker that is at work, or is started anew after a time limit, answers nobody else.
    asked = over_oxigraph(dataset, tmp_path_factory.mktemp("parts"), workers=3)
    with asked as url, behind(url, limit=LONG_LIMIT) as running:
        yield running


@pytest.mark.parametrize("name", [*local_queries(), *REQUESTS])
@pytest.mark.matrix
@pytest.mark.parametrize("engine", ["oxigraph", "virtuoso", "comunica"])
def test_the_answer_is_the_same_or_differs_as_the_manual_says(
    request, embedded_server, engine, name
):
    there = response(name, request.getfixturevalue(f"{engine}_server"))
    here = response(name, embedded_server)

    found, listed = difference(there, here), EXPECTED.get((engine, name), {""})
    assert any(found in MAY_BE.get(each, (each,)) for each in listed), there.text[:1000]


def test_the_manual_lists_what_is_asked_and_of_oxigraph_only_the_order():
    asked = {*local_queries(), *REQUESTS}

    assert [key for key in EXPECTED if key[1] not in asked] == []
    assert set().union(*(EXPECTED[key] for key in EXPECTED if key[0] == "oxigraph")) <= {"order"}

"""The canned queries on five engines: their rows are equal, and the published table says so."""

import pytest

from support.engines import (
    DOCUMENT,
    ENGINES,
    compared,
    document,
    is_installed,
    listed,
    outcomes,
    write_suite,
)
from support.installed import needs
from support.queries import SAMPLE_QUERIES, sampled


@pytest.fixture(
    scope="module", params=sampled({"sample": SAMPLE_QUERIES, "all": compared()}, ["sample"])
)
def names(request):
    return request.param


@pytest.fixture(scope="module")
def suite(tmp_path_factory, names):
    folder = tmp_path_factory.mktemp("suite")
    write_suite(folder, names)
    return folder


@pytest.mark.processes
@pytest.mark.parametrize("engine", sampled(dict(zip(ENGINES, ENGINES, strict=True)), ["rdflib"]))
def test_an_engine_answers_with_equal_rows(suite, names, engine):
    if not is_installed(engine):
        needs(engine)

    assert outcomes(engine, suite) == dict.fromkeys(names, "equal")


def test_the_published_table_is_what_the_tests_above_find():
    names = listed()
    equal = dict.fromkeys(names, "equal")

    assert len(names) >= 54
    assert DOCUMENT.read_text() == document(dict.fromkeys(ENGINES, equal))


@pytest.mark.processes
def test_an_answer_that_differs_is_noticed(tmp_path):
    """With a fact less, and with a query that is none."""
    write_suite(tmp_path, {"is-in", "signing-rounds", "zones-by-area"})
    data = tmp_path / "data" / "all.nq"
    lines = data.read_text().splitlines(keepends=True)
    data.write_text("".join(line for line in lines if "signing-knowledge-city-2020" not in line))
    (tmp_path / "queries" / "is-in.rq").write_text("ASK {")

    found = outcomes("pyoxigraph", tmp_path)

    assert found["signing-rounds"] == "other rows"
    assert found["is-in"].startswith("error: SyntaxError")
    assert found["zones-by-area"] == "equal"

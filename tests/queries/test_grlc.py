"""Files as grlc has them: each key of its headers is read, and the query is answered."""

from pathlib import Path

import pytest

from gbagraph.queries.parse import KEYS, parse
from support import store_with

FOLDER = Path(__file__).parent / "grlc"
FILES = sorted(FOLDER.glob("*.rq"))
OF_GRLC = {
    *("summary", "description", "tags", "endpoint", "endpoint-method", "endpoint_in_url"),
    *("method", "pagination", "defaults", "enumerate", "transform"),
}
DATA = """
PREFIX e: <http://example.org/>
e:a a e:Kind . e:b a e:Kind . e:c a e:Other . e:d a e:Other .
"""


@pytest.fixture(scope="module")
def store():
    return store_with(DATA)


def test_there_is_a_file_for_each_key_of_grlc():
    assert set(KEYS) >= OF_GRLC
    assert {path.stem for path in FILES} >= OF_GRLC


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_of_grlc_is_read_and_answered(store, path):
    query = parse(path)
    given = [("kind", "http://example.org/Kind")] if "kind" in query.names else []

    answer = {row["s"].value[-1] for row in store.query(query.bind(given))}

    assert answer == ({"a", "b"} if given or path.stem == "pagination" else {"a", "b", "c", "d"})


def test_what_the_keys_of_grlc_say_is_kept():
    assert parse(FOLDER / "summary.rq").summary == "Things of a kind"
    assert (
        parse(FOLDER / "description.rq").description == "Things of a kind, told in several lines."
    )
    assert parse(FOLDER / "description.rq").summary == "description"
    assert parse(FOLDER / "tags.rq").tags == ("things", "kinds")
    assert parse(FOLDER / "pagination.rq").page_size == 2
    (kind,) = parse(FOLDER / "defaults.rq").parameters
    assert (kind.default, kind.type.name) == ("http://example.org/Kind", "iri")
    (kind,) = parse(FOLDER / "enumerate.rq").parameters
    assert [choice.value for choice in kind.choices] == [
        "http://example.org/Kind",
        "http://example.org/Other",
    ]


def test_values_that_are_only_named_are_those_that_the_query_finds(store):
    (kind,) = parse(FOLDER / "enumerate-names.rq").parameters

    found = [row[kind.drawn.value].value for row in store.query(kind.drawn.text)]

    assert found == ["http://example.org/Kind", "http://example.org/Other"]

"""A graph in this process: what is opened, what is asked, and what no query makes it do."""

import pickle

import pytest

import gbagraph
from gbagraph import errors
from gbagraph.answers import Solutions

TURTLE = "<http://example.org/a> <http://example.org/p> 1 ."


@pytest.fixture
def turtle(tmp_path):
    path = tmp_path / "x.ttl"
    path.write_text(TURTLE)
    return path


@pytest.mark.parametrize(
    "form", [str, lambda path: path, lambda path: [path], lambda path: [str(path)]]
)
def test_a_file_is_opened_by_its_name_or_path_one_or_many(turtle, form):
    assert gbagraph.open(form(turtle)).ask("ASK { ?s ?p 1 }")


def named(folder, number):
    """A file whose prefix ex: is another in each."""
    path = folder / f"{number}.ttl"
    path.write_text(f"@prefix ex: <http://{number}.example/> .\nex:a a ex:Thing ; ex:knows ex:b .")
    return path


@pytest.mark.parametrize("safe", [False, pytest.param(True, marks=pytest.mark.processes)])
def test_prefixes_of_a_file_are_known_in_its_graph_alone(tmp_path, safe):
    with (
        gbagraph.open(named(tmp_path, "one"), safe=safe) as one,
        gbagraph.open(named(tmp_path, "two")) as two,
    ):
        rows = one.select("SELECT ?s { ?s a ex:Thing }")

        assert rows[0].s == "http://one.example/a"
        assert two.select("SELECT ?s { ?s a ex:Thing }")[0].s == "http://two.example/a"
        assert one.why("ex:a", "ex:knows", "ex:b").triple.object.value == "http://one.example/b"
        assert one.describe("ex:a")["types"][0]["label"] == "ex:Thing"
        assert one.schema("ex:Thing")["properties"]
        assert one.search("a")[0]["name"] == "ex:a"
        for shown in (rows, pickle.loads(pickle.dumps(rows)), rows[:1], one.search("a")):
            assert ">ex:a</a>" in shown._repr_html_()
        assert ">ex:Thing</a>" in one.schema()._repr_html_()
    assert ">http://one.example/a</a>" in Solutions(("s",), [tuple(rows[0])])._repr_html_()


def test_frame_has_the_prefixes_of_its_graph(tmp_path):
    pytest.importorskip("pandas")
    rows = gbagraph.open(named(tmp_path, "one")).select("SELECT ?s { ?s a ex:Thing }")

    assert rows.df()["s"].to_list() == ["ex:a"]
    assert rows.to_pandas()["s"].to_list() == ["http://one.example/a"]


@pytest.fixture
def queries(tmp_path):
    folder = tmp_path / "q"
    folder.mkdir()
    (folder / "subjects.rq").write_text(
        "#+ summary: What has this value?\n#+ params:\n#+   - value: The value.\n"
        "SELECT ?s { ?s ?p ?_value_integer }"
    )
    return folder


@pytest.mark.parametrize("safe", [False, pytest.param(True, marks=pytest.mark.processes)])
def test_files_of_others_have_the_queries_that_are_given_with_them_and_none_of_ours(
    turtle, queries, safe
):
    with gbagraph.open(turtle, queries=str(queries), safe=safe) as graph:
        assert [row.s for row in graph.run("subjects", value=1)] == ["http://example.org/a"]
        with pytest.raises(errors.UnknownResource):
            graph.run("timeline")
    with (
        gbagraph.open(turtle, safe=safe) as graph,
        pytest.raises(errors.UnknownResource, match="none come with this dataset"),
    ):
        graph.run("timeline")


def test_a_folder_of_queries_that_is_not_there_or_has_a_fault_is_told(turtle, queries):
    with pytest.raises(errors.SettingError, match="no such folder"):
        gbagraph.open(turtle, queries=queries / "none")
    (queries / "subjects.rq").write_text("#+ params: 1\nSELECT * {}")
    with pytest.raises(errors.QueryFileError):
        gbagraph.open(turtle, queries=queries)


def test_a_query_of_two_graphs_has_a_row_once(small_file):
    query = "SELECT ?s FROM <http://example.org/g1> FROM <http://example.org/g2> { ?s ?p 1 }"

    assert len(gbagraph.open(small_file).select(query)) == 1


def test_a_time_limit_that_nothing_keeps_is_an_error():
    with pytest.raises(errors.RequestError, match="safe=True"):
        gbagraph.open(timeout=1)


def test_a_graph_is_a_context_manager():
    with gbagraph.open("0.2.0") as graph:
        assert graph.version == "0.2.0"
    assert "version 0.2.0" in repr(graph)

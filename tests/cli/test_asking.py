"""In which formats an answer comes, with which labels, and what a query is bound to."""

import json
from functools import partial

import pytest

from support import PATH
from support.inside import command

pytestmark = pytest.mark.processes


@pytest.fixture
def small(small_file):
    """Ask the command line about a few triples."""
    return partial(command, "query", "--data", small_file)


ROW = "SELECT ?s ?o { ?s <http://example.org/p> ?o } ORDER BY ?s"


GRAPH = "CONSTRUCT { ?s ?p ?o } WHERE { VALUES (?s ?p ?o) { (<a:a> <a:b> 1) } }"


@pytest.mark.parametrize(
    ("query", "form", "fits"),
    [
        (GRAPH, "csv", "by name: ttl, nt"),
        ("ASK {}", "jsonld", "by name: srj, srx, boolean, csv"),
    ],
)
def test_a_format_that_does_not_fit_the_query_is_an_error(small, query, form, fits):
    done = small(query, "-f", form)

    assert (done.exit_code, done.stdout) == (2, "")
    assert fits in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("query", "form", "shows"),
    [
        (ROW, "table", "│ e:b"),
        pytest.param(ROW, "csv-bom", "\ufeffs,o\n", marks=pytest.mark.matrix),
        pytest.param("SELECT (1.5 AS ?n) {}", "records", '"n":1.5', marks=pytest.mark.matrix),
        (GRAPH, "turtle", "<a:b> 1"),
        ("ASK {}", "csv", "true\n"),
        pytest.param(GRAPH, "json", '"@id"', marks=pytest.mark.matrix),
    ],
)
def test_a_format_means_the_same_as_over_http(small, query, form, shows):
    assert shows in small(query, "-f", form).stdout


def test_labels_stand_beside_iris():
    (row,) = json.loads(command("query", PATH, "-f", "records", "--labels", "zh-hant").stdout)

    assert list(row) == ["project", "projectLabel", "zone", "zoneLabel"]
    assert row["zoneLabel"] == "中新廣州知識城"


def test_in_a_narrow_terminal_rows_stand_below_each_other(small):
    narrow = small(ROW, "-f", "table", COLUMNS="10").stdout
    wide = small(ROW, "-f", "table", COLUMNS="100").stdout

    assert "  o  e:b\n" in narrow
    assert "│" in wide


def test_variables_are_bound_to_terms(small):
    bound = {
        "a=a:b": "a:b",
        "b=<http://example.org/a>": "http://example.org/a",
        'c="China"@en': "China",
        "d=2020": 2020,
        "e=1.5": 1.5,
        '?f="true"^^xsd:boolean': True,
        "g=two words": "two words",
        'h="a\\nb"': "a\nb",
    }
    options = [part for term in bound for part in ("-p", term)]

    done = small("SELECT ?a ?b ?c ?d ?e ?f ?g ?h { }", *options, "-f", "records")

    assert json.loads(done.stdout) == [dict(zip("abcdefgh", bound.values(), strict=True))], done


def test_identifiers_are_looked_up_in_the_built_in_data_and_in_files(tmp_path):
    iri, path = "http://www.wikidata.org/entity/Q16572", tmp_path / "own.nt"
    path.write_text(f"<urn:a> <http://www.w3.org/2004/02/skos/core#exactMatch> <{iri}> .\n")
    asked = command("lookup", "Q16572", "no IRI")
    ours = json.loads(asked.stdout)["results"]
    theirs = json.loads(command("lookup", iri, "--data", path).stdout)["results"]

    assert asked.exit_code == 2  # one is no identifier; the other is looked up all the same
    assert [each["iri"] for each in ours] == [iri, "no IRI"]
    assert ours[0]["matches"][0]["label"] == "Guangzhou"
    assert [match["iri"] for match in theirs[0]["matches"]] == ["urn:a"]

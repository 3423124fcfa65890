"""Differences: summed up by graph and kind, written for people, as JSON, and as a patch that applies."""

import gzip
import json

import pyoxigraph as ox
import pytest
from typer.testing import CliRunner

from gbagraph.cli import app
from gbagraph.dataset.identity import BUILT_IN, asserted_file, graph_of
from gbagraph.errors import DatasetError
from gbagraph.features.releases import diff
from gbagraph.features.releases.diff import CURRENT, compare, read
from gbagraph.rdf.dataset import canonical_lines
from gbagraph.rdf.namespaces import PREFIXES, expand, graph_iri

BEFORE = """
PREFIX gba: <https://w3id.org/gbagraph/ontology#>
PREFIX graph: <https://w3id.org/gbagraph/graph/>
PREFIX id: <https://w3id.org/gbagraph/id/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
GRAPH graph:article {
  id:a a gba:Zone ; gba:within id:old ; gba:opened "2020"^^xsd:gYear .
  id:b a gba:Zone .
  id:gone a gba:City ; rdfs:label "Gone"@en .
}
GRAPH graph:links { id:a gba:gbCode "1" }
GRAPH graph:inferred { id:a a gba:Place }
"""
AFTER = (
    BEFORE.replace("id:old", "id:new")
    .replace("  id:gone a gba:City ; rdfs:label", "  id:fresh a gba:Company ; rdfs:label")
    .replace('gba:gbCode "1"', 'gba:gbCode "2", "line\\n2"')
    .replace("id:a a gba:Place", "id:b a gba:Place")
)


@pytest.fixture
def sides(tmp_path):
    """Two small datasets as files."""
    paths = tmp_path / "before.trig", tmp_path / "after.trig"
    for path, text in zip(paths, (BEFORE, AFTER), strict=True):
        path.write_text(text)
    return tuple(map(str, paths))


def counts(found):
    """The summary with short names."""
    return {
        (graph.rpartition("/")[2], kind.rpartition("#")[2]): (
            (row.added, row.removed, row.changed),
            (row.triples_added, row.triples_removed),
        )
        for graph, rows in diff.summary(found).items()
        for kind, row in rows.items()
    }


def test_the_summary_counts_things_and_triples_by_graph_and_kind(sides):
    assert counts(compare(*sides)) == {
        ("article", "City"): ((0, 1, 0), (0, 2)),
        ("article", "Company"): ((1, 0, 0), (2, 0)),
        ("article", "Zone"): ((0, 0, 1), (1, 1)),
        ("links", "Zone"): ((0, 0, 1), (2, 1)),
    }


def test_one_graph_alone_has_the_kinds_that_another_graph_tells(sides):
    found = compare(*sides, graph="links")

    assert counts(found) == {("links", "Zone"): ((0, 0, 1), (2, 1))}
    assert compare(*sides, graph="graph:links").added == found.added
    assert compare(*sides, graph=graph_iri("links")).added == found.added


def test_what_follows_is_left_out_unless_it_is_asked_for(sides):
    def graphs(**chosen):
        return {graph for graph, _ in counts(compare(*sides, **chosen))}

    assert "inferred" not in graphs()
    assert graphs(inferred=True) == {"article", "links", "inferred"}
    assert graphs(graph="inferred") == {"inferred"}


def test_the_default_graph_has_a_name(tmp_path):
    paths = tmp_path / "one.ttl", tmp_path / "two.ttl"
    for path in paths:
        path.write_text(f"<a:a> <a:p> '{path.stem}' .")
    found = compare(*map(str, paths), graph="default")

    assert counts(found) == {("default", ""): ((0, 0, 1), (1, 1))}
    assert "without a kind" in diff.text(found)


@pytest.mark.parametrize("name", ["meta", "nothing", "a:b", "no name"])
def test_a_graph_that_is_not_there_names_those_that_are(sides, name):
    with pytest.raises(DatasetError, match=r"There are: article, links\.|not the name of a graph"):
        compare(*sides, graph=name)


def test_of_several_kinds_the_commonest_counts(tmp_path):
    path = tmp_path / "kinds.ttl"
    path.write_text("<a:a> a <a:Seldom>, <a:Often> . <a:b> a <a:Often> ; <a:p> 1 .")
    empty = tmp_path / "empty.ttl"
    empty.touch()

    assert counts(compare(str(empty), str(path))) == {("default", "a:Often"): ((2, 0, 0), (4, 0))}


def test_the_text_is_a_table(sides):
    lines = diff.text(compare(*sides)).splitlines()

    assert lines[0] == f"From {sides[0]} to {sides[1]}: 5 triples added, 4 removed."
    assert [line.split() for line in lines[3:]] == [
        ["article", "1", "1", "1", "3", "3"],
        ["gba:City", "1", "2"],
        ["gba:Company", "1", "2"],
        ["gba:Zone", "1", "1", "1"],
        ["links", "1", "2", "1"],
        ["gba:Zone", "1", "2", "1"],
    ]


def test_the_full_text_has_each_triple_with_prefixes_by_graph(sides):
    text = diff.full_text(compare(*sides))

    assert text.partition("\n\narticle\n")[2] == (
        "- id:a gba:within id:old\n"
        "+ id:a gba:within id:new\n"
        "+ id:fresh rdf:type gba:Company\n"
        '+ id:fresh rdfs:label "Gone"@en\n'
        "- id:gone rdf:type gba:City\n"
        '- id:gone rdfs:label "Gone"@en\n'
        "\nlinks\n"
        '- id:a gba:gbCode "1"\n'
        '+ id:a gba:gbCode "2"\n'
        '+ id:a gba:gbCode "line\\n2"\n'
    )


def test_the_full_text_has_iris_in_brackets_that_no_prefix_fits(tmp_path):
    """So that each line reads as one triple."""
    one, two = tmp_path / "one.ttl", tmp_path / "two.ttl"
    one.write_text("")
    two.write_text(f'<{expand("id:a")}> <{expand("id:-x")}> <{expand("id:b,c")}>, "1"^^<urn:t> .')
    text = diff.full_text(compare(str(one), str(two)))

    assert f"+ id:a <{expand('id:-x')}> <{expand('id:b,c')}>\n" in text
    assert f'+ id:a <{expand("id:-x")}> "1"^^<urn:t>\n' in text


def test_json_has_the_summary_and_every_line(sides):
    found = compare(*sides)
    content = json.loads(diff.FORMS["json"](found))

    assert content["summary"][0] == {
        "graph": graph_iri("article"),
        "kind": PREFIXES["gba"] + "City",
        "added": 0,
        "removed": 1,
        "changed": 0,
        "triples_added": 0,
        "triples_removed": 2,
    }
    assert content["added"] == [line.rstrip("\n") for line in found.added]
    assert (content["before"], content["after"]) == sides
    assert len(content["removed"]) == 4


@pytest.mark.parametrize("inferred", [False, True])
def test_a_patch_applies(sides, inferred):
    found = compare(*sides, inferred=inferred)
    lines = set(found.before.quads)
    for row in diff.FORMS["patch"](found).splitlines(keepends=True):
        sign, _, line = row.partition(" ")
        {"A": lines.add, "D": lines.remove}.get(sign, len)(line)

    assert sorted(lines) == list(found.after.quads)


def test_blank_nodes_are_compared_by_their_canonical_labels(tmp_path):
    one, two = tmp_path / "one.ttl", tmp_path / "two.ttl"
    one.write_text("_:a <a:p> _:b . _:b <a:q> 1 .")
    two.write_text("_:x <a:q> 1 . _:y <a:p> _:x .")

    assert not compare(str(one), str(two))
    assert len(read(str(one)).quads) == 2


def test_a_release_and_the_current_data_are_read_as_they_are_written():
    first = "".join(read("0.1.0").quads)
    assert first == gzip.decompress(asserted_file("0.1.0").read_bytes()).decode()
    assert {quad.graph_name.value for quad in read(CURRENT).quads.values()} == {
        graph_of(name).value for name in BUILT_IN if name not in ("inferred", "meta")
    }


def test_with_what_follows_the_current_data_are_all_that_a_dump_has(graph, tmp_path):
    path = tmp_path / "dump.nq"
    quads = [quad for quad in graph.store if quad.graph_name != ox.DefaultGraph()]
    path.write_text("".join(canonical_lines(quads)))

    assert not compare(CURRENT, str(path), inferred=True)


def test_build_metadata_of_a_version_are_tolerated_in_its_name():
    assert read("0.2.0+inference").quads == read("0.2.0").quads
    assert len(read("0.2.0", inferred=True).quads) > len(read("0.2.0").quads)


def command(*arguments):
    """What ``gbagraph diff`` does with these arguments."""
    return CliRunner().invoke(app, ["diff", *arguments])


def test_the_command_prints_the_summary_and_exits_with_1(sides):
    done, full = command(*sides), command(*sides, "--full")

    assert (done.exit_code, done.stdout) == (1, diff.text(compare(*sides)))
    assert (full.exit_code, full.stdout) == (1, diff.full_text(compare(*sides)))
    assert command(*sides, "--graph", "links", "-f", "patch").stdout.count("\n") == 5


def test_the_command_exits_with_0_for_the_same():
    done = command("0.1.0", "0.1.0")

    assert (done.exit_code, done.stdout) == (0, "From 0.1.0 to 0.1.0 nothing changed.\n")
    assert json.loads(command("current", "-f", "json").stdout)["summary"] == []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("9.9.9",), "9.9.9 is neither a release nor a file. Releases: 0.1.0, 0.2.0"),
        (("nowhere.ttl",), "nowhere.ttl cannot be read"),
        (("0.1.0", "--format", "yaml"), "There are: text, json, patch"),
        (("0.1.0", "--graph", "nothing"), "no graph nothing to compare. There are: article"),
        (("0.1.0", "--queries", "--full"), "takes no --full"),
        (("0.1.0", "--queries", "-f", "patch"), "There are: text, json"),
        pytest.param(
            ("--queries", "9.9.9"),
            "neither a release nor a file",
            marks=pytest.mark.processes,
        ),
    ],
)
def test_wrong_usage_exits_with_2(arguments, says):
    done = command(*arguments)

    assert done.exit_code == 2
    assert done.stdout == ""
    assert says in done.stderr


@pytest.mark.parametrize("name", ["bad.nq.gz", "bad.ttl", "short.nq.gz"])
def test_a_file_that_cannot_be_read(tmp_path, name):
    packed = gzip.compress(b"<a:a> <a:b> <a:c> .\n")
    (tmp_path / name).write_bytes(packed[:-9] if name.startswith("short") else b"id:x a .")

    with pytest.raises(DatasetError, match=name):
        compare(str(tmp_path / name))

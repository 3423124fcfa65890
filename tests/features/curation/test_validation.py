"""Validation: the published data is good, and each rule finds what breaks it."""

import gzip
import re
from collections import defaultdict
from pathlib import Path

import pyoxigraph as ox
import pytest

from gbagraph.dataset import view
from gbagraph.dataset.identity import releases
from gbagraph.dataset.loader import load
from gbagraph.errors import DatasetError
from gbagraph.features.curation import validation
from gbagraph.features.curation.validation import data_graph, locate, validate
from gbagraph.paths import display, resource
from gbagraph.rdf.namespaces import graph_iri
from support import file_with

BROKEN = sorted((Path(__file__).parent / "broken").glob("*.ttl"))
SHAPES = re.findall(
    r"^gsh:([\w-]+) a sh:(?:NodeShape|PropertyShape)",
    resource("ontology", "shapes.ttl").read_text(),
    re.M,
)
CHECKS = sorted(resource("ontology", "checks").glob("*.rq"))
NAMES_OF_CHECKS = [path.stem for path in CHECKS]


IN_ONE_PLACE = ("section-document", "section-position", "versions-agree")
"""Rules whose samples break something that there is once: these are validated one by one."""


@pytest.fixture(scope="module")
def findings(tmp_path_factory):
    """The findings in all samples at once, each about things of its own, by the name of its file."""
    folder, found = tmp_path_factory.mktemp("broken"), defaultdict(list)
    for path in BROKEN:
        (folder / path.name).write_text(named_apart(path))
    for finding in validate(sorted(folder.iterdir()), reasoning=False):
        found[Path(finding.file).name].append(finding)
    return found


def named_apart(path):
    return re.sub("[sS]ample", rf"\g<0>{BROKEN.index(path)}x", path.read_text())


@pytest.mark.slow
@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_each_rule_finds_what_breaks_it(findings, path):
    is_alone = path.stem.startswith(IN_ONE_PLACE)
    text = path.read_text() if is_alone else named_apart(path)
    expected = re.match(r"# expects: (\S+) on (\S+)", text)

    found = validate([path], reasoning=False) if is_alone else findings[path.name]

    hits = [finding for finding in found if finding.rule == expected[1]]
    assert hits, list(map(str, found))
    assert any(
        finding.node in (expected[2], f"<{expected[2]}>")
        or expected[2].endswith(finding.node.partition(":")[2])
        for finding in hits
    )
    assert all(finding.message.strip() and finding.file and finding.line for finding in hits)


def test_every_rule_has_a_broken_sample():
    """A sample is named for its rule; rules that can be broken in several ways have NAME.way.ttl too."""
    sampled = {path.stem.partition(".")[0] for path in BROKEN}

    assert len(BROKEN) >= 200
    assert sampled <= {*SHAPES, *NAMES_OF_CHECKS}
    assert set(NAMES_OF_CHECKS) <= sampled


@pytest.mark.slow
def test_the_checks_hold_for_all_that_is_served():
    """Metadata and shapes too; what reasoning adds repeats a fault rather than makes one."""
    store, _ = load()
    store.remove_graph(ox.NamedNode(graph_iri("inferred")))
    store.clear_graph(ox.DefaultGraph())
    view.fill(store, infer=False, whole=True)

    found = {path.stem: list(store.query(path.read_text())) for path in CHECKS}

    assert {name: rows for name, rows in found.items() if rows} == {}


def test_each_check_says_its_rule_in_a_sentence():
    assert len(CHECKS) >= 3
    for check in CHECKS:
        assert re.match(r"# [A-Z].*\.\n", check.read_text()), check.name


@pytest.mark.parametrize(
    ("name", "text", "tag"),
    [
        ("a.ttl", '<urn:a> <urn:b> "x"@en-GB .', "en-GB"),
        ("a.trig", '<urn:g> { <urn:a> <urn:b> "x"@en-GB }', "en-GB"),
        ("a.nq.gz", '<urn:a> <urn:b> "x"@en-GB <urn:g> .\n', "en-GB"),
        ("a.ttl", 'VERSION "1.2" <urn:a> <urn:b> "x"@en-GB .', "en-gb"),
    ],
    ids=["turtle", "graphs", "compressed", "RDF 1.2"],
)
def test_language_tags_are_checked_as_they_are_written(tmp_path, name, text, tag):
    """Where rdflib reads the syntax; the engine, which reads the rest, writes them in lower case."""
    path = tmp_path / name
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())

    ((subject, _, value),) = data_graph([path], with_ontology=False)
    # Values are equal in whichever case.
    assert (str(subject), str(value), value.language) == ("urn:a", "x", tag)


def test_a_file_that_does_not_parse_is_refused(tmp_path):
    (tmp_path / "gba.ttl").write_text("id:x a gba:Zone .")

    with pytest.raises(DatasetError, match=r"line 1, column"):
        validate([tmp_path / "gba.ttl"])


def test_an_earlier_release_is_told_at_once(tmp_path):
    """Ten thousand faults would say no more than that terms were renamed since."""
    path = releases()["0.3.0"]
    (tmp_path / "renamed.nq.gz").write_bytes(path.read_bytes())

    with pytest.raises(DatasetError, match=r"holds release 0\.3\.0 .* gbagraph diff 0\.3\.0"):
        validate([tmp_path / "renamed.nq.gz"])


@pytest.mark.parametrize(
    ("node", "line"),
    [
        ("https://w3id.org/gbagraph/id/a", 4),
        ("https://w3id.org/gbagraph/id/a-b", 5),
        ("https://w3id.org/gbagraph/id/b", 4),
        ("https://w3id.org/gbagraph/claim/a.b.c", 6),
        ("urn:own/c", 5),
        ("urn:nowhere", 1),
    ],
)
def test_a_finding_is_where_its_node_stands_first_as_a_subject(tmp_path, node, line):
    path = tmp_path / "a.ttl"
    path.write_text(
        "@prefix own: <urn:own/> .\n# id:a\n<urn:x> own:y id:a , id:a-b .\n"
        "id:a a own:b ; own:y <id/b> .\nid:a-b own:y own:c.\nc:a.b.c a own:b .\n"
    )

    assert locate(node, [path]) == (display(path), line)


def test_of_many_files_each_is_read_once_for_all_findings(tmp_path, monkeypatch):
    read = []
    monkeypatch.setattr(validation, "text_of", lambda path: read.append(path) or path.read_text())
    files = [file_with(tmp_path / f"{number}.ttl", "<urn:a> <urn:b> 1 .") for number in range(40)]

    for _ in range(2):
        locate("urn:nowhere", files)

    assert read == files

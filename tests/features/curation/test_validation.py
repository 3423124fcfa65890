"""Validation: the published data is good, and each rule finds what breaks it."""

import gzip
import re
import sys
from collections import defaultdict
from pathlib import Path

import pyoxigraph as ox
import pytest

from gbagraph.dataset import view
from gbagraph.dataset.loader import load
from gbagraph.errors import DatasetError
from gbagraph.features.curation import findings as told
from gbagraph.features.curation.findings import places, well_formed
from gbagraph.features.curation.validation import data_graph, validate
from gbagraph.paths import display, resource
from gbagraph.rdf.namespaces import graph_iri
from support import file_with, processes

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


@pytest.mark.parametrize(
    ("node", "line"),
    [
        ("https://w3id.org/gbagraph/id/a", 4),
        ("https://w3id.org/gbagraph/id/a-b", 5),
        ("https://w3id.org/gbagraph/id/b", 4),
        ("https://w3id.org/gbagraph/claim/a.b.c", 6),
        ("urn:own/c", 5),
    ],
)
def test_a_finding_is_where_its_node_stands_first_as_a_subject(tmp_path, node, line):
    path = tmp_path / "a.ttl"
    path.write_text(
        "@prefix own: <urn:own/> .\n# id:a\n<urn:x> own:y id:a , id:a-b .\n"
        "id:a a own:b ; own:y <id/b> .\nid:a-b own:y own:c.\nc:a.b.c a own:b .\n"
    )

    assert places({node, "urn:nowhere"}, [path]) == {node: (display(path), line)}


def test_of_many_files_each_is_read_once_for_all_findings(tmp_path, monkeypatch):
    read = []
    read_lines = told._lines
    monkeypatch.setattr(told, "_lines", lambda path: read.append(path) or read_lines(path))
    files = [file_with(tmp_path / f"{number}.ttl", "<urn:a> <urn:b> 1 .") for number in range(40)]

    places({f"urn:nowhere/{number}" for number in range(1000)}, files)

    assert read == files


RDF_XML = (
    '<a:RDF xmlns:a="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:b="urn:b">\n'
    "<a:Description>\n<b:p>1</b:q>\n</a:Description></a:RDF>"
)
FAULTS = {
    "a.ttl": ("<urn:a> <urn:b> 1", "a.ttl:1: Unexpected end", "[syntax]"),
    "b.ttl": (
        '\n<urn:a> <urn:b> "2020-13-01"^^<http://www.w3.org/2001/XMLSchema#date> .',
        "b.ttl:2: urn:a: The value '2020-13-01' of urn:b is not of the datatype xsd:date.",
        "[ill-typed-literal]",
    ),
    "c.ttl": ("\n<urn:a> b:c 1 .", "c.ttl:2: ", "prefix b: has not been declared [syntax]"),
    "d.rdf": ("<r>\n</r>\n<s/>", "d.rdf:1: ", "[syntax]"),
    "e.rdf": (RDF_XML, "e.rdf:3: ", "`</b:q>` was found [syntax]"),
    "f.nt": ("", "f.nt:1: It has no triple.", "[empty]"),
    "g.csv": ("", "g.csv:1: ", ".bz2. [syntax]"),
    "h.nt.gz": ("no gzip", "h.nt.gz:1: ", "[syntax]"),
}


def test_each_file_that_is_not_well_formed_is_told_with_its_place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    files = [file_with(tmp_path / name, text) for name, (text, *_) in FAULTS.items()]

    found, triples = well_formed(
        [file_with(tmp_path / "good.nt", "<urn:a> <urn:b> <urn:c> .\n"), *files]
    )

    assert triples == 3  # what is read before a fault counts
    for finding, (_, begins, ends) in zip(map(str, found), FAULTS.values(), strict=True):
        assert finding.startswith(begins), finding
        assert finding.endswith(ends), finding


PASSAGES = """PREFIX ev: <https://w3id.org/gbagraph/evidence#>
<urn:p1> a ev:Passage .
<urn:a> <urn:b> 1 {| ev:statedIn <urn:p1> |} ;
  <urn:b> 2 {| ev:statdIn <urn:p1> |} ;
  <urn:b> 3 {| ev:inferredFrom <urn:p1> , <urn:p11> |} ;
  <urn:b> 4 {| ev:restsOn <https://e.example/> |} .
"""


def test_evidence_that_leads_nowhere_is_told(tmp_path, monkeypatch):
    """What is cited needs no description, unless other passages have one, in whichever file."""
    monkeypatch.chdir(tmp_path)
    head, passage, facts = PASSAGES.partition("<urn:p1> a ev:Passage .\n")
    files = [file_with(Path("a.ttl"), head + passage), file_with(Path("b.ttl"), head + facts)]
    undescribed = "Facts rest on it, but nothing describes it. Describe it, or correct its IRI."

    assert {*map(str, well_formed(files)[0])} == {
        "b.ttl:3: ev:statdIn: There is no such term. Did you mean ev:statedIn? [unknown-term]",
        f"b.ttl:4: urn:p11: {undescribed} [undescribed-passage]",
        f"b.ttl:5: https://e.example/: {undescribed} [undescribed-passage]",
    }
    assert [each.rule for each in well_formed(files[1:])[0]] == ["unknown-term"]


@pytest.mark.parametrize(
    ("value", "datatype", "is_right"),
    [
        *(
            ("-0044-03-15", "date", True),
            ("2020-02-30Z", "date", True),
            ("12000-01-01", "date", True),
        ),
        *(("2020-1-1", "date", False), ("2020-01-01 10:00", "dateTime", False)),
        *(("2020-01-01T24:00:00+08:00", "dateTime", True), ("98", "gYear", False)),
        *(("1.0", "integer", False), ("1e3", "decimal", False), (".5e-3", "double", True)),
        *(("yes", "boolean", False), ("one", "anyURI", True)),
    ],
)
def test_values_are_of_their_datatypes(tmp_path, value, datatype, is_right):
    """Years before ours and far ahead are years, though Python has none of them."""
    iri = f"http://www.w3.org/2001/XMLSchema#{datatype}"
    path = file_with(tmp_path / "a.nt", f'<urn:a> <urn:b> "{value}"^^<{iri}> .\n')

    assert (well_formed([path])[0] == []) == is_right


@pytest.mark.processes
def test_a_large_file_is_read_through_without_memory(tmp_path):
    """A store of it would take a hundred megabytes."""
    path = tmp_path / "large.nt"
    with path.open("w") as file:
        file.writelines(f"<urn:s{n}> <urn:p> <urn:o{n}> .\n" for n in range(300_000))
    code = (
        "import resource, sys; from pathlib import Path\n"
        "from gbagraph.features.curation.findings import well_formed\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "found, triples = well_formed([Path(sys.argv[1])])\n"
        "print(triples, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)"
    )
    done = processes.run([sys.executable, "-c", code, path], capture_output=True, check=True)
    triples, megabytes = map(int, done.stdout.split())

    assert triples == 300_000
    assert megabytes < 20

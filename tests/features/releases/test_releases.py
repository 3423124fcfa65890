"""Releases: hashes by two implementations, files that are what was released, IRIs that stay."""

import gzip
import hashlib
import json
import re
import shutil
import zipfile

import pyoxigraph as ox
import pytest
from pyld import jsonld

import gbagraph
from gbagraph import paths
from gbagraph.dataset import identity
from gbagraph.dataset.identity import INFERRED, queries_file
from gbagraph.dataset.loader import load
from gbagraph.errors import DatasetError
from gbagraph.features.releases import commands
from gbagraph.paths import resource
from gbagraph.queries.catalog import all_queries, local_queries
from gbagraph.rdf.dataset import canonical_lines, digest
from gbagraph.rdf.namespaces import BASE, PREFIXES, expand, graph_iri
from support import RunningServer, file_with, ok, run
from support.queries import sampled

KNOWN = identity.releases()
BLANK = """<a:a> <a:p> _:x .
_:x <a:p> _:y .
_:y <a:p> _:x .
_:z <a:q> "é \\"z\\"" .
<a:a> <a:p> "1"^^<http://www.w3.org/2001/XMLSchema#integer> <a:g> .
_:x <a:q> "y"@en _:g .
"""


def parsed(text):
    return list(ox.parse(text, format=ox.RdfFormat.N_QUADS))


def by_pyld(text):
    options = {
        "algorithm": "URDNA2015",
        "inputFormat": "application/n-quads",
        "format": "application/n-quads",
    }
    return jsonld.normalize(text, options)


def test_canonical_lines_are_those_of_another_implementation():
    assert "".join(canonical_lines(parsed(BLANK))) == by_pyld(BLANK)


def test_literals_are_escaped_as_the_recommendation_says():
    """RDFC-1.0, section 5: the short escapes, other controls by number, everything else as it is."""
    value = "\b\t\n\f\r\"\\\x00\x07\x0b\x1f\x7f\x80\x85\u2028\U0001f600'"
    expected = (
        '\\b\\t\\n\\f\\r\\"\\\\\\u0000\\u0007\\u000B\\u001F\\u007F' + "\x80\x85\u2028\U0001f600'"
    )
    quad = ox.Quad(ox.NamedNode("a:a"), ox.NamedNode("a:b"), ox.Literal(value))

    assert canonical_lines([quad]) == [f'<a:a> <a:b> "{expected}" .\n']
    assert parsed(canonical_lines([quad])[0]) == [quad]


def is_asserted(line, worded, of_figures):
    """By the rule in docs/versions.md: not of a computed graph, and no computed claim.

    Written by hand are, of graph/evidence, the claims that are *worded*, which have a selector, and
    those on the article as a document and on our schemes of concepts; of graph/differing, those that are
    not *of_figures*.
    """
    graph = line.rstrip(" .").rpartition(" ")[2][1:-1].removeprefix(graph_iri(""))
    subject = line[1 : line.index(">")]
    if graph == "evidence":
        names = (f"{PREFIXES['c']}{name}." for name in ("article", "intended-roles", "qualifiers"))
        return subject in worded or subject.startswith(tuple(names))
    return graph not in ("inferred", "meta", "queries") and not (
        graph == "differing" and subject in of_figures
    )


def claims_of_figures(lines):
    """In graph/differing, the claims about areas, sources, and what says itself where it is stated."""
    triples = [line.split(" ") for line in lines if f"<{graph_iri('differing')}> ." in line]
    sourced = {s for s, p, *_ in triples if p == f"<{expand('ev:statedIn')}>"}
    about = {s for s in sourced if not s[1:].startswith(PREFIXES["c"])}
    about |= {o for _, p, o, *_ in triples if o[1:].startswith(f"{PREFIXES['id']}source-")}
    subject, area = f"<{expand('rdf:subject')}>", f"<{expand('gba:area')}>"
    return {s[1:-1] for s, p, o, *_ in triples if (p == subject and o in about) or o == area}


def in_order(text):
    """The canonical form of lines without blank nodes that are canonical (RDFC-1.0, section 4.4)."""
    assert " _:" not in text
    return "".join(f"{line}\n" for line in sorted(text.split("\n")))


@pytest.mark.parametrize(
    "canonical", [in_order, pytest.param(by_pyld, marks=pytest.mark.matrix)], ids=["sort", "pyld"]
)
def test_the_hash_is_that_of_the_canonical_dataset(server, graph, canonical):
    """As anybody can compute it: the asserted quads by HTTP, in canonical form, SHA-256."""
    dump = server.client.get("/dumps/gbagraph.nq").text
    lines = [line for line in dump.split("\n") if line]
    worded = {line[1 : line.index(">")] for line in lines if f"<{expand('ev:selector')}>" in line}
    of_figures = claims_of_figures(lines)
    data = [line for line in lines if is_asserted(line, worded, of_figures)]
    expected = hashlib.sha256(canonical("\n".join(data)).encode()).hexdigest()

    assert graph.hash == f"sha256:{expected}"
    for path in ("/", "/sparql?query=ASK{}", "/queries/aims", "/nothing"):
        assert server.client.get(path).headers["Dataset-Hash"] == graph.hash
    assert json.loads(run("info").stdout)["hash"] == graph.hash


def test_the_hash_of_files(tmp_path):
    small = file_with(tmp_path / "small.nt", "<a:a> <a:b> 'x' .".replace("'", '"'))
    line = b'<a:a> <a:b> "x" .\n'

    assert load([small])[1].hash == f"sha256:{hashlib.sha256(line).hexdigest()}"
    assert load([file_with(tmp_path / "blank.ttl", "[] <a:b> 1 .")])[1].hash == ""


FILES = sorted(resource("data", "releases").rglob("*.nq.gz"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_a_file_of_a_release_is_canonical(path):
    text = gzip.decompress(path.read_bytes()).decode()

    assert text == "".join(canonical_lines(parsed(text)))
    assert path.read_bytes()[4:8] == bytes(4), "a time in the header"


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("0.1.0", "a4926d1154018dc43c81d2687458168a023efe72b5e9a693235b57d6ff101a1b"),
        ("0.2.0", "f8c798205e16f34490861c8fd1d6374492ba4be47165188064c77985679e961f"),
    ],
)
def test_a_released_version_is_what_was_released(version, expected):
    assert gbagraph.open(version).hash == f"sha256:{expected}"


def test_the_current_version_is_as_it_is_kept_once_it_is(graph):
    if graph.version in KNOWN:
        assert commands.outdated() == []


def test_no_iri_of_the_last_release_vanishes(graph):
    last = commands.unpacked(list(KNOWN.values())[-1])

    assert commands.vanished(last, canonical_lines(graph.store)) == []


def test_a_vanished_iri_is_found():
    one = f'<{BASE}id/a> <a:p> "x" <a:g> .\n'
    two = f'<{BASE}id/b> <a:p> "x" <a:g> .\n'

    assert commands.vanished([one, two], [two]) == [f"{BASE}id/a"]


@pytest.fixture
def folder(monkeypatch, tmp_path):
    """The folder of the releases, empty, with whatever is written into it."""
    monkeypatch.setattr(identity, "resource", tmp_path.joinpath)
    (tmp_path / "data" / "releases").mkdir(parents=True)
    return tmp_path / "data" / "releases"


def test_an_installed_package_releases_nothing(folder, monkeypatch, tmp_path):
    monkeypatch.setattr(paths, "_WHEEL", tmp_path)

    with pytest.raises(DatasetError, match="an installed package, which are released already"):
        commands.keep()
    assert list(folder.iterdir()) == []


@pytest.mark.slow
def test_release_refuses_to_lose_an_iri(folder):
    (folder / "0.0.1.nq.gz").write_bytes(gzip.compress(f"<{BASE}id/lost> <a:p> <a:o> .\n".encode()))

    with pytest.raises(DatasetError, match=f"{BASE}id/lost"):
        commands.keep()
    assert sorted(path.name for path in folder.rglob("*.gz")) == ["0.0.1.nq.gz"]


@pytest.fixture(scope="module")
def kept_once(tmp_path_factory):
    """A folder in which the version in the making is kept."""
    root = tmp_path_factory.mktemp("kept")
    (root / "data" / "releases").mkdir(parents=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(identity, "resource", root.joinpath)
        commands.keep()
    return root


@pytest.fixture
def kept(folder, kept_once, tmp_path, graph):
    """A copy of it, as the folder of the releases: its data, what follows, queries, checksums."""
    shutil.copytree(kept_once, tmp_path, dirs_exist_ok=True)
    names = "{}.nq.gz", "inferred/{}.nq.gz", "queries/{}.zip", "{}.sha256"
    return [folder / name.format(graph.version) for name in names]


@pytest.mark.slow
def test_release_refuses_to_change_a_release(kept):
    _, path, queries, sums = kept
    right, other = path.read_bytes(), gzip.compress(f"<{BASE}id/other> <a:p> <a:o> .\n".encode())
    path.write_bytes(other)
    with zipfile.ZipFile(queries, "a") as archive:
        archive.writestr("another.rq", "ASK {}")

    assert commands.outdated() == [path, queries, sums]
    with pytest.raises(DatasetError, match=r"inferred/.*holds other data. A release is never"):
        commands.keep()
    assert path.read_bytes() == other
    path.write_bytes(right)
    with pytest.raises(DatasetError, match=r"queries/.*holds other data"):
        commands.keep()


@pytest.mark.slow
def test_release_writes_what_is_asserted_and_what_follows(kept, graph):
    asserted, followed = (gzip.decompress(path.read_bytes()).decode() for path in kept[:2])
    before = [path.read_bytes() for path in kept]
    for path in kept[2:]:
        path.unlink()

    assert commands.outdated() == kept[2:]
    assert commands.keep() == tuple(kept)
    assert commands.outdated() == []
    assert [path.read_bytes() for path in kept] == before, "the same bytes each time"
    assert digest([asserted]) == graph.hash
    apart = {ox.DefaultGraph(), *(ox.NamedNode(graph_iri(name)) for name in ("meta", "queries"))}
    everything = {quad for quad in graph.store if quad.graph_name not in apart}
    assert {*parsed(asserted), *parsed(followed)} == everything
    assert not {*parsed(asserted)} & {*parsed(followed)}


@pytest.mark.slow
@pytest.mark.usefixtures("kept")
def test_a_kept_release_answers_as_the_data_did(graph):
    """With the evidence and what follows as they were, not as they would be computed later."""
    release = gbagraph.open(graph.version)

    assert (release.version, release.hash) == (graph.version, graph.hash)
    assert release.description.release == graph.version
    for query in local_queries().values():
        one, two = (
            each.run(query.name, **query.examples).serialize(format=ox.QueryResultsFormat.JSON)
            for each in (release, graph)
        )
        assert one == two, query.name
    explicit = gbagraph.open(f"{graph.version}+explicit")
    assert explicit.version == f"{graph.version}+explicit"
    assert explicit.description.default_graph < release.description.default_graph


def test_an_old_release_is_as_it_was():
    """The default graph was the merge of all graphs but the inferred; versions said +inference."""
    old = gbagraph.open("0.2.0")
    merged = {
        quad.triple for quad in old.store if quad.graph_name not in (INFERRED, ox.DefaultGraph())
    }

    assert old.description.default_graph == len(merged) == 10_243
    assert old.description.title == "gbagraph dataset 0.2.0"
    assert old.version == gbagraph.open("0.2.0", infer=False).version == "0.2.0"


@pytest.mark.parametrize(
    ("name", "infer", "version"),
    [
        ("0.2.0", True, "0.2.0+inference"),
        ("0.2.0+inference", None, "0.2.0+inference"),
        ("0.2.0+inference", False, "0.2.0"),
        ("0.2.0+explicit", None, "0.2.0"),
        ("0.1.0+explicit", None, "0.1.0"),
    ],
)
def test_the_name_and_the_option_say_what_the_default_graph_holds(name, infer, version):
    found = gbagraph.open(name, infer=infer)

    assert found.version == version
    assert found.description.infer == version.endswith("+inference")


@pytest.mark.parametrize(
    ("names", "says"),
    [
        (["9.9.9"], r"9\.9\.9 is neither a release nor a file\. Releases: 0\.1\.0, 0\.2\.0"),
        (["latest"], "latest is neither a release nor a file"),
        (["0.2.0+else"], r"0\.2\.0\+else is neither a release nor a file"),
        (["folder/0.2.0"], r"folder/0\.2\.0 is neither a release nor a file"),
        (["0.2.0", "more.ttl"], "is a release, and is loaded by itself"),
        (["0.1.0", "0.2.0"], "is a release, and is loaded by itself"),
        (["0.1.0+inference"], "release 0.1.0 has no graph"),
    ],
)
def test_a_release_that_is_not_there(names, says):
    with pytest.raises(DatasetError, match=says):
        gbagraph.open(names)


def test_a_file_or_folder_of_the_name_of_a_release_goes_first(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert gbagraph.open("0.2.0").description.release == "0.2.0"

    (tmp_path / "0.2.0").mkdir()
    with pytest.raises(DatasetError, match=r"The folder 0\.2\.0 has no RDF file"):
        gbagraph.open("0.2.0")
    (tmp_path / "0.1.0").write_text("<a:a> <a:b> <a:c> .")
    with pytest.raises(DatasetError, match=r"0\.1\.0 has an extension that names no RDF format"):
        gbagraph.open("0.1.0")
    shutil.copy(KNOWN["0.1.0"], tmp_path / "0.1.0.nq.gz")
    found = gbagraph.open("0.1.0.nq.gz")
    assert (found.description.release, found.version[:7]) == ("", "sha256-")


@pytest.mark.parametrize("version", KNOWN)
def test_a_release_tells_its_evidence_in_the_terms_of_then(version):
    """Until 0.3.0 the terms of evidence were of the ontology."""
    old = gbagraph.open(version)
    develops = "SELECT ?what { <id/baidu> <ontology#develops> ?what }"
    (row,) = old.query(develops, evidence=True)
    proof = old.why("id:approval-kc-master-plan", "gba:date", '"2020-08"^^xsd:gYearMonth')

    assert [each.basis for each in row.evidence.triples] == ["stated"]
    assert row.evidence.paragraphs == (f"{PREFIXES['art']}knowledge-city-3",)
    assert (proof.basis, proof.note) == ("inferred", "from the words “last August”")


@pytest.mark.processes
def test_the_commands_open_a_release():
    described = json.loads(run("info", "--data", "0.2.0").stdout)
    refused = run("serve", "--port", "0", "--data", "9.9.9")

    assert (described["version"], described["release"]) == ("0.2.0", "0.2.0")
    assert refused.returncode == 2
    assert "9.9.9 is neither a release nor a file. Releases: 0.1.0, 0.2.0" in refused.stderr


@pytest.fixture(scope="module", params=sampled({each: each for each in KNOWN}, [*KNOWN][-1:]))
def release_server(request):
    """A server of each kept release."""
    with RunningServer("--data", request.param) as running:
        yield request.param, running.client


PAGES = (
    *("/", "/sparql", "/queries", "/queries/timeline", "/ontology", "/doc/id/baidu"),
    *("/graph/article.ttl", "/ontology.ttl", "/context.jsonld", "/doc/id/baidu.jsonld"),
    *("/prefixes", "/dumps/gbagraph.nq", "/dumps/gbagraph.ttl", "/dumps/article.ttl"),
    *("/dumps/gbagraph-0.1.0.nq.gz", "/dumps/gbagraph-rdf12.ttl"),
    *("/dumps/gbagraph-sources.trig", "/graphs?default"),
)


def test_a_server_of_a_release_has_pages_and_files(release_server):
    version, client = release_server
    for path in PAGES:
        response = client.get(path, headers={"Accept": "text/html, */*;q=0.5"})
        assert (response.status_code, response.headers["Dataset-Version"]) == (200, version), path
    listed = client.get("/queries", headers={"Accept": "application/json"}).json()["queries"]
    assert [row["name"] for row in listed] == list(all_queries(str(queries_file(version))))
    assert client.get("/queries/is-in", headers={"Accept": "application/json"}).json()["boolean"]
    page = client.get("/").text
    assert f"This is release {version} of the dataset" in page
    for address in set(re.findall(r'href="(/dumps/[^"]+)"', page)):
        assert client.get(address).status_code == 200, address
    html = {"Accept": "text/html"}
    assert client.get("/queries/is-in", headers=html).status_code == 200
    assert "stated in" in client.get("/doc/id/baidu", headers=html).text
    assert "from the words" in client.get("/doc/id/approval-kc-master-plan", headers=html).text
    assert "What it says" in client.get("/doc/article/knowledge-city-3", headers=html).text


def test_a_server_of_a_release_says_what_is_not_kept(release_server):
    version, client = release_server
    says = f"This is release {version}: what the dataset said of itself then is not kept."

    for path in ("/.well-known/void", "/dataset", "/graph/meta", "/dumps/meta.ttl"):
        response = client.get(path, headers={"Accept": "text/turtle"}, follow_redirects=True)
        assert response.status_code == 404, path
        assert path == "/dumps/meta.ttl" or says in response.json()["detail"]


def test_a_prior_version_of_the_ontology_stays(server):
    found = server.client.get("/ontology/0.1.0", headers={"Accept": "text/turtle"})

    assert found.status_code == 303
    assert found.headers["Location"] == "/doc/ontology/0.1.0"
    page = server.client.get(found.headers["Location"], headers={"Accept": "text/turtle"})
    assert 'versionInfo "0.1.0"' in page.text
    ok(server.client.get(f"/ontology/{load()[1].version}", headers={"Accept": "text/turtle"}))

"""Versions: hashes by two implementations, differences that can be applied, IRIs that stay."""

import gzip
import hashlib
import json
import random
import re

import pyoxigraph as ox
import pytest
from pyld import jsonld

from gbagraph.dataset import diff
from gbagraph.dataset.loader import data_quads, load
from gbagraph.dataset.releases import releases
from gbagraph.errors import DatasetError
from gbagraph.paths import resource
from gbagraph.rdf import canonical
from gbagraph.rdf.namespaces import BASE, ONTOLOGY
from support import run

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
    assert "".join(canonical.lines(parsed(BLANK))) == by_pyld(BLANK)


def test_literals_are_escaped_as_the_recommendation_says():
    """RDFC-1.0, section 5: the short escapes, other controls by number, everything else as it is."""
    value = "\b\t\n\f\r\"\\\x00\x07\x0b\x1f\x7f\x80\x85\u2028\U0001f600'"
    expected = (
        '\\b\\t\\n\\f\\r\\"\\\\\\u0000\\u0007\\u000B\\u001F\\u007F' + "\x80\x85\u2028\U0001f600'"
    )
    quad = ox.Quad(ox.NamedNode("a:a"), ox.NamedNode("a:b"), ox.Literal(value))

    assert canonical.lines([quad]) == [f'<a:a> <a:b> "{expected}" .\n']
    assert parsed(canonical.lines([quad])[0]) == [quad]


def test_blank_node_labels_and_order_do_not_matter():
    lines = BLANK.strip().split("\n")
    random.Random(1).shuffle(lines)
    renamed = "\n".join(lines).replace("_:x", "_:other").replace("_:y", "_:x")

    assert canonical.lines(parsed(renamed)) == canonical.lines(parsed(BLANK))
    assert canonical.lines(parsed(renamed.replace("<a:q>", "<a:r>"))) != canonical.lines(
        parsed(BLANK)
    )


def test_the_hash_is_that_of_the_canonical_dataset(server, graph):
    """As anybody can compute it: the data graphs by HTTP, canonical by pyld, SHA-256."""
    dump = server.client.get("/dumps/gbagraph.nq").text
    data = [line for line in dump.split("\n") if not line.endswith(f"<{BASE}graph/meta> .")]
    expected = hashlib.sha256(by_pyld("\n".join(data)).encode()).hexdigest()

    assert graph.hash == f"sha256:{expected}"
    for path in ("/", "/sparql?query=ASK{}", "/queries/aims", "/nothing"):
        assert server.client.get(path).headers["Dataset-Hash"] == graph.hash
    assert json.loads(run("info").stdout)["hash"] == graph.hash


def test_the_hash_of_files(tmp_path, small_server):
    small = tmp_path / "small.nt"
    small.write_text("<a:a> <a:b> 'x' .".replace("'", '"'))
    line = b'<a:a> <a:b> "x" .\n'

    assert load([small])[1].hash == f"sha256:{hashlib.sha256(line).hexdigest()}"
    assert small_server.client.get("/").headers["Dataset-Hash"].startswith("sha256:")
    blank = tmp_path / "blank.ttl"
    blank.write_text("[] <a:b> 1 .")
    assert load([blank])[1].hash == ""


@pytest.mark.parametrize("path", releases().values(), ids=lambda path: path.name)
def test_a_release_is_canonical(path):
    text = gzip.decompress(path.read_bytes()).decode()

    assert text == "".join(canonical.lines(parsed(text)))
    assert path.read_bytes()[4:8] == bytes(4), "a time in the header"


def test_a_released_version_is_what_was_released(graph):
    """The first release by its hash; the current version, once it is released, by the data."""
    assert canonical.digest(diff.read("0.1.0")) == (
        "sha256:a4926d1154018dc43c81d2687458168a023efe72b5e9a693235b57d6ff101a1b"
    )
    if graph.version in releases():
        assert diff.read(graph.version) == diff.read("current")


def test_no_iri_of_the_last_release_vanishes(graph):
    last = list(releases())[-1]

    assert diff.vanished(diff.read(last), canonical.lines(graph.store)) == []


def test_a_vanished_iri_is_found():
    one = f'<{BASE}id/a> <a:p> "x" <a:g> .\n'
    two = f'<{BASE}id/b> <a:p> "x" <a:g> .\n'

    assert diff.vanished([one, two], [two]) == [f"{BASE}id/a"]


def test_what_is_retired_has_a_successor_in_all_graphs(graph):
    check = resource("ontology", "checks", "deprecated-has-successor.rq").read_text()

    assert [row["node"].value for row in graph.query(check)] == []


def test_release_refuses_to_change_a_release_or_to_lose_an_iri(monkeypatch, tmp_path):
    other = tmp_path / "9.nq.gz"
    other.write_bytes(gzip.compress(f"<{BASE}id/lost> <a:p> <a:o> .\n".encode()))
    version = load()[1].version

    monkeypatch.setattr(diff, "releases", lambda: {version: other})
    with pytest.raises(DatasetError, match="A release is never changed"):
        diff.release()
    monkeypatch.setattr(diff, "releases", lambda: {"0.0.1": other})
    with pytest.raises(DatasetError, match=f"{BASE}id/lost"):
        diff.release()


def test_release_writes_the_data_of_the_version(monkeypatch, tmp_path):
    (tmp_path / "data").mkdir()
    monkeypatch.setattr(diff, "resource", tmp_path.joinpath)

    first = diff.release().read_bytes()
    path = diff.release()

    assert path.name == f"{load()[1].version}.nq.gz"
    assert path.read_bytes() == first
    assert set(parsed(gzip.decompress(first))) == set(data_quads(load()[0]))


@pytest.fixture
def changed(tmp_path):
    """The first release with a triple less and a triple more, in another format."""
    quads = parsed("".join(diff.read("0.1.0")))
    gone = quads.pop()
    new = ox.Quad(ox.NamedNode("a:new"), ox.NamedNode("a:p"), ox.Literal("é\n"), gone.graph_name)
    path = tmp_path / "changed.trig"
    path.write_bytes(ox.serialize([*quads, new], format=ox.RdfFormat.TRIG))
    return path, f"{gone} .\n", '<a:new> <a:p> "é\\n" ' + f"{gone.graph_name} .\n"


def test_diff_as_text(changed):
    path, gone, new = changed
    done = run("diff", "0.1.0", path)

    assert done.returncode == 1
    assert sorted(done.stdout.splitlines(keepends=True)) == sorted([f"- {gone}", f"+ {new}"])


def test_diff_as_json_and_as_a_patch_that_applies(changed):
    path, gone, new = changed
    found = json.loads(run("diff", "0.1.0", path, "--format", "json").stdout)
    patch = run("diff", "0.1.0", path, "-f", "patch").stdout

    assert found == {"removed": [gone[:-1]], "added": [new[:-1]]}
    lines = set(diff.read("0.1.0"))
    for row in patch.splitlines(keepends=True):
        sign, _, line = row.partition(" ")
        {"A": lines.add, "D": lines.remove}.get(sign, len)(line)
    assert sorted(lines) == diff.read(str(path))


def test_diff_of_the_same():
    done = run("diff", "0.1.0", "0.1.0")

    assert (done.returncode, done.stdout) == (0, "")
    assert run("diff", "current").returncode == 0


def test_diff_since_the_first_release():
    done = run("diff", "0.1.0")

    assert done.returncode == 1
    assert re.search(rf'^\+ <{ONTOLOGY}> .*versionInfo> "{load()[1].version}"', done.stdout, re.M)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("9.9.9",), "neither a release nor a file. Releases: 0.1.0"),
        (("nowhere.ttl",), "neither a release nor a file"),
        (("0.1.0", "--format", "yaml"), "There are: text, json, patch"),
    ],
)
def test_diff_of_what_is_not_there(arguments, says):
    done = run("diff", *arguments)

    assert done.returncode == 2
    assert done.stdout == ""
    assert says in done.stderr


def test_diff_of_a_file_that_cannot_be_read(tmp_path):
    for name in ("bad.nq.gz", "bad.ttl"):
        (tmp_path / name).write_text("id:x a .")
        done = run("diff", tmp_path / name)
        assert done.returncode == 2
        assert name in done.stderr
        assert "Traceback" not in done.stderr


def test_a_prior_version_of_the_ontology_stays(server):
    found = server.client.get("/ontology/0.1.0", headers={"Accept": "text/turtle"})

    assert found.status_code == 303
    assert found.headers["Location"] == "/doc/ontology/0.1.0"
    page = server.client.get(found.headers["Location"], headers={"Accept": "text/turtle"})
    assert 'versionInfo "0.1.0"' in page.text
    current = server.client.get(f"/ontology/{load()[1].version}", headers={"Accept": "text/turtle"})
    assert current.status_code == 200

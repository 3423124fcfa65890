"""The files from which a site's endpoint answers: what they hold, and that they stay the same."""

import asyncio
import hashlib
import json
import lzma
import re
from pathlib import Path

import pyoxigraph as ox
import pytest
from rocrate.rocrate import ROCrate

from gbagraph.errors import GbaGraphError, classes
from gbagraph.features.site import crate, data, endpoint, proofs
from gbagraph.features.site.asking import Answer
from gbagraph.features.site.folder import Written
from gbagraph.features.site.packing import packed
from gbagraph.features.site.questions import described
from gbagraph.features.site.variants import Variants
from gbagraph.queries.catalog import all_queries
from gbagraph.rdf.result_formats import ALL
from gbagraph.settings import Settings
from gbagraph.web.templating import words
from support.installed import needs
from support.node import ENDPOINT, evaluated

BUILT = endpoint.BUILT
WORDS = Path(endpoint.__file__).with_name("words.txt")
ASK = {"listing": {"gba:openListOf": "open", "gba:closedListOf": "closed"}}
DECODED = """
const { createHash } = await import("node:crypto"), hash = createHash("sha256");
given.forEach((_, at) => hash.update(module.quads(given.slice(0, at + 1))));
return hash.digest("hex");
"""


ASKED = """
const site = await module.open(given);
const response = await site.respond(new Request("http://localhost/sparql?query=ASK{}"));
return [response.status, (await response.json()).type];
"""


def decoded(files):
    return evaluated("data.js", DECODED, [json.loads(content) for content, _ in files])


def lines(quads):
    return hashlib.sha256("".join(f"{quad} .\n" for quad in quads).encode()).hexdigest()


@pytest.mark.processes
def test_data_are_read_as_they_were_taken_up(graph):
    needs("node")
    quads = list(graph.store)[::-1]
    named = [quad for quad in quads if quad.graph_name != ox.DefaultGraph()]
    merged = [quad.triple for quad in quads if quad.graph_name == ox.DefaultGraph()]

    files = list(data.files(quads[::-1]))

    assert [number for _, number in files] == [len(merged), len(named)]
    assert decoded(files) == lines([*merged, *named])


def test_data_with_blank_nodes_are_one_file():
    names = ox.NamedNode("urn:p"), ox.NamedNode("urn:g")
    quads = [
        ox.Quad(ox.BlankNode(), names[0], ox.Literal("a"), graph)
        for graph in (names[1], ox.DefaultGraph())
    ]

    ((content, number),) = data.files(quads)

    assert number == 2
    assert [graph for graph, _ in json.loads(content)["graphs"]] == ["", "<urn:g>"]


@pytest.fixture(scope="module")
def small_data(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "small.ttl"
    path.write_text('<urn:a> <urn:p> "one", "two"@en .')
    return path


@pytest.fixture(autouse=True)
def built(monkeypatch, tmp_path):
    """Scripts that are built, whatever this machine has."""
    for name in (
        "sw.js",
        "boot.js",
        "ask.js",
        "endpoint.js",
        "worker.js.lzma",
        "oxigraph.wasm.lzma",
    ):
        (tmp_path / "built").mkdir(exist_ok=True)
        (tmp_path / "built" / name).write_bytes(packed(name.encode()))
    monkeypatch.setattr(endpoint, "BUILT", tmp_path / "built")


def settings_of(files):
    return json.loads(files["endpoint/settings.json"])


def test_two_runs_give_the_same_and_other_data_another_build(small_data):
    settings = Settings(data=(small_data,))
    first, again = (
        dict(endpoint.files(settings, languages=["en"], made_of=b"pages")) for _ in range(2)
    )
    small_data.write_text('<urn:a> <urn:p> "one", "three"@en .')
    other = settings_of(dict(endpoint.files(settings, languages=["en"], made_of=b"pages")))
    pages = settings_of(dict(endpoint.files(settings, languages=["en"], made_of=b"other pages")))

    assert first == again
    assert len({settings_of(first)["build"], other["build"], pages["build"]}) == 3
    assert (
        settings_of(first)["data"][""]["sha256"]
        != other["data"][""]["sha256"]
        == pages["data"][""]["sha256"]
    )


def test_what_is_told_of_a_file_is_what_it_is_unpacked(small_data):
    files = dict(endpoint.files(Settings(data=(small_data,)), languages=["en", "zh-Hans"]))
    told = settings_of(files)

    for entry in (
        told["engine"],
        told["data"][""],
        told["data"][""]["named"],
        *told["searched"].values(),
    ):
        content = lzma.decompress(files[entry["path"]])
        assert (len(content), hashlib.sha256(content).hexdigest()) == (
            entry["bytes"],
            entry["sha256"],
        )
    assert told["words"].keys() == {"zh-Hans"}


def test_data_that_are_too_large_are_left_out_and_the_rest_is_there(small_data):
    files = dict(endpoint.files(Settings(data=(small_data,)), versions=None))

    assert settings_of(files)["data"] == {}
    assert sorted(files) == [
        "ask.js",
        "boot.js",
        "endpoint/endpoint.js",
        "endpoint/oxigraph.wasm.lzma",
        "endpoint/settings.json",
        "endpoint/worker.js.lzma",
        "sw.js",
    ]


@pytest.mark.processes
def test_an_endpoint_without_data_says_that_a_server_is_needed(tmp_path, monkeypatch):
    needs("node")
    monkeypatch.setattr(endpoint, "BUILT", BUILT)
    for path, content in endpoint.files(Settings(), versions=None):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(content)

    status, name = evaluated(tmp_path / "endpoint" / "endpoint.js", ASKED, str(tmp_path))

    assert (status, name.rpartition("/")[2]) == (501, "engine-unsupported")


def test_data_of_a_store_are_not_taken_for_the_built_in_ones(monkeypatch):
    monkeypatch.setattr(endpoint.feature, "first", lambda name, _: name == "source" or None)

    assert settings_of(dict(endpoint.files(Settings())))["data"] == {}


def test_a_question_that_needs_a_server_says_so_and_no_other():
    lacking = {row["name"]: row["lacks"] for row in described() if row["lacks"]}

    assert set(lacking) == {
        name for name, query in all_queries().items() if query.refused_services(())
    }
    assert {each["problem"] for each in lacking.values()} == {"engine-unsupported"}


def test_questions_of_an_earlier_version_are_those_of_then(small_data):
    settings = Settings(data=(small_data,))
    files = dict(endpoint.files(settings, languages=["en"], versions=["0.3.0"]))
    now, then = (
        json.loads(lzma.decompress(files[f"endpoint/{folder}questions.json.lzma"]))
        for folder in ("", "0.3.0/")
    )

    assert {row["name"] for row in then} != {row["name"] for row in now}
    assert settings_of(files)["data"]["0.3.0"]["release"] == "0.3.0"


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("/queries/builders", "queries/builders/index.html"),
        ("/queries/builders?view=network", "queries/builders/view=network/index.html"),
        ("/queries/builders?format=csv", "queries/builders.csv"),
        ("/queries/builders?format=json", "queries/builders.srj"),
        ("/queries/builders?format=records", "queries/builders.records.json"),
        ("/queries/builders?evidence=true&format=csv", "queries/builders.evidence.csv"),
        ("/queries/open-lists?listing=gba%3AopenListOf&format=csv", "queries/open-lists.csv"),
        (
            "/queries/open-lists?listing=gba%3AclosedListOf",
            "queries/open-lists/listing=gba~3AclosedListOf/index.html",
        ),
        ("/queries/open-lists?listing=gba%3AclosedListOf&format=nt", None),
        ("/queries/open-lists?listing=gba%3Aother", None),
        ("/queries/open-lists?listing=gba%3AopenListOf&limit=1", None),
        ("/queries/builders?order=work", None),
        ("/queries/builders?labels=zh", None),
        ("/queries/nothing", None),
        ("/sparql?query=ASK%7B%7D", None),
    ],
)
def test_an_answer_is_a_file_where_its_values_are_listed(address, path):
    assert Variants({"open-lists": ASK}).path(address) == path


def test_what_begins_with_another_value_in_a_language_is_the_same_page_there():
    variants = Variants({"terms-of-the-ontology": {"language": {"en": "", "zh-hans": ""}}})
    address = "/queries/terms-of-the-ontology?language=zh-hans&kind=owl%3AClass"

    assert variants.path(address, "zh-Hans") == "queries/terms-of-the-ontology/index.html"
    assert variants.path(address).endswith("/language=zh-hans/index.html")
    assert variants.path(f"{address}&format=csv", "zh-Hans").endswith("/language=zh-hans.csv")


class Server:
    """Answers as a server does that has one page, and proofs of all that is no literal."""

    def __init__(self, page=""):
        self.page = page

    async def ask(self, path, accept="*/*", language="en"):
        if path.startswith("/queries"):
            return Answer(200, {}, self.page.encode())
        text = f"{language} {path}" if accept == "text/html" else '{"proof": 1}'
        page = f"<title>{text}</title><main id=m>{text}</main>" if accept == "text/html" else text
        return Answer(404 if "%22" in path else 200, {}, page.encode())


FORM = """<form id="parameters"><select id="listing" name="listing">
<option value="gba:openListOf" selected>Open &amp; not</option>
<option value="gba:closedListOf">Closed</option>
</select></form>"""


def test_the_values_of_a_list_are_linked_for_browsers_without_scripts():
    variants = asyncio.run(Variants.of(Server(FORM)))
    page = variants.with_list(f"<main>{FORM}</main>", "open-lists", "en", "/kg")

    assert "?listing=gba%3AclosedListOf" in {
        a.partition("lists")[2] for a in variants.addresses("open-lists")
    }
    assert '<a href="/kg/queries/open-lists?listing=gba%3AopenListOf">Open &amp; not</a>' in page
    assert page.index("</form>") < page.index("<noscript>") < page.index("</main>")
    assert variants.with_list("<form></form>", "open-lists", "en", "/kg") == "<form></form>"


async def written(addresses, languages):
    files = proofs.files(
        Server(), addresses, languages, lambda page, _: page.replace("/why", "./why")
    )
    return {path: json.loads(lzma.decompress(content)) async for path, content in files}


def test_a_proof_is_in_the_bucket_of_its_fact():
    addresses = ["/why?s=id:a&p=gba:partOf&o=id:b", "/why?s=id:a&p=rdfs:label&o=%22x%22", "/why"]
    fact = "<https://w3id.org/gbagraph/id/a> <https://w3id.org/gbagraph/ontology#partOf> <https://w3id.org/gbagraph/id/b>"
    name = hashlib.sha256(fact.encode()).hexdigest()[:2]

    files = asyncio.run(written(addresses, ["en", "zh-Hans"]))

    shown = f"zh-Hans .{addresses[0]}"
    assert files[f"endpoint/why/{name}.json.lzma"] == {fact: '{"proof": 1}'}
    assert files[f"endpoint/why/zh-Hans/{name}.json.lzma"] == {
        fact: {"title": shown, "main": shown}
    }
    assert len(files) == 3


ABOUT = {
    "@id": "https://a.example/",
    "name": [{"@value": "Wells", "@language": "en"}, {"@value": "井", "@language": "zh-hans"}],
    "description": "Wells </script> of a town.",
    "datePublished": "2026-01-01",
    "license": {"@type": "CreativeWork", "name": "As it is"},
    "creator": [{"name": "The team"}],
}
FILES = {
    "dumps/gbagraph.nq": Written(7, "0" * 64),
    "static/site.css": Written(1, "1" * 64),
}
MARKUP = json.dumps(ABOUT).replace("<", chr(92) + "u003c")
PAGE = f'<head></head><script type="application/ld+json">{MARKUP}</script>'


def test_the_files_of_a_site_are_an_ro_crate(tmp_path):
    (tmp_path / crate.NAME).write_bytes(crate.crate(PAGE, FILES, "en"))
    (tmp_path / "dumps").mkdir()
    (tmp_path / "dumps" / "gbagraph.nq").write_bytes(b"1234567")

    read = ROCrate(tmp_path)

    root = read.root_dataset
    assert (root["name"], root["identifier"]) == ("Wells", "https://a.example/")
    assert root["license"]["name"] == "As it is"
    assert root["creator"]["name"] == "The team"
    assert [(part.id, part["sha256"]) for part in root["hasPart"]] == [
        ("dumps/gbagraph.nq", "0" * 64)
    ]


def test_a_page_about_the_dataset_tells_of_its_files():
    told = crate.described(PAGE, FILES, "../")

    (file,) = crate.markup(told)["distribution"]
    assert file["contentUrl"] == "../dumps/gbagraph.nq"
    assert crate.markup(told)["description"] == ABOUT["description"]
    assert 'href="../ro-crate-metadata.json"' in told.partition("</head>")[0]
    assert told.count("</script>") == 1


def test_each_word_of_pages_that_a_browser_makes_is_translated():
    wanted = WORDS.read_text("utf-8").splitlines()

    assert [word for word in wanted if word not in words("zh-Hans")] == []


def test_the_words_of_pages_that_a_browser_makes_are_all_that_it_says():
    """Names of terms and of datatypes are lower case: these it takes from the data."""
    wanted = set(WORDS.read_text("utf-8").splitlines())
    script = "\n".join(path.read_text("utf-8") for path in ENDPOINT.rglob("*.js"))
    said = set(re.findall(r'\.(?:say|notice|count)\("([^"]+)"', script))
    errors = [error for error in classes().values() if error.__module__ == GbaGraphError.__module__]
    titles = {error.title for error in errors}
    labels = {offer.label for offers in ALL.values() for offer in offers} & set(words("zh-Hans"))

    assert said | titles | labels <= wanted
    others = wanted - titles - labels - {"anyURI"}
    assert [word for word in others if word not in script and not word.islower()] == []

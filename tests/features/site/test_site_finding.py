"""Search, proofs and explanations in a site of files: as a server gives them, or less."""

import json
import re
import shutil
import sys
from urllib.parse import urlencode

import pytest

from gbagraph.features.site import endpoint, proofs
from gbagraph.features.site.packing import packed
from support import published_site
from support.corpus import corpus
from support.installed import cannot_run
from support.node import evaluated

pytestmark = pytest.mark.processes

BATCH = """
const { readFile } = await import("node:fs/promises"), files = [];
const read = async (path) => {
  files.push(path);
  const bytes = await readFile(`${given.folder}/${path}`).catch(() => null);
  return new Response(bytes, { status: bytes ? 200 : 404 });
};
const endpoint = new module.Endpoint("http://x.example/gba/", read), told = [];
for (const [path, accept, query] of given.asked) {
  const body = query === "" ? {} : { method: "POST", body: new URLSearchParams({ query }) };
  const request = new Request(`http://x.example/gba/${path}`, { ...body, headers: { accept } });
  const response = await endpoint.respond(request);
  const place = response.headers.get("location") ?? "", text = await response.text();
  told.push([response.status, place, text, files.length]);
}
return [told, files];
"""
JSON, HTML = "application/json", "text/html"
EXPLAIN = "sparql/explain"
TAGS = ("en", "zh-hans,en", "zh-hant,zh-hans,en")
SAMPLE = (
    "baidu",
    "廣州",
    "Biadu",
    "area",
    "which companies are in Nansha?",
    "哪些公司在南沙",
    "qq zz",
    "constructor",
)
ALL = """
guangzhou Huawei 琶洲 南沙 广州 Bai~du Guangzho Huangpu~district 黄埔 黃埔 hasArea subclass
rdfs:label label prov Q1234 Q16572 type city company University 大学 大學 deep~learning tencent
腾讯 GAC 广汽 satellite builders How~many~projects~are~there?
how~large~is~the~area~of~the~Guangzhou 广州有哪些大学 a 的 in 谁开发了什么 who~builds~what
mega~project paragraph~3 p12 foaf graph ontology xyzzyqq Greater~Bay~Area GBA innovaton
universty~of~science robot autonomous~driving 自动驾驶 2020 100 Über hongkong Hong~Kong 香港
planned Macau~macao costs cost~of~projects cancelled Guangzhou~Baiyun~Airport 基地 centre dataset
"""
LISTS = ("search?kind=class&labels=zh-hans&limit=20", "search?q=area&kind=property&offset=2")
PAGES = {"en": "search/?q=innovaton", "zh-Hans": "zh-Hans/search/?q=广州&page=2"}
REFUSED = (
    *("search", "search?kind=x", "search?q=a&limit=0", "search?q=a&labels=a_b", "why?s=a&p=b"),
    *("why?s=a&s=b", "why?s=baidu&p=x%20y&o=1", "why?s=baidu&p=a&o=%22x%22%40en%40en", "doc"),
    *("doc?iri=https://w3id.org/gbagraph/id/biadu", EXPLAIN),
)
LED = {
    "zh-Hans/search?q=a": "zh-Hans/search/?q=a",
    "why?s=a&p=rdfs:label&o=c": "why/?s=a&p=rdfs:label&o=c",
    "doc?iri=https://w3id.org/gbagraph/id/baidu": "doc/id/baidu",
}
TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
FACTS = (
    {"s": "id:baidu", "p": "rdfs:label", "o": '"Baidu"@EN'},
    {"s": "baidu", "p": "a", "o": "<https://w3id.org/gbagraph/ontology#Company>"},
)
SAME = (
    {"s": "<https://w3id.org/gbagraph/id/baidu>", "p": "rdfs:label", "o": "Baidu", "lang": "en"},
    {"s": "baidu", "p": f"<{TYPE}>", "o": "gba:Company"},
)
LABEL = {"s": "baidu", "p": "rdfs:label", "o": '"Nobody"@en'}  # nothing follows of its kind
DERIVABLE = {"s": "baidu", "p": "a", "o": "gba:Person"}
ASSERTED = {"s": "baidu", "p": "rdfs:label", "o": '"百度"@zh-hans'}
GBA, ID = (
    f"PREFIX {name}: <https://w3id.org/gbagraph/{space}>\n"
    for name, space in (("gba", "ontology#"), ("id", "id/"))
)
UNDECLARED = "SELECT * { ?s gba:area ?o }"
QUERIES = {
    f"{GBA}SELECT * {{ ?s gba:AREA ?o }}": ["unknown-property"],
    f"{GBA}{ID}SELECT * {{ id:nowhere gba:contains ?o . ?o a ?k }}": ["unknown-thing"],
    UNDECLARED: ["syntax"],
    f"{GBA}SELECT * {{ ?s gba:area ?o FILTER(?o > 7) }} LIMIT 3": [],
    f"{GBA}{ID}ASK {{ id:shenzhen gba:capitalOf id:guangdong }}": ["no-solution"],
    f"{GBA}SELECT * {{ ?s gba:area ?o OPTIONAL {{ ?s gba:nope ?x }} }}": [],
    "BASE <http://elsewhere.example/>\nSELECT * { <id/nowhere> ?p ?o }": [],
}
"""Queries, each with what is told of it here."""
EXPLAINED = f"{EXPLAIN}/?{urlencode({'query': UNDECLARED})}"


def searches(texts):
    return [
        f"search?{urlencode({'q': text, 'labels': TAGS[n % 3]})}" for n, text in enumerate(texts)
    ]


def of_fact(fact):
    return f"why?{urlencode(fact)}"


ASKED = (
    *((path, JSON, "") for path in (*searches(SAMPLE), *LISTS, *REFUSED)),
    *((path, HTML, "") for path in (*PAGES.values(), *LED)),
    *((of_fact(fact), JSON, "") for fact in (*FACTS, *SAME, LABEL, DERIVABLE, ASSERTED)),
    *((EXPLAIN, JSON, query) for query in QUERIES),
    (EXPLAINED, HTML, ""),
)
"""What is asked in these tests, all of one process."""


@pytest.fixture(scope="module")
def folder(server, tmp_path_factory):
    """A site as far as these answers need it, with pages of the server and proofs of two facts."""
    if not (endpoint.BUILT / "endpoint.js").is_file():
        cannot_run("The scripts of a site are not built. Run python scripts/frontend.py")
    folder = tmp_path_factory.mktemp("finding") / "site"
    shutil.copytree(published_site.endpoint_once(tmp_path_factory), folder)
    for language, name in (("", "search"), ("zh-Hans", "search"), ("", EXPLAIN)):
        put(folder / language / name / "index.html", page(server, name, language or "en").encode())
    put(folder / "doc/id/baidu/index.html", b"")
    for fact in FACTS:
        proof = server.client.get("/why", params=fact | {"format": "json"}).text
        key = " ".join(map(written, json.loads(proof)["proof"]["triple"].values()))
        place = folder / proofs.FOLDER / f"{proofs.bucket(key)}.json.lzma"
        put(place, packed(json.dumps({key: proof}).encode()))
    return folder


def put(place, content):
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)


def page(server, path, language):
    headers = {"accept": HTML, "accept-language": language}
    return server.client.get(f"/{path}", headers=headers).text


def written(term):
    if term["type"] == "uri":
        return f"<{term['value']}>"
    return f'"{term["value"]}"@{term["xml:lang"]}'


def told(folder, asked):
    """What the site answers: status, place, text, the number of files read by then; and these files."""
    given = {"folder": str(folder), "asked": asked}
    found, files = evaluated(folder / "endpoint" / "endpoint.js", BATCH, given)
    return dict(zip(asked, found, strict=True)), files


@pytest.fixture(scope="module")
def answers(folder):
    return told(folder, ASKED)


def assert_found(answers, server, addresses):
    for address in addresses:
        found = json.loads(answers[address, JSON, ""][2])
        for row in found["results"] + found.get("suggestions", []):
            row["address"] = re.sub("^zh-Han[st]/", "", row["address"])
        assert found == server.client.get(f"/{address}").json(), address


def test_search_finds_what_a_server_finds(answers, server):
    assert_found(answers[0], server, (*searches(SAMPLE), *LISTS))


@pytest.mark.matrix
def test_any_search_finds_what_a_server_finds(folder, server):
    addresses = searches([each.replace("~", " ") for each in ALL.split()])

    found, _ = told(folder, [(each, JSON, "") for each in addresses])

    assert_found(found, server, addresses)


def test_names_are_read_at_the_first_search_and_no_data(answers):
    found, files = answers
    read = files[: found[searches(SAMPLE)[-1], JSON, ""][3]]

    assert read == ["endpoint/settings.json", "endpoint/names.json.lzma"]


def test_results_as_a_page_are_those_of_a_server(answers, server):
    for language, address in PAGES.items():
        status, _, text, _ = answers[0][address, HTML, ""]
        there = page(server, address.removeprefix("zh-Hans/").replace("/?", "?"), language)
        assert (status, words(text)) == (200, words(there))


def words(html):
    """The title of a page, and the words of its main part with their marks."""
    main = re.search("<main.*</main>", html, re.DOTALL)
    plain = re.sub(r"<(?!/?mark)[^>]*>", " ", main[0] if main else "")
    return re.findall("<title>.*</title>", html), plain.split()


@pytest.mark.parametrize("address", REFUSED)
def test_parameters_are_refused_as_by_a_server(answers, server, address):
    status, _, text, _ = answers[0][address, JSON, ""]
    there = server.client.get(f"/{address}", headers={"accept": JSON})

    assert (status, json.loads(text)) == (there.status_code, there.json())


def test_pages_are_led_to_their_folders(answers):
    places = [answers[0][address, HTML, ""][1] for address in LED]

    assert [each.removeprefix("http://x.example") for each in places] == [
        f"/gba/{place}" for place in LED.values()
    ]


@pytest.mark.parametrize("fact", [*FACTS, *SAME])
def test_proofs_are_found_however_their_triple_is_written(answers, server, fact):
    status, _, text, _ = answers[0][of_fact(fact), JSON, ""]
    there = server.client.get("/why", params=fact | {"format": "json"})

    assert (status, text) == (there.status_code, there.text)


def test_what_is_not_known_of_a_fact_is_not_denied(answers, server):
    facts = (LABEL, DERIVABLE, ASSERTED)
    statuses, _, texts, _ = zip(
        *(answers[0][of_fact(each), JSON, ""] for each in facts), strict=True
    )
    absent, derivable, _ = map(json.loads, texts)
    there = server.client.get("/why", params=LABEL | {"format": "json"})

    assert statuses == (there.status_code, 501, 501) == (404, 501, 501)
    assert there.json()["detail"].startswith(absent["detail"])
    assert "whether it follows" in derivable["detail"]


def parted(here, there):
    """What is told here and not there, but for places of errors of syntax: a parser tells them late."""
    known = {(each["code"], each["line"], each["column"]): each for each in there["diagnostics"]}
    has_syntax = any(each["code"] == "syntax" for each in there["diagnostics"])
    for each in here["diagnostics"]:
        same = known.get((each["code"], each["line"], each["column"]))
        if each["code"] == "syntax" and has_syntax:
            continue
        is_part = same is not None and same["message"].startswith(each["message"])
        if not is_part or each["query"] not in ("", same["query"]):
            yield each
    # What a step leaves out only a server asks.
    measured = [
        {name: value for name, value in step.items() if name not in ("left_out", "kept")}
        for step in there["steps"]
    ]
    if here["steps"] != measured[: len(here["steps"])]:
        yield here["steps"]


def by_server(server, query):
    form = {"query": query, "call": "false"}
    return server.client.post(f"/{EXPLAIN}", data=form, headers={"accept": JSON}).json()


@pytest.mark.parametrize("query", QUERIES)
def test_explanations_say_a_part_of_what_a_server_says(answers, server, query):
    here = json.loads(answers[0][EXPLAIN, JSON, query][2])

    assert [each["code"] for each in here["diagnostics"]] == QUERIES[query]
    assert [*parted(here, by_server(server, query))] == []
    assert here["left_out"]


def test_a_name_and_a_prefix_are_repaired_and_conditions_are_counted(answers):
    near, _, prefix, filtered, *_ = (
        json.loads(answers[0][EXPLAIN, JSON, query][2]) for query in QUERIES
    )
    (repair,), (declared,) = near["diagnostics"], prefix["diagnostics"]

    assert (repair["suggestion"], repair["query"]) == (
        *("gba:area", next(iter(QUERIES)).replace("AREA", "area")),
    )
    assert declared["query"] == GBA + UNDECLARED
    assert [step["kind"] for step in filtered["steps"]] == ["pattern", "filter"]


@pytest.mark.matrix
def test_nothing_wrong_is_said_of_strangers_queries(folder, server):
    queries = {each.text for each in corpus("*gba*") if each.graph == "gba" and not each.sent}

    found, _ = told(folder, [(EXPLAIN, JSON, query) for query in queries])

    told_of = {query: json.loads(text) for (*_, query), (_, _, text, _) in found.items()}
    wrong = {
        query: rest
        for query, here in told_of.items()
        if (rest := [*parted(here, by_server(server, query))])
    }
    assert wrong == {}
    assert sum(bool(each["diagnostics"] or each["steps"]) for each in told_of.values()) > 150


def test_an_explanation_as_a_page_marks_the_place(answers):
    text = answers[0][EXPLAINED, HTML, ""][2]

    assert f">\n{UNDECLARED}</textarea>" in text
    assert re.search(
        '<li class="notice error" data-line="1" data-column="15"[^>]*data-query="', text
    )


def test_a_first_query_by_hand_takes_few_bytes_whatever_the_host_does(folder, server):
    names = ("settings.json", "worker.js.lzma", "oxigraph.wasm.lzma", "default.json.lzma")
    paths = ("sw.js", "boot.js", "ask.js", *(f"endpoint/{name}" for name in names))
    size = {path: (folder / path).stat().st_size for path in paths}
    editor = page(server, "sparql", "en")
    for address in {"/sparql", "/search/index.json", *re.findall(r"/static/[\w.-]+", editor)}:
        answer = server.client.get(address, headers={"accept": f"{HTML}, */*;q=0.1"})
        size[address] = len(answer.content)
    size["/search/index.json"] = len(packed(server.client.get("/search/index.json").content))

    listed = sorted(size.items(), key=lambda each: -each[1])
    sys.stdout.writelines(f"{length:>9,} {path}\n" for path, length in listed)
    assert any("editor" in path for path in size)
    assert sum(size.values()) <= 1_400_000, size

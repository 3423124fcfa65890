"""Search, proofs and explanations in a site of files: as a server gives them, or less."""

import gzip
import json
import re
from urllib.parse import urlencode

import pytest

from gbagraph.features.site import endpoint, proofs
from gbagraph.settings import Settings
from support.corpus import corpus
from support.installed import cannot_run, needs
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
for (const { path, accept, query } of given.asked) {
  const body = query === undefined ? {} : { method: "POST", body: new URLSearchParams({ query, call: "false" }) };
  const response = await endpoint.respond(new Request(`http://x.example/gba/${path}`, { ...body, headers: { accept } }));
  told.push(response && [response.status, response.headers.get("location") ?? "", await response.text()]);
}
return [told, files];
"""
SAMPLE = (
    "baidu",
    "广州",
    "廣州",
    "Biadu",
    "area",
    "which companies are in Nansha?",
    "哪些公司在南沙",
    "qq zz",
)
ALL = """
guangzhou Huawei 琶洲 南沙 Bai~du Guangzho Huangpu~district 黄埔 黃埔 hasArea subclass rdfs:label label prov
Q1234 Q16572 type city company University 大学 大學 deep~learning tencent 腾讯 GAC 广汽 satellite builders
How~many~projects~are~there? how~large~is~the~area~of~the~Guangzhou 广州有哪些大学 谁开发了什么 who~builds~what
mega~project paragraph~3 p12 foaf graph ontology xyzzyqq Greater~Bay~Area GBA innovaton universty~of~science
robot autonomous~driving 自动驾驶 2020 100 a 的 in Über hongkong Hong~Kong 香港 Macau~macao planned costs
cost~of~projects cancelled Guangzhou~Baiyun~Airport 基地 centre research~center dataset skos shapes
"""
TEXTS = [
    SAMPLE,
    pytest.param([each.replace("~", " ") for each in ALL.split()], marks=pytest.mark.matrix),
]
LANGUAGES = ("en", "zh-Hans")
FRAMES = ("search", "why", "sparql/explain")
TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
FACTS = (
    {"s": "id:baidu", "p": "rdfs:label", "o": '"Baidu"@EN'},
    {"s": "baidu", "p": "a", "o": "<https://w3id.org/gbagraph/ontology#Company>"},
)
GBA, ID = (
    f"PREFIX {name}: <https://w3id.org/gbagraph/{space}>\n"
    for name, space in (("gba", "ontology#"), ("id", "id/"))
)
QUERIES = {
    f"{GBA}SELECT * {{ ?s gba:AREA ?o }}": ["unknown-property"],
    f"{GBA}{ID}SELECT * {{ id:nowhere gba:contains ?o . ?o a ?k }}": ["unknown-thing"],
    "SELECT * { ?s gba:area ?o }": ["syntax"],
    f"{GBA}SELECT * {{ ?s gba:area ?o FILTER(?o > 7) }} LIMIT 3": [],
    f"{GBA}{ID}SELECT * {{ ?s gba:contains id:nansha ; gba:area ?a ; a gba:Company }}": [
        "no-solution"
    ],
    f"{GBA}SELECT * {{ ?s gba:area ?o OPTIONAL {{ ?s gba:nope ?x }} }}": [],
}
"""Queries, each with what is told of it here."""


@pytest.fixture(scope="module")
def folder(server, tmp_path_factory):
    """A site as far as these answers need it, with pages of the server and proofs of two facts."""
    needs("node")
    if not (endpoint.BUILT / "endpoint.js").is_file():
        cannot_run("The scripts of a site are not built. Run python scripts/frontend.py")
    folder = tmp_path_factory.mktemp("site")
    for path, content in endpoint.files(Settings()):
        put(folder / path, content)
    for language in LANGUAGES:
        for name in FRAMES:
            place = folder / ("" if language == "en" else language) / name / "index.html"
            put(place, page(server, name, language).encode())
    for fact in FACTS:
        proof = server.client.get("/why", params=fact | {"format": "json"}).text
        key = " ".join(map(written, json.loads(proof)["proof"]["triple"].values()))
        place = folder / proofs.FOLDER / f"{proofs.bucket(key)}.json.gz"
        put(place, gzip.compress(json.dumps({key: proof}).encode()))
    return folder


def put(place, content):
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)


def page(server, path, language):
    headers = {"accept": "text/html", "accept-language": language}
    return server.client.get(f"/{path}", headers=headers).text


def written(term):
    if term["type"] == "uri":
        return f"<{term['value']}>"
    return f'"{term["value"]}"@{term["xml:lang"]}'


def told(folder, paths, accept="application/json"):
    """What the site answers at *paths*, or to queries that are posted there; and which files it read."""
    asked = [{"path": each} if isinstance(each, str) else each for each in paths]
    given = {"folder": str(folder), "asked": [{"accept": accept} | each for each in asked]}
    return evaluated(folder / "endpoint" / "endpoint.js", BATCH, given)


def in_json(answers):
    return [json.loads(text) for _, _, text in answers]


@pytest.mark.parametrize("texts", TEXTS)
def test_search_finds_what_a_server_finds(folder, server, texts):
    tags = ("en", "zh-hans,en", "zh-hant,zh-hans,en")
    asked = [
        f"search?{urlencode({'q': text, 'labels': tags[n % 3]})}" for n, text in enumerate(texts)
    ]
    asked += ["search?kind=class&labels=zh-hans&limit=20", "search?q=area&kind=property&offset=2"]

    answers, read = told(folder, asked)

    for address, found in zip(asked, in_json(answers), strict=True):
        for row in found["results"] + found.get("suggestions", []):
            row["address"] = re.sub("^zh-Han[st]/", "", row["address"])
        assert found == server.client.get(f"/{address}").json(), address
    assert read.count("endpoint/names.json.gz") == 1
    assert not any("manual" in path or "named" in path for path in read)


def test_results_as_a_page_are_those_of_a_server(folder, server):
    asked = {"en": "search/?q=innovaton", "zh-Hans": "zh-Hans/search/?q=广州&page=2"}

    answers, _ = told(folder, asked.values(), "text/html")

    for (language, address), (status, _, text) in zip(asked.items(), answers, strict=True):
        there = page(server, address.removeprefix("zh-Hans/").replace("/?", "?"), language)
        assert (status, words(text)) == (200, words(there))


def words(html):
    """The title of a page, and the words of its main part with their marks."""
    main = re.search("<main.*</main>", html, re.DOTALL)
    plain = re.sub(r"<(?!/?mark)[^>]*>", " ", main[0] if main else "")
    return re.findall("<title>.*</title>", html), plain.split()


def test_parameters_are_refused_as_by_a_server(folder, server):
    asked = [
        "search",
        "search?kind=x",
        "search?q=a&limit=0",
        "search?q=a&labels=a_b",
        "why?s=a&p=b",
    ]
    asked += [
        "why?s=a&s=b",
        "why?s=baidu&p=x%20y&o=1",
        "why?s=baidu&p=a&o=%22x%22%40en%40en",
        "doc",
    ]
    asked += ["doc?iri=https://w3id.org/gbagraph/id/biadu", "sparql/explain"]

    answers, _ = told(folder, asked)

    for address, (status, _, text) in zip(asked, answers, strict=True):
        there = server.client.get(f"/{address}", headers={"accept": "application/json"})
        assert (status, json.loads(text)) == (there.status_code, there.json()), address


def test_pages_are_led_to_their_folders(folder):
    put(folder / "doc/id/baidu/index.html", b"")
    asked = ["zh-Hans/search?q=a", "why?s=a&p=b&o=c", "doc?iri=https://w3id.org/gbagraph/id/baidu"]

    answers, _ = told(folder, asked, "text/html")

    assert [row[1].removeprefix("http://x.example") for row in answers] == [
        *("/gba/zh-Hans/search/?q=a", "/gba/why/?s=a&p=b&o=c", "/gba/doc/id/baidu"),
    ]


def test_proofs_are_found_however_their_triple_is_written(folder, server):
    known = [
        *FACTS,
        {
            "s": "<https://w3id.org/gbagraph/id/baidu>",
            "p": "rdfs:label",
            "o": "Baidu",
            "lang": "en",
        },
        {"s": "baidu", "p": f"<{TYPE}>", "o": "gba:Company"},
    ]

    answers, _ = told(folder, [f"why?{urlencode(fact)}" for fact in known])

    for fact, (status, _, text) in zip(known, answers, strict=True):
        there = server.client.get("/why", params=fact | {"format": "json"})
        assert (status, text) == (there.status_code, there.text)


def test_what_is_not_known_of_a_fact_is_not_denied(folder, server):
    label = {"s": "baidu", "p": "rdfs:label", "o": '"Nobody"@en'}  # follows by no axiom
    derivable = {"s": "baidu", "p": "a", "o": "gba:Person"}
    asserted = {"s": "huawei", "p": "a", "o": "gba:Company"}

    answers, _ = told(folder, [f"why?{urlencode(fact)}" for fact in (label, derivable, asserted)])

    there = server.client.get("/why", params=label | {"format": "json"})
    assert [row[0] for row in answers] == [there.status_code, 501, 501] == [404, 501, 501]
    known, derived, _ = in_json(answers)
    assert there.json()["detail"].startswith(known["detail"])
    assert "whether it follows" in derived["detail"]


def explained(folder, queries):
    return in_json(told(folder, [{"path": "sparql/explain", "query": each} for each in queries])[0])


def parted(here, there):
    """What is told here and not there, but for places of errors of syntax, which a parser tells late."""
    known = {(each["code"], each["line"], each["column"]): each for each in there["diagnostics"]}
    has_syntax = any(each["code"] == "syntax" for each in there["diagnostics"])
    for each in here["diagnostics"]:
        same = known.get((each["code"], each["line"], each["column"]))
        if each["code"] == "syntax" and has_syntax:
            continue
        is_part = same is not None and same["message"].startswith(each["message"])
        if not is_part or each["query"] not in ("", same["query"]):
            yield each
    if here["steps"] != there["steps"][: len(here["steps"])]:
        yield here["steps"]


def by_server(server, query):
    form = {"query": query, "call": "false"}
    headers = {"accept": "application/json"}
    return server.client.post("/sparql/explain", data=form, headers=headers).json()


def test_explanations_say_a_part_of_what_a_server_says(folder, server):
    found = explained(folder, QUERIES)

    for (query, codes), here in zip(QUERIES.items(), found, strict=True):
        assert [each["code"] for each in here["diagnostics"]] == codes, query
        assert [*parted(here, by_server(server, query))] == [], query
    near, _, prefix, filtered, *_ = found
    assert (near["diagnostics"][0]["suggestion"], near["diagnostics"][0]["query"]) == (
        *("gba:area", next(iter(QUERIES)).replace("AREA", "area")),
    )
    assert prefix["diagnostics"][0]["query"].startswith(GBA)
    assert [step["kind"] for step in filtered["steps"]] == ["pattern", "filter"]
    assert all(each["left_out"] for each in found)


@pytest.mark.matrix
def test_nothing_wrong_is_said_of_strangers_queries(folder, server):
    queries = [each.text for each in corpus("*gba*") if each.graph == "gba" and not each.sent]

    found = explained(folder, queries)

    wrong = {
        query: rest
        for query, here in zip(queries, found, strict=True)
        if (rest := [*parted(here, by_server(server, query))])
    }
    assert wrong == {}
    assert sum(bool(each["diagnostics"] or each["steps"]) for each in found) > len(found) / 2


def test_an_explanation_as_a_page_marks_the_place(folder):
    query = "SELECT * { ?s gba:area ?o }"

    ((_, _, text),), _ = told(
        folder, [f"sparql/explain/?{urlencode({'query': query})}"], "text/html"
    )

    assert f">\n{query}</textarea>" in text
    assert re.search(
        r'<li class="notice error" data-line="1" data-column="15"[^>]*data-query="PREFIX', text
    )

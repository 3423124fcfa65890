"""Every kind of page, for everybody: on phones, in the dark, read aloud, without scripts, in Chinese."""

import re
from urllib.parse import quote

import pytest

from support.browser import until
from support.queries import sampled
from support.serving import serving

pytestmark = [pytest.mark.processes, pytest.mark.slow]


def asking(query, more=""):
    prefixes = (
        "PREFIX gba: <https://w3id.org/gbagraph/ontology#> "
        "PREFIX id: <https://w3id.org/gbagraph/id/> "
    )
    return f"/sparql?query={quote(prefixes + query)}{more}"


PATH = "SELECT * { ?who gba:develops ?what . ?what gba:locatedIn ?place }"
GRAPH = "DESCRIBE id:baidu"
LARGE = "SELECT * { VALUES ?a { %s } VALUES ?b { %s } }" % ((" ".join(map(str, range(317))),) * 2)

PAGES = {
    "start": "/",
    "search": "/search?q=Nansha",
    "ontology": "/ontology",
    "class": "/ontology/terms/Zone",
    "property": "/ontology/terms/locatedIn",
    "code": "/ontology/terms/Planned",
    "dataset": "/dataset",
    "graph of facts": "/graph/article",
    "graph of shapes": "/graph/shapes",
    "graph of metadata": "/graph/meta",
    "prefixes": "/prefixes",
    "api": "/openapi",
    "manual": "/docs",
    "page of the manual": "/docs/query",
    "search in the manual": "/docs?q=evidence",
    "proof": "/why?s=id:apollo-rd-centre&p=gba:locatedIn&o=id:guangdong",
    "form for a proof": "/why",
    "look-up": "/lookup?iri=http://www.wikidata.org/entity/Q16572&iri=https://www.wikidata.org/wiki/Q16572",
    "form for a look-up": "/lookup",
    "form for a query": "/sparql",
    "answer": "/sparql?query=SELECT+*+%7B+%3Fs+%3Fp+%3Fo+%7D+ORDER+BY+%3Fs+LIMIT+30",
    "answer that is a graph": asking(GRAPH),
    "answer with evidence": asking(PATH, "&evidence=true"),
    "second page": asking(LARGE, "&page=2"),
    "sorted answer": asking(PATH, "&order=-place"),
    "turtle": asking(GRAPH, "&view=turtle"),
    "network": asking(GRAPH, "&view=network"),
    "paths": asking(PATH, "&view=path"),
    "chart": "/queries/zones-by-area?view=chart",
    "timeline": "/queries/timeline?view=timeline",
    "map": "/queries/coordinates?view=map",
    "yes": asking("ASK { id:baidu gba:develops ?what }"),
    "empty answer": asking("SELECT * { id:baidu gba:develop ?what }"),
    "error": "/sparql?query=SELECT",
    "queries": "/queries",
    "answer of a query": "/queries/signing-rounds",
    "form of a query": "/queries/classes-of",
    "thing": "/doc/id/baidu",
    "zone": "/doc/id/knowledge-city",
    "city": "/doc/id/guangzhou",
    "topic": "/doc/id/blockchain",
    "planned event": "/doc/id/completion-xpeng-site",
    "project": "/doc/id/apollo-rd-centre",
    "event": "/doc/id/approval-kc-master-plan",
    "quantity": "/doc/id/investment-kc-2020-cny",
    "claim": "/doc/claim/baidu-develops-apollo-rd-centre",
    "section": "/doc/article/knowledge-city",
    "paragraph": "/doc/article/knowledge-city-3",
    "article": "/doc/id/article",
    "source": "/doc/id/source-china-daily-2019-12-20",
    "diagnostics": "/sparql/explain?query=SELECT+%3Fz+%7B+%3Fz+a+gba:Zone+%7D",
    "nothing": "/id/Baidu",
    "changes": "/changes",
    "versions": "/versions",
}
"""An address of each kind of page."""
SAMPLE_PAGES = (
    *("start", "class", "page of the manual", "form for a query", "answer with evidence"),
    *("error", "form of a query", "zone", "network", "map"),
)
every_page = pytest.mark.parametrize("path", sampled(PAGES, SAMPLE_PAGES))

WORDS = """(() => {
  const content = document.querySelector("main").cloneNode(true);
  const tools = content.querySelectorAll("script, template, button, .panel, [data-part]");
  for (const tool of tools) tool.remove();
  return content.textContent.replace(/\\s+/g, " ").length;
})()"""
"""How much there is to read, without the buttons of the editor and what is for scripts."""

PRINTED_TOOLS = """[...document.querySelectorAll("header, nav:not(.crumbs), form, button, footer a")]
  .filter(e => e.checkVisibility()).map(e => e.outerHTML.slice(0, 80))"""
"""What helps to go on and is of no use on paper."""

OF_OTHERS = {
    "start": "/",
    "terms": "/ontology",
    "search": "/search?q=tea",
    "prefixes": "/prefixes",
    "look-up": "/lookup?iri=http://tea.example/sencha",
    "thing": "/doc?iri=http://tea.example/sencha",
    "place": "/doc?iri=http://tea.example/uji",
    "class": "/doc?iri=http://tea.example/Tea",
    "picture": "/sparql?query=SELECT+*+%7B+%3Ftea+<http://tea.example/since>+%3Fday+%7D&view=timeline",
}

TEAS = """
@prefix tea: <http://tea.example/> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix wgs84: <http://www.w3.org/2003/01/geo/wgs84_pos#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
tea:sencha a tea:Tea ; rdfs:label "Sencha"@en , "煎茶"@ja ;
  tea:from tea:uji ; tea:since "1738-01-01"^^xsd:date .
tea:gyokuro a tea:Tea ; rdfs:label "Gyokuro" ; tea:from tea:uji ; tea:since "1835-01-01"^^xsd:date .
tea:uji a tea:Place ; rdfs:label "Uji" ; wgs84:lat 34.88 ; wgs84:long 135.8 .
"""


tea_server = serving(TEAS, "--title", "Teas", "--no-inference")


def width(page):
    return page.value("document.documentElement.scrollWidth")


def is_fine_for_everybody(chromium, server, path):
    with chromium.open(f"{server.url}/robots.txt") as page:
        page.go(server.url + path)
        for dark in (False, True):
            page.dark(on=dark)
            page.resize(1280, 900, mobile=False)
            assert page.violations() == [], "desktop"
            page.resize(390, 844)
            assert width(page) == 390
            assert page.violations() == [], "telephone"
        page.resize(320, 640)
        assert width(page) == 320
        assert page.value("document.querySelectorAll('h1').length") == 1
        assert page.value("document.title.length") > 3
        assert page.value("document.documentElement.lang") == "en"
        assert page.value("document.querySelector('meta[name=description]').content") != ""
        assert page.value("document.querySelector('header nav[aria-label] a') !== null")
        # What is not there or is no query is told with status 404 or 400, of which browsers complain.
        assert [told for told in page.complaints if not re.search("status of 40[04]", told)] == []
        assert [address for address in page.requests if not address.startswith(server.url)] == []
        page.on_paper()
        page.resize(720, 1000, mobile=False)
        assert width(page) <= 720, "paper"
        assert page.value(PRINTED_TOOLS) == []


@every_page
def test_a_page_of_ours(chromium, server, path):
    is_fine_for_everybody(chromium, server, path)


@pytest.mark.parametrize("path", sampled(OF_OTHERS, ("start", "thing", "picture")))
def test_a_page_of_others(chromium, tea_server, path):
    is_fine_for_everybody(chromium, tea_server, path)


def test_a_preview_fits_its_frame(chromium, server):
    frame = server.client.get("/reconcile").json()["preview"]
    with chromium.open(frame["url"].replace("{{id}}", "id:knowledge-city")) as page:
        page.resize(frame["width"], frame["height"], mobile=False)
        assert page.value("document.documentElement.scrollHeight") <= frame["height"]
        assert width(page) <= frame["width"]
        for dark in (False, True):
            page.dark(on=dark)
            assert page.violations() == []


@every_page
def test_without_scripts_there_is_the_same_content(chromium, server, path):
    with chromium.open(server.url + path) as page:
        with_scripts = page.value(WORDS)
        page.without_scripts()
        page.go(server.url + path)
        assert page.value(WORDS) > 0.9 * with_scripts


@every_page
def test_in_chinese(chromium, server, path):
    with chromium.open(f"{server.url}/robots.txt") as page:
        page.speak("zh-CN")
        page.go(server.url + path)
        assert page.value("document.documentElement.lang") == "zh-Hans"
        assert page.violations() == []
        page.resize(320, 640)
        assert width(page) == 320


def test_the_first_key_leads_past_the_head(chromium, server):
    with chromium.open(f"{server.url}/dataset") as page:
        page.press("Tab")
        assert page.value("document.activeElement.className") == "skip"
        page.press("Enter")
        assert page.value("document.activeElement.id") == "main"


def test_the_language_is_chosen_by_a_click_and_stays(chromium, server):
    with chromium.open(f"{server.url}/prefixes") as page:
        page.click("document.querySelector('.languages a')")
        until(page, "document.documentElement?.lang === 'zh-Hans'")
        assert page.value("location.pathname") == "/prefixes"
        page.go(f"{server.url}/dataset")
        assert page.value("document.documentElement.lang") == "zh-Hans"
        page.click("document.querySelector('.languages a')")
        until(page, "document.documentElement?.lang === 'en'")

"""Answers as pages of a site: made by its endpoint as a server makes them, in the frames of the site."""

import re
from html.parser import HTMLParser
from itertools import zip_longest
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import pytest

from gbagraph import publication
from gbagraph.composition import published
from gbagraph.features.site import endpoint, pages
from gbagraph.features.site.asking import NEEDS_SERVER
from support import RunningServer, questions
from support.browser import Chromium, until
from support.installed import needs
from support.node import evaluated
from support.static_host import StaticHost

pytestmark = pytest.mark.processes

BASE = "https://x.example/"
LANGUAGES = ("en", "zh-Hans")
DATA = (
    """
PREFIX : <https://x.example/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
:ann a :person ; rdfs:label "Ann"@en, "安"@zh-hans ; :born "1990"^^xsd:gYear ; :knows :bob, :cy .
:ann :height 1.72 .
:bob a :person ; rdfs:label "<script>alert(1)</script>"@en ; :born "1980-02-03"^^xsd:date ; :knows :cy .
:cy a :person ; rdfs:label "\u202ecba \u2067x" .
:cy :says "a\\u0007 < b", "شكرا"@ar, "http://other.example/a?b=1&c" .
:cy :page <javascript:alert(1)>, <http://other.example/"> , <http://other.example/x> .
:person rdfs:label "Person"@en, "人"@zh-hans .
""".replace('<http://other.example/">', "<http://other.example/%22>")
    + "".join(f':n{n} a :numeral ; :is {n} ; rdfs:label "number {n}" .\n' for n in range(120))
)
HEAD = "PREFIX : <https://x.example/>\nPREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>\n"
QUERIES = {
    "people": f"""#+ summary: Who is there?
#+ pagination: 1
#+ defaults:
#+   - kind: person
#+ enumerate:
#+   - mood: [good, bad]
{HEAD}SELECT ?person ?personLabel ?firstKnown {{
  ?person a ?_kind_iri ; rdfs:label ?personLabel . OPTIONAL {{ ?person :knows ?firstKnown }}
  FILTER (COALESCE(sameTerm(?person, ?__who_iri), true) && COALESCE(?__mood != "bad", true))
}} ORDER BY ?person ?firstKnown""",
    "far": """#+ summary: What does another say?
SELECT ?x { SERVICE <https://far.example/sparql> { ?x ?y ?z } }""",
}
_ALL = f"{HEAD}SELECT * {{ ?s a ?type ; rdfs:label ?name OPTIONAL {{ ?s :is ?is }} }} ORDER BY ?s"
_ODD = f"""{HEAD}SELECT ?s ?p ?o (<<( ?s ?p ?o )>> AS ?t) {{
  VALUES ?s {{ :ann :bob :cy }} ?s ?p ?o }} ORDER BY ?s ?p ?o"""
ASKED = (
    {"query": _ODD},
    {"query": _ALL, "page": "2", "order": "-is"},
    {"query": _ALL, "find": 'no such "row" <b>'},
    {"query": _ALL, "find": "NUMBER 1", "order": "name"},
    {"query": _ALL, "page": "9"},
    {"query": _ALL, "order": "nothing"},
    {"query": f"{HEAD}ASK {{ :ann :knows :bob }}", "infer": "false"},
    {"query": f"{HEAD}DESCRIBE :ann", "order": "predicate"},
    {"query": f"{HEAD}CONSTRUCT {{ ?s :of ?o }} {{ ?s :knows ?o }}", "view": "turtle"},
    {"query": f"{HEAD}SELECT ?s {{ ?s a :Nothing }}"},
)
OF_QUESTION = (
    {"kind": "numeral", "limit": "2"},
    {"kind": "numeral", "who": "number 7", "mood": "good"},
    {"kind": "person", "who": "nobody <i>"},
    {"kind": "person", "mood": "<b>"},
)
SLIP = "sparql/?query=SELECT%20*%20%7B%0A%20%3Fs%20x:p%20%3Fo%20%7D"
LED = ("sparql?query=ASK%7B%7D", "queries/people/?kind=person&mood=good", "queries/far/?x=1")
LOST = "queries/peeple/?x=<i>"
BATCH = """
const site = await module.open(given.folder, "http://x.example/at/"), found = [];
for (const address of given.addresses) {
  const headers = { accept: "text/html" };
  const response = await site.respond(new Request(`http://x.example/at/${address}`, { headers }));
  found.push([response.status, response.headers.get("location"), await response.text()]);
}
return found;
"""
LEFT_OUT = {"views", "evidence-switch"}
"""Classes of what only a server has."""
VOID = {"input", "br", "link", "meta", "img"}


class Seen(HTMLParser):
    """What is seen of the answer: texts, and tags with what readers and links have of them."""

    def __init__(self, base, *parts):
        super().__init__()
        self._base, self._parts = base, parts
        self._depth, self._hidden, self.parts = 0, 0, []

    def handle_starttag(self, tag, attrs):
        said = {name: value or "" for name, value in attrs}
        self._depth += (self._depth > 0 or said.get("id") in self._parts) and tag not in VOID
        if LEFT_OUT & set(said.get("class", "").split()) or (tag, said.get("name")) == (
            "details",
            "code",
        ):
            self._hidden = self._hidden or self._depth
        if not self._depth or self._hidden:
            return
        kept = {
            name: said[name] for name in said.keys() - {"tabindex", "href", "action", "data-from"}
        }
        for name in said.keys() & {"href", "action", "data-from"}:
            kept[name] = self._address(said[name])
        self.parts.append((tag, kept))

    def handle_endtag(self, tag):
        if self._hidden == self._depth:
            self._hidden = 0
        self._depth -= self._depth > 0 and tag not in VOID

    def handle_data(self, data):
        if self._depth and not self._hidden and data.strip():
            self.parts.append(" ".join(data.split()))

    def _address(self, reference):
        if reference.startswith("#"):
            return reference
        url = urlsplit(urljoin(self._base, reference))
        path = re.sub(r"^/(at/)?(zh-Hans/)?(doc/(?=.))?", "/", url.path).rstrip("/")
        # A page of an IRI is in a folder that is named so.
        path, query = (
            re.sub(r"/iri=.*", "", path),
            [pair for pair in parse_qsl(url.query) if pair[0] != "iri"],
        )
        is_own = url.hostname in ("127.0.0.1", "x.example")
        return ("" if is_own else url.hostname), path, sorted(query), url.fragment


def seen(text, base, *parts):
    reader = Seen(base, *parts)
    reader.feed(text)
    return reader.parts


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return questions.project(tmp_path_factory.mktemp("project"), DATA, QUERIES)


@pytest.fixture(scope="module")
def server(project):
    without = (
        part for name in (*NEEDS_SERVER, "diagnostics", "pictures") for part in ("--without", name)
    )
    options = ("--data", *project.data, "--queries", project.queries, "--base", BASE)
    with RunningServer(*options, *without) as running:
        yield running


def leads(root):
    """Where links of a page lead in a folder that is below *root*."""

    def lead(reference):
        if not reference.startswith("/"):
            return reference
        path, sign, rest = re.fullmatch(r"/([^?#]*)([?#]?)(.*)", reference).groups()
        end = "" if not path or "." in path else "/"
        return f"{root}{path}{end}{sign}{rest}"

    return lead


@pytest.fixture(scope="module")
def folder(project, server, tmp_path_factory):
    """A site with its endpoint, and those pages in which it puts answers."""
    needs("node")
    folder = tmp_path_factory.mktemp("site")
    publication.use(published(project))
    try:
        files = dict(endpoint.files(project, languages=LANGUAGES))
    finally:
        publication.use(publication.OWN)
    for language in LANGUAGES:
        for path in ("sparql", "queries/people", "queries/far"):
            page = server.client.get(
                f"/{path}", headers={"accept": "text/html", "accept-language": language}
            )
            place = path if language == "en" else f"{language}/{path}"
            root = "../" * (place.count("/") + 1)
            for asset in re.findall(r'="(/static/[^"]+)"', page.text):
                files[asset[1:]] = b""
            script = f'<script src="{root}boot.js" defer data-root="{root}"></script>'
            below = "../" * (path.count("/") + 1)
            head = '<link href="x.csv" rel="alternate">'
            text = pages.written(page.text, "", leads(below), script, head)
            files[f"{place}/index.html"] = text.replace(
                f"{below}static/", f"{root}static/"
            ).encode()
    files["queries/people/mood=good/index.html"] = b"a file"
    files["404.html"] = server.client.get("/nothing", headers={"accept": "text/html"}).content
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content or server.client.get(f"/{path}").content)
    return folder


def of_site(folder, addresses):
    module = str(folder / "endpoint" / "endpoint.js")
    found = evaluated(module, BATCH, {"folder": str(folder), "addresses": addresses})
    return dict(zip(addresses, found, strict=True))


def asked(language):
    """What is asked in this language: path, the part that shows the answer, parameters, address."""
    below = "" if language == "en" else f"{language}/"
    rows = [("sparql", "answer", given) for given in ASKED]
    rows += [("queries/people", "main", given) for given in OF_QUESTION]
    return [(*row, f"{below}{row[0]}/?{urlencode(row[2])}") for row in rows]


@pytest.fixture(scope="module")
def answers(folder):
    """What the site answers to all that is asked in its first language, from one process."""
    return of_site(folder, [*(row[-1] for row in asked("en")), SLIP, *LED, LOST])


@pytest.mark.parametrize("language", ["en", pytest.param("zh-Hans", marks=pytest.mark.matrix)])
def test_answers_are_shown_as_by_a_server(server, folder, answers, language):
    rows = asked(language)
    found_at = answers if language == "en" else of_site(folder, [row[-1] for row in rows])

    for path, part, given, address in rows:
        status, _, text = found_at[address]
        headers = {"accept": "text/html", "accept-language": language}
        answer = server.client.get(f"/{path}", params=given, headers=headers)
        wanted = seen(answer.text, f"{server.url}/{path}", part)
        found = seen(text, f"http://x.example/at/{address}", part)
        # Of errors, pages of a site tell what their documents do, in English.
        if answer.status_code >= 400 and language != "en":
            continue
        differing = [pair for pair in zip_longest(found, wanted) if pair[0] != pair[1]]
        assert (status, differing) == (answer.status_code, []), address


def test_what_is_told_of_a_slip_is_underlined(answers):
    status, _, text = answers[SLIP]

    (_, section), *_ = seen(text, "http://x.example/", "error")
    assert status == 400
    assert (section["data-severity"], section["data-line"], section["data-column"]) == (
        "error",
        "2",
        "5",
    )
    assert 'aria-invalid="true"' in text
    assert 'rel="alternate"' not in text


def test_a_page_leads_to_its_folder_and_a_listed_answer_to_its_file(answers):
    *led, refused = (answers[address] for address in LED)

    assert [row[:2] for row in led] == [
        [303, "/at/sparql/?query=ASK%7B%7D"],
        [303, "/at/queries/people/mood=good/"],
    ]
    assert refused[0] == 422


def test_an_error_without_a_place_in_a_page_is_a_page(answers):
    status, _, text = answers[LOST]

    assert status == 404
    assert "<h1>Nothing is here</h1>" in text
    assert "There is no canned query named &#39;peeple&#39;. Did you mean people?" in text


FIELD = "document.getElementById('query')"
TITLE = "document.querySelector('#answer-title')?.textContent"
COUNT = "document.querySelector('#answer .count')?.textContent"
FIRST = "document.querySelector('#answer tbody td:last-of-type')?.textContent.trim()"


def test_the_editor_and_the_questions_are_answered_in_a_browser(folder, tmp_path):
    needs("chromium")
    with (
        StaticHost(folder) as host,
        Chromium(tmp_path) as chromium,
        chromium.open(f"{host.url}/sparql/") as tab,
    ):
        until(tab, "document.documentElement.classList.contains('has-editor')")
        tab.write(FIELD, f"{HEAD}SELECT ?s ?n {{ ?s :is ?n }} ORDER BY ?n")
        tab.press("Enter", control=True)
        until(tab, f"{COUNT} === '120 rows'")
        tab.click("document.querySelector('#answer th:last-of-type a')")
        until(tab, "document.querySelector('th[aria-sort=ascending]')")
        tab.click("document.querySelector('#answer th:last-of-type a')")
        until(tab, f"{FIRST} === '119'")
        tab.click("document.querySelector('#answer a[rel=next]')")
        until(tab, f"{FIRST} === '19'")
        assert "&order=-n&page=2" in tab.value("location.search")
        assert tab.violations() == []
        tab.resize(360, 640)
        assert tab.violations() == []
        tab.write(FIELD, "SELECT * { ?s x:p ?o }")
        tab.press("Enter", control=True)
        until(tab, f"{TITLE} === 'No answer' && CSS.highlights.get('query-error')?.size")
        until(tab, "navigator.serviceWorker.controller")
        tab.go(f"{host.url}/queries/people/?kind=numeral&limit=3")
        until(tab, f"{COUNT} === '3 rows'")
        assert tab.value("document.getElementById('kind').value") == "numeral"
        assert tab.violations() == []
        tab.value("document.querySelector('#answer ~ p a[rel=next]').click()")
        until(tab, f"{COUNT} === '3 rows' && location.search.includes('offset=3')")
        assert "alert(1)" not in "".join(tab.complaints)

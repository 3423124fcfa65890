"""The pages of a site: what is there, where links lead, and what becomes of the folder."""

import asyncio
import html
import re
from itertools import product
from urllib.parse import unquote, urlencode, urljoin, urlsplit

import pytest

from gbagraph import publication
from gbagraph.errors import SettingError
from gbagraph.features.site import shrinking
from gbagraph.features.site.asking import Answer
from gbagraph.features.site.building import build
from gbagraph.features.site.crawl import Crawl
from gbagraph.features.site.folder import MARKER, Folder
from gbagraph.features.site.places import Link, Places, relative
from gbagraph.features.site.variants import Variants
from gbagraph.settings import Settings
from support import published_site
from support.installed import needs
from support.node import evaluated

pytestmark = pytest.mark.processes

LINK = re.compile(r'\s(?:href|src|action|data-from)="([^"]*)"')


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    return published_site.once(tmp_path_factory)


def links(site, page):
    """The references of a page to files, resolved as where the site is below a path."""
    here = f"http://host/below/{page.relative_to(site)}"
    for value in LINK.findall(page.read_text()):
        yield value, urlsplit(urljoin(here, html.unescape(value)))


def test_every_link_of_a_site_below_a_path_leads_to_a_file(site):
    number = 0
    for page in site.rglob("*.html"):
        if page.name == "404.html":
            continue
        for value, url in links(site, page):
            if url.netloc == "host" and not url.path.endswith("/graphs"):
                assert url.path.startswith("/below/"), (page, value)
                path = site / unquote(url.path.removeprefix("/below/"))
                path = path / "index.html" if url.path.endswith("/") else path
                assert path.is_file(), (page, value)
                number += 1
    assert number > 500


def test_things_have_a_page_in_each_language_and_files_in_each_format(site):
    for path in ("doc/one/index.html", "zh-Hans/doc/one/index.html", "one/index.html"):
        assert (site / path).is_file(), path
    for suffix in ("ttl", "nt", "rdf", "jsonld"):
        assert (site / f"doc/one.{suffix}").is_file(), suffix
    page = (site / "doc/one/index.html").read_text()
    assert 'href="../../zh-Hans/doc/one/" lang="zh-Hans"' in page
    assert '<link href="../one.ttl" rel="alternate" type="text/turtle">' in page
    assert 'content="0; url=../doc/one/"' in (site / "one/index.html").read_text()


def test_a_thing_that_the_sitemap_does_not_list_has_its_pages_and_files(site):
    assert (site / "doc/two/index.html").is_file()
    assert (site / "zh-Hans/doc/two/index.html").is_file()
    assert {path.suffix for path in site.glob("doc/two.*")} == {".ttl", ".nt", ".rdf", ".jsonld"}


def test_what_is_no_thing_and_not_listed_has_a_page_in_the_first_language_and_turtle():
    places = Places("http://h", ["en", "zh-Hans"], (), Variants().path, has_things=True)
    wanted = {("", "en"), (".ttl", "en"), (".ttl", "zh-Hans")}
    for path, is_thing in (("/doc/claim/1", False), ("/doc/id/baidu", True)):
        for end, language in product(("", ".ttl", ".nt"), places.languages):
            is_left_out = places.is_left_out(Link(path + end, "", language))
            assert is_left_out is not (is_thing or (end, language) in wanted), (path, end, language)


@pytest.mark.parametrize(("status", "dead"), [(404, {}), (500, {"/queries/x": (500, "/")})])
def test_a_page_that_cannot_be_made_is_told_of(status, dead):
    class Failing:
        async def ask(self, *_):
            return Answer(status, {}, b"")

    crawl = Crawl(Failing(), Places("http://h", ["en"], (), Variants().path, has_things=True))
    asyncio.run(crawl._ask("en", "/queries/x", ""))
    assert crawl.dead == dead


def test_no_page_names_what_needs_a_server_or_an_address_that_is_not_known(site):
    start = (site / "index.html").read_text()
    assert "lookup" not in start
    assert not (site / "sitemap.xml").exists()
    assert not (site / "robots.txt").exists()
    assert (site / "queries/depths.csv").read_text().startswith("well,depth")


def test_the_page_of_a_question_tells_programs_of_its_files(site):
    page = (site / "queries/depths/index.html").read_text()
    assert (
        '<link rel="alternate" type="text/csv" href="../depths.csv" title="SPARQL results CSV">'
        in page
    )


def test_programs_are_those_that_a_site_can_answer(site):
    pages = [(site / path).read_text() for path in ("index.html", "sparql/index.html")]
    assert all("Queries are answered in the browser" in page for page in pages)
    shown = "".join(page.read_text() for page in site.glob("queries/*/index.html"))
    assert re.search(r'<details name="code" open>\s*<summary>JavaScript: fetch</summary>', shown)
    assert "SPARQLWrapper" not in shown
    assert "<summary>curl" not in shown


def test_the_pages_for_what_is_not_there_say_why_and_lead_to_other_languages(site):
    for path, words in (
        ("404.html", "no page at this address"),
        ("offline.html", "not opened here"),
    ):
        page = (site / path).read_text()
        assert words in page
        assert 'href="./zh-Hans/" lang="zh-Hans"' in page


def files(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


BASE = ("--base", "https://x.example/below")


@pytest.fixture(scope="module")
def more(site, tmp_path_factory):
    """The site written again, one with its address of a graph that counts as large; what was said."""
    folder = tmp_path_factory.mktemp("more")
    again, large = folder / "again", folder / "large"
    again.mkdir()
    (again / MARKER).touch()
    (again / "old.txt").touch()
    arguments = [str(large), *published_site.OPTIONS, *BASE]
    twice = published_site.TWICE.format(large=arguments)
    done = published_site.build(site.parent, again, command=("-c", twice))
    assert (done.returncode, done.stderr) == (0, "")
    return again, large, done.stdout


def test_two_builds_give_the_same_bytes_and_the_old_files_go(site, more):
    again, _, told = more
    assert "Without --base, it has no /openapi.json, /robots.txt, /sitemap.xml" in told
    assert files(again) == files(site)


def test_with_its_address_a_site_says_where_it_is(more):
    _, made, _ = more
    assert 'href="/below/zh-Hans/" lang="zh-Hans"' in (made / "404.html").read_text()
    assert "Sitemap: https://x.example/below/sitemap.xml" in (made / "robots.txt").read_text()
    assert 'rel="canonical" href="https://x.example/below/"' in (made / "index.html").read_text()
    assert 'href="/below/static/' in (made / "404.html").read_text()


def test_a_sitemap_names_each_page_where_it_is(more):
    _, made, _ = more
    named = re.findall("<url><loc>(.*?)</loc></url>", (made / "sitemap.xml").read_text())
    assert "https://x.example/below/queries/depths/" in named
    for url in named:
        assert url.endswith("/")
        page = (made / url.removeprefix("https://x.example/below/") / "index.html").read_text()
        assert page.count('rel="canonical"') == 1, url


def test_a_graph_that_is_too_large_for_browsers_has_dumps_and_says_that_queries_need_a_server(
    more,
):
    _, made, told = more
    assert "A graph of more than 3 quads, or from a store or engine, needs a server" in told
    assert "Of more than 3 triples, things have no pages of their own." in told
    for folder, words in ((made, "need a server"), (made / "zh-Hans", "需要服务器")):
        page = (folder / "sparql/index.html").read_text()
        (link,) = re.findall(rf'<p class="notice">[^<]*{words}[^<]*<a href="([^"]*)">', page)
        assert (folder / "sparql" / link).resolve() == made / "dumps/dataset.nq"
    assert (made / "dumps/dataset.nq").is_file()
    assert not (made / "doc").exists()
    assert not (made / "endpoint/default.json.lzma").exists()


def test_what_was_not_made_by_this_is_left_alone(tmp_path):
    (tmp_path / "mine.txt").touch()
    with pytest.raises(SettingError, match="holds something else than a site"):
        Folder(tmp_path)


OWN = """
@prefix : <https://w3id.org/example/wells/> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
:alone rdfs:label "No class" ; rdf:reifies <<( :one :depth 7 )>> .
:brønd a :Well ; :beside :østbrønd , <https://w3id.org/example/wells/a%20b/c> . :østbrønd :depth 1 .
<https://w3id.org/example/wells/a%20b/c> rdfs:label "Spaced" .
"""


def test_what_has_no_class_or_an_odd_name_has_an_address_and_what_no_format_can_hold_no_file(
    tmp_path,
):
    folder = published_site.project(tmp_path / "of")
    (folder / "wells.ttl").write_text(OWN)
    made = tmp_path / "site"
    done = published_site.build(folder, made, "--languages", "en")

    assert (done.returncode, done.stderr) == (0, "")
    for path in ("alone", "doc/alone", "brønd", "østbrønd", "a b/c"):
        assert (made / path / "index.html").is_file(), path
    assert not (made / "dumps/dataset.jsonld").exists()  # it has no triple terms
    assert "hreflang" not in (made / "doc/alone/index.html").read_text()
    assert "dataset.jsonld" not in (made / "index.html").read_text()


@pytest.fixture
def settings(small_file):
    """What publishes a few triples, for this test alone."""
    yield Settings(data=(small_file,))
    publication.use(publication.OWN)


@pytest.mark.usefixtures("left_out")
@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"base": "wells.example"}, "--base: 'wells.example' has to be an IRI such as"),
        ({"base": "https://wells.example/?a=b"}, "has to be an address without ? and #"),
        ({"languages": "none"}, "--languages: there is no 'none'. There are: en, zh-Hans, "),
        ({"versions": "0.1.0"}, "--versions: there is no '0.1.0'. There are: none."),
    ],
)
def test_what_cannot_be_is_refused(tmp_path, settings, given, said):
    asked = {"base": "", "languages": "en", "versions": "none"} | given
    with pytest.raises(SettingError, match=re.escape(said)):
        asyncio.run(build(tmp_path / "to", settings, **asked))
    assert [*tmp_path.iterdir()] == []


def interrupted(path):
    with Folder(path) as folder:
        folder.write("a/b.txt", b"new")
        raise KeyboardInterrupt


def test_an_interrupted_build_leaves_the_old_site_whole(tmp_path):
    with Folder(tmp_path / "site") as folder:
        folder.write("a/b.txt", b"old")
    with pytest.raises(KeyboardInterrupt):
        interrupted(tmp_path / "site")
    assert (tmp_path / "site/a/b.txt").read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


@pytest.mark.parametrize(
    ("target", "page", "reference"),
    [
        ("queries/index.html", "queries/builders/index.html", "../"),
        ("index.html", "index.html", "./"),
        ("queries/a:b.csv", "queries/index.html", "./a:b.csv"),
        ("doc/广州/index.html", "index.html", "./doc/%E5%B9%BF%E5%B7%9E/"),
        ("static/x.css", "zh-Hans/doc/id/x/index.html", "../../../../static/x.css"),
    ],
)
def test_references_are_relative(target, page, reference):
    assert relative(target, page) == reference


def test_documents_of_any_iri_are_asked_where_they_are_written():
    needs("node")
    iris = ["https://x.example/a#char=0,4", "urn:x:(~'*!)&b=1", f"urn:x:{'long=' * 60}"]
    site = "{ base: new URL('http://h/'), settings: async () => given[0], read: async (path) => "
    site += "new Response('', { status: path.startsWith('zh-Hans/') ? 404 : 200 }) }"
    script = f"""const site = {site};
    return Promise.all(given[1].map(async (iri) => (await module.doc(site, {{
      url: new URL("http://h/doc"), parameters: new URLSearchParams({{ iri }}), language: "zh-Hans",
    }})).headers.get("location")));"""
    settings = {"iri_base": "https://x.example/", "languages": ["en", "zh-Hans"]}
    places = Places("http://h", ["en"], (), Variants().path, has_things=True)

    found = evaluated("doc.js", script, [settings, iris])

    written = [places.page(f"/doc?{urlencode({'iri': iri})}", "en") for iri in iris]
    assert [f"{unquote(each)[1:]}/index.html" for each in found] == written


def test_an_error_is_a_page_in_the_frame_of_one_that_is_kept(site):
    needs("node")
    script = """
    const pages = [];
    for (const missing of ["", "404.html"]) {
      const { readFile } = await import("node:fs/promises");
      const read = async (path) => (path === missing ? new Response(null, { status: 404 })
        : new Response(await readFile(`${given}/${path}`)));
      const request = new Request("http://h/lookup?q=a", { headers: { Accept: "text/html" } });
      const response = await new module.Endpoint("http://h/", read).respond(request);
      pages.push([response.status, await response.text()]);
    }
    return pages;"""

    for (status, page), is_kept in zip(
        evaluated("endpoint.js", script, str(site)), (0, 1), strict=True
    ):
        assert status == 501
        assert page.count("<h1>The engine behind this server cannot be asked that</h1>") == 1
        assert page.count("look-up of the identifiers") == 1
        assert page.count('<base href="http://h/">') == is_kept


def test_a_file_is_given_in_its_own_format_where_there_is_one():
    needs("node")
    script = """
    const named = (name) => ({ media_type: `text/${name}`, extension: name, name, names: [] });
    const formats = { graph: ["ttl", "nt", "nq"].map(named), solutions: ["csv", "md"].map(named) };
    const site = { settings: async () => ({ formats, left_out: [] }),
      read: async (path) => new Response(path, { status: given.includes(path) ? 200 : 404 }) };
    const text = async (address) => {
      const url = new URL(address, "http://h"), { pathname: path } = url;
      return (await module.file(site, { path, url, accept: "*/*", request: new Request(url) })).text();
    };
    return Promise.all(["/all.nq", "/one.nq", "/list?format=json", "/page?format=md"].map(text));"""

    found = evaluated("files.js", script, ["all.nq", "all.nt", "one.nt", "list.json", "page.md"])

    assert found == ["all.nq", "one.nt", "list.json", "page.md"]


def test_space_goes_where_no_reader_sees_it():
    page = "<ul>\n  <li><a>a</a>\n <a>b</a></li>\n</ul>\n<pre>a\n  b</pre>"
    drawing = '<rect x="4.0" y="1.05"/><text x="10.0" text-anchor="start">1.0</text>'
    assert shrinking.page(drawing) == '<rect x="4" y="1.05"/><text x="10">1.0</text>'
    assert shrinking.page(page) == "<ul><li><a>a</a>\n<a>b</a></li></ul><pre>a\n  b</pre>"


def test_style_sheets_and_scripts_lose_what_no_browser_reads_and_texts_of_lines_stay():
    assert shrinking.style("/* a */\na, b > c {\n  d: e f;\n}\n") == "a,b>c{d:e f}\n"
    assert shrinking.script("// a\nif (b) {\n\n  c(); // d\n}\n") == "if (b) {\nc(); // d\n}\n"
    assert shrinking.script("a = `b\n  // c`;\n") == "a = `b\n  // c`;\n"

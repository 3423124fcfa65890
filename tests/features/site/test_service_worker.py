"""The endpoint of a site of files in a real browser, on a host that has the files and nothing else."""

import json
import shutil
from contextlib import contextmanager
from urllib.parse import quote

import pytest

from gbagraph.features.site import endpoint
from gbagraph.features.site.packing import packed
from gbagraph.settings import Settings
from support import ENDLESS, eventually, file_with
from support.browser import until
from support.static_host import StaticHost

pytestmark = pytest.mark.processes

BUILT = endpoint.BUILT
QUERY = "query=SELECT+*+%7B+%3Furn:x%3E+%3Furn:v%3E+?v+%7D".replace("%3Furn", "%3Curn")
GRAPHS = (
    "query=SELECT+%3Fv+%7B+%3Curn:x%3E+%3Curn:v%3E+%3Fv+"
    "OPTIONAL+%7B+GRAPH+%3Curn:g%3E+%7B+%3Fs+%3Fp+%3Fo+%7D+%7D+%7D"
)
ASKED = "fetch('{}sparql?{}', {{headers: {{Accept: 'text/csv'}}}})"
CONTROLLED = "navigator.serviceWorker.controller"
WITHOUT = "delete Navigator.prototype.serviceWorker"
DEAD = """navigator.serviceWorker.register = async () => ({});
const active = Object.assign(new EventTarget(), {postMessage() {}});
Object.defineProperty(navigator.serviceWorker, "ready", {value: Promise.resolve({active})})"""
SAW = """new MutationObserver(() => {
const asked = document.querySelector("main > [role=status]")?.textContent;
if (asked) self.saw = asked + document.getElementById("query")?.value;
}).observe(document, {childList: true, subtree: true})"""
LINE = "Opened as a file."
SCRIPT = "static/page.0123456789abcdef.js"


def page(root, main, script=b""):
    """A page as a site has them: with the script for all, and one of its own."""
    text = f"""<!doctype html><html lang="en"><head><title>Page</title>
<script defer src="{root}boot.js" data-root="{root}" data-file="{LINE}"
 data-asked="Asking:"></script>
<script type="module" src="{root}{SCRIPT}"></script></head>
<body><main id="main">{main}</main></body></html>"""
    return text.encode().replace(b"<head>", b"<head><script>" + script + b"</script>", bool(script))


class Site(StaticHost):
    """A site below a path, with one fact in it."""

    def publish(self, value):
        """Put a build of the site there, whose fact and pages tell *value*."""
        data = file_with(self.folder.parent / f"{value}.ttl", f'<urn:x> <urn:v> "{value}" .')
        for path, content in endpoint.files(Settings(data=(data,)), languages=["en"]):
            self.put(f"g/{path}", content)
        field = '<textarea id="query" name="query" rows="9"></textarea>'
        editor = f'<form id="ask">{field}<button>Run</button></form>'
        self.put("g/endpoint/completions.json.lzma", packed(b'["%s"]' % value.encode()))
        self.put("g/index.html", page("./", f'<h1>{value}</h1><a href="sparql/">Ask</a>'))
        self.put("g/sparql/index.html", page("../", f"<h1>{value}</h1>{editor}"))
        self.put(f"g/{SCRIPT}", b"window.runs = (window.runs ?? 0) + 1;")
        self.put("g/offline.html", page("./", '<h1>Unseen</h1><a href="sparql/">Ask</a>'))
        lost = page("./", '<a href="sparql/">Ask</a>', (BUILT / "lost.js").read_bytes())
        self.put("404.html", lost)

    @property
    def root(self):
        return f"{self.url}/g/"

    def asked_for(self, query=QUERY):
        return ASKED.format(self.root, query)


@pytest.fixture
def site(tmp_path):
    with Site(tmp_path / "files") as host:
        host.publish("first")
        yield host


@contextmanager
def tab_at(chromium, address, *scripts):
    """A tab in which *scripts* ran before those of the page."""
    with chromium.open("about:blank") as tab:
        for script in scripts:
            tab.before(script)
        tab.go(address)
        yield tab


def answer(tab, site, query=QUERY):
    return tab.value(f"{site.asked_for(query)}.then(answer => answer.text())")


def status(tab, site, query=QUERY):
    return tab.value(f"{site.asked_for(query)}.then(answer => answer.status)")


def says(value):
    return f"v\r\n{value}\r\n"


def heading(tab):
    return tab.value("document.querySelector('h1')?.textContent")


def test_a_question_in_the_address_is_answered_at_the_first_visit_and_at_others(chromium, site):
    with chromium.open(f"{site.root}sparql/?{QUERY}") as tab:
        until(tab, "document.querySelector('#answer')?.textContent.includes('first')")
        until(tab, CONTROLLED)
        # Scripts of the page did not run before it had its answer, nor twice.
        until(tab, "window.runs")
        assert tab.value("window.runs") == 1
        assert answer(tab, site) == says("first")
        names = f"fetch('{site.root}search/index.json').then(answer => answer.json())"
        assert tab.value(names) == ["first"]
        head = site.asked_for().replace("{headers", "{method: 'HEAD', headers")
        assert tab.value(f"{head}.then(answer => answer.status)") == 200
        many = f"Promise.all(Array.from({{length: 50}}, () => {site.asked_for()}))"
        assert tab.value(f"{many}.then(all => all.filter(({{ok}}) => ok).length)") == 50
        with chromium.open(f"{site.root}sparql/?{QUERY}") as other:
            assert "first" in other.value("document.getElementById('answer').textContent")
    assert sum(path.endswith(".js") and "sw" in path for path in site.asked) == 1
    assert sum("oxigraph" in path for path in site.asked) == 1


def test_all_that_was_seen_works_without_the_host(chromium, site):
    with chromium.open(site.root) as tab:
        assert answer(tab, site) == says("first")
        until(tab, CONTROLLED)
        tab.go(f"{site.root}sparql/")
        kept = "caches.match('../').then(Boolean)"
        assert eventually(lambda: tab.value(kept))
        site.__exit__()
        tab.go(site.root)
        until(tab, "window.runs")
        tab.go(f"{site.root}sparql?{QUERY}")
        assert "first" in tab.value("document.getElementById('answer').textContent")
        tab.go(f"{site.root}sparql")
        assert tab.value("location.pathname") == "/g/sparql/"
        tab.go(f"{site.root}not/seen/")
        assert heading(tab) == "Unseen"
        assert tab.value("document.querySelector('a').href") == f"{site.root}sparql/"
        site.__enter__()


def test_a_renewed_site_is_seen_at_once_and_never_mixed_with_what_it_was(chromium, site):
    with chromium.open(site.root) as tab:
        assert answer(tab, site) == says("first")
        until(tab, CONTROLLED)
        site.publish("second")
        assert answer(tab, site) == says("first"), "the engine has its data"
        # What this needs was not read before: all of it is of the new build.
        assert answer(tab, site, GRAPHS) == says("second")
        site.publish("third")
        tab.go(site.root)
        assert heading(tab) == "third"
        assert eventually(lambda: answer(tab, site) == says("third"))
        assert len(tab.value("caches.keys()")) == 1
        asked = [path for path in site.asked if "oxigraph" in path]
        assert len(asked) == 1, "the same engine is taken over"


def test_a_page_opened_as_a_file_says_what_it_cannot(chromium, site):
    with chromium.open((site.folder / "g/index.html").as_uri()) as tab:
        tab.click("document.querySelector('a')")
        until(tab, "location.href.endsWith('/sparql/index.html')")
        until(tab, "document.querySelector('.notice')")
        assert tab.value("document.querySelector('.notice').textContent") == LINE
        assert tab.value("document.querySelector('button')") is None


@pytest.mark.matrix
def test_a_service_worker_that_does_not_run_is_given_up(chromium, site):
    with tab_at(chromium, site.root, DEAD) as tab:
        assert answer(tab, site) == says("first")
        workers = "performance.getEntriesByType('resource').filter(({name}) => /sw.js/.test(name))"
        assert tab.value(f"{workers}.length") == 1


@pytest.mark.matrix
def test_a_window_without_service_workers_has_a_worker_of_its_page(chromium, site):
    with tab_at(chromium, f"{site.root}sparql/?{QUERY}", WITHOUT, SAW) as tab:
        until(tab, "document.querySelector('#answer')?.textContent.includes('first')")
        assert tab.value("self.saw") == "Asking:SELECT * { <urn:x> <urn:v> ?v }"
        sent = f"body: new URLSearchParams('{QUERY}'), headers: {{Accept: 'text/csv'}}"
        for method in ("POST", "QUERY"):
            posted = f"fetch('../sparql', {{method: '{method}', {sent}}})"
            assert tab.value(f"{posted}.then(answer => answer.text())") == says("first"), method
        assert (
            tab.value("fetch('../').then(a => a.text())")
            == page("./", '<h1>first</h1><a href="sparql/">Ask</a>').decode()
        )


@pytest.mark.matrix
@pytest.mark.parametrize("scripts", [(), (WITHOUT,)], ids=["service worker", "worker"])
def test_a_query_without_end_is_ended_and_others_are_answered(chromium, site, scripts):
    settings = site.folder / "g/endpoint/settings.json"
    told = json.loads(settings.read_text())
    told["limits"]["seconds"] = 1
    settings.write_text(json.dumps(told))
    with tab_at(chromium, site.root, *scripts) as tab:
        both = f"Promise.all([{site.asked_for(f'query={quote(ENDLESS)}')}, {site.asked_for()}])"
        assert tab.value(f"{both}.then(all => all.map(({{status}}) => status))") == [504, 200]


@pytest.mark.matrix
@pytest.mark.parametrize("path", ["default.json.lzma", "oxigraph.wasm.lzma", "worker.js.lzma"])
@pytest.mark.parametrize("scripts", [(), (WITHOUT,)], ids=["service worker", "worker"])
def test_a_file_that_is_half_there_is_an_error_until_it_is_whole(chromium, site, path, scripts):
    file = site.folder / "g/endpoint" / path
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    with tab_at(chromium, site.root, *scripts) as tab:
        assert status(tab, site) == 503
        file.write_bytes(whole)
        assert answer(tab, site) == says("first")


@pytest.mark.matrix
@pytest.mark.parametrize("folder", ["g/endpoint", "g"])
def test_a_site_whose_endpoint_is_gone_leaves_nothing_behind(chromium, site, folder):
    with chromium.open(site.root) as tab:
        assert answer(tab, site) == says("first")
        until(tab, CONTROLLED)
        shutil.rmtree(site.folder / folder)
        (site.folder / "g/sw.js").unlink(missing_ok=True)
        tab.go(site.root)
        registered = "navigator.serviceWorker.getRegistrations().then(all => all.length)"
        assert eventually(lambda: tab.value(registered) == 0)
        assert eventually(lambda: tab.value("caches.keys()") == [])


@pytest.mark.matrix
def test_what_is_kept_is_bounded(chromium, site):
    for number in range(520):
        site.put(f"g/{number}/index.html", b"<h1>%d</h1>" % number)
    with chromium.open(site.root) as tab:
        assert answer(tab, site) == says("first")
        until(tab, CONTROLLED)
        get = "fetch(`${n}/`, {headers: {Accept: 'text/html'}}).then(page => page.text())"
        tab.value(f"(async () => {{ for (let n = 0; n < 520; n++) await {get} }})()")
        keys = "caches.keys().then(([name]) => caches.open(name)).then(one => one.keys())"
        kept = f"{keys}.then(all => all.map(({{url}}) => url))"
        assert eventually(lambda: f"{site.root}519/" in tab.value(kept))
        assert eventually(lambda: len(tab.value(kept)) <= 500)
        assert f"{site.root}0/" not in tab.value(kept)


@pytest.mark.matrix
def test_the_page_for_what_is_not_found_leads_on_from_any_depth(chromium, site):
    with chromium.open(f"{site.root}no/such/thing") as tab:
        until(tab, "document.querySelector('a')")
        assert tab.value("document.querySelector('a').href") == f"{site.root}sparql/"


def test_what_is_loaded_is_small():
    """Bytes as they are sent; all of a first query is bounded where search is tested."""
    size = {path.name: path.stat().st_size for path in BUILT.iterdir()}
    assert size["boot.js"] <= 3072, "each page has it"
    assert size["sw.js"] <= 8192, "it is loaded after the first page"

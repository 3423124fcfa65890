"""What the templates write: links, escaped text, and nothing that a strict page refuses."""

import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import date
from importlib.resources import files
from itertools import pairwise

import pytest

import gbagraph.web
from gbagraph.features.pictures import charts, choose, links, maps, network, timeline
from gbagraph.features.pictures.links import Chain, Edge, Node, Step
from gbagraph.rdf.results import Value
from gbagraph.web import templating
from gbagraph.web.kinds import COLOURS, Family

HOSTILE = "\"><script>alert('1')</script><b onclick=x style=y>&amp;"
EVIL = Value(HOSTILE, "https://w3id.org/gbagraph/id/evil")
CODE = Value("code", "javascript:alert(1)")


def both(values):
    """A picture of each kind that shows these values."""
    nodes = [Node(value) for value in values]
    edges = [Edge(a.key, b.key, a.value.text) for a, b in pairwise(nodes)]
    places = [maps.Place(v, 113 + n, 23, basis="inferred") for n, v in enumerate(values)]
    moments = [timeline.Moment(v, date(2010, 1, 1), date(2012, 1, 5), "planned") for v in values]
    bars = [charts.Bar(v, n - 1.5, v.text) for n, v in enumerate(values)]
    dots = [charts.Point(v, n, n) for n, v in enumerate(values)]
    chains = [Chain(nodes[0], tuple(Step(n.value.text, n) for n in nodes[1:]))]
    draw = {
        "map": lambda width: maps.draw(places, width),
        "timeline": lambda width: timeline.draw(moments, width),
        "network": lambda width: network.draw(nodes, edges, width=width),
        "path": lambda width: links.draw_chains(chains, width),
        "chart": lambda width: charts.draw_bars(bars, width),
        "points": lambda width: charts.draw_points(dots, width, names=(HOSTILE, HOSTILE)),
    }
    families = {value.iri: Family(n % 3, value.text) for n, value in enumerate(values)}
    drawn = [choose.both(kind, found, title=kind) for kind, found in draw.items()]
    return [replace(each, families=families) for each in drawn]


def html(pictures):
    template = templating._environment("en").from_string(
        '{% from "drawing/picture.html" import picture %}'
        "{% for row in pictures %}{{ picture(row, '/prefix') }}{% endfor %}"
    )
    return template.render(pictures=pictures)


def tags(page):
    """The elements of a part of a page with their attributes; each is closed in its turn, as in XML."""
    return [(each.tag, each.attrib) for each in ET.fromstring(f"<div>{page}</div>").iter()]


SOME = [Value(f"thing {n}", f"https://w3id.org/gbagraph/id/thing-{n}") for n in range(4)]


def test_hostile_texts_are_texts():
    found = tags(html(both([EVIL, *SOME])))
    assert {tag for tag, _ in found} <= {
        *("svg", "g", "a", "title", "desc", "text", "line", "path", "rect", "circle"),
        *("div", "ul", "ol", "li", "p", "small", "details", "summary"),
    }
    assert not [key for _, keys in found for key in keys if key.startswith("on") or key == "style"]


def test_an_address_that_is_code_is_no_link():
    assert "javascript:" not in html(both([CODE, *SOME]))


@pytest.mark.parametrize("row", both(SOME), ids=lambda row: row.kind)
def test_every_item_links_to_its_page(row):
    linked = {found["href"] for tag, found in tags(html([row])) if tag == "a"}
    assert linked == {f"/prefix/id/thing-{n}" for n in range(4)}


@pytest.mark.parametrize("row", both(SOME), ids=lambda row: row.kind)
def test_drawings_are_groups_with_names_as_images_hide_their_links(row):
    svgs = [found for tag, found in tags(html([row])) if tag == "svg" and "viewBox" in found]
    drawings = [found for found in svgs if "drawing" in found.get("class", "")]
    assert len(drawings) == 2
    assert {found["role"] for found in drawings} == {"group"}
    (name,) = {found["aria-label"] for found in drawings}
    assert re.fullmatch(rf"{row.kind}: (\w+ of )?[1-9] \w+|{row.kind}: \w+ of 4 \w+", name)
    # A part of a drawing has no name of its own: it would be that of its first thing.
    assert all(
        found.get("role") == "none"
        for found in svgs
        if "aria-hidden" not in found and found not in drawings
    )


def test_each_family_has_its_colour_and_its_name_beside_it():
    for row in both(SOME):
        found = tags(html([row]))
        marks = {keys["class"] for _, keys in found if "mark" in keys.get("class", "").split()}
        keys = [
            keys["class"] for tag, keys in found if tag == "li" and "kind-" in keys.get("class", "")
        ]
        assert {"kind-1", "kind-2"} <= set(keys)
        assert not marks or any("kind-1" in each.split() for each in marks)


# --- The style sheet ---

CSS, SITE = (
    (files(gbagraph.web) / "static" / name).read_text() for name in ("drawing.css", "site.css")
)


def luminance(colour):
    full = "".join(c * 2 for c in colour) if len(colour) == 3 else colour
    parts = [int(full[n : n + 2], 16) / 255 for n in (0, 2, 4)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


SHADES = {
    name: both for name, *both in re.findall(r"--([a-z0-9-]+): light-dark\(#(\w+), #(\w+)\)", CSS)
}
KINDS = [
    both for _, *both in re.findall(r"\.kind-(\d+) \{ --kind: light-dark\(#(\w+), #(\w+)\)", SITE)
]


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_colours_can_be_told_from_the_page(scheme):
    page = SHADES["drawing-page"][scheme]
    texts = [SHADES["drawing-soft"], *KINDS]
    assert all(contrast(each[scheme], page) >= 4.5 for each in texts)
    assert contrast(SHADES["drawing-line"][scheme], page) >= 3


def test_each_family_has_a_colour_of_its_own_in_one_table():
    assert len({tuple(each) for each in KINDS}) == len(KINDS) == COLOURS + 1
    sheets = [
        each
        for folder in (files(gbagraph), files(gbagraph.features))
        for each in folder.rglob("*.css")
    ]
    tables = {each.name for each in sheets if re.search(r"\.kind-\d+ *\{", each.read_text())}
    assert tables == {"site.css"}


# --- In a browser ---


@pytest.fixture(scope="module")
def tab(tmp_path_factory, chromium):
    page = tmp_path_factory.mktemp("pictures") / "page.html"
    style = f"<style>body {{ margin: 16px; font: 16px/1.5 sans-serif }} {SITE}{CSS}</style>"
    head = '<!doctype html><html lang="en"><meta charset="utf-8">'
    view = '<meta name="viewport" content="width=device-width"><title>Pictures</title>'
    page.write_text(f"{head}{view}{style}{html(both(SOME))}")
    with chromium.open(page.as_uri()) as found:
        yield found


SHOWN = (
    "[...document.querySelectorAll('svg.drawing')].filter(svg => svg.getBoundingClientRect().width)"
)


@pytest.mark.processes
@pytest.mark.parametrize(("width", "kind"), [(360, "narrow"), (900, "narrow"), (1280, "wide")])
def test_one_drawing_of_each_is_shown_and_its_text_can_be_read(tab, width, kind):
    tab.resize(width, 800)
    assert tab.value(f"{SHOWN}.length") == 6
    assert tab.value(f"{SHOWN}.every(svg => svg.parentElement.className === 'picture-{kind}')")
    least = (
        f"Math.min(...{SHOWN}.flatMap(svg => [...svg.querySelectorAll('text')].map(text => "
        "parseFloat(getComputedStyle(text).fontSize) * svg.getScreenCTM().a)))"
    )
    assert tab.value(least) >= 11
    assert tab.value("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.processes
def test_links_in_drawings_take_the_focus(tab):
    links = f"{SHOWN}.map(svg => svg.querySelector('a'))"
    assert tab.value(f"{links}.every(link => (link.focus(), document.activeElement === link))")

"""Pages of things: facts once each and in groups, who says so, and what belongs to each kind."""

import html
import re
import time

import httpx
import pytest

from gbagraph.features.things.facts import noted
from gbagraph.web import templating
from support.inside import publishing
from support.serving import serving

_THEN = "\u203a"
PAGE = {"Accept": "text/html"}


def test_a_language_is_written_as_a_literal_whatever_it_has():
    assert noted('FILTER (?l = "en")', 'en" || "a" = "a') == r'FILTER (?l = "en\" || \"a\" = \"a")'


def text_of(html):
    without = re.sub(r"<script.*?</script>|<svg.*?</svg>", " ", html, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", without))


def row(html, name):
    """The values of the first key fact or line with this name."""
    return re.search(rf"<dt>(?:(?!</dt>).)*?\b{name}\b.*?</dd>", html, re.DOTALL)[0]


def table(html):
    """The folded table of all facts."""
    return html[html.index('<details id="all">') :]


@pytest.fixture(scope="module")
def knowledge_city(server):
    return server.page("/doc/id/knowledge-city")


def test_the_head_names_a_thing_in_its_languages(knowledge_city, server):
    assert "<h1>China-Singapore Guangzhou Knowledge City</h1>" in knowledge_city
    assert '<span lang="zh-hant">中新廣州知識城</span>' in knowledge_city
    chinese = server.page("/doc/id/knowledge-city", "zh")
    assert "<h1>中新广州知识城</h1>" in chinese
    assert ">启动</a>" in chinese


def test_a_path_leads_out_to_the_widest_place(server):
    path = re.search(r'<nav class="crumbs".*?</nav>', server.page("/doc/id/huangpu"), re.DOTALL)

    assert text_of(path[0]).split() == [
        *("In", "Guangzhou", _THEN),
        *("Greater", "Bay", "Area", _THEN, "China"),
    ]


def test_key_facts_come_first_with_their_marks(knowledge_city):
    """Numbers, then when it began, then who takes part; each mark opens passage, reason and proof."""
    keys = re.search(r'<dl class="keys">.*?</dl>', knowledge_city, re.DOTALL)[0]
    names = [text_of(each).split() for each in re.findall(r"<dt>(.*?)<code", keys)]
    travel, launch = row(keys, "travel time"), row(keys, "Launch")

    assert names[:3] == [["area"], ["travel", "time"], ["Launch"]]
    assert ["has", "partner"] in names
    assert knowledge_city.index(keys) < knowledge_city.index('<dl class="lines">')
    assert re.search(r'aria-label="inferred: [^"]*travel time', travel)
    assert "Read as said of the Knowledge City" in travel
    assert "/article/knowledge-city-1" in travel
    assert "/why?s=" in travel
    assert ">2010</a>" in launch
    assert 'aria-label="stated: ' in launch


def test_what_other_sources_say_stands_beside_the_number(knowledge_city):
    area = row(knowledge_city, "area")
    otherwise = text_of(area[area.index("⚠") :]).replace("&#39;", "'")

    assert "123 km²" in area
    assert "others: 178 km², 253 km²" in otherwise
    assert "People's Daily" in otherwise
    assert "more exactly: 30 June 2010" in row(knowledge_city, "Launch")
    assert "⚠" not in row(knowledge_city, "Launch")
    happened = text_of(row(knowledge_city, "What happened"))
    assert 0 < happened.index("more exactly: November 2018") < happened.index("Projects signed")


def test_what_others_say_of_one_of_several_values_stands_at_it(server):
    aims = text_of(row(server.page("/doc/id/new-infrastructure-plan"), "has aim"))
    plan = server.page("/doc/id/kc-master-plan")

    assert aims.index("others: Target: 80,000 5G base stations in all") < aims.index("Charging")
    assert "others add: 2020" in row(plan, "start")


def test_a_date_has_its_own_mark(server):
    """The appointment is stated, and its date inferred: what shows the date opens both."""
    page = server.page("/doc/id/blockchain-zone")
    for name in ("Appointment", "What happened"):
        said = row(page, name)
        assert re.search(r'aria-label="inferred: [^"]*, date May 2020"', said)
        assert "stated in" in said
        assert "last May" in said


def test_only_the_nearest_places_are_named_and_what_is_planned_is_told(server):
    page = server.page("/doc/id/baidu")

    assert "Guangdong" not in row(page, "involved in")
    assert "planned" in row(page, "cooperates in")


def test_values_that_rest_on_the_same_share_a_mark(knowledge_city):
    focus = row(knowledge_city, "focuses on")

    assert "Biomedicine" in focus
    assert focus.count("<summary") == 1
    assert focus.count(">Proof: ") == 4


def test_no_fact_is_told_twice(knowledge_city):
    lines = re.search(r'<dl class="lines">.*?</dl>', knowledge_city, re.DOTALL)[0]

    assert len(re.findall(r'href="/id/huangpu"', lines)) == 1  # also located in it, in a wider term
    assert "hasMember" not in lines  # the other end of member of
    assert "rdf:type" in table(knowledge_city)


def test_what_follows_from_the_other_end_has_its_evidence(server):
    by = re.search(r"developed by.*?</dd>", server.page("/doc/id/apollo-rd-centre"), re.DOTALL)[0]

    assert "Baidu" in by
    assert "inferred from" in by


def test_no_bound_is_told_to_be_stated(server):
    event = server.page("/doc/id/completion-xpeng-site")
    shown, folded = event.split('<details id="all">')
    earliest = re.search(r">earliest</a>.*?</tr>", folded, re.DOTALL)[0]

    assert "2022" in row(shown, "date")
    assert "from the words next year" in text_of(row(shown, "date"))
    assert "2022-01-01" not in shown
    assert "reckoned from the date" in earliest
    assert "stated" not in earliest
    for bound in re.findall(
        r">earliest</a>.*?</li>", server.page("/doc/article/knowledge-city-1"), re.DOTALL
    ):
        assert "reckoned from the date" in bound
        assert "stated" not in bound


def test_a_claim_is_a_sentence(server):
    claim = server.page("/doc/claim/baidu-develops-apollo-rd-centre")
    sentence = re.search(r"<h1.*?</h1>", claim, re.DOTALL)[0]

    assert text_of(sentence).split() == ["Baidu", "develops", "Apollo", "R&amp;D", "Centre"]
    assert '<dl class="lines">' not in claim
    assert re.search(
        "We infer this from .*, sentence 2: Said to be Baidu(&#39;|')s, in a possessive",
        text_of(claim),
    )


def test_a_paragraph_lists_all_facts_that_rest_on_it(server):
    paragraph = server.page("/doc/article/knowledge-city-3")
    query = "/queries/facts-of-paragraph?paragraph=art:knowledge-city-3&format=json"
    rows = server.client.get(query).json()["results"]["bindings"]
    told = set(re.findall(r'href="/(claim/[^"]*)"', paragraph))

    assert len(rows) > 40
    assert len(told) >= len(rows)
    for group in ("Who", "What", "How much"):
        assert f"<h3>{group}</h3>" in paragraph
    assert text_of(row(paragraph, "Baidu")).split("—")[1].split()[0] == "Apollo"
    assert ">○ inferred</summary>" in row(paragraph, "Baidu")
    assert "Publisher not known; from 2021, as we infer." in paragraph
    assert 'rel="prev" href="/article/knowledge-city-2"' in paragraph
    assert 'rel="next" href="/article/knowledge-city-4"' in paragraph
    assert "10 of 25" in paragraph


def test_a_document_lists_its_parts_in_reading_order(server):
    for path in ("id/article", "article/knowledge-city"):
        page = server.page(f"/doc/{path}")
        parts = re.search(r'<ol class="parts">.*?</section>', page, re.DOTALL)[0]
        assert re.findall(r'href="/article/knowledge-city-(\d)"', parts) == ["1", "2", "3", "4"]
        assert re.search(r"\d+ facts", parts)


def test_the_address_of_a_source_is_a_link_and_what_rests_on_it_is_told(server):
    source = server.page("/doc/id/source-china-pictorial-2018-06-06")

    assert '<a href="http://www.rmhb.com.cn/' in source
    assert 'aria-label="stated: ' in source.partition("What it says")[2]


def test_words_of_ours_are_marked_as_ours(server):
    """They are neither stated nor inferred, wherever it is told on what a fact rests."""
    paragraph = server.page("/doc/article/knowledge-city-3")
    summary, supports = paragraph.split("What it says", 1)
    chinese = server.page("/doc/article/knowledge-city-3", "zh")
    label = "Approval of the Knowledge City's master plan"
    proof = {"s": "id:approval-kc-master-plan", "p": "rdfs:label", "o": f'"{label}"@en'}

    assert "our words, from" in summary
    assert "○ our words" in supports
    assert "我们的措辞" in chinese
    assert "our words, from" in server.page("/why", **proof)
    assert server.client.get("/why", params=proof).json()["basis"] == "ours"


def test_queries_about_a_thing_are_a_click_away(knowledge_city, server):
    links = re.findall(r'href="(/queries/[^"]*knowledge-city[^"]*)"', knowledge_city)

    assert links
    for link in links[:3]:
        assert server.client.get(link.replace("&amp;", "&")).status_code == 200


def test_the_formats_are_in_the_head(knowledge_city):
    assert (
        '<link rel="alternate" type="text/turtle" href="/doc/id/knowledge-city.ttl"'
        in knowledge_city
    )


def test_what_needs_scripts_is_hidden_until_they_run(knowledge_city):
    buttons = re.findall(r'<button[^>]*class="copy"[^>]*>', knowledge_city)

    assert buttons
    assert all(" hidden" in button for button in buttons)


def test_there_is_no_way_to_report_unless_it_is_set(knowledge_city):
    assert "This is wrong" not in knowledge_city


@pytest.mark.parametrize(
    ("to", "address"),
    [
        (
            "https://git.example/t/issues/new",
            "https://git.example/t/issues/new?title=a+b&body=c%0A",
        ),
        (
            "https://git.example/t/issues/new?x=1",
            "https://git.example/t/issues/new?x=1&title=a+b&body=c%0A",
        ),
        (
            "https://lab.example/t/-/issues/new",
            "https://lab.example/t/-/issues/new?issue%5Btitle%5D=a+b&issue%5Bdescription%5D=c%0A",
        ),
        ("mailto:us@example.org", "mailto:us@example.org?subject=a%20b&body=c%0A"),
    ],
)
def test_a_report_is_filled_in(to, address):
    assert templating.report_address(to, "a b", "c\n") == address


@pytest.mark.processes
def test_each_page_and_each_mark_has_a_way_to_report_what_is_wrong():
    paths = ("id/baidu", "claim/baidu-develops-apollo-rd-centre", "article/knowledge-city-3")
    with publishing(report="https://git.example/issues/new") as shown:
        pages = [shown(f"/doc/{path}") for path in paths]

    for page in pages:
        outside = re.sub(r"<details.*?</details>", "", page, flags=re.DOTALL)
        assert len(re.findall(">This is wrong</a>", outside)) == 1
    links = [
        httpx.URL(each.replace("&amp;", "&"))
        for each in re.findall(r'"(https://git\.[^"]*)"', pages[0])
    ]
    (one,) = (link for link in links if "claim/baidu-develops-apollo" in link.params["body"])
    assert one.params["title"] == "Wrong: Baidu \u2013 develops \u2013 Apollo R&D Centre"
    assert "Dataset version: 0." in one.params["body"]


# --- Data of others ------------------------------------------------------------------------------

_HOUSE = """
@prefix ex: <http://ex.example/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix schema: <https://schema.org/> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
ex:liesIn rdfs:subPropertyOf schema:containedInPlace ; rdfs:label "lies in" ; owl:inverseOf ex:holds .
ex:holds rdfs:label "holds" .
[] a sh:PropertyShape ; sh:path [ sh:inversePath ex:of ] ; sh:name "Built from"@en , "Gebaut aus"@de .
ex:house ex:of ex:brick .
ex:house a ex:House ; rdfs:label "The house"@en , "Das Haus"@de ; schema:description "It is red."@en ;
    ex:liesIn ex:street ; ex:startOfWork "1920-05"^^xsd:gYearMonth ;
    ex:height [ schema:value 12 ; schema:unitText "m" ] .
ex:street rdfs:label "Long Street" ; ex:liesIn ex:town .
ex:town rdfs:label "Town" ; schema:latitude 52.1 ; schema:longitude 13.2 .
"""


house_server = serving(
    _HOUSE + "".join(f"ex:t{n} a ex:Thing ; ex:to ex:hub .\n" for n in range(2500))
)


def of_house(server, name, **more):
    return server.page("/doc", iri=f"http://ex.example/{name}", **more)


def test_the_data_of_others_have_the_same_pages(house_server):
    house = of_house(house_server, "house")

    assert '<span lang="de">Das Haus</span>' in house
    assert "It is red." in house
    assert text_of(row(house, "height")).split()[-2:] == ["12", "m"]
    assert "May 1920" in row(house, "start of work")
    assert ">start of work<" in house
    crumbs = re.search(r'<nav class="crumbs".*?</nav>', house, re.DOTALL)[0]
    assert text_of(crumbs).split() == ["In", "Long", "Street", _THEN, "Town"]
    assert "The point is that of" in house  # the town


def test_nothing_is_told_of_evidence_where_there_is_none(house_server):
    house = of_house(house_server, "house")

    for words in ("stated in", "inferred from", "/why?", "Other sources"):
        assert words not in house


def test_a_link_has_a_name_from_its_other_end(house_server, server):
    """By a shape whose path leads back, else as the inverse property; a few values stand in a line."""
    apollo, hub = server.page("/doc/id/apollo-rd-centre"), of_house(house_server, "hub")

    assert ">Included in</a>" in apollo
    assert ">列入</a>" in server.page("/doc/id/apollo-rd-centre", "zh")
    assert ">holds</a>" in of_house(house_server, "street")
    assert ">Built from</a>" in of_house(house_server, "brick")
    assert "Linked here by “to”" in hub
    assert 'href="#all">988 more</a>' in hub


def test_a_property_tells_what_is_said_with_it(house_server):
    for name, said in (("liesIn", "Long Street"), ("startOfWork", "May 1920")):
        assert said in text_of(of_house(house_server, name).partition("What is said with it")[2])


def test_what_has_many_links_has_pages(house_server):
    pages = [of_house(house_server, name, page=n) for name in ("hub", "Thing") for n in (1, 2, 3)]

    assert ['rel="next"' in each for each in pages] == [True, True, False] * 2
    assert 'rel="prev"' in pages[2]
    whole = {"iri": "http://ex.example/hub", "format": "nt"}
    assert len(house_server.client.get("/doc", params=whole).text.splitlines()) == 2500


@pytest.mark.alone
def test_a_page_takes_little_time(server):
    times = []
    for number in range(1, 6):
        started = time.perf_counter()
        server.page(f"/doc/id/knowledge-city?number={number}")
        times.append(time.perf_counter() - started)

    assert min(times) < 0.5


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/doc/id/assessment-knowledge-city-flagship", {"en": " flagship ", "zh": " 旗舰 "}),
        ("/doc/id/knowledge-city-travel-time", {"en": "read as by car", "zh": "理解为乘汽车"}),
        (
            "/doc/article/knowledge-city-2",
            {"en": "From the body's name.", "zh": "出自机构的名称。"},
        ),
    ],
)
def test_texts_and_notes_are_in_the_language_of_the_reader(server, address, said):
    """A value in several languages, the notes on a thing's facts, and those on a passage's."""
    for language in said:
        text = html.unescape(text_of(server.page(address, language)))
        assert [each in text for each in said.values()] == [each == language for each in said]

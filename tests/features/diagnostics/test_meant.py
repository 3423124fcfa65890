"""What is meant by a text, a name or a path that finds nothing is told, as the data has it."""

import tomllib
from functools import cache

import pyoxigraph as ox
import pytest

from gbagraph.features.diagnostics.diagnosis import Explainer
from support.corpus import FOLDER
from support.corpus_graphs import store_of

FILES = {"library": "eighth-politologist-library", "opaque": "eighth-hydrologist-opaque"}
FILES |= {"gba": "sixth-officer-gba"}
WDT = "PREFIX wdt: <http://www.wikidata.org/prop/direct/> "
WKT = """PREFIX geo: <http://www.opengis.net/ont/geosparql#>
PREFIX geof: <http://www.opengis.net/def/function/geosparql/>
"""


@cache
def explainer_of(graph):
    return Explainer(store_of(graph, 0))


def told(graph, query):
    content = tomllib.loads((FOLDER / f"{FILES[graph]}.toml").read_text("utf-8"))
    return explainer_of(graph).diagnose(f"{content['prefixes']} {query}")


@pytest.mark.parametrize(
    ("graph", "query", "said", "suggestion"),
    [
        # Wildcards
        (
            "library",
            'SELECT ?b { ?b dct:title "Rye*"@en }',
            '"Rye*"@en. STRSTARTS(STR(?text), "Rye") would find: "Rye and weather"@en.',
            'FILTER(STRSTARTS(STR(?text), "Rye"))',
        ),
        (
            "library",
            'SELECT ?b { ?b dct:title ?t FILTER(?t = "%canal%") }',
            'CONTAINS(LCASE(STR(?t)), "canal") would find: "The Canal Age".',
            'CONTAINS(LCASE(STR(?t)), "canal")',
        ),
        (
            "library",
            'SELECT ?b { ?b dct:title ?t FILTER(?t = "Canal*") }',
            'finds nothing. CONTAINS(LCASE(STR(?t)), "canal") would find:',
            "",
        ),
        (
            "library",
            'SELECT ?p { ?p foaf:name "J?nas Feld" }',
            "? stands for itself",
            'FILTER(REGEX(STR(?text), "^J.nas Feld$"))',
        ),
        # Searches
        (
            "library",
            'SELECT ?p { ?p foaf:name ?n FILTER(REGEX(?n, "^feld")) }',
            'and $ its end. REGEX(?n, "feld", "i") would find: "Jonas Feld".',
            "",
        ),
        (
            "opaque",
            'SELECT ?x { ?x kbt:P38 ?l FILTER(REGEX(?l, "Fl(2)")) }',
            'CONTAINS(LCASE(STR(?l)), "fl(2)") would find: "Fl(2) 10s", "Fl(2) 20s".',
            "",
        ),
        (
            "library",
            'SELECT ?c { ?c lib:shelfMark ?m FILTER(REGEX(?m, "(?<=386)THO")) }',
            "are not known in regular expressions here.",
            "",
        ),
        (
            "library",
            'SELECT ?c { ?c lib:shelfMark ?m FILTER(REGEX(?m, "*THO")) }',
            "repeat what stands before them; any text is .*",
            '"THO"',
        ),
        (
            "gba",
            'SELECT ?x { ?x rdfs:label ?l FILTER(CONTAINS(?l, "Knowledge city Guangzhou")) }',
            "A text is looked for as a whole, and not its words.",
            "",
        ),
        (
            "library",
            'ASK { ?p foaf:name "Una Thornbury" }',
            'with words of this text: "Una Vale", "Ada Thornbury", "Thomas Thornbury".',
            "",
        ),
        # Conditions
        (
            "gba",
            "SELECT ?x { ?x gba:status ?s FILTER(?s = !gba:Completed) }",
            "gba:Completed is neither true nor false",
            "?s != gba:Completed",
        ),
        (
            "gba",
            "SELECT ?x { ?x gba:inRegion ?r FILTER(?x = id:hong-kong || id:macau) }",
            "Each side of || is a condition of its own: ?x = id:macau.",
            "?x = id:macau",
        ),
        (
            "gba",
            "SELECT ?x { ?x gba:inRegion ?r FILTER(id:macau && ?x != id:hong-kong) }",
            "Each side of && is a condition of its own: ?x != id:macau.",
            "?x != id:macau",
        ),
        # What is bound inside, and not given
        (
            "library",
            'SELECT ?b { { SELECT ?b { ?b dct:title ?t } } FILTER(CONTAINS(?t, "a")) }',
            "the inner SELECT that binds it does not give it",
            "?b ?t",
        ),
        (
            "opaque",
            "SELECT ?a { ?a kbt:P27 ?p BIND(geof:distance(?p, ?p, <urn:x:Kilometer>) AS ?d) }",
            "<urn:x:Kilometer> is no unit of geometries",
            "uom:kilometre",
        ),
        (
            "library",
            "SELECT ?b { ?b a bibo:Book OPTIONAL { ?b dct:subject ?d } FILTER(!?d) }",
            "Whether it has a value is asked by !BOUND(?d).",
            "!BOUND(?d)",
        ),
        (
            "library",
            "SELECT ?c { ?c lib:barcode ?b FILTER(?b = 30322) }",
            "?b is never 30322",
            "xsd:integer(?b)",
        ),
        (
            "library",
            "SELECT ?b { ?b dct:issued ?d FILTER(?d > 1980) }",
            "does not compare with 1980",
            "xsd:integer(SUBSTR(STR(?d), 1, 4))",
        ),
        # Names
        (
            "library",
            "SELECT ?b ?a { ?b lib:author ?a }",
            "Names that are near in meaning are: dct:creator, dc:creator, bibo:authorList.",
            "",
        ),
        (
            "library",
            "SELECT ?l ?d { ?l lib:due_date ?d }",
            "Names that are near in meaning are: lib:dueOn,",
            "",
        ),
        (
            "library",
            "SELECT ?b { ?b a foaf:Agent }",
            "Classes here are, for example: foaf:Person, foaf:Organization,",
            "",
        ),
        (
            "gba",
            "SELECT ?x { ?x gba:locatedIn id:guangzhou-city }",
            "The values here are, for example: id:guangzhou,",
            "",
        ),
        ("opaque", WDT + "SELECT ?x { ?x wdt:P31 kb:Q5 }", 'P31 is "instance of"', "kbt:P2"),
        ("opaque", "SELECT ?x { ?x kbt:P569 ?n }", 'P569 is "date of birth"', "kbt:P18"),
        (
            "gba",
            WDT + "SELECT ?x { ?x wdt:P279 id:information-technology }",
            "Properties that fit here are, for example: gba:focusesOn,",
            "",
        ),
        (
            "gba",
            "SELECT ?z ?v { ?z a gba:City ; gba:area.gba:value ?v }",
            "What has gba:area/gba:value is of: gba:Zone,",
            "",
        ),
        # Paths
        (
            "library",
            "SELECT ?l ?t { ?l lib:loanOf/dct:title ?t }",
            "none of them has dct:title. They are of: lib:Copy.",
            "",
        ),
        (
            "library",
            "SELECT ?c ?t { ?c lib:copyOf/dct:title/rdfs:label ?t }",
            "none of them has rdfs:label. They are literals, which have no properties.",
            "",
        ),
        (
            "gba",
            "SELECT ?x { id:knowledge-city gba:sitePlace ?x }",
            "What has gba:sitePlace is of: gba:SitePlan.",
            "",
        ),
        (
            "library",
            'SELECT ?x { ?x lib:label "Central Library" }',
            "The data has no lib:label here. Names are values of foaf:name.",
            "foaf:name",
        ),
        (
            "gba",
            "SELECT ?x { ?x gba:status id:Ongoing }",
            "The nearest name is gba:Ongoing.",
            "gba:Ongoing",
        ),
        (
            "library",
            "SELECT ?l ?t { ?l a lib:Loan ; lib:loanOf/dct:title ?t ; lib:borrower ?b }",
            "none of them has dct:title. They are of: lib:Copy.",
            "",
        ),
        (
            "library",
            'SELECT ?b { ?b dct:publisher "Nordlicht" }',
            '"Nordlicht" is the name of org:nordlicht',
            "org:nordlicht",
        ),
        (
            "library",
            "SELECT ?b { ?b schema:address/schema:city ?c }",
            "for example: schema:addressLocality, schema:postalCode, schema:streetAddress.",
            "",
        ),
        (
            "library",
            'SELECT ?b { ?b dct:title ?t FILTER(REGEX(?t, "/orchard/i")) }',
            'around a regular expression. REGEX(?t, "orchard", "i") would find:',
            "",
        ),
        (
            "gba",
            'SELECT ?x { ?x gba:onDate ?d FILTER(?d >= "2020-01-01"^^xsd:date) }',
            "does not compare with",
            "YEAR(?d) >= 2020",
        ),
        ("gba", "SELECT ?x { ?x a gba:公司 }", "near in meaning are: gba:Company.", ""),
        (
            "gba",
            "SELECT ?x { ?x gba:focusesOn id:AI }",
            "The values here are, for example: id:artificial-intelligence,",
            "",
        ),
        (
            "gba",
            "SELECT ?x { ?x a gba:Project ; gba:startDate ?d }",
            "The nearest name is schema:startDate. What has schema:startDate is of:",
            "",
        ),
        (
            "gba",
            'SELECT ?x { ?x a "gba:City" }',
            "A name with a prefix stands without quotation marks: gba:City.",
            "gba:City",
        ),
        (
            "gba",
            'SELECT ?x { ?x ?p "广州市" }',
            "The nearest name is that of id:guangzhou.",
            "",
        ),
        (
            "gba",
            'SELECT ?x { ?x gba:hasSitePlan/gba:sitePlace/rdfs:label "Pazhou" }',
            'Some values are: "Pazhou Core Area"@en,',
            "",
        ),
        (
            "gba",
            'ASK { ?x a gba:Company ; rdfs:label "Huawei"@en }',
            'Here, rdfs:label of ?x is: "百度"@zh-hans',
            "",
        ),
        # Where there is nothing
        (
            "library",
            "SELECT ?p { ?l lib:borrower ?p } GROUP BY ?p HAVING (COUNT(?l) > 100)",
            "COUNT(?l) > 100 is true of nothing here. COUNT(?l) is: 6, 7.",
            "",
        ),
        (
            "gba",
            "SELECT ?e { ?e gba:published ?d FILTER(YEAR(?d) > 2030) }",
            "YEAR(?d) is 2014 to 2025.",
            "",
        ),
        (
            "gba",
            "SELECT ?x { ?x a gba:City MINUS { ?x rdfs:label ?l } }",
            "MINUS { ?x rdfs:label ?l } removes all solutions.",
            "",
        ),
        (
            "gba",
            "SELECT ?x { ?x a gba:City OPTIONAL { ?x gba:area ?a } FILTER(?a > 0) }",
            "?a has no value here.",
            "",
        ),
        (
            "gba",
            'SELECT ?x ?c { VALUES ?x { "Guangzhou" } ?x a gba:City ; gba:gbCode ?c }',
            '"Guangzhou" is a literal, which has no properties.',
            "id:guangzhou",
        ),
        (
            "opaque",
            'SELECT ?x { ?x kbt:P27 "POINT(59.31 -8.47)"^^geo:wktLiteral }',
            "the longitude first",
            '"POINT(-8.47 59.31)"^^geo:wktLiteral',
        ),
        (
            "gba",
            WKT + "SELECT ?p { ?p geo:hasGeometry/geo:asWKT ?w FILTER(geof:sfWithin(?w, "
            '"POLYGON((22 113, 23.5 113, 23.5 114.2, 22 114.2, 22 113))"^^geo:wktLiteral)) }',
            "the longitude first",
            '"POLYGON((113 22, 113 23.5, 114.2 23.5, 114.2 22, 113 22))"^^geo:wktLiteral',
        ),
        (
            "opaque",
            'SELECT ?x { ?x kbt:P11 "2019-08-01"^^xsd:date }',
            "A pattern matches only the very same literal",
            '"2019-08-01T00:00:00Z"^^xsd:dateTime',
        ),
        (
            "gba",
            'SELECT ?e { ?e gba:published ?d FILTER(?d = "20 December 2019") }',
            "and that is xsd:string.",
            '"2019-12-20"^^xsd:date',
        ),
        (
            "library",
            "SELECT ?n { ?b a bibo:Book ; dct:creator ?a . ?a rdfs:label ?n }",
            "12 more, with foaf:name and no rdfs:label, are left out.",
            "",
        ),
        (
            "library",
            "SELECT ?s { subj:science skos:narrower ?s }",
            "only the other way, with skos:broader: 1.",
            "",
        ),
        (
            "opaque",
            "SELECT ?x { ?x kbt:P31 kb:Q5 }",
            "In place of kbt:P31, these match here: kbt:P2 (instance of),",
            "",
        ),
        # Zeros and brackets
        (
            "library",
            'SELECT ?c { ?c lib:barcode "30322" }',
            'lib:barcode has "0030322": zeros in front are a part of it.',
            '"0030322"',
        ),
        (
            "library",
            "SELECT ?c { ?c lib:barcode 30322 }",
            "zeros in front are a part of it.",
            '"0030322"',
        ),
        (
            "gba",
            "SELECT ?b { ?b gba:builds <id:nansha-science-city> }",
            "a name with a prefix stands without them: id:nansha-science-city.",
            "id:nansha-science-city",
        ),
        # What only others have
        ("library", "SELECT ?b ?s { ?b dct:subject ?s }", "10 more, with dc:subject", ""),
    ],
)
def test_what_is_meant_is_told(graph, query, said, suggestion):
    found = [each for each in told(graph, query) if said in each.message]

    assert [each.suggestion for each in found] == [suggestion]


@pytest.mark.parametrize(
    ("graph", "query"),
    [
        ("library", "SELECT ?l { ?l lib:fine ?f FILTER(?f > 1 && BOUND(?f)) }"),
        ("library", 'SELECT ?b { ?b dct:title ?t FILTER(REGEX(?t, "^Rye")) }'),
        ("library", 'SELECT ?b { ?b dct:title ?t FILTER(CONTAINS(LCASE(?t), "canal age")) }'),
    ],
)
def test_what_finds_something_is_not_told_of(graph, query):
    assert [e.code for e in told(graph, query) if e.severity != "info"] == []


def test_of_a_name_that_is_not_there_its_comparison_says_no_more():
    found = told("gba", "SELECT ?x { ?x a gba:City FILTER(?x = id:Guangzhou) }")

    assert [each.code for each in found] == ["unknown-thing"]


def test_a_prefix_that_is_declared_twice_is_the_last():
    first = (
        "PREFIX gba: <http://e.example/other#> PREFIX gba: <https://w3id.org/gbagraph/ontology#> "
    )

    assert "gba:Town" in told("gba", first + "SELECT ?x { ?x a gba:Town }")[0].message


@pytest.mark.parametrize(
    ("graph", "query"),
    [
        ("gba", "SELECT ?x { ?x a gba:Project ; gba:locatedIn id:shenzhen }"),
        ("gba", "ASK { id:shenzhen gba:locatedIn id:guangzhou }"),
        ("gba", "SELECT ?c { ?c gba:involvedIn ?z ; gba:plannedIn ?z . ?z a gba:Zone }"),
        ("gba", "SELECT ?x { ?x a gba:Project ; gba:status gba:Completed }"),
    ],
)
def test_in_place_of_what_is_simply_not_there_nothing_is_told(graph, query):
    (found,) = (each for each in told(graph, query) if each.code == "no-solution")

    assert "these match" not in found.message


NEW = "<http://e.example/>"


@pytest.mark.parametrize(
    ("query", "said", "suggestion"),
    [
        ("{ ?x a ?c . ?c :in* :Tool }", "never together", ""),
        ("{ ?x o:quality ?q ; o:high ?h }", "It has quality, high in <http://e.example/>.", NEW),
        ('{ ?x :quality "Good" }', "most values of :quality are things", ":Good"),
        ("{ ?x :quality :good }", "The nearest name is :Good.", ":Good"),
        ("{ ?x :high ?h FILTER(?h > 900) }", "?h is 7 to 9, where it is a number.", ""),
        ("{ ?x :quality :Close }", "The values here are, for example: :Good, :Bad.", ""),
        ('{ ?x :shineMode "now" }', "Names that are near in meaning are: :shine.", ""),
    ],
)
def test_of_a_small_graph(query, said, suggestion):
    store = ox.Store()
    store.load(SMALL.encode(), format=ox.RdfFormat.TURTLE)

    found = Explainer(store).diagnose(f"{SMALL.splitlines()[0]} SELECT ?x {query}")

    assert [each.suggestion for each in found if said in each.message] == [suggestion]


SMALL = """PREFIX : <http://e.example/> PREFIX o: <urn:x-old:2009/>
:Saw :in :Tool . :Saw a :Kind . :Tool a :Kind . :b a :Bird .
:x :quality :Good ; :high 7 ; :shine "always" .
:y :quality :Good ; :high 9 . :z :quality :Bad ; :high 8 .
:v :quality "good" ; :high "low" ; :close :x ."""


@pytest.mark.parametrize(
    ("graph", "query", "noise"),
    [
        ("library", "SELECT ?b { ?b dct:subject subj:nowhere ; dct:title ?t }", "are left out."),
        (
            "library",
            'SELECT ?b { ?b dct:title ?t FILTER(REGEX(?t, "/rye/i")) }',
            "more things have",
        ),
        ("opaque", "SELECT ?x { ?x kbt:P30 42 }", "What the names stand for"),
        (
            "opaque",
            'SELECT (STRBEFORE(STRAFTER(STR(?w), "("), " ") AS ?lon) { ?x kbt:P27 ?w }',
            "longitude",
        ),
    ],
)
def test_beside_a_mistake_nothing_else_is_told(graph, query, noise):
    assert not any(noise in each.message for each in told(graph, query))


def test_of_properties_that_match_those_with_a_word_in_common_come_first():
    store = ox.Store()
    data = "".join(f":c{i} :object :t . " for i in range(9)) + ":c1 :hasAssociatedTag :t . "
    head = "PREFIX : <http://e.example/> "
    store.load(f"{head}{data}:x :hasTag :y .".encode(), format=ox.RdfFormat.TURTLE)
    found = Explainer(store).diagnose(f"{head}SELECT ?c {{ ?c :hasTag :t }}")

    assert any("these match here: :hasAssociatedTag, :object." in each.message for each in found)

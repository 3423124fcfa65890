"""What readers see of the data has its Chinese, which goes with the English of today."""

import re
import runpy
from collections import defaultdict

import pyoxigraph as ox
import pytest

from gbagraph.dataset.identity import TRANSLATIONS
from gbagraph.paths import resource
from gbagraph.rdf.namespaces import expand, graph_iri

SCRIPT = runpy.run_path(str(resource("scripts", "translations.py")))
SHOWN = {
    *(expand(f"rdfs:{name}") for name in ("label", "comment")),
    *(expand(f"ev:{name}") for name in ("note", "resolves")),
    *(expand(f"gba:{name}") for name in ("judgement", "era", "genre", "travelMode")),
    *(expand(f"skos:{name}") for name in ("prefLabel", "definition", "scopeNote")),
    *(expand(name) for name in ("dcterms:description", "dc:rights")),
}
"""The properties with words of ours that pages show to all."""
COMPUTED = re.compile(r"/dataset/\d[^/]*$")
"""What is described at load, in English."""


@pytest.fixture(scope="module")
def table():
    return SCRIPT["table"]()


def languages(store, graphs):
    """The languages of what *graphs* say, by subject and property."""
    found = defaultdict(set)
    for graph in graphs:
        for quad in store.quads_for_pattern(None, None, None, graph):
            if isinstance(quad.object, ox.Literal) and quad.object.language:
                found[quad.subject, quad.predicate.value].add(quad.object.language)
    return found


@pytest.mark.parametrize("name", ["", "differing", "meta"])
def test_what_is_shown_in_english_is_there_in_chinese(graph, name):
    place = ox.NamedNode(graph_iri(name)) if name else ox.DefaultGraph()
    left = {
        (subject.value, predicate)
        for (subject, predicate), tags in languages(graph.store, [place]).items()
        if predicate in SHOWN and "en" in tags and not {"zh-hans", "zh-hant"} <= tags
        if not COMPUTED.search(subject.value)
    }

    assert not left


def test_the_graph_is_what_the_table_says_today():
    """A text that has changed has no row, and its Chinese goes."""
    assert resource("data", "translations.ttl").read_text("utf-8") == SCRIPT["translated"]()


def test_each_row_translates_a_text_of_today(table):
    assert set(table) <= {text for _, text in SCRIPT["english"]()}


def test_rows_are_in_order_each_in_its_characters(table):
    only_simplified = set("广区发规划试验链据门东业网镇综产设么说这为来个与时计应")
    assert list(table) == sorted(table)
    for english, (simplified, traditional) in table.items():
        assert not only_simplified & set(traditional), english
        assert re.search(r"[\u4e00-\u9fff]", simplified), english
        assert set(re.findall(r"\d+", simplified)) == set(re.findall(r"\d+", traditional)), english


def test_nothing_has_two_translations_in_a_script(graph):
    names = {expand("rdfs:label"), expand("rdfs:comment"), expand("ev:note")}
    found = defaultdict(list)
    for quad in graph.store.quads_for_pattern(None, None, None, ox.DefaultGraph()):
        if quad.predicate.value in names and isinstance(quad.object, ox.Literal):
            found[quad.subject, quad.predicate, quad.object.language].append(quad.object.value)

    several = {key: values for key, values in found.items() if len(values) > 1}
    assert not {key for key in several if (*key[:2], "en") not in several}


def test_a_translation_rests_on_what_is_said_of_its_graph(graph):
    proof = graph.why("art:title", "rdfs:label", '"标题"@zh-hans')

    assert proof.basis == "ours"
    assert proof.graphs == (TRANSLATIONS.value,)
    assert graph_iri("article") in proof.paragraphs

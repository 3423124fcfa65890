"""Explanations in Chinese: whatever is said of the queries of strangers has no English sentence."""

import re

import pytest
from naive_tables import TABLES, explainer_of, prefixes_of, table, whole

import gbagraph
from gbagraph.features.diagnostics.diagnosis import Explainer, text
from gbagraph.sparql import message
from gbagraph.sparql.message import Message, catalogue
from support.corpus import corpus
from support.corpus_graphs import LOCAL, store_of
from support.sentences import english, templates

CHINESE = "zh-Hans"
TEMPLATES = templates().keys()


@pytest.fixture
def met(monkeypatch):
    """The templates of the messages that are told."""
    met, told = set(), Message.text

    def noted(self, language):
        met.update(template for template, _ in self.sentences)
        return told(self, language)

    monkeypatch.setattr(Message, "text", noted)
    return met


def _in_english(explainer, queries):
    """What is said in English of queries that stands neither in the query nor in the data."""
    data = "\n".join(each.object.value for each in explainer.store if each.object.value)
    for query in queries:
        for each in explainer.diagnose(query, language=CHINESE):
            said = english(f"{each.message} {each.suggestion}" if not each.query else each.message)
            yield from ((query[-200:], text) for text in said if text not in f"{query}\n{data}")


each_sixteenth = pytest.mark.parametrize("step", [16, pytest.param(1, marks=pytest.mark.matrix)])


@each_sixteenth
@pytest.mark.parametrize("graph", LOCAL)
def test_of_queries_of_strangers(graph, step, met):
    queries = [each.text for each in corpus() if each.graph == graph][::step]

    assert list(_in_english(Explainer(store_of(graph, 0)), queries)) == []
    assert met <= TEMPLATES


@each_sixteenth
@pytest.mark.parametrize("name", TABLES)
def test_of_naive_queries(name, step, met):
    queries = [whole(each.query, prefixes_of(name)) for each in table(name)][::step]

    assert list(_in_english(explainer_of(name), queries)) == []
    assert met <= TEMPLATES


def test_a_sentence_without_translation_is_seen(monkeypatch):
    words = dict(catalogue(CHINESE))
    del words["The data has no class %(name)s."]
    monkeypatch.setattr(message, "catalogue", lambda _: words)

    ((_, said),) = _in_english(Explainer(gbagraph.open().store), [WRONG])

    assert said.startswith("The data has no class")


WRONG = "PREFIX gba: <https://w3id.org/gbagraph/ontology#>\nSELECT ?x { ?x a gba:Zones }"
RIGHT = "SELECT ?c { ?c ?p ?o OPTIONAL { ?c ?o ?x } FILTER(?o = 1) }"


def test_the_text_for_people():
    explainer = Explainer(gbagraph.open().store)
    wrong, right = (explainer.diagnose(q, language=CHINESE) for q in (WRONG, RIGHT))
    told = text(wrong, CHINESE).decode()

    assert told.startswith("2:18 错误 unknown-class: 数据中没有类 gba:Zones")
    assert f"{catalogue(CHINESE)['Repaired:']}\n{wrong[0].query}\n" in told
    assert told.endswith("\n  ?x a gba:Zones  1 → 0\n")
    assert text(right, CHINESE).decode().startswith("名称和形式上没有发现错误")
    assert re.search("为真 [0-9]+、为假 [0-9]+、出错 [0-9]+", text(right, CHINESE).decode())

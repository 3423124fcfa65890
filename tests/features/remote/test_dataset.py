"""A store that is asked over the protocol: what engines write, and what is asked at once."""

from io import BytesIO

import pyoxigraph as ox
import pytest

from gbagraph.errors import DatasetError, EngineUnsupported, LoadFailed
from gbagraph.features.remote.dataset import Elsewhere
from gbagraph.features.remote.questions import Question
from gbagraph.features.remote.source import described

A, B, P, Q, G, H = (ox.NamedNode(f"urn:{name}") for name in "abpqgh")
QUADS = (
    ox.Quad(A, P, B),
    ox.Quad(A, P, B, G),
    ox.Quad(A, P, ox.Literal("x"), G),
    ox.Quad(A, Q, A, H),
    ox.Quad(B, P, A, H),
)
FORMS = (
    *((s, p, o) for s in (A, B) for p in (P, Q) for o in (A, B)),
    *((s, None, None) for s in (A, B)),
    *((None, p, A) for p in (P, Q)),
    (A, P, None),
    (None, None, B),
)


class Reply(BytesIO):
    media_type = "application/sparql-results+json"


class Engine:
    """An engine that keeps the questions that it is asked; it *heeds* the graphs of a request or not."""

    def __init__(self, store, *, heeds=True):
        self.asked = []
        self._store, self._heeds = store, heeds

    def __call__(self, question):
        self.asked.append(question)
        graphs = {"default_graph": question.default_graphs, "named_graphs": question.named_graphs}
        given = {name: list(map(ox.NamedNode, each)) for name, each in graphs.items() if each}
        found = self._store.query(question.text, **given if self._heeds else {})
        return Reply(found.serialize(format=ox.QueryResultsFormat.JSON))


@pytest.fixture
def held():
    store = ox.Store()
    store.extend(QUADS)
    return store


def says(*documents):
    """A store over an engine that answers with these documents."""
    left = list(map(str.encode, documents))
    return Elsewhere(lambda _: Reply(left.pop(0)))


def rows(head, bindings, end="}"):
    return f'{{"head": {head}, "results": {{"bindings": [{bindings}]}}{end}'


BNODE = '{"s": {"type": "bnode", "value": "nodeID://b10"}}'
FIGURES = ',\n"metadata": { "httpRequests": 23 }}\n'
VARS = '{"vars": ["s"]}'


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (rows(VARS, '{"s": {"type": "uri", "value": "urn:a"}}', FIGURES), [A]),
        (rows("{}", "\n", FIGURES), []),
        (rows(VARS, BNODE), [ox.BlankNode("b10")]),
        (rows(VARS, ",".join([BNODE] * 300), FIGURES), [ox.BlankNode("b10")] * 300),
        (
            rows(VARS, '{"s": {"type": "literal", "value": "]},\\"metadata\\":{}}"}}', FIGURES),
            [ox.Literal(']},"metadata":{}}')],
        ),
    ],
)
def test_what_engines_write_and_the_parser_refuses_is_mended(document, expected):
    assert [row[0] for row in says(document).query("SELECT ?s {}")] == expected


@pytest.mark.parametrize(("value", "expected"), [("1", True), ("0", False)])
def test_a_row_with_a_number_is_the_answer_to_ask(value, expected):
    cell = (
        f'{{"__ASK_RETVAL": {{"type": "typed-literal", "datatype": "urn:i", "value": "{value}"}}}}'
    )
    found = says(rows('{"vars": ["__ASK_RETVAL"]}', cell)).query("ASK {}")

    assert isinstance(found, ox.QueryBoolean)
    assert bool(found) is expected


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("graph", [None, ox.DefaultGraph(), G, H])
def test_what_was_asked_for_at_once_is_what_the_store_has(held, form, graph):
    engine = Engine(held)
    store = Elsewhere(engine)
    expected = set(held.quads_for_pattern(*form, graph))

    assert set(store.quads_for_pattern(*form, graph)) == expected
    store.begin_job()
    store.prefetch_forms(FORMS)
    engine.asked.clear()
    assert set(store.quads_for_pattern(*form, graph)) == expected
    assert not engine.asked


def test_forms_of_the_same_shape_are_one_question(held):
    engine = Engine(held)
    store = Elsewhere(engine)

    store.prefetch_forms(FORMS)
    store.prefetch_forms(FORMS)
    store.prefetch([A, B], [P])

    assert len(engine.asked) == 5


def test_a_blank_node_is_not_asked_for_at_once(held):
    engine = Engine(held)

    Elsewhere(engine).prefetch_forms([(ox.BlankNode("b"), P, None)])

    assert not engine.asked


def test_a_graph_can_be_the_default_graph_and_is_then_no_named_graph(held):
    store = Elsewhere(Engine(held))
    description = described(store, ["urn:engine"], "1", H.value)

    assert description.default_graph == 2
    assert set(description.graphs) == {G.value}
    assert set(store.quads_for_pattern(None, None, None, ox.DefaultGraph())) == {
        ox.Quad(A, Q, A),
        ox.Quad(B, P, A),
    }
    assert list(store.named_graphs()) == [G]
    with pytest.raises(DatasetError):
        described(Elsewhere(Engine(held)), ["urn:engine"], "1", "urn:none")


@pytest.mark.parametrize("heeds", [True, False])
def test_an_engine_that_passes_over_the_graphs_of_a_request_is_found_out(held, heeds):
    held.remove(QUADS[0])  # so that its default graph has another size
    store = Elsewhere(Engine(held, heeds=heeds))
    described(store, ["urn:engine"], "1")

    assert store.takes_datasets is heeds
    if heeds:
        assert len(list(store.query("SELECT * { ?s ?p ?o }", default_graph=[H]))) == 2
    else:
        with pytest.raises(EngineUnsupported):
            store.query("SELECT * { ?s ?p ?o }", default_graph=[H])


@pytest.mark.parametrize(
    ("text", "accept"),
    [
        ("SELECT * {}", "application/sparql-results+json"),
        ("# CONSTRUCT\nBASE <urn:CONSTRUCT> ASK {}", "application/sparql-results+json"),
        ("PREFIX describe: <urn:x> construct WHERE {}", "application/n-triples"),
        ("BASE <urn:select> DESCRIBE <x>", "application/n-triples"),
    ],
)
def test_a_graph_is_only_asked_for_where_the_query_makes_one(text, accept):
    assert Question(text).accept.partition(",")[0] == accept


def test_an_engine_that_does_not_find_what_it_has_just_given_is_not_used(held):
    """As Comunica, which asks the default graph of a source for what is in a named one."""
    engine = Engine(held)

    def loses(question):
        lost = question.text.replace(f"GRAPH {H}", "") if "ASK" in question.text else question.text
        return engine(Question(lost))

    described(Elsewhere(engine), ["urn:engine"], "1")
    with pytest.raises(LoadFailed, match="loses triples: it gives one of the graph urn:h"):
        described(Elsewhere(loses), ["urn:engine"], "1")

"""Rows are counted in what the engine writes, wherever it is cut."""

import io
from itertools import pairwise

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gbagraph.engine.worker import Tally
from gbagraph.rdf.result_formats import SOLUTIONS, results_json
from gbagraph.sparql.negotiation import by_name
from support.soak import examples

TEXTS = st.text(alphabet='"\\\\{}[],:\n\r<>result/ \tä', max_size=12) | st.text(max_size=5)
LITERALS = st.builds(ox.Literal, TEXTS) | st.builds(
    lambda text: ox.Literal(text, language="en"), TEXTS
)
IRIS = st.just(ox.NamedNode("urn:a"))
TERMS = st.none() | IRIS | LITERALS | st.builds(ox.Triple, IRIS, IRIS, LITERALS)
WRITTEN = {name: by_name(name, SOLUTIONS).engine for name in ("srj", "srx", "csv", "tsv")}


@st.composite
def answers(draw):
    """Columns, rows of terms, and places at which to cut what is written."""
    names = draw(st.sampled_from([(), ("x",), ("x", "vars"), ("x", "value", "head")]))
    rows = draw(st.lists(st.tuples(*[TERMS for _ in names]), max_size=6))
    return names, rows, draw(st.lists(st.integers(0, 2000), max_size=30))


@pytest.mark.parametrize("extension", WRITTEN)
@settings(max_examples=examples(30))
@given(answers())
def test_rows_are_counted_wherever_the_text_is_cut(extension, answer):
    names, rows, cuts = answer
    found = ox.parse_query_results(
        b"".join(results_json(names, rows)), format=ox.QueryResultsFormat.JSON
    )
    text = found.serialize(format=WRITTEN[extension].serializer)
    tally, kept = Tally(scans=True), io.BytesIO()
    file = tally.through(kept, WRITTEN[extension].counter())
    for start, end in pairwise([0, *sorted(cuts), max([len(text), *cuts])]):
        file.write(text[start:end])
    assert kept.getvalue() == text
    assert tally.rows == len(rows), text


def test_items_are_counted_as_they_pass():
    tally = Tally(scans=False)
    assert tally.rows is None
    assert list(tally.of("abc")) == ["a", "b", "c"]
    assert tally.rows == 3

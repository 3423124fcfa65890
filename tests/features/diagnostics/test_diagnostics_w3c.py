"""No false alarm on the W3C's queries, each asked of its own data."""

from collections import defaultdict

import pyoxigraph as ox
import pytest

from conformance import suite
from gbagraph.features.diagnostics.diagnosis import Explainer

FOLDER = suite.root()
if FOLDER is None:
    pytest.skip(
        "the W3C's suites are not here: name their folder by W3C_TESTS", allow_module_level=True
    )


ON_PURPOSE = {
    "agg-err-01.rq": {"aggregate-of-things", "order-of-mixed-kinds"},
    "date-3.rq": {"comparison-drops-values"},
    "plus-2-corrected.rq": {"arithmetic-of-other"},
    "strafter02.rq": {"text-function-of-other"},
    "strbefore02.rq": {"text-function-of-other"},
    "strdt01.rq": {"expression-in-error"},
    "strlang01.rq": {"expression-in-error"},
}
"""Queries that are asked to see that something is an error, with the codes of what is told of it."""


def _store(data: suite.Data) -> ox.Store:
    store = ox.Store()
    places = [(path, ox.DefaultGraph()) for path in data.default]
    places += [(path, ox.NamedNode(name)) for name, path in data.named]
    for path, graph in places:
        found = ox.RdfFormat.from_extension(path.suffix.lstrip("."))
        target = {} if path.suffix in (".trig", ".nq") else {"to_graph": graph}
        store.load(path=str(path), format=found, base_iri=path.as_uri(), **target)
    return store


def _cases():
    for test in suite.collect(FOLDER).tests:
        if test.kind == suite.EVALUATION and test.query is not None:
            text = test.query.read_text(encoding="utf-8")
            if "SERVICE" not in text.upper():
                yield test, text


def _rows(store: ox.Store, text: str, base: str) -> list[object]:
    found = store.query(text, base_iri=base)
    return [found] if isinstance(found, ox.QueryBoolean) and found else list(found or ())


@pytest.mark.slow
def test_no_warning_on_a_query_that_is_answered():
    asked, alarms = 0, defaultdict(set)
    for test, text in _cases():
        base = f"{suite.BASE}{test.group}/{test.query.name}"
        try:
            store = _store(test.data)
            has_rows = bool(_rows(store, text, base))
        except (OSError, SyntaxError, ValueError, RuntimeError):
            continue
        if has_rows:
            asked += 1
            query = text if "BASE" in text.upper() else f"BASE <{base}>\n{text}"
            found = Explainer(store).diagnose(query)
            for each in found:
                if each.severity != "info":
                    alarms[test.query.name].add(each.code)

    assert asked > 400
    assert alarms == ON_PURPOSE

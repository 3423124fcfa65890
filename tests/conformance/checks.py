"""Whether one test passes: send its query to a running server and judge the answer."""

import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, Final

import pyoxigraph as ox

from conformance import protocol, results
from conformance.data import Parameters
from conformance.servers import Answer, Running
from conformance.suite import (
    BASE,
    DESCRIPTION,
    EVALUATION,
    NEGATIVE,
    POSITIVE,
    PROTOCOL,
    Failed,
    Test,
)
from gbagraph.features.testing.assertion import report
from gbagraph.features.testing.cells import Table, number
from gbagraph.features.testing.comparison import Order, differ

Rewrite = Callable[[str], str]

_AS_WRITTEN: Final = ox.NamedNode("urn:gbagraph:as-written")
_NEEDS_OTHERS: Final = re.compile(r"\bSERVICE\b|(?:>|:\w+)\s*\(", re.IGNORECASE)
"""A query that calls another endpoint, or (perhaps) a function that the server does not know."""


def check(test: Test, server: Running, parameters: Parameters, rewrite: Rewrite = str) -> bool:
    """Run *test* against *server*, which holds its dataset; *parameters* select that there.

    The answer is whether numbers had to be compared by their values for the test to pass.

    Raises:
        Failed: the server does not do what the test expects.
        ServerError: no answer came.
        ValueError: the test, or the answer, is in a form that cannot be read.
    """
    if test.kind == EVALUATION:
        return _evaluation(test, server, parameters, rewrite)
    if test.kind in (POSITIVE, NEGATIVE):
        _syntax(test, server.ask(test.text, "*/*", parameters))
    elif test.kind in (PROTOCOL, DESCRIPTION):
        protocol.check(test, server)
    else:
        raise Failed(f"a test of the unknown kind {test.kind!r}")
    return False


def _evaluation(test: Test, server: Running, parameters: Parameters, rewrite: Rewrite) -> bool:
    if test.result is None:
        raise Failed("the manifest names no result")
    expected = results.expected(test.result, f"{BASE}{test.group}/{test.result.name}", rewrite)
    # Parameters take precedence over FROM, so a query with FROM is sent without any.
    chosen = () if test.names_its_dataset else parameters
    answer = server.ask(rewrite(test.text), expected.media_type, chosen)
    if answer.status != 200:
        raise Failed(f"status {answer.status}: {_excerpt(answer)}")
    if answer.media_type != expected.media_type:
        raise Failed(f"asked for {expected.media_type}, got {answer.media_type or 'no type'}")
    return compared(test, expected, results.read(answer.body, answer.media_type))


def compared(test: Test, expected: results.Expected, actual: Table) -> bool:
    """Compare by term, then with numbers by value, unless the test needs them as they are."""
    order: Order = "ordered" if expected.ordered else "set" if test.lax else "bag"
    compare = partial(differ, order=order, numeric="term", prefixes={})
    difference = compare(*map(_as_written, (expected.table, actual)))
    if difference is None:
        return False
    if test.exact or compare(expected.table, actual):
        raise Failed(report(difference, {}))
    return True


def _as_written(table: Table) -> Table:
    """Return the table with each number as a literal that is compared by how it is written."""
    return replace(table, rows=tuple(tuple(map(_written, row)) for row in table.rows))


def _written(term: Any) -> Any:
    if isinstance(term, ox.Triple):
        return ox.Triple(*map(_written, term))
    is_number = isinstance(term, ox.Literal) and number(term) is not None
    return ox.Literal(str(term), datatype=_AS_WRITTEN) if is_number else term


def _syntax(test: Test, answer: Answer) -> None:
    # A legal query may need what is not there: that is no fault of its syntax.
    refused = answer.status in (403, 500, 501, 502) or b"/unsupported-function" in answer.body
    lacks_others = refused and _NEEDS_OTHERS.search(test.text)
    if test.kind == NEGATIVE and answer.status != 400:
        raise Failed(f"an illegal query got status {answer.status}: {_excerpt(answer)}")
    if test.kind == POSITIVE and answer.status != 200 and not lacks_others:
        raise Failed(f"a legal query got status {answer.status}: {_excerpt(answer)}")


def _excerpt(answer: Answer) -> str:
    return " ".join(answer.body[:300].decode(errors="replace").split())

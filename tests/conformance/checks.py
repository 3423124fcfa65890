"""Whether one test passes: send its query to a running server and judge the answer."""

import re
from collections.abc import Callable
from typing import Final

from conformance import compare, protocol, results
from conformance.data import Parameters
from conformance.outcome import Failed
from conformance.servers import Answer, Running
from conformance.suite import BASE, DESCRIPTION, EVALUATION, NEGATIVE, POSITIVE, PROTOCOL, Test

Rewrite = Callable[[str], str]


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
    if test.kind == POSITIVE:
        _legal(test, server, parameters)
    elif test.kind == NEGATIVE:
        _illegal(test, server, parameters)
    elif test.kind == PROTOCOL:
        protocol.check_requests(test, server)
    elif test.kind == DESCRIPTION:
        protocol.check_description(test, server)
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
    return _compared(test, expected.result, results.read(answer.body, answer.media_type))


def _compared(test: Test, expected: results.Result, actual: results.Result) -> bool:
    """Compare by term, then with numbers by value, unless the test needs them as they are."""
    found = compare.difference(expected, actual, lax=test.lax)
    if found is None:
        return False
    if test.exact or compare.difference(
        compare.by_value(expected), compare.by_value(actual), lax=test.lax
    ):
        raise Failed(found)
    return True


def _legal(test: Test, server: Running, parameters: Parameters) -> None:
    answer = server.ask(test.text, "*/*", parameters)
    # A legal query may need what is not there: that is no fault of its syntax.
    refused = answer.status in (403, 500, 501, 502) or b"/unsupported-function" in answer.body
    lacks_others = refused and _NEEDS_OTHERS.search(test.text)
    if answer.status != 200 and not lacks_others:
        raise Failed(f"a legal query got status {answer.status}: {_excerpt(answer)}")


def _illegal(test: Test, server: Running, parameters: Parameters) -> None:
    answer = server.ask(test.text, "*/*", parameters)
    if answer.status != 400:
        raise Failed(f"an illegal query got status {answer.status}: {_excerpt(answer)}")


def _excerpt(answer: Answer) -> str:
    return " ".join(answer.body[:300].decode(errors="replace").split())

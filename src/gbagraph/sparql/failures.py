"""What pyoxigraph raises for a query, as errors of this package."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from gbagraph.errors import (
    EvaluationError,
    GbaGraphError,
    NotAcceptable,
    ServiceNotAllowed,
    UnsupportedFunction,
)
from gbagraph.sparql.diagnostics import syntax_error

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def translated_errors(query: str) -> Iterator[None]:
    """Translate what pyoxigraph raises while it parses or evaluates *query*, or writes its answer.

    Raises:
        RequestError: the query is not valid, or asks for what there is not.
        EvaluationError: its evaluation failed.
    """
    try:
        yield
    except SyntaxError as problem:
        raise syntax_error(query, str(problem)) from None
    except BrokenPipeError:
        raise
    except (OSError, RuntimeError, ValueError) as problem:
        raise _error(problem) from None


def _error(problem: Exception) -> GbaGraphError:
    """The error that an exception of pyoxigraph means."""
    complaint = str(problem)
    if "RDF 1.2" in complaint:
        return NotAcceptable(
            f"The result cannot be written in this format: {complaint}. Ask for Turtle or N-Triples.",
            available=["text/turtle", "application/n-triples", "application/trig"],
        )
    if "custom function" in complaint:
        return UnsupportedFunction(
            f"{complaint}. Beside the functions of SPARQL itself there are those that the service "
            "description names with sd:extensionFunction."
        )
    if isinstance(problem, OSError) or "service name" in complaint:
        return ServiceNotAllowed.of_query()
    return EvaluationError(f"The query could not be evaluated: {complaint}")

"""What the errors and crashes of pyoxigraph mean for a query.

Its parser reports the furthest position that it reached and all terminals that it would have accepted
there. That is often a few characters past the mistake, so the errors made here point to the token at or
before that position, and leave the list out unless it contains a reason in words.
"""

from __future__ import annotations

import re
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from gbagraph.errors import (
    EngineCrash,
    EvaluationError,
    GbaGraphError,
    MemoryExceeded,
    NotAcceptable,
    QuerySyntaxError,
    QueryTooDeep,
    UnsupportedFunction,
)
from gbagraph.rdf.namespaces import base_iri
from gbagraph.sparql import functions, sums
from gbagraph.sparql.dialect import not_allowed
from gbagraph.sparql.message import say
from gbagraph.sparql.slips import slip as known_slip
from gbagraph.sparql.slips.reach import unexpected
from gbagraph.sparql.slips.signs import Slip
from gbagraph.sparql.tokens import Token, error_at, nesting, offset, words

if TYPE_CHECKING:
    from collections.abc import Iterator

_POSITION: Final = re.compile(r"error at (\d+):(\d+): (.*)", re.DOTALL)
_SENTENCE: Final = re.compile(r"(?:(?<=\A)|(?<=, )|(?<=one of ))([A-Z][\w]*(?: [\w?$<>]+){2,})")


def syntax_error(query: str, message: str) -> QuerySyntaxError:
    """The error for *query*, from the error message of pyoxigraph."""
    slip = fault(query, message)
    return error_at(query, slip.token, slip.reason)


def fault(query: str, message: str) -> Slip:
    """What is wrong with *query*: a slip that is known, else what the message of pyoxigraph says."""
    match = _POSITION.match(_message_of(query) or message)
    # Without a position it is said of the whole.
    end = offset(query, int(match[1]), int(match[2])) if match else len(query)
    return known_slip(query) or _by_complaint(query, end, match[3] if match else message)


def _message_of(query: str) -> str:
    """What pyoxigraph says of *query* as it is written, for places differ where it was rewritten."""
    if (functions.are_in(query) or sums.are_in(query)) and "SERVICE" not in query.upper():
        try:
            ox.Store().query(query, base_iri=base_iri())
        except SyntaxError as problem:
            return str(problem)
        except (RuntimeError, ValueError, OSError):
            pass
    return ""


def _by_complaint(query: str, end: int, complaint: str) -> Slip:
    """What the last token that begins before *end* has wrong, by the *complaint* of the parser."""
    every = words(query)
    before = [token for token in every if token.start < end]
    token = before[-1] if before else Token("other", query[:1], 0)
    if not token.text:
        return Slip(token, say("The query is empty."))
    shown = token.text[:40]
    sentence = _SENTENCE.search(complaint)
    if sentence:
        said = "Something is wrong near %(token)s; the parser says: %(complaint)s."
        return Slip(token, say(said, token=shown, complaint=sentence[1]))
    said = "Something is missing or wrong at or before %(token)s."
    return unexpected(query, every) or Slip(token, say(said, token=shown))


_DEEP: Final = 150
_LONG: Final = 1500
_CRASHES: Final = {-signal.SIGABRT, -signal.SIGSEGV, -signal.SIGBUS, -signal.SIGILL}


def crash(query: str, code: int, output: str) -> GbaGraphError:
    """The error for a worker that ended while it evaluated *query*.

    Args:
        query: the query; empty for another kind of job.
        code: the exit code, or the negative number of the signal that ended the process.
        output: the last error output of the process.
    """
    how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
    if "memory allocation" in output:
        return MemoryExceeded(
            "The query needs more memory than it may use. Make it cheaper: avoid sorting and "
            "grouping large cross products, bind more terms, and use LIMIT inside subselects."
        )
    if "total order" in output:
        return EngineCrash(
            "The SPARQL engine cannot sort these values: they are of mixed kinds, such as dates with "
            "years or plain texts with numbers. Order by STR(?x), or by values of one datatype.",
            signal=how,
        )
    if "Corruption: " in output:
        return EvaluationError(
            "The database of this server is damaged: what the query needs of it cannot be read. Who "
            "runs the server has to load it again, or to put another version into service."
        )
    if code in _CRASHES:
        return _too_deep(query) or EngineCrash(
            f"The query crashed the process that evaluated it ({how}); other queries are not "
            "affected. Please report it, with the query.",
            signal=how,
        )
    if code > 0:
        error = output.strip().rpartition("\n")[2]
        return EvaluationError(
            f"This server has a defect: {error or how}. Please report it, with the query."
        )
    by_whom = (
        ", as the system kills one when it has too little memory" if code == -signal.SIGKILL else ""
    )
    return EvaluationError(
        f"The process that evaluated the query ended ({how}{by_whom}). Try again."
    )


def _too_deep(query: str) -> QueryTooDeep | None:
    """The error for a query that is too deep for the parser of the SPARQL engine, which is recursive."""
    levels, parts = nesting(words(query))
    if levels > _DEEP:
        return QueryTooDeep(
            f"The query nests about {levels} levels, more than the SPARQL engine can handle. Keep "
            f"groups, parentheses, lists, paths and chains of OPTIONAL or UNION below {_DEEP} levels.",
            levels=levels,
        )
    if parts > _LONG:
        return QueryTooDeep(
            f"The query has about {parts} parts in a row (patterns, BINDs, FILTERs, columns, members "
            f"of a list), more than the SPARQL engine can handle. Keep them below {_LONG}; put many "
            "values into one VALUES.",
            levels=parts,
        )
    return None


@contextmanager
def translated_errors(query: str) -> Iterator[None]:
    """Translate what pyoxigraph raises while it parses or evaluates *query*, or writes its answer.

    Raises:
        RequestError: the query is not valid, or asks for what there is not.
        EvaluationError: its evaluation failed.
    """
    try:
        yield
    except BrokenPipeError:
        raise
    except OF_ENGINE as problem:
        raise translated(problem, query) from None


OF_ENGINE: Final = (SyntaxError, OSError, RuntimeError, ValueError)
"""What pyoxigraph raises."""


_ARGUMENTS: Final = re.compile(
    r"custom function <.*?(\w+)> requires between (\d+) and (\d+) arguments, but (\d+)"
)


def _arguments_error(query: str, name: str, *numbers: str) -> QuerySyntaxError:
    """The error that a cast of the engine, by the end of its IRI, takes other *numbers* of arguments."""
    ends = (f":{name}", f"#{name}>")
    whole = Token("other", query[:1], 0)
    token = next((each for each in words(query) if each.text.endswith(ends)), whole)
    return functions.arguments_error(query, token, *map(int, numbers))


def translated(problem: Exception, query: str) -> GbaGraphError:
    """Return the error that an exception of pyoxigraph means; see :func:`translated_errors`."""
    complaint = str(problem)
    if isinstance(problem, SyntaxError):
        return syntax_error(query, complaint)
    if "RDF 1.2" in complaint:
        return NotAcceptable(
            f"The result cannot be written in this format: {complaint}. Ask for Turtle or N-Triples.",
            available=["text/turtle", "application/n-triples", "application/trig"],
        )
    if counted := _ARGUMENTS.search(complaint):
        return _arguments_error(query, *counted.groups())
    if "custom function" in complaint:
        return UnsupportedFunction(
            f"{complaint}. Beside the functions of SPARQL itself there are those that the service "
            "description names with sd:extensionFunction."
        )
    if isinstance(problem, OSError) or "service name" in complaint:
        return not_allowed()
    return EvaluationError(f"The query could not be evaluated: {complaint}")

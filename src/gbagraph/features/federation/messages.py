"""What a worker asks of other endpoints and what it gets, as values that cross between processes."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import msgspec
import pyoxigraph as ox

from gbagraph.engine import beside
from gbagraph.errors import ServiceFailed, classes
from gbagraph.rdf.dataset import is_blank
from gbagraph.settings import MEGABYTE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from gbagraph.engine.worker import Work
    from gbagraph.errors import GbaGraphError
    from gbagraph.setting import AllowedService

    Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple
    Row = tuple[Term | None, ...]


CALL: Final = b"Q"
"""Another endpoint is to be called, before any of the answer is sent: a Call, from a worker."""
REPLY: Final = b"A"
"""What another endpoint answered: a Reply to a worker. There is one for each query of a call."""

# Server to gateway; a call has a number.
SERVICES: Final = b"V"
"""How the server names itself, and the endpoints that may be called, as JSON; sent once, first."""
GATEWAY_CALL: Final = b"G"
"""Make a call: NUMBER, then a Call."""
CANCEL: Final = b"X"
"""Nothing waits for the call NUMBER any more."""

# Gateway to server.
GATEWAY_REPLY: Final = b"P"
"""What came of a query of the call NUMBER: a Reply."""


class Sender(msgspec.Struct, frozen=True):
    """How a server names itself to the endpoints that it calls.

    *pseudonym* stands for it in Via headers (RFC 9110, section 7.6.3).
    """

    pseudonym: str
    user_agent: str


class Call(msgspec.Struct, frozen=True):
    """Send each of *queries* to the endpoint with the IRI *endpoint*, within *seconds*.

    *via* is the Via header (RFC 9110, section 7.6.3) of the request for which it is called, and *trace*
    are the header fields that continue its trace. The endpoint has asked for a pause *until* then, by
    :func:`time.monotonic`, which is one clock for all processes.
    """

    endpoint: str
    queries: tuple[str, ...]
    seconds: float = 0.0
    via: str = ""
    trace: dict[str, str] = {}
    until: float = 0.0


class Reply(msgspec.Struct, frozen=True):
    """What came of the query with this *number*, from 0, in its call.

    Either an answer, with its media type, or the name, message and details of an error. *retrieved* is
    when the endpoint gave the answer, in UTC; if it *is_cached*, it has been kept since. The call took
    *seconds*. Of a failure, *note* is for the log alone, and *until* as in a call.
    """

    number: int
    body: bytes = b""
    media_type: str = ""
    retrieved: str = ""
    error: str = ""
    message: str = ""
    details: dict[str, str | int | float] = {}
    seconds: float = 0.0
    is_cached: bool = False
    note: str = ""
    until: float = 0.0


def failure(number: int, problem: GbaGraphError) -> Reply:
    """Return the reply to the query with this *number* that has failed by a *problem*."""
    note = " ".join(getattr(problem, "__notes__", ()))
    said, details = problem.message, dict(problem.details)
    return Reply(number, error=problem.name, message=said, details=details, note=note)


encode = msgspec.msgpack.Encoder().encode
decode_call = msgspec.msgpack.Decoder(Call).decode
decode_reply = msgspec.msgpack.Decoder(Reply).decode


_QUOTED: Final = re.compile(r"['`<].*['`>]", re.DOTALL)
"""What a parser quotes of an answer, which clients do not get: it may be no result at all."""
_FORMATS: Final = {"json": ox.QueryResultsFormat.JSON, "xml": ox.QueryResultsFormat.XML}
_BLANK: Final = "tag:w3id.org,2026:gbagraph:blank-node"
_NAME_OF_BLANK: Final = ox.NamedNode(_BLANK)
"""The function that makes a blank node; an IRI that stands for one begins with its name."""


def read(reply: Reply, names: Sequence[str], shown: str, endpoint: str) -> list[Row]:
    """Return the solutions in *reply*, a cell for each of the variables *names*, each written ``?x``.

    Raises:
        ServiceFailed: it is no result of a SELECT query. *shown* is what people call the endpoint.
        GbaGraphError: it is this error.
    """
    if reply.error:
        raise classes()[reply.error](reply.message, **reply.details)
    try:
        body = _standard(reply.body) if reply.media_type == "json" else reply.body
        results = ox.parse_query_results(body, format=_FORMATS[reply.media_type])
        if isinstance(results, ox.QueryBoolean):
            raise _unusable("true or false, not solutions", shown, endpoint)
        given = {f"?{variable.value}": place for place, variable in enumerate(results.variables)}
        places = [given.get(name) for name in names]
        nodes: dict[str, ox.BlankNode] = {}
        return [
            tuple(None if place is None else _own(row[place], nodes) for place in places)
            for row in results
        ]
    except (ValueError, SyntaxError, OSError, RecursionError) as problem:
        raise _unusable(_QUOTED.sub("…", str(problem))[:200], shown, endpoint) from None


class _Head(msgspec.Struct):
    vars: tuple[str, ...] = ()


class _Results(msgspec.Struct):
    bindings: msgspec.Raw


class _Document(msgspec.Struct):
    head: _Head
    results: _Results


def _standard(body: bytes) -> bytes:
    """SPARQL results JSON with the members of the standard alone: some endpoints add others."""
    return msgspec.json.encode(msgspec.json.decode(body, type=_Document))


def _unusable(what: str, shown: str, endpoint: str) -> ServiceFailed:
    return ServiceFailed(
        f"{shown} answered with what is no result of the query: {what}.", endpoint=endpoint
    )


def _own(term: Term | None, nodes: dict[str, ox.BlankNode]) -> Term | None:
    """*term*, with a new blank node for each of the reply: labels mean nothing outside of it."""
    if isinstance(term, ox.BlankNode):
        return nodes.setdefault(term.value, ox.BlankNode())
    if is_blank(term):
        raise ValueError("a triple term with a blank node, for which SPARQL has no notation")
    return term


class Solutions:
    """Solutions as a group of a query.

    A blank node cannot stand in VALUES, so an IRI of ours stands there for it, and a function of ours
    makes the node of it: :attr:`functions` must be known to the engine where the text is evaluated.
    """

    def __init__(self) -> None:
        self._blank: dict[str, ox.BlankNode] = {}

    @property
    def functions(self) -> dict[ox.NamedNode, Callable[..., Term | None]]:
        """The functions that the texts use, none if no solution has a blank node."""
        return {_NAME_OF_BLANK: self._blank_node} if self._blank else {}

    def _blank_node(self, term: Term) -> Term | None:
        return self._blank.get(term.value, term) if isinstance(term, ox.NamedNode) else term

    def text(self, names: Sequence[str], rows: Iterable[Row]) -> str:
        """Return *rows*, whose variables are *names*, as a group.

        It is a subquery: the engine joins those by their values, but VALUES row by row.
        """
        solutions = list(rows)
        if not names:
            return f"{{ VALUES () {{ {'() ' * len(solutions)} }} }}"
        cells = " ".join(f"({' '.join(map(self._cell, row))})" for row in solutions)
        blank = {
            place
            for row in solutions
            for place, cell in enumerate(row)
            if isinstance(cell, ox.BlankNode)
        }
        given = [f"?_{name[1:]}" if place in blank else name for place, name in enumerate(names)]
        columns = [
            f"({_NAME_OF_BLANK}({value}) AS {name})" if value != name else name
            for value, name in zip(given, names, strict=True)
        ]
        values = f"VALUES ({' '.join(given)}) {{ {cells} }}"
        return f"{{ SELECT {' '.join(columns)} {{ {values} }} }}"

    def _cell(self, cell: Term | None) -> str:
        if isinstance(cell, ox.BlankNode):
            name = f"{_BLANK}:{cell.value}"
            self._blank[name] = cell
            return f"<{name}>"
        return "UNDEF" if cell is None else str(cell)


def through(work: Work) -> Callable[[Call], Sequence[Reply]]:
    """Return what has the server call an endpoint, or ask a version of its own; it waits for replies."""

    def ask(call: Call) -> Sequence[Reply]:
        service = work.services.get(call.endpoint)
        if service is not None and service.version:
            return list(_of_version(work, call, service))
        replies = work.exchange(CALL, encode(call), len(call.queries))
        return [decode_reply(reply) for reply in replies]

    return ask


def _of_version(work: Work, call: Call, service: AllowedService) -> Iterator[Reply]:
    question = beside.Question(service.version, call.queries, service.size * MEGABYTE)
    retrieved = datetime.now(UTC).isoformat(timespec="seconds")
    for number, said in enumerate(beside.ask(work, question)):
        details = {**said.details, "endpoint": call.endpoint} if said.error else {}
        yield Reply(number, said.body, "json", retrieved, said.error, said.message, details)

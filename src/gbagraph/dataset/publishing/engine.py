"""An engine elsewhere to which graphs are sent: its addresses, and what is asked of it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import quote

import httpx
import pyoxigraph as ox

from gbagraph.dataset.credentials import PASSWORD, TOKEN, USER
from gbagraph.dataset.replies import excerpt, solutions_or_boolean
from gbagraph.errors import EngineFailed

if TYPE_CHECKING:
    from collections.abc import Iterator

_CONNECT: Final = 5.0
_ANSWER: Final = 600.0
"""Seconds in which the engine has to read or to send something; it may have to write a large graph."""
_REFUSED: Final = frozenset({httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN})
_WHO: Final = f"Who may write there is told by {USER} and {PASSWORD}, or by {TOKEN}."


class Target:
    """The engine with this *query* endpoint, graph *store* and, if there is one, *update* endpoint.

    All methods raise EngineFailed if it does not do what it is asked.
    """

    def __init__(
        self, query: str, store: str = "", update: str = "", auth: httpx.Auth | None = None
    ) -> None:
        self.query, self.store, self.update_url = query, store, update
        self._client = httpx.Client(
            trust_env=False,
            follow_redirects=False,
            timeout=httpx.Timeout(_ANSWER, connect=_CONNECT),
            headers={"user-agent": "gbagraph"},
            auth=auth,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def knock(self, graph: str) -> None:
        """Ask for a graph that need not be there: who must be known to the engine learns it now.

        A large document could not be sent again once its connection is closed with a challenge.
        """
        response = self._request("GET", self.store, params={"graph": graph})
        if response.status_code in _REFUSED:
            raise _refusal(response)

    def put(self, graph: str, document: bytes) -> None:
        """Replace *graph*, "" for the default graph, by the N-Triples *document*."""
        params = {"graph": graph} if graph else {"default": ""}
        headers = {"content-type": "application/n-triples"}
        self._done("PUT", self.store, params=params, content=document, headers=headers)

    def add_all(self, document: bytes) -> None:
        """Add the graphs of an N-Quads *document* in one request."""
        headers = {"content-type": "application/n-quads"}
        self._done("POST", self.store, content=document, headers=headers)

    def update(self, text: str) -> None:
        """Have the engine execute a SPARQL Update."""
        self._done("POST", self.update_url, data={"update": text})

    def remove(self, graph: str) -> None:
        """Remove a named graph that is there."""
        self._done("DELETE", self.store, params={"graph": graph})

    def holds(self, pattern: str) -> bool:
        """Whether the default graph of queries has a solution of *pattern*."""
        found = self._asked(f"ASK {{ {pattern} }}", "application/sparql-results+json")
        with _readable("say whether something is there"):
            answer = solutions_or_boolean(found)
            return isinstance(answer, ox.QueryBoolean) and bool(answer)

    def triples(self, graph: str) -> Iterator[ox.Triple]:
        """What is in *graph*, "" for the default graph, by the query endpoint."""
        pattern = f"GRAPH <{graph}> {{ ?s ?p ?o }}" if graph else "?s ?p ?o"
        found = self._asked(
            f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ {pattern} }}", "application/n-triples"
        )
        with _readable("give N-Triples when asked for a graph"):
            for quad in ox.parse(found, format=ox.RdfFormat.N_TRIPLES):
                yield quad.triple

    def graphs(self) -> set[str]:
        """The names of the graphs that have a triple."""
        text = "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }"
        found = self._asked(text, "application/sparql-results+json")
        with _readable("list its graphs"):
            solutions: Any = solutions_or_boolean(found)
            return {row["g"].value for row in solutions}

    def _asked(self, text: str, accept: str) -> bytes:
        response = self._done("POST", self.query, data={"query": text}, headers={"accept": accept})
        return response.content

    def _done(self, method: str, url: str, **options: Any) -> httpx.Response:  # noqa: ANN401
        response = self._request(method, url, **options)
        if not response.is_success:
            raise _refusal(response)
        return response

    def _request(self, method: str, url: str, **options: Any) -> httpx.Response:  # noqa: ANN401
        try:
            return self._client.request(method, _with(url, options.pop("params", {})), **options)
        except httpx.TransportError as problem:
            reason = str(problem) or type(problem).__name__
            raise EngineFailed(f"{url} gave no answer: {reason}.", engine=url) from None


@contextlib.contextmanager
def _readable(what: str) -> Iterator[None]:
    """Raise EngineFailed if an answer that is read inside is none."""
    try:
        yield
    except SyntaxError as problem:
        raise EngineFailed(f"The engine did not {what}: {problem.msg}.") from None


def _with(url: str, params: dict[str, str]) -> str:
    """*url* with *params* added; one without a value has no equals sign, as in ``?default``."""
    given = "&".join(
        f"{name}={quote(value, safe='')}" if value else name for name, value in params.items()
    )
    return f"{url}{'&' if '?' in url else '?'}{given}" if given else url


def _refusal(response: httpx.Response) -> EngineFailed:
    url = str(response.request.url.copy_with(query=None))
    said = ""
    with contextlib.suppress(httpx.HTTPError):
        said = excerpt(response.text)
    status = f"{response.status_code} {response.reason_phrase}".strip()
    hint = _WHO if response.status_code in _REFUSED else ""
    return EngineFailed(
        " ".join(filter(None, (f"{url} answered {status}.", said, hint))), engine=url
    )

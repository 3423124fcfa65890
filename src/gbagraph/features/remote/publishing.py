"""Publish a dataset in an engine elsewhere: at once where the engine can, else graph after graph.

With an update endpoint, the graphs are sent under other names, compared there, and moved into place by
one request. An engine that executes a request as one transaction then shows its readers the old dataset
until the new one is whole. Without one, each graph is replaced by itself.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import quote

import httpx
import pyoxigraph as ox

from gbagraph._version import user_agent
from gbagraph.errors import EngineFailed, SettingError
from gbagraph.features.remote.access import PASSWORD, TOKEN, USER
from gbagraph.features.remote.contents import (
    STAGING,
    Comparison,
    Content,
    compared,
    parts_of,
    shares_blank_nodes,
    triples_of,
)
from gbagraph.features.remote.questions import excerpt, solutions_or_boolean
from gbagraph.paths import reason
from gbagraph.rdf.namespaces import expand

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from gbagraph.features.remote.access import Auth
    from gbagraph.features.remote.contents import Part

    Tell = Callable[[str, int, int], None]


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
        self,
        query: str,
        store: str = "",
        update: str = "",
        auth: Auth | None = None,
        contact: str = "",
    ) -> None:
        self.query, self.store, self.update_url = query, store, update
        self._client = httpx.Client(
            trust_env=False,
            follow_redirects=False,
            timeout=httpx.Timeout(_ANSWER, connect=_CONNECT),
            headers={"user-agent": user_agent(contact)},
            auth=auth,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def knock(self, graph: str) -> None:
        """Ask for a graph that need not be there: an engine that wants credentials asks for them now.

        A large document could not be sent again once its connection is closed with a challenge.
        """
        response = self._request("GET", self.store, params={"graph": graph})
        if response.status_code in _REFUSED:
            raise _refusal(response)

    def put(self, graph: str, document: bytes) -> None:
        """Replace *graph*, "" for the default graph, by the Turtle *document*."""
        params = {"graph": graph} if graph else {"default": ""}
        headers = {"content-type": "text/turtle"}
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
        """Return whether the default graph of queries has a solution of *pattern*."""
        body = self._asked(f"ASK {{ {pattern} }}", "application/sparql-results+json")
        with _readable("say whether something is there"):
            answer = solutions_or_boolean(body)
            return isinstance(answer, ox.QueryBoolean) and bool(answer)

    def triples(self, graph: str) -> Iterator[ox.Triple]:
        """Yield what is in *graph*, "" for the default graph, by the query endpoint."""
        pattern = f"GRAPH <{graph}> {{ ?s ?p ?o }}" if graph else "?s ?p ?o"
        answer = self._asked(
            f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ {pattern} }}", "application/n-triples"
        )
        with _readable("give N-Triples when asked for a graph"):
            for quad in ox.parse(answer, format=ox.RdfFormat.N_TRIPLES):
                yield quad.triple

    def graphs(self) -> set[str]:
        """Return the names of the graphs that have a triple."""
        text = "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }"
        answer = self._asked(text, "application/sparql-results+json")
        with _readable("list its graphs"):
            solutions: Any = solutions_or_boolean(answer)
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
            raise EngineFailed(f"{url} gave no answer: {reason(problem)}.", engine=url) from None


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


_WKT: Final = expand("geo:wktLiteral")
_POINT: Final = re.compile(rb'"POINT\s*\((?=[^"]*"\^\^<' + re.escape(_WKT).encode() + rb">)")
"""The same in Virtuoso, which rounds what begins in capitals, and writes both so."""
_PROBE: Final = f"{STAGING}probe"
_TOLD: Final = 3
"""Graphs of which it is said what is wrong in them."""
_AGAIN: Final = "The same command again puts it right."


class Publishing:
    """The graphs of *store* on their way to *target*.

    The default graph is to be the graph *default_graph* there, or the engine's own. *tell* is called
    before each step with what it does, its number, and how many there are. Literals of *approximate*
    datatypes need not come back as they were sent.

    Raises:
        DatasetError: a graph has a blank node for its name.
        SettingError: *default_graph* is one of the named graphs.
    """

    def __init__(
        self,
        store: ox.Store,
        target: Target,
        default_graph: str = "",
        tell: Tell = lambda *_: None,
        approximate: Collection[str] = (),
    ) -> None:
        self._store, self._target, self._approximate = store, target, approximate
        self.parts = parts_of(store, default_graph)
        self._tell = tell

    def splits_blank_nodes(self) -> bool:
        """Return whether a blank node that graphs share becomes several, unless sent together."""
        return shares_blank_nodes(self._store, self.parts)

    def compare(self) -> list[Comparison]:
        """Return what each graph of the engine holds, beside what it has to; raises EngineFailed."""
        return [self._compared(part, part.target, at) for at, part in enumerate(self.parts)]

    def others(self) -> set[str]:
        """Graphs of the engine that are not of the dataset; raises EngineFailed."""
        return self._target.graphs() - {part.target for part in self.parts}

    def run(self, *, together: bool = False) -> list[Comparison]:
        """Publish, and compare what is there then; *together* sends all graphs in one document.

        Raises:
            EngineFailed: the engine refused something or holds something else afterwards; the message
                says what it holds now.
            SettingError: all are to be sent together, without an update endpoint.
        """
        if together and not self._target.update_url:
            raise SettingError(
                "Graphs that are sent in one document are put in place by an update: name its "
                "endpoint by --update.",
                setting="update",
            )
        self._begin()
        if self._target.update_url:
            self._stage(together=together)
        self._put_in_place()
        return self._checked(self.compare())

    def _begin(self) -> None:
        """See that the engine takes graphs, and has a default graph if it is to be used."""
        self._target.knock(_PROBE)
        if all(part.target for part in self.parts):
            return
        self._target.put(_PROBE, f"<{_PROBE}> <{_PROBE}> <{_PROBE}> .\n".encode())
        try:
            is_union = self._target.holds(f"<{_PROBE}> <{_PROBE}> <{_PROBE}>")
        finally:
            self._target.remove(_PROBE)
        if is_union:
            raise EngineFailed(
                "The default graph of this engine is the union of all graphs, so it cannot hold the "
                "default graph of the dataset. Nothing was changed. Name a graph that is to hold it, by "
                "--engine-default-graph IRI, here and for gbagraph serve; or have the engine keep a "
                "default graph of its own, if it can."
            )

    def _stage(self, *, together: bool) -> None:
        """Send all graphs under other names, and compare them."""
        try:
            if together:
                self._send_together()
            for at, part in enumerate(self.parts):
                if not together:
                    self._send(part, _staging(part), at)
                self._checked([self._compared(part, _staging(part), at)])
        except EngineFailed as problem:
            with suppress(EngineFailed):
                self._target.update(self._cleared())
            raise EngineFailed(
                f"{problem.message} The graphs that are in service there are as they were.",
                **problem.details,
            ) from None

    def _send(self, part: Part, name: str, at: int) -> None:
        self._tell(f"Sending {part.shown}", at, len(self.parts))
        # In Turtle, since Virtuoso makes a decimal of a large integer that has its datatype beside it.
        document = ox.serialize(triples_of(self._store, part), format=ox.RdfFormat.TURTLE) or b""
        if _WKT in self._approximate:
            document = _POINT.sub(rb'"Point(', document)
        self._target.put(name, document)

    def _send_together(self) -> None:
        self._tell("Sending all graphs", 0, 1)
        self._target.update(self._cleared())
        quads = (
            ox.Quad(triple.subject, triple.predicate, triple.object, ox.NamedNode(_staging(part)))
            for part in self.parts
            for triple in triples_of(self._store, part)
        )
        self._target.add_all(ox.serialize(quads, format=ox.RdfFormat.N_QUADS) or b"")

    def _cleared(self) -> str:
        return ";\n".join(f"DROP SILENT GRAPH <{_staging(part)}>" for part in self.parts)

    def _put_in_place(self) -> None:
        try:
            if self._target.update_url:
                self._tell("Putting all graphs in place", 0, 1)
                self._target.update(";\n".join(map(self._move, self.parts)))
                return
            for at, part in enumerate(self.parts):
                self._send(part, part.target, at)
        except EngineFailed as problem:
            raise EngineFailed(
                f"{problem.message} {self._state()} {_AGAIN}", **problem.details
            ) from None

    def _move(self, part: Part) -> str:
        target = f"GRAPH <{part.target}>" if part.target else "DEFAULT"
        if next(triples_of(self._store, part), None) is None:
            return f"CLEAR SILENT {target}"  # an engine need not keep a graph that is empty
        return f"MOVE <{_staging(part)}> TO {target.removeprefix('GRAPH ')}"

    def _compared(self, part: Part, name: str, at: int) -> Comparison:
        self._tell(f"Comparing {part.shown}", at, len(self.parts))
        content = Content(self._target.triples(name))
        return compared(part, Content(triples_of(self._store, part)), content, self._approximate)

    def _checked(self, comparisons: Sequence[Comparison]) -> list[Comparison]:
        """*comparisons*, if all graphs hold what they have to."""
        wrong = [each for each in comparisons if not each.is_right]
        if wrong:
            texts = " ".join(f"Of {each.part.shown}, {each.text}" for each in wrong[:_TOLD])
            more = f" And {len(wrong) - _TOLD} more graphs." if len(wrong) > _TOLD else ""
            raise EngineFailed(f"The engine does not hold what was sent to it. {texts}{more}")
        return list(comparisons)

    def _state(self) -> str:
        """What the engine holds now, after a failure."""
        try:
            comparisons = self.compare()
        except EngineFailed:
            return "It cannot be asked either what it holds now."
        wrong = [each.part.shown for each in comparisons if not each.is_right]
        if len(wrong) == len(comparisons):
            return "None of its graphs is as it has to be."
        if not wrong:
            return "Yet all graphs are as they have to be."
        right = len(comparisons) - len(wrong)
        names = ", ".join(wrong)
        return f"It holds {right} of {len(comparisons)} graphs; not as they have to be: {names}."


def _staging(part: Part) -> str:
    """The name under which a graph waits: the same in each attempt, so that the next one replaces it."""
    return STAGING + hashlib.sha256(part.target.encode()).hexdigest()[:16]

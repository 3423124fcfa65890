"""Endpoints that tests ask: a graph in this process, an address, or a server that is started."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol, Self
from urllib.parse import urlsplit

import pyoxigraph as ox

from gbagraph.api.answer import Boolean, Triples
from gbagraph.api.export import needed
from gbagraph.api.solutions import Solutions
from gbagraph.errors import DatasetError, EngineUnavailable, EvaluationError
from gbagraph.paths import reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gbagraph.api.answer import Answer


_ACCEPT: Final = (
    "application/sparql-results+json, application/n-triples;q=0.9, text/turtle;q=0.8, "
    "application/sparql-results+xml;q=0.7"
)
_RESULTS: Final = {
    "application/sparql-results+json": ox.QueryResultsFormat.JSON,
    "application/json": ox.QueryResultsFormat.JSON,
    "application/sparql-results+xml": ox.QueryResultsFormat.XML,
}
_GRAPHS: Final = {
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
    "text/plain": ox.RdfFormat.N_TRIPLES,
    "text/turtle": ox.RdfFormat.TURTLE,
    "application/rdf+xml": ox.RdfFormat.RDF_XML,
}
_SHOWN: Final = 500
"""Characters that are shown of a response which is no answer."""


class Dataset(Protocol):
    """What says which dataset it is."""

    @property
    def version(self) -> str:
        """Its version; empty if it does not say one."""

    @property
    def hash(self) -> str:
        """Its hash; empty if it does not say one."""


class AnyGraph(Dataset, Protocol):
    """A dataset that answers queries."""

    def query(self, sparql: str, /) -> object:
        """Return the answer to a query."""


class Endpoint:
    """A SPARQL endpoint at *url*, asked by POST; *timeout* is in seconds."""

    def __init__(self, url: str, *, timeout: float = 30) -> None:
        self.sparql, self.timeout = url, timeout
        self.url = url.rstrip("/").removesuffix("/sparql")

    @property
    def version(self) -> str:
        """The version of the dataset; empty for an endpoint that does not say it."""
        return self._head("Dataset-Version")

    @property
    def hash(self) -> str:
        """The hash of the dataset; empty for an endpoint that does not say it."""
        return self._head("Dataset-Hash")

    def query(self, sparql: str) -> Answer:
        """Return the answer to a query.

        Raises:
            EvaluationError: the endpoint cannot be reached, or what it sends is no answer.
        """
        headers, body = self._post(sparql)
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        try:
            return _answer(kind, body)
        except (SyntaxError, ValueError) as problem:
            raise EvaluationError(
                f"{self.sparql} says that it answers with {kind}, and it does not: {problem}."
            ) from None
        except KeyError:
            raise EvaluationError(
                f"{self.sparql} answers with the media type {kind or '(none)'}, which is none of SPARQL "
                f"results or RDF: {_shown(body)}"
            ) from None

    def _head(self, name: str) -> str:
        return self._post("ASK {}")[0].get(name.lower(), "")

    def _post(self, sparql: str) -> tuple[Mapping[str, str], bytes]:
        httpx = needed("httpx", "Asking an endpoint", "gbagraph[testing]")
        end = time.monotonic() + self.timeout
        try:
            with httpx.stream(
                "POST",
                self.sparql,
                data={"query": sparql},
                headers={"Accept": _ACCEPT},
                timeout=self.timeout,
                follow_redirects=True,
            ) as response:
                body = b"".join(self._until(end, response.iter_bytes()))
        except (httpx.HTTPError, httpx.InvalidURL) as problem:
            raise EvaluationError(f"{self.sparql} gives no answer: {reason(problem)}.") from None
        if response.status_code != 200:
            raise EvaluationError(
                f"{self.sparql} answers with the status {response.status_code}: {_detail(body)}"
            )
        return response.headers, body

    def _until(self, end: float, parts: Iterator[bytes]) -> Iterator[bytes]:
        """Yield the parts of a body: a client's own limit is only on the time between them."""
        for part in parts:
            if time.monotonic() > end:
                raise EvaluationError(
                    f"{self.sparql} has not answered in full within {self.timeout:g} seconds."
                )
            yield part


def reached(url: str, *, timeout: float) -> Endpoint:
    """Return the endpoint at *url*, or that of its server if *url* is a start page."""
    asked = Endpoint(url, timeout=timeout)
    if urlsplit(url).path in ("", "/"):
        try:
            asked.query("ASK {}")
        except EvaluationError:
            asked.sparql = f"{url.rstrip('/')}/sparql"
    return asked


def _answer(kind: str, body: bytes) -> Answer:
    if kind in _GRAPHS:
        return Triples(quad.triple for quad in ox.parse(body, _GRAPHS[kind]))
    results = ox.parse_query_results(body, _RESULTS[kind])
    if isinstance(results, ox.QueryBoolean):
        return Boolean(bool(results))
    return Solutions([variable.value for variable in results.variables], results)


def _shown(body: bytes) -> str:
    text = " ".join(body.decode(errors="replace").split())
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _detail(body: bytes) -> str:
    """Return what the details of a problem (RFC 9457) say, else the beginning of *body*."""
    try:
        return str((problem := json.loads(body)).get("detail") or problem["title"])
    except (ValueError, AttributeError, KeyError):
        return _shown(body)


def open_graph(data: Sequence[str | Path], *, infer: bool | None = None) -> AnyGraph:
    """Return a graph in this process; the built-in one if *data* names neither files nor a release.

    Raises:
        DatasetError: a file cannot be loaded.
    """
    import gbagraph  # noqa: PLC0415  an endpoint needs no graph

    return gbagraph.open([Path(name) for name in data], infer=infer)


def require_pinned(graph: Dataset, *, version: str = "", digest: str = "") -> None:
    """Raise DatasetError unless *graph* is the dataset that a test is pinned to."""
    parts = [
        f"{what} {actual or '(none told)'}, pinned {wanted}"
        for what, wanted, actual in (
            ("version", version, graph.version if version else ""),
            ("hash", digest, graph.hash if digest else ""),
        )
        if wanted and actual != wanted
    ]
    if parts:
        raise DatasetError(
            f"{'; '.join(parts)}: this is another dataset. To see what moved since a kept release: "
            f"gbagraph diff {version or 'VERSION'} --queries, and in Python by "
            f'gbagraph.open("{version or "VERSION"}").compare(graph, query). Then run with '
            "--update-answers, read what has changed, and change the pin."
        )


_START: Final = """
import sys
from gbagraph.engine.process import die_with_parent
if sys.argv[1] != "0":
    die_with_parent(int(sys.argv[1]))
del sys.argv[1]
from gbagraph.cli import app
app()
"""
"""What the process runs: the server ends with the tests, however these end."""

_RUNNING: Final = re.compile(r"running on (http://\S+)")
_SECONDS: Final = 60
"""Time to start in."""
_GRACE: Final = 10
"""Seconds to end in."""


class GraphServer(Endpoint):
    """``gbagraph serve`` as a process; a context manager, or ``start()`` and ``stop()``.

    Args:
        data: RDF files, or a release such as ``"0.2.0"``; by default the built-in dataset.
        infer: whether the default graph holds what follows, as of ``gbagraph.open()``.
        options: further options of ``gbagraph serve``.
    """

    def __init__(
        self,
        data: Sequence[str | Path] | str | Path = (),
        *,
        infer: bool | None = None,
        options: Sequence[str] = (),
    ) -> None:
        names = [data] if isinstance(data, str | Path) else data
        given = [part for name in names for part in ("--data", str(name))]
        if infer is not None:
            given.append("--infer" if infer else "--no-infer")
        self._arguments = ["serve", "--port", "0", *given, *options]
        self._process: subprocess.Popen[bytes] | None = None
        self._log: Path | None = None
        super().__init__("")

    @property
    def log(self) -> str:
        """What the server has written."""
        return self._log.read_text(errors="replace") if self._log and self._log.exists() else ""

    def start(self) -> Self:
        """Start the server, and wait until it answers.

        Raises:
            EngineUnavailable: it ends, or does not start in time; the message has its log.
        """
        number, name = tempfile.mkstemp(prefix="gbagraph-server-", suffix=".log")
        self._log = Path(name)
        # The system reports the death of a thread; only that of the main one is that of the process.
        parent = os.getpid() if threading.current_thread() is threading.main_thread() else 0
        command = [sys.executable, "-c", _START, str(parent), *self._arguments]
        with os.fdopen(number, "wb") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)  # noqa: S603
        try:
            self.url = self._wait(self._process)
        except BaseException:
            self.stop()
            raise
        self.sparql = f"{self.url}/sparql"
        return self

    def _wait(self, process: subprocess.Popen[bytes]) -> str:
        end = time.monotonic() + _SECONDS
        while time.monotonic() < end:
            if (match := _RUNNING.search(self.log)) is not None:
                return match[1]
            if process.poll() is not None:
                raise EngineUnavailable(f"The server ended at start: {self.log.strip()}")
            time.sleep(0.02)
        raise EngineUnavailable(
            f"The server did not start within {_SECONDS} seconds: {self.log.strip()}"
        )

    def stop(self) -> None:
        """End the server; once more does no harm."""
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            try:
                process.wait(_GRACE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self._log is not None:
            self._log.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

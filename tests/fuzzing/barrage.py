"""What is sent to a running server, and what must hold of its answers and of the server afterwards."""

import re
import socket
from collections import Counter
from collections.abc import Iterable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field

import httptools

from gbagraph.errors import classes
from support import LoggedServer, eventually, get, query_target
from support.holdings import THREADS, leaked, settled
from support.leaving import answered

SUCCESS = frozenset({200, 204, 303, 304})
FAULTS = frozenset(error.status for error in classes().values() if error.status < 500)
DOCUMENTED = re.compile(
    b"|".join(
        re.escape(told.encode())
        for name, error in classes().items()
        if error.status >= 500 and name != "internal-error"
        for told in (f"/problem/{name}", error.title)
    )
)
"""What names an error of 500 and above that a client may get: the manual has each of them."""
REFERENCES = (
    get(query_target("SELECT * { ?s ?p ?o } ORDER BY ?s ?p ?o LIMIT 20")),
    get("/queries/builders", "Accept: text/csv"),
    get("/doc/id/baidu.ttl"),
    get("/lookup?iri=wd:Q1490&format=json"),
)
_OF_REQUEST = re.compile(rb"(?:date|x-request-id|server-timing): [^\r]*\r\n")
_GROWTH = 150 * 1024 * 1024
"""Bytes of memory that the server may have more at the end: its caches are filled meanwhile."""


class _Reader:
    """Responses, one after another, as httptools reads them."""

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.bodies: list[bytes] = []
        self.complete = 0
        self.parser = httptools.HttpResponseParser(self)

    def on_message_begin(self) -> None:
        self.bodies.append(b"")

    def on_body(self, part: bytes) -> None:
        self.bodies[-1] += part

    def on_headers_complete(self) -> None:
        self._status = self.parser.get_status_code()

    def on_message_complete(self) -> None:
        body = self.bodies.pop()
        if self._status != 100:
            self.statuses.append(self._status)
            self.bodies.append(body)
            self.complete += 1


class Counting:
    """Whole requests in some bytes; *is_bad* if they are no HTTP."""

    def __init__(self, data: bytes) -> None:
        self.count, self.is_bad = 0, False
        self._parser = httptools.HttpRequestParser(self)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self.count = max(self.count, 1)
        except httptools.HttpParserError:
            self.is_bad = True

    def on_message_complete(self) -> None:
        self.count += 1


@dataclass
class Barrage:
    """A server that requests are sent to, and what came of them."""

    server: LoggedServer
    outcomes: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        for _ in range(3):
            self._references()
        self._expected = self._references()
        self._before = settled(self.server)
        self._before.counts["threads: server process"] = THREADS
        self._log = len(self.server.said)

    # --- Sending ---------------------------------------------------------------------------------

    def many(self, requests: Iterable[bytes]) -> None:
        """Send whole requests with GET on one connection; each gets its answer, in order.

        An answer that is cut at a limit ends its connection, as it must: the rest are sent on another.
        """
        left = list(requests)
        while left:
            left = left[self._answered(left) :]

    def _answered(self, sent: list[bytes]) -> int:
        """Send these, and check the answers; how many there were."""
        reader = _Reader()
        with self._connection() as connection:
            connection.sendall(b"".join(sent))
            while reader.complete < len(sent) and (data := connection.recv(1 << 18)):
                reader.parser.feed_data(data)
        for status, body, request in zip(reader.statuses, reader.bodies, sent, strict=False):
            self._check(status, body, request)
        if reader.complete == len(sent):
            return len(sent)
        cut = sent[reader.complete]
        assert eventually(lambda: "answer truncated" in self.server.said[self._log :]), cut
        self.outcomes["cut"] += 1
        return reader.complete + 1

    def separately(self, requests: Iterable[bytes]) -> None:
        """Send any bytes, each on a connection of its own and no more; read all that comes.

        That is an answer, or nothing where there was no request and no garbage. They are sent at once:
        whose body does not come is waited for.
        """
        with ExitStack() as stack:
            sent = [(data, stack.enter_context(self._connection())) for data in requests]
            for data, connection in sent:
                with suppress(ConnectionError):  # it may be refused while it is being sent
                    connection.sendall(data)
                    connection.shutdown(socket.SHUT_WR)
            for data, connection in sent:
                self._check_all(data, _rest(connection))

    def _check_all(self, data: bytes, answers: bytes) -> None:
        asked = Counting(data)
        # With HTTP/1.0 a client that has closed its half is not waited for for long: it may be gone.
        assert answers or b"HTTP/1.0" in data or not (asked.count or asked.is_bad), data
        assert not answers or answers.startswith(b"HTTP/1.1 "), (data, answers[:200])
        statuses = [
            int(found) for found in re.findall(rb"(?:\A|\n|\}|>)HTTP/1\.1 (\d{3}) ", answers)
        ]
        for status in statuses or [0]:
            self._check(status, answers, data)

    def _connection(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.server.port), timeout=60)

    def _check(self, status: int, body: bytes, request: bytes) -> None:
        self.outcomes[str(status or "closed")] += 1
        if status >= 500:
            assert DOCUMENTED.search(body), (status, request, body[-500:])
        else:
            assert status in {0, 100, *SUCCESS, *FAULTS}, (status, request)

    # --- What must hold --------------------------------------------------------------------------

    def assert_nothing_is_left(self) -> None:
        """After a batch: all is given back, nothing is logged as our fault, references are the same."""
        assert leaked(self.server, self._before, memory=_GROWTH) == []
        assert self._references() == self._expected
        said, self._log = self.server.said[self._log :], len(self.server.said)
        assert "Traceback" not in said, said[-3000:]
        assert "unexpected failure" not in said, said[-3000:]
        assert "ended (exit code" not in said, said[-3000:]

    def _references(self) -> list[bytes]:
        return [_OF_REQUEST.sub(b"", answered(self.server, each)) for each in REFERENCES]


def _rest(connection: socket.socket) -> bytes:
    """All that comes until the server closes the connection."""
    found = b""
    with suppress(ConnectionError):
        while part := connection.recv(1 << 18):
            found += part
    return found

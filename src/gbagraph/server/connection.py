"""A connection and its limits: how long its client may take, and how many there may be.

Each connection takes a descriptor, and without any left there would be none for a newcomer, nor for a
worker. So those that have waited longest for their client make room: idle ones, and those whose requests
do not come. No answer is given up. uvicorn has no timeout for clients that do not read, and no answer
for clients that have closed their half of the connection: they are here.
"""

from __future__ import annotations

import logging
import resource
import socket
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final, cast

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from gbagraph.errors import MalformedRequest, RequestTooSlow

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Iterable

    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

    from gbagraph.endpoint.request import Address
    from gbagraph.errors import RequestError

log = logging.getLogger("gbagraph")

_LINGER: Final = 2.0
"""Seconds in which what a client still sends after its last answer is read and dropped: a reset could
take the answer from it (RFC 9112, section 9.6)."""

_HALF_CLOSED: Final = 1.0
"""Seconds without anything sent after which a client that has closed its half counts as gone."""

_FIRST_PROBE: Final = 0.1
"""Seconds until a client that has closed its half is probed; each further time twice as many."""

_SINCE_SENT: Final = struct.Struct("44xI")
"""Of Linux's ``struct tcp_info``: ``tcpi_last_data_sent``, the milliseconds since something was sent."""

_QUIET: Final = 60.0
"""Seconds in which it is logged once that there are too many connections."""

_RESERVED: Final = 128
"""Descriptors for all but connections: workers, files, sockets between processes."""
_AT_ONCE: Final = 10
"""One in this number is let go at once, so that not all are looked at for each newcomer."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds in which a head must arrive, and in which a client must read some part of an answer.

    *render_error* returns content type and body for an error before the Accept header is known. *note*
    is told the address of the client, the header fields so far, the error, the bytes of the answer and
    the seconds it took, and says what the request is called in logs. When there are more connections
    than *most_connections*, those that have waited longest for their clients are closed.
    """

    head_timeout: float
    transfer_timeout: float
    most_connections: int
    render_error: Callable[[RequestError], tuple[str, bytes]]
    note: Callable[[Address, list[tuple[bytes, bytes]], RequestError, int, float], str]


class LimitedConnection(HttpToolsProtocol):
    """A connection that is closed, or whose request is refused, at a limit of its client."""

    limits: ClassVar[Limits]
    _told: ClassVar[float] = -_QUIET
    """When it was last logged that there are too many connections."""
    is_leaving: ClassVar[bool] = False
    """Whether the answer to the next request on each connection is to be its last."""

    _received = 0
    """Bytes received since a head began, possibly with the end of the previous message; of a body, since
    its last part: those are sizes of chunks, extensions and trailers."""
    _in_head = False
    _begun = 0.0
    """When the first bytes of the message came, in the time of the event loop."""
    _active = 0.0
    """When the last response was sent, or the connection made, in the time of the event loop."""
    _is_between = True
    """Whether no message has begun since the last one ended."""
    _cut = b""
    """A CR at the end of what came between messages, whose LF may follow."""
    _is_done = False
    """Whether uvicorn is told no more of the message: it is answered, or its head is parsed again."""
    _is_deaf = False
    """Whether what the client still sends is dropped: it must be able to read its last answer."""
    _half_closed = 0.0
    """When the client closed its half of the connection, in the time of the event loop; else 0."""
    _refusal: RequestError | None = None
    _head_timer: asyncio.TimerHandle | None = None
    _write_timer: asyncio.TimerHandle | None = None
    _probe_timer: asyncio.TimerHandle | None = None
    _linger_timer: asyncio.TimerHandle | None = None
    """Closes the connection some time after its last answer."""
    _unsent = 0
    _last: RequestResponseCycle | None = None
    _before: RequestResponseCycle | None = None
    """The request before the last one."""
    _running: RequestResponseCycle | None = None
    """The request that is being answered: of a pipeline, the first."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start the timer for the first head (asyncio calls this)."""
        super().connection_made(cast("asyncio.Transport", transport))
        self._active = self.loop.time()
        self._start_head_timer()
        if len(self.connections) > self.limits.most_connections:
            self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancel the timers (asyncio calls this)."""
        for timer in (
            self._head_timer,
            self._write_timer,
            self._probe_timer,
            self._linger_timer,
        ):
            if timer is not None:
                timer.cancel()
        self._note_disconnect()
        super().connection_lost(exc)

    def timeout_keep_alive_handler(self) -> None:
        """Close the connection if it has been idle long enough, else check later (uvicorn calls this).

        One timer serves many requests: setting one per request takes as long as a cached answer.
        """
        self.timeout_keep_alive_task = None
        left = self._active + self.timeout_keep_alive - self.loop.time()
        if self._is_answering() or self._in_head:
            return  # the end of the response sets a timer again; the head has its own
        if left > 0:
            self.timeout_keep_alive_task = self.loop.call_later(
                left, self.timeout_keep_alive_handler
            )
        else:
            self.transport.close()

    def _start_head_timer(self) -> None:
        self._head_timer = self.loop.call_later(self.limits.head_timeout, self._on_head_timeout)

    def _stop_head_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _on_head_timeout(self) -> None:
        self._head_timer = None
        if self._in_head:
            seconds = self.limits.head_timeout
            self._refuse(
                RequestTooSlow(
                    f"The head of the request did not arrive within {seconds:g} seconds.",
                    limit=seconds,
                )
            )
        elif self.cycle is None:
            self.transport.close()  # there was no request at all

    def _is_answering(self) -> bool:
        is_over = self._linger_timer is not None or self.cycle is None
        return not (is_over or self.cycle.response_complete)

    def _waits_for_body(self) -> bool:
        """Whether there is a request that cannot be answered before the rest of its body has come."""
        return self._is_answering() and self.cycle.more_body and not self.cycle.response_started

    def waits_since(self) -> float | None:
        """Since when this waits for its client; None while an answer is made or sent."""
        return self._active if not self._is_answering() or self._waits_for_body() else None

    def let_go(self) -> None:
        """Close the connection; what answers a request learns at once that its client is gone.

        The loop takes no bytes for a closed connection, and would raise an error.
        """
        self._note_disconnect()
        self.transport.close()

    def _note_disconnect(self) -> None:
        """Tell the request that is being answered, and the last one; uvicorn tells only the last."""
        for cycle in (self._running, self.cycle):
            if cycle is not None and not cycle.response_complete:
                cycle.disconnected = True
                cycle.message_event.set()

    def _make_room(self) -> None:
        most = self.limits.most_connections
        closed = make_room(cast("set[LimitedConnection]", self.connections), most)
        now = self.loop.time()
        if closed and now > LimitedConnection._told + _QUIET:
            LimitedConnection._told = now
            log.warning(
                "%d connections are open, the most that this process may have (ulimit -n): "
                "those that wait longest for their clients are closed",
                most,
            )

    def _give_up(self) -> None:
        """Give up the last request if it waits for the rest of its body, which does not come."""
        cycle = self.cycle
        if not self._waits_for_body():
            return
        cycle.disconnected = cycle.response_complete = True
        cycle.waiting_for_100_continue = False
        cycle.message_event.set()
        if self.pipeline and self.pipeline[0][0] is cycle:
            self.pipeline.popleft()  # it has not begun: one before it is being answered
            self.cycle = cast("RequestResponseCycle", self._before)

    def _refuse(self, problem: RequestError) -> None:
        """Answer with an error and read no further; requests that are whole are answered first."""
        self._refusal, self._is_deaf = problem, True
        if self.transport.is_closing():
            return  # what is still to be sent of an answer must not go on with another one
        self._stop_head_timer()  # it would refuse a second time
        self._give_up()
        if self._is_answering():
            return  # on_response_complete calls this again
        content_type, body = self.limits.render_error(problem)
        length = len(body)
        if self.parser.get_method() == b"HEAD":
            body = b""  # RFC 9110, section 9.3.2
        # Those of the request before are no longer of interest.
        headers = self.headers if self._in_head else []
        seconds = self.loop.time() - self._begun
        name = self.limits.note(self.client, headers, problem, len(body), seconds)
        lines = [
            *self.server_state.default_headers,
            (b"x-request-id", name.encode()),
            (b"x-content-type-options", b"nosniff"),
            (b"content-type", content_type.encode()),
            (b"content-length", str(length).encode()),
            (b"connection", b"close"),
        ]
        head = b"".join([b"%b: %b\r\n" % line for line in lines])
        self.transport.write(b"%b%b\r\n%b" % (STATUS_LINE[problem.status], head, body))
        self._finish()

    def _finish(self) -> None:
        """Close this half of the connection after the last answer, and the other one later.

        The client has *_LINGER* seconds, and as long as it reads the answer; but it must go on reading,
        as the timer for that runs for as long as anything is unsent.
        """
        if self.transport.is_closing() or self._linger_timer is not None:
            return
        self._is_deaf = True
        self._stop_head_timer()
        self._unset_keepalive_if_required()
        self.transport.set_write_buffer_limits(0)
        self.flow.resume_reading()
        self.transport.write_eof()
        pause = 0.0 if self._half_closed else _LINGER
        self._linger_timer = self.loop.call_later(pause, self._on_lingered)

    def _on_lingered(self) -> None:
        if self._write_timer is None:
            self.transport.close()
        else:
            self._linger_timer = self.loop.call_later(_LINGER, self._on_lingered)

    def pause_writing(self) -> None:
        """Start the timer for a client that reads too slowly (asyncio calls this)."""
        super().pause_writing()
        self._start_write_timer()

    def resume_writing(self) -> None:
        """Cancel the timer: the client has caught up (asyncio calls this)."""
        super().resume_writing()
        if self._write_timer is not None:
            self._write_timer.cancel()
            self._write_timer = None

    def _start_write_timer(self) -> None:
        self._unsent = self.transport.get_write_buffer_size()
        self._write_timer = self.loop.call_later(
            self.limits.transfer_timeout, self._on_write_timeout
        )

    def _on_write_timeout(self) -> None:
        """Close the connection if the client has read nothing at all; a slow client may go on."""
        self._write_timer = None
        if self.transport.get_write_buffer_size() < self._unsent:
            self._start_write_timer()
            return
        client = self.client[0] if self.client else "a client"
        log.warning("%s read nothing for %g seconds: closed", client, self.limits.transfer_timeout)
        self.transport.abort()

    def eof_received(self) -> bool:  # type: ignore[override]
        """Answer a client that has closed its half; it may also be gone (asyncio calls this)."""
        is_cut = not self._is_deaf and (self._in_head or self._waits_for_body())
        if not is_cut and not self._is_answering():
            return False
        self._half_closed = self.loop.time()
        if is_cut:
            self._refuse(MalformedRequest("The connection ends before the request does."))
        self._probe_timer = self.loop.call_later(_FIRST_PROBE, self._probe, 2 * _FIRST_PROBE)
        return True

    def _probe(self, pause: float) -> None:
        """Find out whether a client that has closed its half is still there, and hang up if it is not.

        What is sent to a client that is gone is answered by its system with a reset, of which the loop
        learns when it writes again. Until the answer begins, an interim response is sent: a client that
        expects none discards it (RFC 9110, section 15.2.1). HTTP/1.0 has no such thing, nor has the
        body of an answer: there the client counts as gone if nothing is sent for a while.
        """
        if not self._is_answering():
            return
        if (
            self.parser.get_http_version() != "1.0"
            and not (self._running or self.cycle).response_started
        ):
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        elif self._silence() < _HALF_CLOSED:
            pause = _FIRST_PROBE
        else:
            self.let_go()
            return
        self._probe_timer = self.loop.call_later(pause, self._probe, 2 * pause)

    def _silence(self) -> float:
        """Seconds since something was sent, or the client has closed its half.

        Only Linux says when something was sent. Who is slow to read has a timer already.
        """
        if self.transport.get_write_buffer_size():
            return 0.0
        since = self.loop.time() - self._half_closed
        if not hasattr(socket, "TCP_INFO"):
            return since
        connection = self.transport.get_extra_info("socket")
        figures = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _SINCE_SENT.size)
        milliseconds: int = _SINCE_SENT.unpack(figures)[0]
        return min(since, milliseconds / 1000)


def most_connections() -> int:
    """The connections that a process may have, by its limit of descriptors (``ulimit -n``)."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return 1_000_000
    return max(soft - min(_RESERVED, soft // 2), 1)


def make_room(connections: Iterable[LimitedConnection], most: int) -> int:
    """Let those go that have waited longest, some of *most*; how many these were."""
    waiting = [(since, each) for each in connections if (since := each.waits_since()) is not None]
    chosen = sorted(waiting, key=lambda row: row[0])[: max(most // _AT_ONCE, 1)]
    for _, each in chosen:
        each.let_go()
    return len(chosen)

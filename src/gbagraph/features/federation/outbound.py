"""The server's side of the gateway: keeps that process running, and passes calls and replies on."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import secrets
import socket
import sys
from dataclasses import dataclass, fields
from itertools import count
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import msgspec

from gbagraph import tracing
from gbagraph._version import user_agent
from gbagraph.engine import process, wire
from gbagraph.engine.connection import Connection, Figure
from gbagraph.errors import ServiceFailed, ServiceLoop
from gbagraph.features.federation import ServiceSettings, messages
from gbagraph.features.federation.messages import (
    Call,
    Reply,
    Sender,
    decode_call,
    decode_reply,
    encode,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gbagraph.engine import Engine
    from gbagraph.engine.connection import Context
    from gbagraph.setting import AllowedService
    from gbagraph.settings import Settings
    from gbagraph.tracing import Span


log = logging.getLogger("gbagraph.engine")

_FIRST_PAUSE: Final = 0.1
_LONGEST_PAUSE: Final = 5.0
_HOP: Final = re.compile(r"\b1\.1 gbagraph-[0-9a-f]{8}\b")
"""A server of this software in a Via header. Only these are sent on: the rest is the client's text."""
_MOST_HOPS: Final = 5
"""Servers that may pass a query on before it comes here: more look like a circle of several."""


@dataclass(slots=True)
class Tally:
    """The calls of an endpoint since the start: queries sent, and what came of them.

    A query that a kept answer served, which is one of *cached*, took no call and no *seconds*.
    """

    calls: int = 0
    failures: int = 0
    cached: int = 0
    seconds: float = 0.0

    def add(self, reply: Reply) -> None:
        """Count the query with this *reply*."""
        self.cached += reply.is_cached
        self.calls += not reply.is_cached
        self.failures += bool(reply.error)
        self.seconds += reply.seconds


class PendingCall:
    """One call, whose replies go on to the worker as they come. It must be closed."""

    def __init__(
        self,
        outbound: Outbound,
        number: int,
        call: Call,
        worker: Connection,
        span: Span | None,
    ) -> None:
        self.call, self._left = call, set(range(len(call.queries)))
        self._outbound, self._number, self._worker = outbound, number, worker
        self._span, self._failure = span, ""

    def pass_on(self, reply: Reply) -> None:
        """Send *reply* to the worker."""
        self._failure = reply.error or self._failure
        self._left.discard(reply.number)
        self._worker.send(messages.REPLY, encode(reply))
        if not self._left:
            self.close()

    def fail(self, why: ServiceFailed | ServiceLoop) -> None:
        """Reply to each query that is left that it failed."""
        for number in sorted(self._left):
            self.pass_on(messages.failure(number, why))

    def close(self) -> bool:
        """End the call, if it has not ended; whether it had."""
        self._outbound.forget(self._number)
        span, self._span = self._span, None
        tracing.end(span, error=self._failure)
        return not self._left


def providers(settings: Settings, own: tuple[str, memoryview[float] | None]) -> Iterator[Outbound]:
    """Make the calls that *settings* allow, of the server that has its *own* name, or else a new one.

    Its pauses say until when each endpoint has asked not to be called, by :func:`time.monotonic`.
    """
    if services := settings.of(ServiceSettings).allow_service:
        name, pauses = own
        sender = Sender(f"gbagraph-{name or secrets.token_hex(4)}", user_agent(settings.contact))
        yield Outbound(
            services, sender, pauses or memoryview(bytearray(8 * len(services))).cast("d")
        )


class Outbound:
    """Calls of the endpoints *services*, made by the gateway in the name of *sender*."""

    kind = messages.CALL
    counted_as = "service_calls"
    is_evaluator = False

    def __init__(
        self,
        services: Sequence[AllowedService],
        sender: Sender,
        pauses: memoryview[float],
    ) -> None:
        self._services, self._sender, self._pauses = tuple(services), sender, pauses
        self._places = {each.iri: place for place, each in enumerate(services)}
        self.tallies = {each.iri: Tally() for each in services}
        self._numbers = count(1)
        self._pending: dict[int, PendingCall] = {}
        self._connection: Connection | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._task: asyncio.Task[None] | None = None

    def figures(self) -> Iterator[Figure]:
        """Return the figures of the calls of each endpoint."""
        for field in fields(Tally):
            counts = [
                (each.name or each.iri, getattr(self.tallies[each.iri], field.name))
                for each in self._services
            ]
            what = f"Calls of another endpoint: {field.name}."
            yield Figure(f"endpoint_{field.name}", what, "endpoint", counts)

    async def start(self, engine: Engine) -> None:  # noqa: ARG002  any calls the same endpoints
        """Start the gateway."""
        await self._launch()
        self._task = asyncio.create_task(self._keep_running())

    async def stop(self) -> None:
        """End the gateway."""
        if self._task is not None:
            self._task.cancel()
        await self._end()

    def open(self, payload: bytes, context: Context) -> PendingCall:
        """Begin the call that a worker wants made, for the time that its query has left."""
        hops = _HOP.findall(context.via)
        call = decode_call(payload)
        place = self._places.get(call.endpoint)
        span = _span(call, context.span)
        call = msgspec.structs.replace(
            call,
            seconds=max(0.0, context.seconds),
            via=", ".join(hops),
            trace=tracing.passed_on(span),
            until=0.0 if place is None else self._pauses[place],
        )
        number = next(self._numbers)
        pending = PendingCall(self, number, call, context.connection, span)
        self._pending[number] = pending
        loop = _loop(hops, self._sender.pseudonym)
        if loop is not None:
            pending.fail(loop)
        elif self._connection is None:
            pending.fail(_lost(call))
        else:
            message = wire.NUMBER.pack(number) + encode(call)
            self._connection.send(messages.GATEWAY_CALL, message)
        return pending

    def forget(self, number: int) -> None:
        """Have the gateway end a call, if it has not ended."""
        if self._pending.pop(number, None) and self._connection is not None:
            self._connection.send(messages.CANCEL, wire.NUMBER.pack(number))

    async def _launch(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = await asyncio.create_subprocess_exec(
                *(
                    sys.executable,
                    "-m",
                    "gbagraph.features.federation.gateway",
                    str(theirs.fileno()),
                ),
                pass_fds=[theirs.fileno()],
                stdin=asyncio.subprocess.DEVNULL,
                start_new_session=True,
                env=process.environment(with_credentials=False),
            )
        ours.setblocking(False)
        self._connection = await Connection.open(ours)
        self._connection.send(
            messages.SERVICES, msgspec.json.encode((self._sender, self._services))
        )

    async def _end(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()

    async def _keep_running(self) -> None:
        """Pass replies on, and start the gateway again whenever it is lost."""
        pause = _FIRST_PAUSE
        while True:
            while self._connection and (frame := await self._connection.next_frame()):
                pause = _FIRST_PAUSE
                self._pass_on(frame[1])
            log.warning("the gateway to other endpoints ended; it is started again")
            await self._end()
            for pending in tuple(self._pending.values()):
                pending.fail(_lost(pending.call))
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
            with contextlib.suppress(OSError):
                await self._launch()

    def _pass_on(self, payload: bytes) -> None:
        (number,) = wire.NUMBER.unpack_from(payload)
        pending = self._pending.get(number)
        if pending is None:
            return
        reply = decode_reply(payload[wire.NUMBER.size :])
        endpoint = pending.call.endpoint
        if (place := self._places.get(endpoint)) is not None:
            self.tallies[endpoint].add(reply)
            self._pauses[place] = max(self._pauses[place], reply.until)
        if reply.note:
            log.warning("call of <%s>: %s", endpoint, reply.note)
        pending.pass_on(msgspec.structs.replace(reply, note=""))


def _span(call: Call, parent: Span | None) -> Span | None:
    """The span of a call, which is one request or more, in the gateway."""
    if parent is None:
        return None
    parts = urlsplit(call.endpoint)
    attributes: dict[str, tracing.Value] = {
        "url.full": call.endpoint,
        "server.address": parts.hostname or "",
        "server.port": parts.port or (443 if parts.scheme == "https" else 80),
        "gbagraph.queries": len(call.queries),
    }
    return tracing.begin("SERVICE", "client", attributes, parent=parent)


def _lost(call: Call) -> ServiceFailed:
    return ServiceFailed(
        f"<{call.endpoint}> was not called: the process that calls other endpoints is being restarted.",
        endpoint=call.endpoint,
    )


def _loop(hops: Sequence[str], pseudonym: str) -> ServiceLoop | None:
    """The error for a query that was here before, by the *hops* in the Via header of its request."""
    if any(hop.endswith(f" {pseudonym}") for hop in hops) or len(hops) >= _MOST_HOPS:
        return ServiceLoop(
            "The query came here by way of other endpoints that had it from this server, or through "
            f"{_MOST_HOPS} servers or more, and would call on from here. It goes round in a circle.",
            via=", ".join(hops[:_MOST_HOPS]),
        )
    return None

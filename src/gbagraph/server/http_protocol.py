"""uvicorn's HTTP protocol with limits: on the size of a head, and on how long a client may take.

uvicorn's parser does all the framing; raw bytes are only counted here, but for lines before a head. This
class adds what uvicorn lacks: 414 and 431 for heads that are too large, 408 for heads that do not arrive
in time, 400 for versions that are not spoken, and the body of a request that offers another protocol
(``Upgrade: h2c``, RFC 7540, section 3.2). Java clients offer HTTP/2 in this way on plain HTTP, and a
server may ignore the offer (RFC 9110, section 7.8).
"""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import TYPE_CHECKING, Final, cast

import httptools

from gbagraph.errors import HeadersTooLarge, MalformedRequest, UriTooLong
from gbagraph.server.connection import LimitedConnection
from gbagraph.settings import MAX_FIELDS, MAX_TARGET

if TYPE_CHECKING:
    import asyncio

    from gbagraph.errors import RequestError
    from gbagraph.server.connection import Limits

_AUTHORITY: Final = rb"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~%!$&'()*+,;=-]*)(?::[0-9]*)?"
"""A host, which may be empty, and a port (RFC 9110, section 7.2, and RFC 3986, section 3.2)."""
_HOST: Final = re.compile(_AUTHORITY + rb"\Z")
_ABSOLUTE: Final = re.compile(
    rb"https?://(?![/?:])(%b)(?:/|(?=\?)|\Z)(.*)" % _AUTHORITY, re.I | re.S
)

_UPGRADE_FIELDS: Final = frozenset({b"upgrade", b"http2-settings"})
_VERSIONS: Final = frozenset({"1.0", "1.1"})
_EMPTY_LINES: Final = re.compile(rb"\A(?:\r?\n)+")
_MOST_DROPPED: Final = 4 * 1024 * 1024
"""Bytes beyond which a refused client has to wait until the connection is closed: reading takes time."""


class LimitedProtocol(LimitedConnection):
    """One connection."""

    def data_received(self, data: bytes) -> None:
        """Pass bytes to the parser (asyncio calls this)."""
        self._received += len(data)
        if self._is_deaf:
            if self._received > _MOST_DROPPED:
                self.flow.pause_reading()
            return
        try:
            if self._is_between:
                self._begun = self.loop.time()
                if data[0] in b"\r\n" or self._cut:
                    self._skip_lines(data)
            self._feed(data)
        except httptools.HttpParserError:
            self._refuse(
                self._refusal or MalformedRequest("This is not a request in HTTP/1.1 (RFC 9112).")
            )
            return
        if self._received > MAX_TARGET + MAX_FIELDS:
            self._refuse(_too_large())
        elif self._in_head and self._head_timer is None:
            self._start_head_timer()

    def _skip_lines(self, data: bytes) -> None:
        """Refuse a bare CR before a request; empty lines are ignored (RFC 9112, section 2.2)."""
        rest = _EMPTY_LINES.sub(b"", self._cut + data)
        self._cut = b"\r" if rest == b"\r" else b""
        if rest.startswith(b"\r") and not self._cut:
            raise httptools.HttpParserError

    def _feed(self, data: bytes) -> None:
        while data:
            try:
                self.parser.feed_data(data)
            except httptools.HttpParserUpgrade as offer:
                data = self._without_upgrade() + data[offer.args[0] :]
            else:
                return

    def _without_upgrade(self) -> bytes:
        """The head that was parsed, without its offer of another protocol."""
        method = self.parser.get_method()
        if method == b"CONNECT":
            self._refusal = MalformedRequest("CONNECT is for proxies. This server is not a proxy.")
            raise httptools.HttpParserError
        lines = [b"%b %b HTTP/%b" % (method, self.url, self.parser.get_http_version().encode())]
        for name, value in self.headers:
            if name == b"connection":
                tokens = [token.strip() for token in value.split(b",")]
                kept = [token for token in tokens if token.lower() not in _UPGRADE_FIELDS]
                value = b", ".join(kept)  # noqa: PLW2901
            if name not in _UPGRADE_FIELDS and (value or name != b"connection"):
                lines.append(b"%b: %b" % (name, value))
        self.parser = httptools.HttpRequestParser(self)
        return b"\r\n".join([*lines, b"", b""])

    # --- What the parser reports ---------------------------------------------------------------

    def on_message_begin(self) -> None:
        """Start a new head. uvicorn's own part of this is done in :meth:`handle_request`."""
        self.url = b""
        self.headers = []
        self._in_head, self._is_between = True, False

    def on_url(self, url: bytes) -> None:
        """Take a part of the target."""
        self.url += url
        if len(self.url) > MAX_TARGET:
            self._refusal = UriTooLong(
                f"The target of the request is longer than {MAX_TARGET} bytes. Send the query by POST.",
                limit=MAX_TARGET,
            )
            raise self._refusal

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header field."""
        self.headers.append((name.lower(), value.rstrip(b" \t")))  # RFC 9112, section 5

    def on_headers_complete(self) -> None:
        """Handle the request, unless its head has to be parsed again without an upgrade."""
        self._refusal = self._problem_of_head()
        if self._refusal is not None:
            raise self._refusal
        if self.url[:1] != b"/":
            self._to_origin_form()
        self._in_head = False
        self._received = 0
        self._stop_head_timer()
        self._is_done = self.parser.should_upgrade()
        if not self._is_done:
            self.handle_request()

    def _to_origin_form(self) -> None:
        """Read a target that is absolute, or ``*`` for OPTIONS (RFC 9112, section 3.2)."""
        if match := _ABSOLUTE.match(self.url):
            others = [field for field in self.headers if field[0] != b"host"]
            self.url, self.headers = b"/" + match[2], [(b"host", match[1]), *others]
        elif self.url == b"*" and self.parser.get_method() == b"OPTIONS":
            self.url = b"/sparql"  # no other address has more methods

    def _problem_of_head(self) -> RequestError | None:
        """What is wrong with a head: its size, version, coding, fields Host; HTTP/1.0 may have none."""
        if (
            self._received
            > MAX_FIELDS
            < sum(len(name) + len(value) for name, value in self.headers)
        ):
            return _too_large()
        version = self.parser.get_http_version()
        if version not in _VERSIONS:
            return MalformedRequest(
                "The first line of a request ends with its version, HTTP/1.1 or HTTP/1.0; this server "
                "speaks no other (RFC 9112, section 3)."
            )
        codings = [value for name, value in self.headers if name == b"transfer-encoding"]
        if codings and [coding.lower() for coding in codings] != [b"chunked"]:
            return MalformedRequest(
                "This server knows no Transfer-Encoding but chunked (RFC 9112, section 6.1)."
            )
        hosts = [value for name, value in self.headers if name == b"host"]
        if [bool(_HOST.match(host)) for host in hosts] == [True] or (
            version == "1.0" and not hosts
        ):
            return None
        return MalformedRequest(
            "A request in HTTP/1.1 has one field Host, such as Host: example.org, and no other "
            "has more (RFC 9112, section 3.2)."
        )

    def handle_request(self) -> None:
        """Start to answer the request as uvicorn does, by ASGI."""
        url, headers = self.url, self.headers
        self._before = self.cycle
        super().on_message_begin()
        self.url = url
        for name, value in headers:
            super().on_header(name, value)
        super().on_headers_complete()
        closing = SimpleNamespace(
            write=self.transport.write, is_closing=self.transport.is_closing, close=self._finish
        )
        self.cycle.transport = cast("asyncio.Transport", closing)
        if not self.pipeline:
            self._running = self.cycle
        if self.is_leaving:
            self._let_it_be_the_last()

    def _let_it_be_the_last(self) -> None:
        """Close the connection with this answer, and not with that before, if several are asked for."""
        if self._last is not None and not self._last.response_started:
            self._last.keep_alive = True
        self._last = self.cycle
        self._last.keep_alive = False

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        self._received = 0
        if not self._is_done:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """Take the end of the message."""
        self._received, self._is_between = 0, True
        if not self._is_done:
            super().on_message_complete()

    def on_response_complete(self) -> None:
        """Continue after a response has been sent (uvicorn calls this)."""
        self._active = self.loop.time()
        if self._linger_timer is not None:
            return  # that was the last answer
        if self.pipeline:
            self._running = self.pipeline[-1][0]
        if self.pipeline or self.timeout_keep_alive_task is None or self.flow.read_paused:
            super().on_response_complete()
        if self.cycle is not None and not self.cycle.response_complete:
            return  # the next one of a pipeline
        if self._refusal is not None:
            self._refuse(self._refusal)
        elif self._half_closed:
            self._finish()


def _too_large() -> HeadersTooLarge:
    return HeadersTooLarge(
        f"The header fields are larger than {MAX_FIELDS} bytes in all.", limit=MAX_FIELDS
    )


def with_limits(limits: Limits) -> type[LimitedProtocol]:
    """The protocol class with these limits."""
    return type("LimitedProtocol", (LimitedProtocol,), {"limits": limits})

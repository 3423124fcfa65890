"""A request as the endpoint sees it: what of an HTTP message can change the answer, and its client."""

from __future__ import annotations

import ipaddress
import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import count
from secrets import token_hex
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import msgspec

from gbagraph.sparql.protocol import parameters

if TYPE_CHECKING:
    from gbagraph.endpoint.rate_limit import Allowance
    from gbagraph.engine.jobs import Job
    from gbagraph.tracing import Span


QUERY_METHODS: Final = ("GET", "HEAD", "POST", "QUERY", "OPTIONS")

RELEVANT: Final = frozenset(
    {
        *(b"accept", b"accept-encoding", b"accept-language", b"content-type"),
        *(b"cookie", b"if-none-match", b"if-modified-since"),
    }
)
"""Header fields that determine a response, beside method, target and body."""

PROXY_HEADERS: Final = frozenset(
    {"forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"}
)
"""Header fields in which proxies pass on the address that was requested, and the client."""

PREFLIGHT_HEADERS: Final = frozenset(
    {b"access-control-request-headers", b"access-control-request-method"}
)
"""Header fields of a preflight (Fetch Standard, section 3.2.2)."""

_KEPT: Final = (
    RELEVANT
    | PREFLIGHT_HEADERS
    | {
        *(b"host", b"origin", b"authorization"),
        *(b"mcp-protocol-version", b"mcp-method", b"mcp-name"),
        b"accept-datetime",
        b"user-agent",
        b"via",
        b"traceparent",
        b"tracestate",
        *map(str.encode, PROXY_HEADERS),
    }
)
_HOST: Final = re.compile(r"(?:[A-Za-z0-9._~-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?\Z")
_ID: Final = re.compile(rb"[A-Za-z0-9._-]{1,64}\Z")
_TRACE: Final = re.compile(rb"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
_WITH_PORT: Final = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\](?::\d+)?|(\d+\.\d+\.\d+\.\d+):\d+)\Z")
_PAIR: Final = re.compile(r"""\s*([a-z]+)=(?:"([^"]*)"|([^;,\s"]*))\s*""", re.I)


Address = Sequence[Any] | None
"""Host and port of a socket, as in ASGI; None for a Unix socket."""


new_id: Final[Callable[[], str]] = map(f"{token_hex(4)}-{{:x}}".format, count(1)).__next__
"""An id for a request: what those of this process begin with, and a number."""


class Request(msgspec.Struct):
    """A request. *path* is percent-decoded, without the server's prefix; *headers* are in lower case.

    Header fields of the same name are joined by commas (RFC 9110, section 5.3). *client* is the address
    of the client. *id* is what the request is called in logs, *begun* when it came, *job* what is
    evaluated for it, *allowance* what its client may still ask, if that is limited and it counts,
    *route* the template of its address, and *span* what traces have of it. It *is_stopped* if the server
    ends before it is answered.
    """

    method: str
    path: str
    query_string: bytes
    headers: Mapping[str, str]
    client: str
    addresses: Addresses
    scheme: str = "http"
    local: Address = None
    forwarded: Mapping[str, str] = {}
    body: bytes = b""
    http_version: str = "1.1"
    id: str = ""
    begun: float = msgspec.field(default_factory=time.monotonic)
    job: Job | None = None
    allowance: Allowance | None = None
    route: str = ""
    span: Span | None = None
    is_stopped: bool = False
    _parameters: list[tuple[str, str]] | None = None

    @property
    def parameters(self) -> list[tuple[str, str]]:
        """The parameters of the URL, decoded once.

        Raises:
            MalformedRequest: they are not UTF-8, or too many.
        """
        if self._parameters is None:
            self._parameters = parameters(self.query_string, "query string")
        return self._parameters

    @property
    def who(self) -> str:
        """Who counts as one client: an address, or a network of IPv6."""
        return network(self.client)

    @property
    def accept(self) -> str:
        """The Accept header; empty if there is none."""
        return self.headers.get("accept", "")

    @property
    def via(self) -> str:
        """The Via header: through which servers the request came; empty if there is none."""
        return self.headers.get("via", "")

    @property
    def prefix(self) -> str:
        """The path prefix under which the server is published, without a slash at the end."""
        return self.addresses.prefix

    @property
    def base(self) -> str:
        """The server's public address, with its prefix and without a slash at the end.

        The setting of the operator comes first, then what a trusted proxy says, then the client's Host.
        """
        if self.addresses.public_url:
            return self.addresses.public_url
        host = self.forwarded.get("host") or self.headers.get("host", "")
        if not _HOST.match(host):
            name, port = self.local or ("localhost", None)
            host = f"{name}:{port}" if port else name
        return f"{self.forwarded.get('proto', self.scheme)}://{host}{self.prefix}"


class Heading(msgspec.Struct, frozen=True):
    """What a connection and header fields say of a request: the same for many of one client.

    *headers* are in lower case, joined where several have one name (RFC 9110, section 5.3), *client* is
    the address of the client, *forwarded* what trusted proxies say. *id* is what the request is called
    by a proxy or by the trace that it is part of, if it is.
    """

    headers: Mapping[str, str]
    client: str
    scheme: str
    local: Address
    forwarded: Mapping[str, str]
    id: str


class Addresses:
    """Where the server is published, and which proxies it trusts to say so.

    Args:
        public_url: the address of the start page, if the operator sets it.
        root_path: the path prefix under which a proxy publishes the server.
        trusted: addresses or networks of proxies whose forwarding headers count; ``*`` for all.
    """

    def __init__(
        self, public_url: str = "", root_path: str = "", trusted: Iterable[str] = ()
    ) -> None:
        self.public_url = public_url.rstrip("/")
        self.prefix = urlsplit(self.public_url).path if public_url else root_path.rstrip("/")
        self._trusts_all = "*" in trusted
        self._networks = [
            ipaddress.ip_network(text, strict=False) for text in trusted if text != "*"
        ]
        self._trusts = lru_cache(maxsize=4096)(self._is_trusted)

    def _is_trusted(self, peer: str) -> bool:
        if self._trusts_all:
            return True
        try:
            address = ipaddress.ip_address(peer)
        except ValueError:
            return False  # a Unix socket, or a test
        return any(address in network for network in self._networks)

    def _is_proxy(self, address: str) -> bool:
        """Whether this address is named as a proxy; where all are trusted, no single one is."""
        return not self._trusts_all and self._trusts(_bare(address))

    def request(  # noqa: PLR0913  the parts of an HTTP message
        self,
        method: str,
        path: str,
        query_string: bytes,
        headers: Iterable[tuple[bytes, bytes]],
        *,
        peer: Address,
        local: Address,
        scheme: str = "http",
        body: bytes = b"",
        http_version: str = "1.1",
    ) -> Request:
        """The request that came from *peer* to *local*.

        *path* is percent-decoded, with or without the server's prefix.
        """
        heading = self.heading(headers, peer=peer, local=local, scheme=scheme)
        return self.headed(heading, method, path, query_string, body, http_version)

    def headed(  # noqa: PLR0913, PLR0917  the parts of an HTTP message
        self,
        heading: Heading,
        method: str,
        path: str,
        query_string: bytes,
        body: bytes = b"",
        http_version: str = "1.1",
    ) -> Request:
        """The request with this *heading*; *path* as for :meth:`request`."""
        # A proxy may send the path with its prefix or without.
        if self.prefix and f"{path}/".startswith(f"{self.prefix}/"):
            path = path.removeprefix(self.prefix)
        return Request(
            method,
            path or "/",
            query_string,
            heading.headers,
            heading.client,
            self,
            heading.scheme,
            heading.local,
            heading.forwarded,
            body,
            http_version,
            heading.id or new_id(),
        )

    def heading(
        self,
        headers: Iterable[tuple[bytes, bytes]],
        *,
        peer: Address,
        local: Address,
        scheme: str = "http",
    ) -> Heading:
        """What these *headers* say, which came from *peer* to *local*."""
        read = _joined(headers)
        client = peer[0] if peer else ""
        is_forwarded = not PROXY_HEADERS.isdisjoint(read) and self._trusts(client)
        forwarded = _forwarded(read, self._is_proxy) if is_forwarded else {}
        named = self._named(headers, client)
        client = _bare(forwarded.get("for", client))
        return Heading(read, client, scheme, local, forwarded, named)

    def _named(self, headers: Iterable[tuple[bytes, bytes]], client: str) -> str:
        """What a request is called in logs: the id that a trusted proxy or the client's trace gives it.

        That is X-Request-Id of a proxy, or the trace id of ``traceparent`` (W3C Trace Context, section
        3.2), which may come from anybody. It is empty if neither does.
        """
        trace = ""
        for name, value in headers:
            if name == b"x-request-id" and _ID.match(value) and self._trusts(client):
                return value.decode()
            if name == b"traceparent" and (match := _TRACE.match(value)):
                trace = match[1].decode()
        return trace


def _joined(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in headers:
        if name in _KEPT:
            key, text = name.decode(), value.decode("latin-1")
            joined[key] = f"{joined[key]}, {text}" if key in joined else text
    return joined


def _forwarded(headers: Mapping[str, str], is_proxy: Callable[[str], bool]) -> dict[str, str]:
    """What trusted proxies say: the address of the client, and the host and scheme that it requested.

    Each proxy appends an entry, so the last one comes from the proxy that is trusted, and the one before
    it counts only where that is a proxy too. ``Forwarded`` (RFC 7239) counts where there is no
    ``X-Forwarded-For``: most proxies write that, and pass on what a client sent as ``Forwarded``.
    """
    said = {
        part: headers[name].rpartition(",")[2].strip()
        for part, name in (("host", "x-forwarded-host"), ("proto", "x-forwarded-proto"))
        if name in headers
    }
    if "x-forwarded-for" in headers:
        said["for"] = _client(headers["x-forwarded-for"].split(","), is_proxy)
    elif entries := [_pairs(each) for each in headers.get("forwarded", "").split(",")]:
        said |= entries[-1]
        said["for"] = _client([each.get("for", "") for each in entries], is_proxy)
    said["proto"] = said.get("proto", "").lower()
    if said["proto"] not in ("http", "https"):
        del said["proto"]
    return {name: value for name, value in said.items() if value}


def _pairs(entry: str) -> dict[str, str]:
    return {name.lower(): quoted or bare for name, quoted, bare in _PAIR.findall(entry)}


def _client(entries: Sequence[str], is_proxy: Callable[[str], bool]) -> str:
    """The last of the *entries* that is no proxy; if all are, the first."""
    client = ""
    for each in reversed(entries):
        client = each.strip() or client
        if not is_proxy(client):
            break
    return client


def _bare(address: str) -> str:
    """An address without brackets and port, which proxies may write; anything else as it is."""
    if match := _WITH_PORT.match(address):
        return match[1] or match[2]
    return address


@lru_cache(maxsize=4096)
def network(address: str) -> str:
    """What of an address stands for a client: of IPv6 the network of 64 bits that one is given."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if not isinstance(parsed, ipaddress.IPv6Address):
        return address
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed.packed[:8].ljust(16, b"\0"), 64)))

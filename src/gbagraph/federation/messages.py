"""What a worker asks of other endpoints and what it gets, as values that cross between processes."""

from __future__ import annotations

import secrets
from typing import Final

import msgspec

from gbagraph._version import __version__

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

_HOME: Final = "https://w3id.org/gbagraph/"


class Sender(msgspec.Struct, frozen=True):
    """How a server names itself to the endpoints that it calls.

    *pseudonym* stands for it in Via headers (RFC 9110, section 7.6.3). *contact* is an address of who
    runs it, which operators of endpoints ask for in User-Agent.
    """

    pseudonym: str
    contact: str = ""

    @property
    def user_agent(self) -> str:
        """The value of the header, of printable ASCII."""
        shown = "".join(sign for sign in self.contact if "!" <= sign <= "~" and sign not in "()")
        return f"gbagraph/{__version__} (+{shown or _HOME})"


def new_sender(contact: str = "") -> Sender:
    """Return a server that calls others, under a pseudonym that no other has."""
    return Sender(f"gbagraph-{secrets.token_hex(4)}", contact)


class Call(msgspec.Struct, frozen=True):
    """Send each of *queries* to the endpoint with the IRI *endpoint*, within so many *seconds*.

    *via* is the Via header (RFC 9110, section 7.6.3) of the request for which it is called, and *trace*
    are the header fields that continue its trace.
    """

    endpoint: str
    queries: tuple[str, ...]
    seconds: float = 0.0
    via: str = ""
    trace: dict[str, str] = {}


class Reply(msgspec.Struct, frozen=True):
    """What came of the query with this *number*, from 0, in its call.

    Either an answer, with its media type, or the name, message and details of an error. *retrieved* is
    when the endpoint gave the answer, in UTC; if it *is_cached*, it has been kept since. The call took
    so many *seconds*.
    """

    number: int
    body: bytes = b""
    media_type: str = ""
    retrieved: str = ""
    error: str = ""
    message: str = ""
    details: dict[str, str | float] = {}
    seconds: float = 0.0
    is_cached: bool = False


encode = msgspec.msgpack.Encoder().encode
decode_call = msgspec.msgpack.Decoder(Call).decode
decode_reply = msgspec.msgpack.Decoder(Reply).decode

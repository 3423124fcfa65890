"""A link to an answer: the question, the version and the hash of the answer, packed into an address."""

from __future__ import annotations

import binascii
import hashlib
import re
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import TYPE_CHECKING, Final, Self
from urllib.parse import quote, urlencode

import msgspec

from gbagraph.errors import MalformedRequest
from gbagraph.paths import own_query

if TYPE_CHECKING:
    from gbagraph.features.versions.history import Version

_LARGEST: Final = 256 * 1024
"""Bytes of a question once it is unpacked."""
_DIGITS: Final = 24
"""Hexadecimal digits of the hash of a link."""
_DIGEST: Final = re.compile(rf"[0-9a-f]{{{_DIGITS}}}")
_WBITS: Final = -15
"""A deflated stream without header (RFC 1951): the hash is check enough."""


class Permalink(msgspec.Struct, frozen=True):
    """A question that was asked of a version, and the hash of its answer.

    ``path`` is below the server's address (``sparql``, ``queries/timeline``), ``asked`` are the
    parameters. ``data`` is the hash of the dataset, empty where it has none, ``answer`` the SHA-256 of
    the answer in SPARQL results JSON, of a graph in N-Triples, ``date`` the day on which it was asked.
    """

    path: str
    asked: tuple[tuple[str, str], ...]
    version: str
    data: str
    answer: str
    date: str

    @property
    def content(self) -> bytes:
        """Return it as bytes, always the same."""
        return msgspec.json.encode(self)

    @property
    def digest(self) -> str:
        """The beginning of the hash of its content, which names it."""
        return digest_of(self.content)

    @property
    def address(self) -> str:
        """Its address below that of the server."""
        squeezer = zlib.compressobj(9, wbits=_WBITS)
        packed = squeezer.compress(self.content) + squeezer.flush()
        return f"answers/{self.digest}/{urlsafe_b64encode(packed).rstrip(b'=').decode()}"

    @property
    def question(self) -> str:
        """The address of the answer below that of the server, of the version that was asked."""
        asked = f"?{urlencode(self.asked)}" if self.asked else ""
        return f"versions/{quote(self.version)}/{quote(self.path)}{asked}"

    def is_of(self, version: Version) -> bool:
        """Return whether *version* is the very one that was asked."""
        return version.name == self.version and version.hash == self.data

    @classmethod
    def unpacked(cls, digest: str, content: str) -> Self:
        """Return what was packed into an address.

        Raises:
            MalformedRequest: it is not what was packed.
        """
        try:
            packed = urlsafe_b64decode(content + "=" * (-len(content) % 4))
            unpacker = zlib.decompressobj(_WBITS)
            plain = unpacker.decompress(packed, _LARGEST)
        except (binascii.Error, ValueError, zlib.error):
            raise _broken() from None
        if not unpacker.eof or unpacker.unused_data:
            raise _broken()
        return cls.read(digest, plain)

    @classmethod
    def read(cls, digest: str, content: bytes) -> Self:
        """Return what *content* says, if that has this hash.

        Raises:
            MalformedRequest: it has another one, or is no question.
        """
        if digest_of(content) != digest:
            raise _broken()
        try:
            link = msgspec.json.decode(content, type=cls)
        except msgspec.DecodeError:
            raise _broken() from None
        if link.path != "sparql" and not link.path.startswith("queries/"):
            raise _broken()
        return link


def digest_of(content: bytes) -> str:
    """Return the beginning of the SHA-256 of *content*."""
    return hashlib.sha256(content).hexdigest()[:_DIGITS]


def is_digest(text: str) -> bool:
    """Return whether *text* can name a link."""
    return _DIGEST.fullmatch(text) is not None


def label_query(iri: str) -> str:
    """Return the query for the name of a thing."""
    return own_query("features/answers", "label").replace("<this>", f"<{iri}>")


def _broken() -> MalformedRequest:
    return MalformedRequest(
        "This is no whole link to an answer: what it holds does not fit its hash. A link may have lost "
        "some characters at a line break; copy all of it."
    )

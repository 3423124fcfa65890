"""What a look-up of identifiers found, as values of Python."""

from __future__ import annotations

from typing import Final

import msgspec
from msgspec import Struct

from gbagraph.explain.evidence import Basis  # noqa: TC001  msgspec reads the annotations


class Link(Struct, frozen=True):
    """A triple that links, as it stands, and on what it rests."""

    subject: str
    predicate: str
    object: str
    basis: Basis
    graphs: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    claim: str = ""
    note: str = ""


class Match(Struct, frozen=True):
    """A thing, by which relation it is what was asked for, and the links that lead there.

    *described* says whether the data say anything of it but to what it is linked. *address* is that of
    its page on a server, relative to the start page.
    """

    iri: str
    name: str
    label: str
    address: str
    described: bool
    relation: str
    links: tuple[Link, ...] = ()


class Suggestion(Struct, frozen=True):
    """Another spelling of an IRI, which is known."""

    iri: str
    label: str = ""


class Identified(Struct, frozen=True):
    """What was asked for, and what it is here, the closest first; nothing if it is not known.

    *suggestions* are other spellings that are known. *error* says why the text is no IRI, if it is none.
    """

    iri: str
    matches: tuple[Match, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()
    error: str = ""


class _Answer(Struct, frozen=True):
    results: list[Identified]


_decoder: Final = msgspec.json.Decoder(_Answer)


def read(body: bytes) -> list[Identified]:
    """The results from their JSON."""
    return _decoder.decode(body).results

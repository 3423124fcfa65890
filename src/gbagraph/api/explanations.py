"""Explanations as plain data: evidence of rows, proofs, diagnostics, and matches of identifiers.

What makes them is in the modules beside this one, which import far more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

if TYPE_CHECKING:
    import pyoxigraph as ox

    from gbagraph.rdf.dataset import Node
    from gbagraph.sparql.sources import Source


Basis = Literal["stated", "inferred", "ours", "derived", "ontology", "asserted"]
"""How a triple is known: a passage states it, or it is inferred from one; the words are ours, made from
a passage; it is derived by rules; it belongs to the ontology; or it is asserted and nothing is said of
why."""
Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True, slots=True)
class RowTriple:
    """A triple on which a row rests, how it is known, and the *paragraphs* on which it rests.

    *graph* is the one in which it stands, if the query reads it there by GRAPH.
    """

    triple: ox.Triple
    basis: Basis
    paragraphs: tuple[str, ...] = ()
    graph: Node | None = None


@dataclass(frozen=True, slots=True)
class RowEvidence:
    """On what a row rests: all of it if *complete*; *note* says why not, or what else it rests on.

    *services* are the other endpoints whose answers it rests on: then it is not complete.
    """

    triples: tuple[RowTriple, ...] = ()
    complete: bool = True
    note: str = ""
    services: tuple[Source, ...] = ()

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """The IRIs of the paragraphs and other sources, sorted."""
        return tuple(sorted({name for row in self.triples for name in row.paragraphs}))


@dataclass(frozen=True, slots=True)
class Proof:
    """A triple, and the *rule* by which it follows from its *premises*; or ``asserted``, with none.

    *basis* says how it is known, *paragraphs* are the IRIs of the passages at the leaves, sorted. An
    asserted triple has the *claim* about it and its *note*, and the *graphs* in which it stands.
    """

    triple: ox.Triple
    rule: str
    basis: Basis
    paragraphs: tuple[str, ...]
    premises: tuple[Proof, ...] = ()
    claim: str | None = None
    note: str | None = None
    graphs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """What is wrong or misleading in a query.

    ``code`` is stable. ``severity``: an *error* keeps the query, or a part of it, from having any
    answer; a *warning* says that an answer is partial or means something else; an *info* is neither.
    ``line`` and ``column`` (from 1) are those of the token. ``suggestion`` is what should stand there,
    ``query`` the whole query with every repair made that is known; both empty where there is none.
    """

    code: str
    severity: Severity
    message: str
    line: int
    column: int
    suggestion: str = ""
    query: str = ""


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
    """A thing, its relation to the identifier, and the links that lead there.

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
    """An identifier, and what it is here, the closest first; nothing if it is not known.

    *suggestions* are other spellings that are known. *error* says why the text is no IRI, if it is none.
    """

    iri: str
    matches: tuple[Match, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()
    error: str = ""

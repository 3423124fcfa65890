"""The limits of a service as RDF, and the vocabulary for them.

No standard has terms for limits: Service Description (SPARQL 1.1 and 1.2), VoID and DCAT say what a
service can do and what its data are, but not how long a query may run. So these are terms of the
software, whatever the dataset is, each a property of ``sd:Service``. Sizes are in bytes, times are
durations, so that nobody has to guess a unit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import pyoxigraph as ox

from gbagraph.dataset.description.void import Statement, name
from gbagraph.rdf.namespaces import PREFIXES, SERVICE
from gbagraph.settings import MAX_AGE, MAX_TARGET, MEGABYTE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gbagraph.rdf.formats import Format
    from gbagraph.settings import Settings

_DURATION: Final = "dayTimeDuration"
_BYTES: Final = "nonNegativeInteger"


class Limit(NamedTuple):
    """A term: name, label, meaning, datatype, and its value, of a duration in seconds."""

    name: str
    label: str
    meaning: str
    datatype: Literal["dayTimeDuration", "nonNegativeInteger"]
    value: Callable[[Settings], float]

    @property
    def range(self) -> ox.NamedNode:
        """The datatype of its values."""
        return ox.NamedNode(PREFIXES["xsd"] + self.datatype)

    def literal(self, settings: Settings) -> ox.Literal:
        """Its value with these settings."""
        number = self.value(settings)
        text = duration(number) if self.datatype == _DURATION else str(round(number))
        return ox.Literal(text, datatype=self.range)


def duration(seconds: float) -> str:
    """*seconds* as an ``xsd:dayTimeDuration`` in canonical form (XML Schema 1.1 part 2, section E.2)."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(int(minutes), 60)
    days, hours = divmod(hours, 24)
    parts = ((hours, "H"), (minutes, "M"), (round(rest, 6), "S"))
    time = "".join(f"{number:g}{unit}" for number, unit in parts if number)
    day = f"{days}D" if days else ""
    return f"P{day}T{time}" if time else f"P{day}" if day else "PT0S"


LIMITS: Final = (
    Limit(
        "queryTimeout",
        "query timeout",
        "How long a query may run, from its arrival to the last byte of its answer. Then it is "
        "stopped: with status 504, or by breaking the connection if a part of the answer is "
        "sent. The parameter timeout of a request, in seconds, lowers it.",
        _DURATION,
        lambda settings: settings.query_timeout,
    ),
    Limit(
        "queryMemory",
        "query memory",
        "Bytes of memory that a query may use on top of the graph; one that needs more ends "
        "with status 500.",
        _BYTES,
        lambda settings: settings.query_memory * MEGABYTE,
    ),
    Limit(
        "resultSize",
        "result size",
        "Bytes of the largest result, before compression. A larger one ends with an error: "
        "status 500, or a broken connection if a part of it is sent.",
        _BYTES,
        lambda settings: settings.result_size * MEGABYTE,
    ),
    Limit(
        "bodySize",
        "body size",
        "Bytes of the largest body of a request, such as a query with the values of a join; a "
        "larger one is refused (413).",
        _BYTES,
        lambda settings: settings.body_size * MEGABYTE,
    ),
    Limit(
        "bodyTimeout",
        "body timeout",
        "How long the body of a request may take to arrive; a slower one is refused (408).",
        _DURATION,
        lambda settings: settings.transfer_timeout,
    ),
    Limit(
        "targetLength",
        "target length",
        "Bytes of the longest target of a request, its path and query string together; a longer "
        "query has to be sent by POST (414).",
        _BYTES,
        lambda _: MAX_TARGET,
    ),
    Limit(
        "slowQueries",
        "slow queries",
        "How many slow queries are run at once, and as many large answers; of one client three "
        "quarters of that at most. Another one is refused (503) with Retry-After. Quick queries "
        "wait for their turn.",
        _BYTES,
        # Each of several processes has its share.
        lambda settings: settings.max_slow_queries * settings.workers,
    ),
    Limit(
        "maxAge",
        "max-age",
        "How long a client may keep an answer without asking again (Cache-Control). Its entity "
        "tag stays the same as long as the data and the query do.",
        _DURATION,
        lambda _: MAX_AGE,
    ),
)
"""The terms, as they are said of a service."""


def limits(endpoint: str, settings: Settings) -> Iterator[Statement]:
    """The limits of the service at the URL *endpoint* that runs with *settings*."""
    for limit in LIMITS:
        yield Statement(endpoint, f"service:{limit.name}", limit.literal(settings))


def serialize(offer: Format) -> bytes:
    """The vocabulary in the given format."""
    rdf_format = ox.RdfFormat.from_extension(offer.serializer)
    prefixes = {prefix: PREFIXES[prefix] for prefix in ("owl", "rdfs", "sd", "xsd")}
    return (
        ox.serialize(vocabulary(), format=rdf_format, prefixes=prefixes | {"service": SERVICE})
        or b""
    )


def vocabulary() -> Iterator[ox.Triple]:
    """The vocabulary: each term with its label, its meaning, its domain and its range."""
    whole = ox.NamedNode(SERVICE.removesuffix("#"))
    yield ox.Triple(whole, name("rdf:type"), name("owl:Ontology"))
    yield _text(whole, "rdfs:label", "Limits of a SPARQL service")
    for limit in LIMITS:
        term = ox.NamedNode(SERVICE + limit.name)
        yield ox.Triple(term, name("rdf:type"), name("owl:DatatypeProperty"))
        yield _text(term, "rdfs:label", limit.label)
        yield _text(term, "rdfs:comment", limit.meaning)
        yield ox.Triple(term, name("rdfs:domain"), name("sd:Service"))
        yield ox.Triple(term, name("rdfs:range"), limit.range)
        yield ox.Triple(term, name("rdfs:isDefinedBy"), whole)


def _text(subject: ox.NamedNode, curie: str, text: str) -> ox.Triple:
    return ox.Triple(subject, name(curie), ox.Literal(text, language="en"))

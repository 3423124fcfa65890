"""The limits of a service as RDF, and the vocabulary for them.

No standard has terms for limits: Service Description (SPARQL 1.1 and 1.2), VoID and DCAT say what a
service can do and what its data are, but not how long a query may run. So these are terms of the
software, whatever the dataset is, each a property of ``sd:Service``, or of an endpoint that the service
calls. Sizes are in bytes, times are durations, so that nobody has to guess a unit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Generic, Literal, NamedTuple, TypeVar

import pyoxigraph as ox

from gbagraph.dataset.void import Statement, facts, name
from gbagraph.rdf.formats import GraphFormat, narrowed
from gbagraph.rdf.namespaces import PREFIXES, SERVICE
from gbagraph.setting import per_second
from gbagraph.settings import MAX_AGE, MAX_TARGET, MEGABYTE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gbagraph.rdf.formats import Format
    from gbagraph.setting import AllowedService
    from gbagraph.settings import Settings


_DURATION: Final = "dayTimeDuration"
_COUNT: Final = "nonNegativeInteger"


_Of = TypeVar("_Of")


class Limit(NamedTuple, Generic[_Of]):
    """A term: name, label, meaning, datatype, and its value, of a duration in seconds.

    It has none where there is no such limit.
    """

    name: str
    label: str
    meaning: str
    datatype: Literal["dayTimeDuration", "nonNegativeInteger"]
    value: Callable[[_Of], float | None]

    @property
    def range(self) -> ox.NamedNode:
        """The datatype of its values."""
        return ox.NamedNode(PREFIXES["xsd"] + self.datatype)

    def literal(self, settings: _Of) -> ox.Literal | None:
        """Its value with these settings."""
        number = self.value(settings)
        if number is None:
            return None
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


LIMITS: Final[tuple[Limit[Settings], ...]] = (
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
        _COUNT,
        lambda settings: settings.query_memory * MEGABYTE,
    ),
    Limit(
        "resultSize",
        "result size",
        "Bytes of the largest result, before compression. A larger one ends with an error: "
        "status 500, or a broken connection if a part of it is sent.",
        _COUNT,
        lambda settings: settings.result_size * MEGABYTE,
    ),
    Limit(
        "bodySize",
        "body size",
        "Bytes of the largest body of a request, such as a query with the values of a join; a "
        "larger one is refused (413).",
        _COUNT,
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
        _COUNT,
        lambda _: MAX_TARGET,
    ),
    Limit(
        "slowQueries",
        "slow queries",
        "How many slow queries are run at once, and as many large answers; of one client three "
        "quarters of that at most. Others wait their turn; too many, or for too long, are refused "
        "(503) with Retry-After.",
        _COUNT,
        # Each of several processes has its share.
        lambda settings: settings.max_slow_queries * settings.workers,
    ),
    Limit(
        "requestInterval",
        "request interval",
        "The time between two requests of a client, on average; one that sends more is refused (429) "
        "with Retry-After. A repeated request whose whole response is kept does not count.",
        _DURATION,
        lambda settings: 1 / per_second(settings.rate_limit) if settings.rate_limit else None,
    ),
    Limit(
        "requestBurst",
        "request burst",
        "How many requests a client may send at once before the interval applies.",
        _COUNT,
        lambda settings: settings.rate_burst if settings.rate_limit else None,
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


CALL_LIMITS: Final[tuple[Limit[AllowedService], ...]] = (
    Limit(
        "callTimeout",
        "call timeout",
        "How long a call of the endpoint may take, waiting for others to end included. Then SERVICE "
        "fails: with status 504, or with one empty solution if it is SILENT.",
        _DURATION,
        lambda service: service.timeout,
    ),
    Limit(
        "answerSize",
        "answer size",
        "Bytes of the largest answer that is taken from the endpoint; with a larger one SERVICE fails.",
        _COUNT,
        lambda service: service.size * MEGABYTE,
    ),
    Limit(
        "parallelCalls",
        "parallel calls",
        "How many calls of the endpoint are made at once; the others wait.",
        _COUNT,
        # Each of several processes has its own.
        lambda service: service.parallel,
    ),
    Limit(
        "batchSize",
        "batch size",
        "How many bindings are sent to the endpoint with one call, in VALUES.",
        _COUNT,
        lambda service: service.batch,
    ),
)
"""The terms, as they are said of an endpoint that a service calls."""

_CALLS: Final = (
    "calls",
    "calls",
    "An endpoint that queries of the service may call with SERVICE; without one it calls nobody.",
)
_ENDPOINT: Final = ("endpoint", "endpoint", "The IRI that SERVICE has to name to call it.")
_CALLED: Final = (
    "CalledEndpoint",
    "called endpoint",
    "An endpoint that a service calls, with the limits of these calls; its label is what it is called.",
)


def limits(endpoint: str, settings: Settings) -> Iterator[Statement]:
    """The limits of the service at the URL *endpoint* that runs with *settings*."""
    called = settings.value("allow_service") or ()
    yield from facts(
        endpoint,
        *((f"service:{limit.name}", limit.literal(settings)) for limit in LIMITS),
        ("sd:feature", name("sd:BasicFederatedQuery") if called else None),
    )
    for number, service in enumerate(called, start=1):
        yield from _called(endpoint, f"{endpoint}#calls-{number}", service)


def _called(endpoint: str, node: str, service: AllowedService) -> Iterator[Statement]:
    """An endpoint that the service calls; it is no sd:endpoint, of which a service has one."""
    yield Statement(endpoint, "service:calls", ox.NamedNode(node))
    yield from facts(
        node,
        ("rdf:type", name("service:CalledEndpoint")),
        ("service:endpoint", ox.NamedNode(service.iri)),
        ("rdfs:label", service.name or None),
        *((f"service:{limit.name}", limit.literal(service)) for limit in CALL_LIMITS),
    )


def serialize(offer: Format) -> bytes:
    """The vocabulary in the given format."""
    prefixes = {prefix: PREFIXES[prefix] for prefix in ("owl", "rdfs", "sd", "xsd")}
    prefixes["service"] = SERVICE
    rdf_format = narrowed(offer, GraphFormat).rdf_format
    said = (ox.Triple(ox.NamedNode(iri), name(curie), value) for iri, curie, value in vocabulary())
    return ox.serialize(said, format=rdf_format, prefixes=prefixes) or b""


_WHOLE: Final = ox.NamedNode(SERVICE.removesuffix("#"))


def vocabulary() -> Iterator[Statement]:
    """The vocabulary: each term with its label, its meaning, its domain and its range."""
    label = ox.Literal("Limits of a SPARQL service", language="en")
    yield from facts(_WHOLE.value, ("rdf:type", name("owl:Ontology")), ("rdfs:label", label))
    for limit in LIMITS:
        yield from _property(limit, name("sd:Service"))
    called = name("service:CalledEndpoint")
    yield from _term(_CALLED, name("owl:Class"))
    yield from _term(_CALLS, name("owl:ObjectProperty"), name("sd:Service"), called)
    yield from _term(_ENDPOINT, name("owl:ObjectProperty"), called)
    for each in CALL_LIMITS:
        yield from _property(each, called)


def _property(limit: Limit[_Of], domain: ox.NamedNode) -> Iterator[Statement]:
    return _term(limit[:3], name("owl:DatatypeProperty"), domain, limit.range)


def _term(
    said: tuple[str, str, str],
    kind: ox.NamedNode,
    domain: ox.NamedNode | None = None,
    values: ox.NamedNode | None = None,
) -> Iterator[Statement]:
    """A term with its name, label and meaning."""
    end, label, meaning = said
    return facts(
        SERVICE + end,
        ("rdf:type", kind),
        ("rdfs:label", ox.Literal(label, language="en")),
        ("rdfs:comment", ox.Literal(meaning, language="en")),
        ("rdfs:domain", domain),
        ("rdfs:range", values),
        ("rdfs:isDefinedBy", _WHOLE),
    )

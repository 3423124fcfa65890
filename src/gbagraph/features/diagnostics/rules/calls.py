"""What is asked of another endpoint, and statements about triples in the syntax of SPARQL 1.2.

Both are seen in the tokens, for the second has no tree.
"""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import permutations
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from gbagraph.dataset.service import EXTENSION_FUNCTIONS
from gbagraph.features.diagnostics.finding import Edit, Finding, Repair, instead
from gbagraph.names.texts import distance, is_slip, likeness, local_name
from gbagraph.rdf.namespaces import PREFIXES, expand
from gbagraph.setting import distinct
from gbagraph.sparql.message import Message, say
from gbagraph.sparql.slips import in_place_of
from gbagraph.sparql.slips.forms import shortened
from gbagraph.sparql.tokens import ServiceClause, Token, service_clauses

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gbagraph.api.explanations import Severity
    from gbagraph.features.diagnostics.schema import Schema
    from gbagraph.setting import AllowedService
    from gbagraph.sparql.parsed import ParsedQuery


_REIFIES: Final = expand("rdf:reifies")
_SUBJECT: Final = expand("rdf:subject")
_TYPOS: Final = 2
"""Letters by which an endpoint may differ from one that is meant."""


def services(query: ParsedQuery, allowed: Sequence[AllowedService] = ()) -> Iterator[Finding]:
    """Each SERVICE that calls an endpoint which is not *allowed*; one in another is not ours to call."""
    end = 0
    for clause in service_clauses(query.words):
        if not allowed:
            yield _refused(clause)
        elif clause.keyword.start >= end:
            end = clause.end
            yield from _of_endpoint(query, clause, allowed)


def _refused(clause: ServiceClause) -> Finding:
    """The finding for a call where nobody is called at all."""
    message = say(
        "SERVICE SILENT calls nobody here: it gives one empty solution, in which nothing is bound."
        if clause.is_silent
        else "SERVICE is not allowed: nobody is called here."
    ) + say(
        "A server calls the endpoints that it is told to (`gbagraph serve --allow-service IRI`). Or ask "
        "both endpoints from your own program, or this one from there."
    )
    return _not_allowed(clause, message, clause.keyword.start)


def _not_allowed(
    clause: ServiceClause, message: Message, start: int, repair: Repair | None = None
) -> Finding:
    severity: Severity = "warning" if clause.is_silent else "error"
    return Finding("service-not-allowed", severity, message, start, repair)


def _of_endpoint(
    query: ParsedQuery, clause: ServiceClause, allowed: Sequence[AllowedService]
) -> Iterator[Finding]:
    """The finding for a call of an endpoint that is not among those *allowed*."""
    endpoint = clause.endpoint or clause.keyword
    iri = query.iri(endpoint)
    if endpoint.kind == "variable" or any(each.iri == iri for each in allowed):
        return
    meant = _meant(iri, endpoint, allowed)
    named = f"<{iri}>" if iri else endpoint.text
    silent = say("SERVICE SILENT passes over that: the clause gives one empty solution.")
    message = (
        say("%(endpoint)s is not called by this server.", endpoint=named)
        + (say("Do you mean %(endpoint)s?", endpoint=meant.shown) if meant else Message())
        + say(
            "It calls %(endpoints)s.", endpoints=", ".join(each.shown for each in distinct(allowed))
        )
        + (silent if clause.is_silent else Message())
    )
    repair = instead(endpoint, f"<{meant.iri}>") if meant else None
    yield _not_allowed(clause, message, endpoint.start, repair)


def _meant(iri: str, written: Token, allowed: Sequence[AllowedService]) -> AllowedService | None:
    """The endpoint that somebody means who names it by its short name, or its IRI with a slip."""
    name = written.text.strip("<>").rstrip(":").casefold()
    for each in allowed:
        if each.name and each.name.casefold() in (name, name.rpartition(":")[2]):
            return each
    wanted = _canonical(iri)
    nearest = min(allowed, key=lambda each: distance(_canonical(each.iri), wanted))
    near = _canonical(nearest.iri)
    # Another number is another port or address, and no slip.
    is_near = distance(near, wanted) <= _TYPOS and _digits(near) == _digits(wanted)
    return nearest if is_near else None


def _digits(text: str) -> str:
    return "".join(filter(str.isdecimal, text))


def _canonical(iri: str) -> str:
    """*iri* without its scheme, the case of its host, its default port and slashes at its end."""
    try:
        parts = urlsplit(iri)
        port = f":{parts.port}" if parts.port not in (None, 80, 443) else ""
    except ValueError:
        return iri
    return f"{parts.hostname or ''}{port}{parts.path.rstrip('/')}?{parts.query}"


def statements(query: ParsedQuery, schema: Schema) -> Iterator[Finding]:
    """``<< s p o >>`` and annotations over data that has statements as nodes, of either kind."""
    if schema.occurs(None, _REIFIES):
        return
    is_of_rdf = schema.occurs(None, _SUBJECT)
    rdf = next((name for name, iri in query.prefixes.items() if iri == PREFIXES["rdf"]), "rdf")
    is_declared = rdf in query.prefixes or not is_of_rdf
    declare = () if is_declared else (Edit(0, 0, f"PREFIX rdf: <{PREFIXES['rdf']}>\n"),)
    quoted = _quoted(query.text, query.words)
    for number, (start, end, parts, said) in enumerate(quoted, start=1):
        name = "claim" if number == 1 else f"claim{number}"
        about = (
            _about(f"?{name}", parts, rdf) if is_of_rdf else _by_node(query, schema, name, parts)
        )
        if not about:
            continue
        text = f"{'. ' if said else ''}{about} {said}"
        yield Finding(
            "statement-about-triple",
            "error",
            say(_OF_RDF if is_of_rdf else _OF_NODES),
            start,
            Repair(text, (Edit(start, end, text), *declare)),
        )


_OF_RDF: Final = (
    "Here the data says what is said about a triple with rdf:subject, rdf:predicate and "
    "rdf:object of a statement, not with the triple terms of RDF 1.2."
)
_OF_NODES: Final = (
    "Here the data says what is said about a triple of a statement node between its subject and "
    "its value, not with the triple terms of RDF 1.2."
)


def _by_node(query: ParsedQuery, schema: Schema, name: str, parts: tuple[str, str, str]) -> str:
    """The pattern of a node between the ends of a triple, by two properties with the name of its own."""
    subject, predicate, value = parts
    prefix, _, local = predicate.partition(":")
    iri = query.prefixes.get(prefix, "") + local
    same = [
        each for each in schema.properties if local_name(each) == local_name(iri) and each != iri
    ]
    for to, of in permutations(same, 2):
        asked = f"ASK {{ ?s <{iri}> ?o ; <{to}> ?n . ?n <{of}> ?o }}"
        if schema.store.query(asked):
            steps = [shortened(f"<{each}>", query.text) for each in (to, of)]
            return f"{subject} {steps[0]} ?{name} . ?{name} {steps[1]} {value} ;"
    return ""


def _about(name: str, parts: tuple[str, str, str], rdf: str) -> str:
    subject, predicate, value = parts
    if predicate == "a":
        predicate = f"{rdf}:type"
    return f"{name} {rdf}:subject {subject} ; {rdf}:predicate {predicate} ; {rdf}:object {value} ;"


def _quoted(query: str, found: list[Token]) -> Iterator[tuple[int, int, tuple[str, str, str], str]]:
    """The triple in each ``<< … >>`` and before each ``{| … |}``, and what is said of it."""
    texts = [word.text for word in found]
    for index in range(len(found)):
        closing = {"<<": ">>", "{|": "|}"}.get(texts[index])
        if closing is None or closing not in texts[index:]:
            continue
        end = texts.index(closing, index)
        if closing == ">>":
            parts = _parts([w for w in found[index + 1 : end] if w.text not in ("(", ")")])
            if parts is not None:
                after = found[end + 1].start if end + 1 < len(found) else len(query)
                yield found[index].start, after, parts, ""
        else:
            parts = _parts(found[max(0, index - 8) : index], last=True)
            if parts is not None:
                said = query[found[index].end : found[end].start].strip()
                yield found[index].start, found[end].end, parts, f"{said} "


def _parts(inner: list[Token], *, last: bool = False) -> tuple[str, str, str] | None:
    """The three terms of a triple that these tokens are, a literal with its language or datatype."""
    terms: list[str] = []
    for word in inner:
        if terms and (word.kind == "language" or terms[-1].endswith("^^") or word.text == "^^"):
            terms[-1] += word.text
        elif word.kind in ("iri", "string", "variable", "name", "word"):
            terms.append(word.text)
        else:
            terms = [] if last else terms
    terms = terms[-3:] if last else terms
    return (terms[0], terms[1], terms[2]) if len(terms) == 3 else None


_FUNCTION: Final = re.compile(r"The custom function <([^>]*)> is not supported")
_FUNCTIONS: Final = (
    *EXTENSION_FUNCTIONS,
    *map(expand, ("xsd:dateTime", "xsd:date", "xsd:integer", "xsd:decimal", "xsd:double")),
    *map(expand, ("xsd:float", "xsd:boolean", "xsd:string")),
)


def of_function(query: ParsedQuery, complaint: str) -> Finding | None:
    """What there is in place of a function that the engine does not know (SPARQL 1.1, section 17.6)."""
    match = _FUNCTION.match(complaint)
    token = next((each for each in query.words if match and query.iri(each) == match[1]), None)
    if match is None or token is None:
        return None
    said = say("There is no function %(function)s.", function=token.text)
    name = local_name(match[1])
    known = (iri for iri in _FUNCTIONS if is_slip(name, local_name(iri)))
    near = sorted(known, key=lambda iri: -likeness(iri, match[1]))[:1]
    others = in_place_of(name) or say(
        "The service description lists those beside the functions of SPARQL itself."
    )
    said += say("%(name)s is meant.", name=f"<{near[0]}>") if near else others
    repair = instead(token, f"<{near[0]}>") if near else None
    return Finding("unsupported-function", "error", said, token.start, repair)


def of_property(query: ParsedQuery, fault: Finding, schema: Schema) -> Finding:
    """The *fault*, where a property of the data is called like a function."""
    token = next((each for each in query.words if each.start == fault.start), None)
    iri = query.iri(token) if token and fault.code == "unsupported-function" else None
    if not token or not iri or not schema.occurs(None, iri):
        return fault
    said = "%(name)s is a property, no function: its value comes by a triple, ?x %(name)s ?value."
    return replace(fault, message=say(said, name=token.text), repair=None)

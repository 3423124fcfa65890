"""Rewriting: where pyoxigraph deviates from the standard, or would do what we do not allow.

A query is rewritten or refused only where its tokens suffice to decide: for some notes of the grammar
(SPARQL 1.2, section 19.8), and for SERVICE.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from gbagraph.errors import ServiceNotAllowed
from gbagraph.rdf.namespaces import FUNCTIONS, PREFIXES
from gbagraph.sparql.tokens import (
    AGGREGATES,
    BETWEEN,
    Token,
    error_at,
    inner,
    line_and_column,
    replaced,
    service_clauses,
    tokens,
    unescaped,
    without_text,
    words,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_BOOLEAN: Final = re.compile(r"\b(?!true\b|false\b)(?i:true|false)\b")
_CODE_POINT: Final = re.compile(r"\\[uU]")
_ESCAPES: Final = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n", "\r": r"\r"})
_NAME: Final = r"[\w?$:@.\-]"
_STRUCTURE: Final = re.compile(rf"(?<!{_NAME})(?P<before>{_NAME}++)\s*+\(|[(){{}}]")
"""Parentheses and braces; an opening parenthesis includes the word before it."""

_LABELS: Final = ("http://wikiba.se/ontology#label", "wikibase:label")

_XSD: Final = PREFIXES["xsd"]
_OF_FUNCTIONS: Final = ("+", _XSD, FUNCTIONS, "xpath-functions#", "function/geosparql/")
"""One of them stands in each query with functions or sums that are made of others."""
VERSIONS: Final = ("1.0", "1.1", "1.2-basic", "1.2")
"""The versions of SPARQL that a query or a request may name."""
LATERAL: Final = (
    "LATERAL is in no version of SPARQL. Patterns join by their variables without it; for the first of "
    "each, write FILTER NOT EXISTS { a pattern that finds a better one }, or a subquery with GROUP BY "
    "and MIN or MAX."
)
_NO_VERSION: Final = "There is no SPARQL %(version)s here. Known are: %(known)s."
_OTHERS: Final = re.compile(rf"\bVERSION{BETWEEN}[\"']|\bLATERAL{BETWEEN}\{{")
_DOTTED: Final = re.compile(r":[\w-]*\.[\w-]+\.[\w-]")
_DOT: Final = re.compile(r"(?<!\\)\.")


def standard(query: str, upper: str) -> str:
    """Return *query* as pyoxigraph reads it by the standard; *upper* is the same in upper case.

    Raises:
        QuerySyntaxError: pyoxigraph would accept the query, but the standard does not, or a function
            of ours has other arguments than it takes.
    """
    if sum(map(upper.count, AGGREGATES)) > 1:
        _refuse_nested_aggregates(query)
    if ("VERSION" in upper or "LATERAL" in upper) and _OTHERS.search(upper):
        _refuse_other_languages(query)
    if any(map(query.__contains__, _OF_FUNCTIONS)):
        from gbagraph.sparql import functions, sums  # noqa: PLC0415  what declares jobs needs none

        query = functions.in_standard(sums.written(query) if sums.are_in(query) else query)
    if _DOTTED.search(query):
        query = "".join(map(_with_escaped_dots, tokens(query)))
    if ("TRUE" in upper or "FALSE" in upper) and _BOOLEAN.search(query):
        return "".join(map(_lower_boolean, tokens(query)))
    return query


def _refuse_other_languages(query: str) -> None:
    """Refuse a version of SPARQL that is not known (SPARQL 1.2, VersionDecl), and LATERAL."""
    for token, after in pairwise(words(query)):
        keyword = token.text.upper() if token.kind == "word" else ""
        is_version = keyword == "VERSION" and after.kind == "string"
        if (is_version and inner(after.text) not in VERSIONS) or keyword + after.text == "LATERAL{":
            from gbagraph.sparql.message import say  # noqa: PLC0415  few queries need it

            template = _NO_VERSION if is_version else LATERAL
            said = say(template, version=after.text, known=VERSIONS)
            raise error_at(query, after if is_version else token, said)


def _with_escaped_dots(token: Token) -> str:
    """Names with several dots, such as ``cim:Terminal.phases.x``, are refused if none is escaped."""
    prefix, colon, local = token.text.partition(":")
    return prefix + colon + _DOT.sub(r"\\.", local) if token.kind == "name" else token.text


def _lower_boolean(token: Token) -> str:
    """Keywords ignore case (section 19.8, note 1), true and false among them."""
    keyword = token.kind == "word" and token.text.upper() in ("TRUE", "FALSE")
    return token.text.lower() if keyword else token.text


def _refuse_nested_aggregates(query: str) -> None:
    """An aggregate may not be the argument of an aggregate (section 19.8, note 13)."""
    # For each group graph pattern, and in it for each open parenthesis, whether it is an aggregate's.
    groups: list[list[bool]] = [[]]
    for match in _STRUCTURE.finditer(without_text(query)):
        mark, before = match[0][-1], match["before"] or ""
        if mark == "(":
            aggregate = before.upper() in AGGREGATES
            if aggregate and any(groups[-1]):
                token = Token("word", before, match.start())
                from gbagraph.sparql.message import say  # noqa: PLC0415  few queries need it

                said = say(
                    "An aggregate stands inside another aggregate. Compute the inner one in a SELECT "
                    "in braces: SELECT (MAX(?n) AS ?most) { { SELECT … } }."
                )
                raise error_at(query, token, said)
            groups[-1].append(aggregate)
        elif mark == ")" and groups[-1]:
            groups[-1].pop()
        elif mark == "{":
            groups.append([])
        elif mark == "}" and len(groups) > 1:
            groups.pop()


def without_code_points(query: str) -> str:
    """*query* without escapes of code points, so that every parser reads the same in it.

    By the standard (section 19.2) such an escape may stand for any character of a query, and so for a
    keyword or for the quote that ends a string; few parsers agree.

    Raises:
        QuerySyntaxError: one stands outside of an IRI and a string.
    """
    if not _CODE_POINT.search(query):
        return query
    return "".join(_without_code_point(query, token) for token in tokens(query))


def _without_code_point(query: str, token: Token) -> str:
    if not _CODE_POINT.search(token.text):
        return token.text
    if token.kind == "comment":
        return ""
    if token.kind == "iri":
        return unescaped(token.text)
    if token.kind == "string":
        return plain_string(token.text)
    from gbagraph.sparql.message import say  # noqa: PLC0415  few queries need it

    raise error_at(query, token, say("Write the character itself in place of its escape."))


def plain_string(text: str) -> str:
    """Return a string of a query in the one form that every parser reads alike."""
    return f'"{inner(text).translate(_ESCAPES)}"'


def silenced(query: str, read: Sequence[Token]) -> str:
    """Return *query*, whose words are *read*, in which each SERVICE is SILENT."""
    edits = [
        (clause.keyword.start, clause.keyword.end, "SERVICE SILENT")
        for clause in service_clauses(read)
        if not clause.is_silent
    ]
    return replaced(query, edits)


def without_services(query: str, read: Sequence[Token], iri: Callable[[Token], str]) -> str:
    """Return *query* with each SERVICE SILENT replaced by a pattern that gives what a failed call gives.

    That is one empty solution (SPARQL 1.1 Federated Query, section 2.3), so ``SERVICE SILENT <x> { P }``
    becomes ``{ OPTIONAL { { P } FILTER (false) } }``, which keeps the variables of P in scope. A SERVICE
    inside of P is not called either. *read* are the words of the query, *iri* gives the IRI of one.

    Raises:
        ServiceNotAllowed: the query calls another endpoint.
    """
    edits: list[tuple[int, int, str]] = []
    silent_until = 0
    for word, is_silent, endpoint, braces in service_clauses(read):
        if not is_silent and word.start >= silent_until:
            line, column = line_and_column(query, word.start)
            called = iri(endpoint) if endpoint else ""
            if endpoint and endpoint.text in _LABELS:  # even where the prefix is not declared
                called = _LABELS[0]
            raise not_allowed(line, column, called)
        if endpoint is None or braces is None:
            return query  # not SPARQL: the parser reports why
        opening, closing = braces
        is_free = endpoint.kind == "variable"
        nothing = f"VALUES {endpoint.text} {{}}" if is_free else "FILTER (false)"
        edits.append((word.start, opening.start, "{ OPTIONAL { "))
        edits.append((closing.end, closing.end, f" {nothing} }} }}"))
        silent_until = max(silent_until, closing.start)
    return replaced(query, edits)


def not_allowed(line: int = 0, column: int = 0, endpoint: str = "") -> ServiceNotAllowed:
    """Return the error where none is allowed, for the keyword at *line* and *column*, if known.

    There may be no server: the message is also for those who query in a process of their own.
    """
    where = f"Line {line}, column {column}: " if line else ""
    named = f"<{endpoint}>" if endpoint else "another endpoint"
    details = {"endpoint": endpoint} if endpoint else {}
    reason = (
        f"The query calls {named} with SERVICE, and nothing is called from here. A server "
        "calls the endpoints that it is started with: gbagraph serve --allow-service "
        f"{endpoint or 'IRI'}. You can also ask both endpoints from your own program, or call this "
        "one from there with SERVICE. With SERVICE SILENT the rest of the query is answered."
    )
    if endpoint in _LABELS:
        reason = (
            "SERVICE wikibase:label is Wikidata's label service, and there is none here; ask for names "
            'like any other value: OPTIONAL { ?x rdfs:label ?xLabel FILTER(LANG(?xLabel) = "en") }.'
        )
    return ServiceNotAllowed(
        f"{where}{reason}",
        **details,
        **({"line": line, "column": column} if line else {}),
    )

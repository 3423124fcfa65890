"""Words that SPARQL does not have, or that need another word after them, and prefixes."""

from __future__ import annotations

import difflib
import re
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from gbagraph.rdf.namespaces import prefixes
from gbagraph.sparql.slips.signs import FORMS, Slip
from gbagraph.sparql.tokens import Token

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_KEYWORDS: Final = frozenset(
    [
        "ADJUST",
        "AS",
        "ASC",
        "ASK",
        "BASE",
        "BIND",
        "BY",
        "CONSTRUCT",
        "DESC",
        "DESCRIBE",
        "DISTINCT",
        "EXISTS",
        "FILTER",
        "FROM",
        "GRAPH",
        "GROUP",
        "HAVING",
        "IN",
        "LIMIT",
        "MINUS",
        "NAMED",
        "NOT",
        "OFFSET",
        "OPTIONAL",
        "ORDER",
        "PREFIX",
        "REDUCED",
        "SELECT",
        "SEPARATOR",
        "SERVICE",
        "SILENT",
        "UNDEF",
        "UNION",
        "VALUES",
        "VERSION",
        "WHERE",
        "A",
        "TRUE",
        "FALSE",
    ]
)

_FUNCTIONS: Final = frozenset(
    [
        "ABS",
        "AVG",
        "BNODE",
        "BOUND",
        "CEIL",
        "COALESCE",
        "CONCAT",
        "CONTAINS",
        "COUNT",
        "DATATYPE",
        "DAY",
        "ENCODE_FOR_URI",
        "FLOOR",
        "GROUP_CONCAT",
        "HASLANG",
        "HASLANGDIR",
        "HOURS",
        "IF",
        "IRI",
        "ISBLANK",
        "ISIRI",
        "ISLITERAL",
        "ISNUMERIC",
        "ISTRIPLE",
        "ISURI",
        "LANG",
        "LANGDIR",
        "LANGMATCHES",
        "LCASE",
        "MAX",
        "MD5",
        "MIN",
        "MINUTES",
        "MONTH",
        "NOW",
        "OBJECT",
        "PREDICATE",
        "RAND",
        "REGEX",
        "REPLACE",
        "ROUND",
        "SAMETERM",
        "SAMEVALUE",
        "SAMPLE",
        "SECONDS",
        "SHA1",
        "SHA256",
        "SHA384",
        "SHA512",
        "STR",
        "STRAFTER",
        "STRBEFORE",
        "STRDT",
        "STRENDS",
        "STRLANG",
        "STRLANGDIR",
        "STRLEN",
        "STRSTARTS",
        "STRUUID",
        "SUBJECT",
        "SUBSTR",
        "SUM",
        "TIMEZONE",
        "TRIPLE",
        "TZ",
        "UCASE",
        "URI",
        "UUID",
        "YEAR",
    ]
)

_OF_OTHERS: Final = {
    "AND": "&&",
    "OR": "||",
    "SORT": "ORDER",
    "WHEN": "IF",
    "INCLUDES": "CONTAINS",
    "LENGTH": "STRLEN",
    "LOWER": "LCASE",
    "UPPER": "UCASE",
    "SUBSTRING": "SUBSTR",
    "IFNULL": "COALESCE",
    "AVERAGE": "AVG",
    "STARTSWITH": "STRSTARTS",
    "ENDSWITH": "STRENDS",
}
"""Words of other languages."""


def unknown_words(query: str, found: Sequence[Token]) -> Iterator[Slip]:
    """A word that SPARQL does not have."""
    for index, token in enumerate(found):
        text = token.text.upper()
        if token.kind != "word" or text in _KEYWORDS or text in _FUNCTIONS or text in FORMS:
            continue
        after = found[index + 1].text if index + 1 < len(found) else ""
        other = _OF_OTHERS.get(text)
        if other is not None:
            yield Slip(
                token,
                f"{token.text} is no word of SPARQL; write {other}.",
                ((token.start, token.end, other),),
            )
        elif text == "LIKE":
            yield Slip(token, 'LIKE is no word of SPARQL; write CONTAINS(STR(?x), "…") or REGEX.')
        elif text in ("NULL", "NIL", "NONE"):
            yield Slip(
                token, f"there is no {token.text}; BOUND(?x) asks whether a variable has a value."
            )
        elif text == "BY" or _is_in_iri(query, token):
            continue
        else:
            yield from _unknown_word(token, after, found, index)


def _is_in_iri(query: str, token: Token) -> bool:
    return query[max(0, token.start - 1) : token.start] in ("<", "/", "@")


def _unknown_word(token: Token, after: str, found: Sequence[Token], index: int) -> Iterator[Slip]:
    known = _FUNCTIONS if after == "(" else _KEYWORDS | _FUNCTIONS
    near = difflib.get_close_matches(token.text.upper(), known, 1, 0.7)
    before = found[index - 1].text.upper() if index else ""
    if near and before not in ("A", "SELECT", "DISTINCT"):
        yield Slip(
            token,
            f"{token.text} is no word of SPARQL; {near[0]} is meant.",
            ((token.start, token.end, near[0]),),
        )
    elif before in ("SELECT", "DISTINCT"):
        yield Slip(
            token,
            f"a variable begins with a question mark: ?{token.text}.",
            ((token.start, token.start, "?"),),
        )
    elif after == "(":
        yield Slip(token, f"SPARQL has no function {token.text}.")
    else:
        yield Slip(
            token,
            f"{token.text} lacks a prefix or the ? of a variable: prefix:{token.text} or ?{token.text}.",
        )


def order_and_group(query: str, found: Sequence[Token]) -> Iterator[Slip]:
    """ORDER and GROUP without BY; DESC without parentheses; LIMIT without a number."""
    for one, other in pairwise([*found, Token("end", "", len(query))]):
        word = one.text.upper()
        if one.kind != "word":
            continue
        if word in ("ORDER", "GROUP") and other.text.upper() != "BY":
            yield Slip(one, f"{word} is followed by BY.", ((one.end, one.end, " BY"),))
        elif word in ("ASC", "DESC") and other.kind == "variable":
            yield Slip(
                other,
                f"what is sorted {word} stands in parentheses: {word}({other.text}).",
                ((other.start, other.end, f"({other.text})"),),
            )
        elif word in ("LIMIT", "OFFSET") and other.kind != "number":
            token = other if other.text else one
            yield Slip(token, f"{word} is followed by a whole number.")


def undeclared_prefixes(query: str, found: Sequence[Token]) -> Iterator[Slip]:
    """A name whose prefix is not declared."""
    declared = {
        one.text[:-1]
        for keyword, one in pairwise(found)
        if keyword.text.upper() == "PREFIX" and one.text.endswith(":")
    }
    for before, token in pairwise([Token("start", "", 0), *found]):
        prefix = token.text.partition(":")[0]
        if token.kind != "name" or prefix in declared or before.text.upper() == "PREFIX":
            continue
        known = prefixes().get(prefix)
        if prefix in ("http", "https", "urn"):
            end = re.compile(r"[\s>{}]|$").search(query, token.start)
            stop = end.start() if end else token.end
            reason = "an IRI stands in angle brackets and has no spaces."
            edits = (
                ()
                if before.text == "<"
                else ((token.start, stop, f"<{query[token.start : stop]}>"),)
            )
            yield Slip(token, reason, edits)
            return
        near = difflib.get_close_matches(prefix, declared, 1, 0.6) if not known else []
        if near:
            yield Slip(
                token,
                f"the prefix {prefix}: is not declared; {near[0]}: is.",
                ((token.start, token.start + len(prefix), near[0]),),
            )
            return
        remedy = f"Add: PREFIX {prefix}: <{known}>" if known else "Declare it with PREFIX."
        edits = ((0, 0, f"PREFIX {prefix}: <{known}>\n"),) if known else ()
        yield Slip(token, f"the prefix {prefix}: is not declared. {remedy}", edits)
        return

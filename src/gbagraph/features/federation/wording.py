"""The text that an endpoint is sent for a pattern: its tokens again, in one unmistakable form.

What a query text means must not depend on who reads it. So comments are dropped, IRIs are written in
full, and strings without escapes of code points: by the standard (SPARQL 1.1, section 19.2) such an
escape may stand for the quote that ends a string, and in it for another SERVICE; few parsers agree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox

from gbagraph.sparql.dialect import plain_string
from gbagraph.sparql.tokens import resolved, unescaped, words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gbagraph.sparql.tokens import Token


def pattern(text: str, base: str, prefixes: Mapping[str, str]) -> str:
    """*text*, a part of a query that the engine takes, in that form.

    Args:
        text: the part.
        base: what its relative IRIs are resolved against.
        prefixes: the prefixes that the query declares, with their IRIs in full.

    Raises:
        ValueError: an IRI of it is none.
    """
    return "".join(_written(text, base, prefixes))


def _written(text: str, base: str, prefixes: Mapping[str, str]) -> Iterator[str]:
    end = 0
    for token in words(text):
        yield " " if token.start > end else ""
        yield _token(token, base, prefixes)
        end = token.end


def _token(token: Token, base: str, prefixes: Mapping[str, str]) -> str:
    if token.kind == "iri":
        return str(ox.NamedNode(resolved(base, token.text[1:-1])))
    if token.kind == "name":
        prefix, _, local = token.text.partition(":")
        return str(ox.NamedNode(prefixes[prefix] + unescaped(local)))
    return plain_string(token.text) if token.kind == "string" else token.text

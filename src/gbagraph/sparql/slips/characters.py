"""Characters that are not what they look like, and signs of other languages."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from gbagraph.sparql.slips.slip import Slip
from gbagraph.sparql.tokens import Token

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_QUOTES: Final = dict.fromkeys("\u201c\u201d\u201e\u00ab\u00bb", '"') | dict.fromkeys(
    "\u2018\u2019\u201a", "'"
)
"""Typographic quotation marks, and the straight one that is meant."""


def typographic_quotes(query: str, found: Sequence[Token]) -> Iterator[Slip]:
    """Typographic quotation marks."""
    curly = [
        Token("other", sign, start)
        for token in found
        if token.kind == "other" or _is_open(token)
        for start, sign in enumerate(token.text, token.start)
        if sign in _QUOTES
    ]
    if curly:
        edits = tuple((t.start, t.end, _QUOTES[t.text]) for t in curly)
        reason = (
            f"{curly[0].text} is a typographic quotation mark; texts stand between two of \" or '."
        )
        yield Slip(curly[0], reason, edits)
    del query


def odd_spaces(query: str, found: Sequence[Token]) -> Iterator[Slip]:
    """Characters that look like a space."""
    odd = list(re.finditer(r"[\u00a0\u2000-\u200b\u202f\u3000\ufeff]", query))
    texts = [token for token in found if token.kind == "string" and not _is_open(token)]
    inside = [m for m in odd if not any(t.start <= m.start() < t.end for t in texts)]
    if inside:
        edits = tuple((m.start(), m.end(), " ") for m in inside)
        first = Token("other", inside[0][0], inside[0].start())
        reason = f"the character U+{ord(first.text):04X} looks like a space and is none."
        yield Slip(first, reason, edits)


def foreign_signs(query: str, found: Sequence[Token]) -> Iterator[Slip]:
    """Operators of other languages."""
    for one, other in pairwise(found):
        together = query[one.start : other.end]
        instead = {"==": "=", "<>": "!=", "=>": ">=", "=<": "<="}.get(together)
        if instead:
            yield Slip(
                Token("other", together, one.start),
                f"{together} is no operator here; write {instead}.",
                ((one.start, other.end, instead),),
            )
    for token in found:
        if token.text == "<>" and any(t.text.upper() == "FILTER" for t in found):
            yield Slip(
                token,
                "<> is an IRI here; not equal is written !=.",
                ((token.start, token.end, "!="),),
            )


def open_texts(query: str, found: Sequence[Token]) -> Iterator[Slip]:
    """A quotation mark without its fellow."""
    for token in found:
        if _is_open(token):
            mark = Token("other", _opening(token), token.start)
            where = " in this line" if len(mark.text) == 1 else ""
            yield Slip(mark, f"this quotation mark opens a text that is not closed{where}.")
    del query


def _is_open(token: Token) -> bool:
    """Whether a token is a string without the quotation mark at its end."""
    if token.kind != "string":
        return False
    mark = _opening(token)
    return not re.sub(r"\\.", "", token.text[len(mark) :], flags=re.DOTALL).endswith(mark)


def _opening(token: Token) -> str:
    return token.text[:3] if token.text.startswith(('"""', "'''")) else token.text[:1]

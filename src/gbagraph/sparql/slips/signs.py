"""What a slip is, and those in single signs: quotation marks, spaces, operators, brackets, dots."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from gbagraph.sparql.tokens import Token

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

FORMS: Final = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")

AGGREGATES: Final = ("COUNT", "SUM", "MIN", "MAX", "AVG", "SAMPLE", "GROUP_CONCAT")

AFTER_WHERE: Final = frozenset({"GROUP", "ORDER", "HAVING", "LIMIT", "OFFSET", "VALUES"})

_QUOTES: Final = dict.fromkeys("\u201c\u201d\u201e\u00ab\u00bb", '"') | dict.fromkeys(
    "\u2018\u2019\u201a", "'"
)
"""Typographic quotation marks, and the straight one that is meant."""

_CLOSES: Final = {")": "(", "]": "[", "}": "{"}

_IN_GROUP: Final = frozenset(
    {"OPTIONAL", "FILTER", "BIND", "UNION", "MINUS", "GRAPH", "SERVICE", "VALUES"}
)

_BREAKING: Final = frozenset("{}.;,")


class Slip(NamedTuple):
    """The token that is wrong, the reason (the rest of a sentence), and (start, end, text) to change."""

    token: Token
    reason: str
    edits: tuple[tuple[int, int, str], ...] = ()


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


def missing_groups(query: str, found: Sequence[Token]) -> Iterator[Slip]:
    """Words that a group follows."""
    for one, other in pairwise(found):
        word = one.text.upper()
        if (
            one.kind == "word"
            and word in ("WHERE", "OPTIONAL", "UNION", "MINUS", "EXISTS")
            and other.text != "{"
        ):
            yield Slip(other, f"after {word} stands a group in braces: {word} {{ … }}.")
        elif one.kind == "word" and word == "GRAPH" and other.text == "{":
            yield Slip(
                other,
                "after GRAPH stands the graph's IRI, or a variable.",
                ((other.start, other.start, "?graph "),),
            )
        elif (
            one.kind == "word"
            and word == "FILTER"
            and other.kind in ("variable", "string", "number")
        ):
            end = _end_of_condition(query, found, other)
            yield Slip(
                other,
                "the condition of a FILTER stands in parentheses.",
                ((other.start, other.start, "("), (end, end, ")")),
            )
        elif one.kind != "word" and other.text.upper() == "UNION" and one.text != "}":
            yield Slip(other, "before UNION stands a group in braces: { … } UNION { … }.")


def _end_of_condition(query: str, found: Sequence[Token], first: Token) -> int:
    end = first.end
    for token in found:
        if token.start <= first.start:
            continue
        if token.text in _BREAKING or token.text.upper() in _IN_GROUP:
            break
        end = token.end
    del query
    return end


def open_brackets(query: str, found: Sequence[Token]) -> Iterator[Slip]:
    """Brackets that are not closed, or close nothing."""
    opened: list[Token] = []
    for token in found:
        if token.kind != "other":
            continue
        if token.text in _CLOSES.values():
            opened.append(token)
        elif token.text in _CLOSES:
            if not opened:
                yield Slip(
                    token, f"{token.text!r} closes nothing.", ((token.start, token.end, ""),)
                )
                return
            if opened[-1].text != _CLOSES[token.text]:
                yield _unclosed(query, opened[-1], token.start)
                return
            opened.pop()
    if opened:
        yield _unclosed(query, opened[-1], len(query.rstrip()))


def _unclosed(query: str, opening: Token, end: int) -> Slip:
    closing = next(close for close, opens in _CLOSES.items() if opens == opening.text)
    stop = len(query[:end].rstrip())
    return Slip(
        opening,
        f"{opening.text!r} is not closed.",
        ((stop, stop, f" {closing}" if closing == "}" else closing),),
    )


def missing_dots(query: str, found: Sequence[Token]) -> Iterator[Slip]:
    """More than three terms in a row: a dot is missing; fewer: a term is."""
    row: list[Token] = []
    depth = 0
    for index, token in enumerate(found):
        depth += (token.text == "{") - (token.text == "}")
        before = found[index - 1] if index else token
        if depth and _is_term(token) and before.text not in ("^^",):
            row.append(token)
        elif token.text == "^^" or (token.kind == "language" and row):
            continue
        elif token.text in _BREAKING:
            if token.text in ("}", ".") and before.text == ",":
                yield Slip(
                    before,
                    "a comma is followed by one more object.",
                    ((before.start, before.end, ""),),
                )
            if token.text in ("}", ".") and len(row) == 2 and _begins(found, row[0]):
                yield Slip(
                    token,
                    f"of a triple one part is missing after {query[row[0].start : row[1].end]}.",
                )
            row = []
        else:
            row = []
        if len(row) == 2 and found[index - 2].text == "," and _is_verb(row[0]):
            comma = found[index - 2]
            yield Slip(
                comma,
                f"{row[0].text} is another property: a semicolon stands before it, not a comma.",
                ((comma.start, comma.end, ";"),),
            )
            return
        if len(row) == 4 and _begins(found, row[0]):
            yield Slip(
                token,
                f"a dot is missing before {token.text}, where the next triple begins.",
                ((row[2].end if before is row[2] else before.end, before.end, " ."),)
                if before.end >= row[2].end
                else (),
            )
            return


def _is_verb(token: Token) -> bool:
    """Whether a token can be a property."""
    return token.kind in ("iri", "name", "variable") or token.text == "a"


def _is_term(token: Token) -> bool:
    return token.kind in ("iri", "name", "variable", "string", "number", "blank") or (
        token.kind == "word" and token.text in ("a", "true", "false")
    )


def _begins(found: Sequence[Token], token: Token) -> bool:
    """Whether a triple can begin with this token."""
    index = next(i for i, each in enumerate(found) if each is token)
    return index > 0 and found[index - 1].text in ("{", "}", ".", ")")

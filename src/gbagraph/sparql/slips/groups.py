"""Slips in groups: braces, brackets, and triples without a dot."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

from gbagraph.sparql.slips.slip import Slip

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gbagraph.sparql.tokens import Token

_CLOSES: Final = {")": "(", "]": "[", "}": "{"}

_IN_GROUP: Final = frozenset(
    {"OPTIONAL", "FILTER", "BIND", "UNION", "MINUS", "GRAPH", "SERVICE", "VALUES"}
)

_BREAKING: Final = frozenset("{}.;,")


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

"""Triples: signs and terms that are missing or too many, and what is no part of a triple."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from gbagraph.sparql.message import say
from gbagraph.sparql.slips.reach import reads
from gbagraph.sparql.slips.signs import BREAKING, Slip
from gbagraph.sparql.tokens import Token, closings, declared_prefixes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_VERBS_END: Final = frozenset({"/", "|", "*", "+"})


def missing_dots(query: str, tokens: Sequence[Token]) -> Iterator[Slip]:
    """More terms in a row than a triple has: a sign is missing; fewer: a term is."""
    subject = ""
    for before, row, after in _rows([*_without_values(tokens)]):
        is_end = after.text in ("}", ".")
        if len(row) == 2 and before.text == "{" and subject and row[0].kind in ("name", "iri"):
            said = "In braces, a triple needs its subject again: %(subject)s %(name)s."
            again = say(said, subject=subject, name=row[0].text)
            yield Slip.before(row[0], again, f"{subject} ")
        subject = row[0].text if len(row) == 3 and before.text in ("{", ".") else subject
        # What stands in a row by right: a triple, a property with its value, or another value.
        most = _IN_ROW.get(before.text)
        if most is None or after.text == "{" or after.text.upper() in ("WHERE", "FROM"):
            continue
        if before.text == "," and (wrong := _after_comma(before, row, is_end=is_end)):
            yield wrong
        elif before.text == ";" and len(row) == 3 and _is_verb(row[1]) and after.text in ".;,}":
            said = "After a semicolon the subject is not written again; before %(name)s goes a dot."
            yield Slip.instead(before, say(said, name=row[0].text), ".")
        elif len(row) > most:
            yield _missing_sign(row, most, after)
        elif len(row) == most - 1 and is_end and before.text != ")":  # that may end a list
            reason = say(
                "A triple needs an object after %(pattern)s.",
                pattern=query[row[0].start : row[-1].end],
            )
            if before.text == "." and row[0].kind in ("name", "iri"):
                said = (
                    "If %(name)s is a property of the subject before, write ; in place of the dot."
                )
                reason += say(said, name=row[0].text)
            yield Slip(after, reason)


def _after_comma(comma: Token, row: Sequence[Token], *, is_end: bool) -> Slip | None:
    """What is wrong with a comma, if no value or more than one stands after it."""
    if not row:
        said = "After a comma, one more object is needed."
        return Slip.instead(comma, say(said), "") if is_end else None
    if len(row) == 2 and _is_verb(row[0]):
        said = "%(name)s is another property, so a semicolon goes before it, not a comma."
        return Slip.instead(comma, say(said, name=row[0].text), ";")
    if len(row) == 3 and _is_verb(row[1]):
        said = "A new triple begins with %(name)s, so a dot goes before it, not a comma."
        return Slip.instead(comma, say(said, name=row[0].text), ".")
    return None


def nested(_: str, tokens: Sequence[Token]) -> Iterator[Slip]:
    """Braces around what is said of an object, as in GraphQL and JSON."""
    closing = {tokens[at].start: brace for at, brace in closings(tokens).items()}
    for before, row, after in _rows([*_without_values(tokens)]):
        most = _IN_ROW.get(before.text)
        close = closing.get(after.start)
        if close and row and len(row) + 1 == most and _is_verb(row[-1]):
            said = "What has no name of its own goes in square brackets: %(name)s [ … ]."
            edits = ((after.start, after.end, "["), (close.start, close.end, "]"))
            yield Slip(after, say(said, name=row[-1].text), edits)


_IN_ROW: Final = {**dict.fromkeys("{}.)", 3), ";": 2, "[": 2, ",": 1}


def _missing_sign(row: Sequence[Token], most: int, after: Token) -> Slip:
    """What is missing before the first token of *row* that is one too many, as far as is certain."""
    extra = len(row) - most + (after.text in _VERBS_END)
    token, end = row[most], row[most - 1].end
    if _is_verb(token) and (extra == 3 or (most == 3 and token.text == row[0].text)):
        said = "A dot is missing before %(name)s, where the next triple begins."
        return Slip(token, say(said, name=token.text), ((end, end, " ."),))
    if extra == 2 and _is_verb(token):
        said = (
            "A semicolon is missing before %(name)s, which is another property of the same subject."
        )
        return Slip(token, say(said, name=token.text), ((end, end, " ;"),))
    if extra == 1 and token.kind in ("string", "number"):
        said = "A comma is missing before %(name)s, which is another value of the same property."
        return Slip(token, say(said, name=token.text), ((end, end, " ,"),))
    said = (
        "A sign is missing before %(name)s: a dot before another triple, a semicolon before another "
        "property, a comma before another value."
    )
    return Slip(token, say(said, name=token.text))


def _rows(tokens: Sequence[Token]) -> Iterator[tuple[Token, list[Token], Token]]:
    """The terms that stand together in braces, with the tokens before and after them."""
    row: list[Token] = []
    before, depth = Token("start", "", 0), 0
    for last, token in pairwise([before, *tokens]):
        if depth and (token.kind == "language" or token.text == "^^" or last.text == "^^") and row:
            row[-1] = row[-1]._replace(text=f"{row[-1].text}{token.text}")
        elif depth and _is_term(token):
            row.append(token)
        else:
            if depth:
                yield before, row, token
            before, row = token, []
        depth += (token.text == "{") - (token.text == "}")


def _without_values(tokens: Sequence[Token]) -> Iterator[Token]:
    """The tokens that are in no block of VALUES, where terms stand in a row."""
    inside = False
    for token in tokens:
        inside = inside or (token.kind == "word" and token.text.upper() == "VALUES")
        if not inside:
            yield token
        inside = inside and token.text != "}"


def _is_verb(token: Token) -> bool:
    """Whether a token can be a property."""
    return token.kind in ("iri", "name", "variable") or token.text == "a"


def _is_term(token: Token) -> bool:
    return token.kind in ("iri", "name", "variable", "string", "number", "blank") or (
        token.kind == "word" and token.text in ("a", "true", "false")
    )


_COMPARES: Final = frozenset({"=", "!", "<", ">", "<=", ">=", "!="})


def compared_outside(query: str, tokens: Sequence[Token]) -> Iterator[Slip]:
    """A comparison where triples stand: it goes in a FILTER."""
    closing = closings(tokens)
    depth: list[int] = []
    for at, token in enumerate(tokens):
        if token.text in ("{", "(", "["):
            depth.append(at)
        elif token.text in ("}", ")", "]") and depth:
            depth.pop()
        is_here = depth and tokens[depth[-1]].text == "{" and token.text in _COMPARES
        if not is_here or tokens[at - 1].text in _COMPARES:
            continue
        compared = _compared(query, tokens, at)
        if compared is not None and not reads(f"{query[: token.start]} = 1"):
            yield _in_filter(query, compared, closing.get(depth[-1]))


class _Compared(NamedTuple):
    """A comparison: what stands before its left side, that, its operator, and where its right side is."""

    before: Token
    left: Token
    sign: str
    value: str
    first: Token
    end: int


def _compared(query: str, tokens: Sequence[Token], at: int) -> _Compared | None:
    left, before = tokens[at - 1], tokens[at - 2] if at > 1 else tokens[0]
    after = at + 1 + (at + 1 < len(tokens) and tokens[at + 1].text in _COMPARES)
    is_open = tokens[at].text == "<" and query[tokens[at].end : tokens[at].end + 1].isalpha()
    start = next((i for i in range(at, 0, -1) if tokens[i].text in BREAKING), 0)
    is_open |= any(t.text.upper() in ("FILTER", "HAVING") for t in tokens[start:at])
    if is_open or left.kind not in ("variable", "name", "iri"):
        return None
    sign = query[tokens[at].start : tokens[min(after, len(tokens)) - 1].end]
    stop = after
    inside = 0
    while stop < len(tokens) and (
        inside or not (tokens[stop].text in BREAKING or tokens[stop].text.upper() in _STOPS)
    ):
        inside += (tokens[stop].text == "(") - (tokens[stop].text == ")")
        stop += 1
    if stop <= after or sign == "!":
        return None
    end = tokens[stop - 1].end
    sign = {"==": "=", "<>": "!=", "===": "="}.get(sign, sign)
    return _Compared(before, left, sign, query[tokens[after].start : end], tokens[at], end)


_STOPS: Final = frozenset({"FILTER", "OPTIONAL", "BIND", "UNION", "MINUS", "AND", "&&", "||", "OR"})


def _in_filter(query: str, it: _Compared, close: Token | None) -> Slip:
    """What is right for a comparison, in the group that *close* closes."""
    end = close.start if close else len(query.rstrip())
    seen = query[query.find("{") : it.left.start]
    alone = it.left.kind == "variable" and (
        it.before.text.upper() in ("&&", "AND") or reads(f"{query[: it.left.start]} FILTER (1)")
    )
    edits: tuple[tuple[int, int, str], ...]
    if alone and it.sign == "=" and not re.search(rf"[?$]{it.left.text[1:]}\b", seen):
        whole = f"BIND({it.value} AS {it.left.text})"
        said = "A new variable gets its value by %(right)s."
        return Slip(it.first, say(said, right=whole), ((it.left.start, it.end, whole),))
    if alone:
        whole = f"FILTER({it.left.text} {it.sign} {it.value})"
        edits = ((it.left.start, it.end, whole),)
    elif it.left.kind == "variable":
        whole = f"FILTER({it.left.text} {it.sign} {it.value})"
        edits = ((it.left.end, it.end, ""), (end, end, f" {whole} "))
    elif it.sign == "=":
        whole = f"{it.left.text} {it.value}"
        said = "A triple has no %(sign)s: the value stands after the property: %(right)s."
        return Slip(
            it.first, say(said, sign="=", right=whole), ((it.left.end, it.end, f" {it.value}"),)
        )
    else:
        name = f"?{re.sub(r'^.*[^A-Za-z0-9_]', '', it.left.text.rstrip('>')) or 'value'}"
        name += "Value" * (name in query)
        whole = f"{it.left.text} {name} FILTER({name} {it.sign} {it.value})"
        filtered = f" FILTER({name} {it.sign} {it.value}) "
        edits = ((it.left.end, it.end, f" {name}"), (end, end, filtered))
    said = "Triples compare nothing; a comparison goes in a FILTER: %(right)s."
    return Slip(it.first, say(said, right=whole), edits)


def names_apart(query: str, tokens: Sequence[Token]) -> Iterator[Slip]:
    """A name with another sign than the colon after its prefix, or with a space beside that."""
    prefixes = "|".join(map(re.escape, sorted(filter(None, declared_prefixes(query)))))
    form = re.compile(
        rf"(?<![\w?$:/<.#-])({prefixes})(\s*[.#/_]|\s+:|:\s+|->|::+)([A-Za-z]\w*)(?![\w:])"
    )
    kept = [(t.start, t.end) for t in tokens if t.kind in ("string", "iri")]
    for match in form.finditer(query) if prefixes else ():
        if not any(start <= match.start() < end for start, end in kept):
            right = f"{match[1]}:{match[3]}"
            said = "After a prefix comes a colon, and no space: %(right)s."
            wrong = Token("other", match[0], match.start())
            yield Slip.instead(wrong, say(said, right=right), right)

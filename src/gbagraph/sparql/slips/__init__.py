"""Common slips of the pen in a query: the token that is wrong, why, and what would be right.

The engine's parser says how far it came, which is often past the mistake. Each rule knows one slip by
the tokens alone, and looks only at a text that the engine refuses. Here stand those in the head of a
query and in its triples; those in single signs and words are in ``signs``.
"""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Final

from gbagraph.sparql.slips.signs import (
    AFTER_WHERE,
    BREAKING,
    FORMS,
    Slip,
    foreign_signs,
    missing_groups,
    odd_spaces,
    open_brackets,
    open_texts,
    order_and_group,
    typographic_quotes,
    undeclared_prefixes,
    unknown_words,
)
from gbagraph.sparql.tokens import AGGREGATES, Token, words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


_UPDATES: Final = frozenset(
    {"INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY", "WITH"}
)


def declarations(query: str, tokens: Sequence[Token]) -> Iterator[Slip]:
    """PREFIX without its colon or brackets, or in Turtle's form."""
    for index, token in enumerate(tokens[:-2]):
        name, iri = tokens[index + 1], tokens[index + 2]
        if token.kind == "language" and token.text.lower() in ("@prefix", "@base"):
            dot = next((t for t in tokens[index + 1 :] if t.text == "."), None)
            edits = [(token.start, token.end, token.text[1:].upper())]
            edits += (
                [(dot.start, dot.end, "")]
                if dot is not None and dot.start < token.end + 200
                else []
            )
            yield Slip(
                token,
                "in a query it is written PREFIX, without @ and without a dot at its end.",
                tuple(edits),
            )
        if token.text.upper() != "PREFIX":
            continue
        if name.kind == "word" and iri.kind == "iri":
            yield Slip.instead(
                name,
                f"a prefix is declared with a colon: {name.text}: {iri.text}.",
                f"{name.text}:",
            )
        elif name.kind == "name" and iri.kind != "iri":
            end = re.compile(r"\s|$").search(query, iri.start)
            stop = end.start() if end else len(query)
            address = query[iri.start : stop].strip("<>\"'")
            yield Slip(
                iri,
                f"the namespace stands in angle brackets: <{address}>.",
                ((iri.start, stop, f"<{address}>"),),
            )
        elif (
            name.kind == "name"
            and iri.kind == "iri"
            and index + 3 < len(tokens)
            and tokens[index + 3].text in (";", ".")
        ):
            sign = tokens[index + 3]
            yield Slip.instead(sign, f"nothing stands after a declaration, no {sign.text!r}.", "")


def query_form(_: str, tokens: Sequence[Token]) -> Iterator[Slip]:
    """The first word after the declarations."""
    index = 0
    while index < len(tokens) and tokens[index].text.upper() in ("PREFIX", "BASE", "VERSION"):
        index += 3 if tokens[index].text.upper() == "PREFIX" else 2
    if index >= len(tokens):
        return
    token = tokens[index]
    text = token.text.upper()
    if text in _UPDATES:
        yield Slip(token, "updates are not accepted here; use SELECT, ASK, CONSTRUCT or DESCRIBE.")
    elif text not in FORMS and token.kind == "word":
        near = difflib.get_close_matches(text, FORMS, 1, 0.6)
        if near:
            yield Slip.instead(
                token, f"{token.text} is no word of SPARQL; {near[0]} is meant.", near[0]
            )
        else:
            yield Slip(
                token,
                f"a query begins with SELECT, ASK, CONSTRUCT or DESCRIBE, not with {token.text}.",
            )


def columns(query: str, tokens: Sequence[Token]) -> Iterator[Slip]:
    """What stands between SELECT and the pattern, or after ORDER BY and GROUP BY."""
    for index, token in enumerate(tokens):
        word = token.text.upper()
        if token.kind != "word" or word not in ("SELECT", "BY", "DESCRIBE"):
            continue
        if word == "SELECT":
            yield from _named_columns(query, tokens, index)
        commas = list(_commas(tokens[index + 1 :]))
        if commas:
            edits = tuple((comma.start, comma.end, " ") for comma in commas)
            what = "variables" if word != "BY" else "conditions"
            yield Slip(commas[0], f"{what} stand without commas between them.", edits)


def _commas(tokens: Sequence[Token]) -> Iterator[Token]:
    """The commas of a clause, but for those in parentheses."""
    for token, depth in _with_depth(tokens):
        if token.text in ("{", "}") or token.text.upper() in {"WHERE", "FROM", *AFTER_WHERE}:
            return
        if token.text == "," and depth == 0:
            yield token


def _named_columns(query: str, tokens: Sequence[Token], index: int) -> Iterator[Slip]:
    """Aggregates without AS, or without parentheses around them."""
    after = tokens[index + 1 :]
    if after and after[0].text == "{":
        yield Slip.before(after[0], "between SELECT and the pattern stand variables, or *.", "* ")
        return
    for at, token in enumerate(after):
        if token.text == "{" or token.text.upper() in ("WHERE", "FROM"):
            return
        if token.text.upper() == "TOP":
            yield Slip(token, "TOP is no word of SPARQL; write LIMIT and the number at the end.")
        is_call = token.kind == "word" and at + 1 < len(after) and after[at + 1].text == "("
        if is_call and token.text.upper() in AGGREGATES:
            end = _closing(after, at + 1)
            if end is None:
                return
            name = _new_name(query, token.text.lower())
            outer = at and after[at - 1].text == "("
            following = after[end + 1] if end + 1 < len(after) else None
            if not outer:
                whole = f"({query[token.start : after[end].end]} AS {name})"
                edits = ((token.start, after[end].end, whole),)
                yield Slip(token, f"a computed column is written {whole}.", edits)
            elif following is not None and following.text == ")":
                yield Slip.before(
                    following, f"a computed column needs a name: AS {name}.", f" AS {name}"
                )
            elif following is not None and following.kind == "variable":
                yield Slip.before(
                    following,
                    f"AS stands before the name of a computed column: AS {following.text}.",
                    "AS ",
                )


def _new_name(query: str, wanted: str) -> str:
    return f"?{wanted}" if f"?{wanted}" not in query else f"?{wanted}Of"


def _closing(tokens: Sequence[Token], opening: int) -> int | None:
    inside = enumerate(_with_depth(tokens[opening:]), opening)
    return next((index for index, (_, depth) in inside if depth == 0), None)


def ungrouped_columns(query: str, tokens: Sequence[Token]) -> Iterator[Slip]:
    """Columns that GROUP BY does not have, or that are there twice."""
    texts = [token.text.upper() for token in tokens]
    start = texts.index("SELECT") + 1 if "SELECT" in texts else len(texts)
    if "{" not in texts[start:]:
        return
    head = tokens[start : texts.index("{", start)]
    plain = [t for t, depth in _with_depth(head) if t.kind == "variable" and depth == 0]
    for index, token in enumerate(plain):
        if token.text[1:] in [each.text[1:] for each in plain[:index]]:
            yield Slip.instead(token, f"{token.text} is a column already.", "")
    for token, before in ((head[i], head[i - 1]) for i in range(1, len(head))):
        if (
            before.text.upper() == "AS"
            and token.kind == "variable"
            and _is_bound(tokens, token, head)
        ):
            yield Slip(
                token,
                f"{token.text} has a value already, so AS needs another name.",
                ((token.end, token.end, "2"),),
            )
    if "GROUP" in texts:
        yield from _ungrouped(tokens, plain, head)
    elif plain and any(t.text.upper() in AGGREGATES and t.kind == "word" for t in head):
        keys = " ".join(token.text for token in plain)
        end = next(
            (t.start for t in tokens if t.text.upper() in AFTER_WHERE and t.start > head[-1].end),
            len(query.rstrip()),
        )
        yield Slip(
            plain[0],
            f"beside an aggregate, {plain[0].text} needs GROUP BY {plain[0].text}.",
            ((end, end, f" GROUP BY {keys} "),),
        )


def _with_depth(tokens: Sequence[Token]) -> Iterator[tuple[Token, int]]:
    depth = 0
    for token in tokens:
        depth += (token.text == "(") - (token.text == ")")
        yield token, depth


def _is_bound(tokens: Sequence[Token], name: Token, head: Sequence[Token]) -> bool:
    last = head[-1].end
    return any(
        t.kind == "variable" and t.text[1:] == name.text[1:] and t.start > last for t in tokens
    ) and not any(t.text.upper() in AFTER_WHERE for t in tokens if t.start > last)


def _ungrouped(
    tokens: Sequence[Token], plain: Sequence[Token], head: Sequence[Token]
) -> Iterator[Slip]:
    texts = [token.text.upper() for token in tokens]
    at = len(texts) - 1 - texts[::-1].index("GROUP")
    keys: list[Token] = []
    for token in tokens[at + 2 :]:
        if token.text.upper() in AFTER_WHERE - {"GROUP"} or token.text == "}":
            break
        keys.append(token)
    grouped = {token.text[1:] for token in keys if token.kind == "variable"}
    wrong = [token for token in plain if token.text[1:] not in grouped]
    wrong += [t for t in _outside_aggregates(head) if t.text[1:] not in grouped and t not in wrong]
    if (keys and head and head[0].text == "*") or (
        len(head) > 1 and head[1].text == "*" and head[0].kind == "word"
    ):
        star = next(t for t in head if t.text == "*")
        names = " ".join(f"?{name}" for name in sorted(grouped))
        yield Slip.instead(star, "with GROUP BY, the columns must be named.", names)
    elif wrong and keys:
        end = keys[-1].end
        missing = " ".join(dict.fromkeys(token.text for token in wrong))
        yield Slip(
            wrong[0],
            f"{wrong[0].text} is neither in GROUP BY nor in an aggregate; add it to GROUP BY, or take "
            f"SAMPLE({wrong[0].text}).",
            ((end, end, f" {missing}"),),
        )


def _outside_aggregates(head: Sequence[Token]) -> Iterator[Token]:
    """Variables in the expressions of columns, but for those in aggregates and after AS."""
    inside = depth = 0
    for index, token in enumerate(head):
        if token.text == "(":
            depth += 1
            if index and head[index - 1].text.upper() in AGGREGATES:
                inside = inside or depth
        elif token.text == ")":
            inside = 0 if inside == depth else inside
            depth -= 1
        elif (
            token.kind == "variable"
            and depth
            and not inside
            and head[index - 1].text.upper() != "AS"
        ):
            yield token


_MOST: Final = 1000
"""Tokens of the longest query in which slips are looked for: rules compare many tokens with many."""


def missing_dots(query: str, tokens: Sequence[Token]) -> Iterator[Slip]:
    """More than three terms in a row: a dot is missing; fewer: a term is."""
    row: list[Token] = []
    depth = 0
    for index, token in enumerate(tokens):
        depth += (token.text == "{") - (token.text == "}")
        before = tokens[index - 1] if index else token
        if depth and _is_term(token) and before.text not in ("^^",):
            row.append(token)
        elif token.text == "^^" or (token.kind == "language" and row):
            continue
        elif token.text in BREAKING:
            if token.text in ("}", ".") and before.text == ",":
                yield Slip.instead(before, "a comma is followed by one more object.", "")
            if token.text in ("}", ".") and len(row) == 2 and _begins(tokens, row[0]):
                yield Slip(
                    token,
                    f"of a triple one part is missing after {query[row[0].start : row[1].end]}.",
                )
            row = []
        else:
            row = []
        if len(row) == 2 and tokens[index - 2].text == "," and _is_verb(row[0]):
            comma = tokens[index - 2]
            yield Slip.instead(
                comma,
                f"{row[0].text} is another property: a semicolon stands before it, not a comma.",
                ";",
            )
            return
        if len(row) == 4 and _begins(tokens, row[0]):
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


def _begins(tokens: Sequence[Token], token: Token) -> bool:
    """Whether a triple can begin with this token."""
    index = next(i for i, each in enumerate(tokens) if each is token)
    return index > 0 and tokens[index - 1].text in ("{", "}", ".", ")")


def slip(query: str) -> Slip | None:
    """The first slip that is known in *query*, which is not SPARQL; None if it is none of these.

    Nor are any known in a query that is longer than people write.
    """
    tokens = words(query)
    if not 0 < len(tokens) <= _MOST:
        return None
    return next((each for rule in _RULES for each in rule(query, tokens)), None)


_RULES: Final[tuple[Callable[[str, Sequence[Token]], Iterator[Slip]], ...]] = (
    typographic_quotes,
    odd_spaces,
    open_texts,
    declarations,
    query_form,
    columns,
    foreign_signs,
    undeclared_prefixes,
    order_and_group,
    unknown_words,
    open_brackets,
    missing_groups,
    ungrouped_columns,
    missing_dots,
)

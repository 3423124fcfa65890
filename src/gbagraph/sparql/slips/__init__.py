"""Common slips of the pen in a query: the token that is wrong, why, and what would be right.

The engine's parser says how far it came, which is often past the mistake. Each rule knows one slip by
the tokens alone, and looks only at a text that the engine refuses. Here stand those in the head of a
query and in its triples; those in single signs and words are in ``signs``.
"""

from __future__ import annotations

import difflib
import re
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from gbagraph.sparql.message import say
from gbagraph.sparql.slips.dialects import label_service
from gbagraph.sparql.slips.order import clauses_in_order, levels, modifiers_inside
from gbagraph.sparql.slips.signs import (
    AFTER_WHERE,
    FORMS,
    foreign_characters,
    missing_groups,
    open_brackets,
    open_texts,
    undeclared_prefixes,
    unknown_words,
)
from gbagraph.sparql.slips.slip import Slip
from gbagraph.sparql.slips.table import DIALECTS, SYNTAX, blotted, slips
from gbagraph.sparql.tokens import AGGREGATES, Token, tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


_UPDATES: Final = frozenset(
    {"INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY", "WITH"}
)


def declarations(query: str, tokens: Sequence[Token]) -> Iterator[Slip]:
    """PREFIX with a namespace in no angle brackets; what follows # in it is read as a comment."""
    for keyword, name, iri in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if keyword.text.upper() == "PREFIX" and name.kind == "name" and iri.kind != "iri":
            end = re.compile(r"\s|$").search(query, iri.start)
            stop = end.start() if end else len(query)
            right = "<" + query[iri.start : stop].strip("<>\"'") + ">"
            reason = say("The namespace goes in angle brackets: %(iri)s.", iri=right)
            yield Slip(iri, reason, ((iri.start, stop, right),))


def query_form(_: str, tokens: Sequence[Token]) -> Iterator[Slip]:
    """The first word after the declarations."""
    index = 0
    while index < len(tokens) and tokens[index].text.upper() in ("PREFIX", "BASE", "VERSION"):
        index += 3 if tokens[index].text.upper() == "PREFIX" else 2
    if index >= len(tokens):
        said = (
            "The query ends after its declarations: SELECT, ASK, CONSTRUCT or DESCRIBE is missing."
        )
        yield Slip(tokens[-1], say(said))
        return
    token = tokens[index]
    text = token.text.upper()
    if text in _UPDATES:
        said = (
            "This is SPARQL Update, and here data is only read: updates are not accepted. Ask with "
            "SELECT, ASK, CONSTRUCT or DESCRIBE."
        )
        yield Slip(token, say(said))
    elif text not in FORMS and token.text != "{":
        near = difflib.get_close_matches(text, FORMS, 1, 0.6)
        if near:
            said = "%(word)s is not a SPARQL keyword; %(right)s is meant."
            yield Slip.instead(token, say(said, word=token.text, right=near[0]), near[0])
        else:
            said = "A query begins with SELECT, ASK, CONSTRUCT or DESCRIBE, not with %(word)s."
            yield Slip(token, say(said, word=token.text))


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
            said = (
                "Conditions are not separated by commas."
                if word == "BY"
                else "Variables are not separated by commas."
            )
            yield Slip(commas[0], say(said), edits)


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
        said = "SELECT needs variables, or *, before the pattern."
        yield Slip.before(after[0], say(said), "* ")
        return
    for at, token in enumerate(after):
        if token.text == "{" or token.text.upper() in ("WHERE", "FROM"):
            return
        is_call = token.kind == "word" and at + 1 < len(after) and after[at + 1].text == "("
        if is_call and token.text.upper() in AGGREGATES:
            end = _closing(after, at + 1)
            if end is None:
                return
            name = _new_name(query, token.text.lower())
            outer = at and after[at - 1].text == "("
            following = after[end + 1] if end + 1 < len(after) else None
            if not outer:
                stop = after[end].end
                whole = query[token.start : stop]
                if following is not None and following.text.upper() == "AS":
                    name, stop = after[end + 2].text, after[end + 2].end
                whole = f"({whole} AS {name})"
                edits = ((token.start, stop, whole),)
                yield Slip(
                    token, say("A computed column is written %(right)s.", right=whole), edits
                )
            elif following is not None and following.text == ")":
                said = "A computed column needs a name: AS %(name)s."
                yield Slip.before(following, say(said, name=name), f" AS {name}")
            elif following is not None and following.kind == "variable":
                said = "AS goes before the name of a computed column: AS %(name)s."
                yield Slip.before(following, say(said, name=following.text), "AS ")


def _new_name(query: str, wanted: str) -> str:
    return f"?{wanted}" if f"?{wanted}" not in query else f"?{wanted}Of"


def _closing(tokens: Sequence[Token], opening: int) -> int | None:
    inside = enumerate(_with_depth(tokens[opening:]), opening)
    return next((index for index, (_, depth) in inside if depth == 0), None)


def ungrouped_columns(query: str, tokens: Sequence[Token]) -> Iterator[Slip]:
    """Columns that GROUP BY does not have, or that are there twice, each SELECT by itself."""
    whole, *inner = levels(tokens)
    taken: set[int] = set()
    for level in [*inner, whole]:  # inner ones first
        yield from _ungrouped_columns(query, [t for t in level if t.start not in taken])
        taken |= {token.start for token in level}


def _ungrouped_columns(query: str, tokens: Sequence[Token]) -> Iterator[Slip]:
    texts = [token.text.upper() for token in tokens]
    start = texts.index("SELECT") + 1 if "SELECT" in texts else len(texts)
    if "{" not in texts[start:]:
        return
    head = tokens[start : texts.index("{", start)]
    plain = [t for t, depth in _with_depth(head) if t.kind == "variable" and depth == 0]
    for index, token in enumerate(plain):
        if token.text[1:] in [each.text[1:] for each in plain[:index]]:
            yield Slip.instead(token, say("%(name)s is a column already.", name=token.text), "")
    for token, before in ((head[i], head[i - 1]) for i in range(1, len(head))):
        if (
            before.text.upper() == "AS"
            and token.kind == "variable"
            and _is_bound(tokens, token, head)
        ):
            yield Slip(
                token,
                say("%(name)s has a value already, so AS needs another name.", name=token.text),
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
            say("Beside an aggregate, %(name)s needs GROUP BY %(name)s.", name=plain[0].text),
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
    named = [t for t, depth in _with_depth(keys) if not depth]
    named += [t for before, t in pairwise(keys) if before.text.upper() == "AS"]
    grouped = {token.text[1:] for token in named if token.kind == "variable"}
    wrong = [token for token in plain if token.text[1:] not in grouped]
    wrong += [t for t in _outside_aggregates(head) if t.text[1:] not in grouped and t not in wrong]
    if (keys and head and head[0].text == "*") or (
        len(head) > 1 and head[1].text == "*" and head[0].kind == "word"
    ):
        star = next(t for t in head if t.text == "*")
        names = " ".join(f"?{name}" for name in sorted(grouped))
        yield Slip.instead(star, say("With GROUP BY, the columns must be named."), names)
    elif wrong and any(t.text == wrong[0].text and depth for t, depth in _with_depth(keys)):
        message = say(
            "%(name)s is in GROUP BY only inside an expression. Give that a name with AS there, and "
            "select the name.", name=wrong[0].text,
        )  # fmt: skip
        yield Slip(wrong[0], message)
    elif wrong and keys:
        end = keys[-1].end
        missing = " ".join(dict.fromkeys(token.text for token in wrong))
        yield Slip(
            wrong[0],
            say(
                "%(name)s is neither in GROUP BY nor in an aggregate; add it to GROUP BY, or take "
                "SAMPLE(%(name)s).",
                name=wrong[0].text,
            ),
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


_VERBS_END: Final = frozenset({"/", "|", "*", "+"})


def missing_dots(query: str, tokens: Sequence[Token]) -> Iterator[Slip]:
    """More terms in a row than a triple has: a sign is missing; fewer: a term is."""
    for before, row, after in _rows([*_without_values(tokens)]):
        is_end = after.text in ("}", ".")
        # What stands in a row by right: a triple, a property with its value, or another value.
        most = 3 if before.text in ("{", "}", ".", ")") else _IN_ROW.get(before.text)
        if most is None or after.text == "{" or after.text.upper() in ("WHERE", "FROM"):
            continue
        if not row:
            if before.text == "," and is_end:
                yield Slip.instead(before, say("After a comma, one more object is needed."), "")
        elif before.text == "," and len(row) == 2 and _is_verb(row[0]):
            said = "%(name)s is another property, so a semicolon goes before it, not a comma."
            yield Slip.instead(before, say(said, name=row[0].text), ";")
        elif len(row) > most:
            yield _missing_sign(row, most, after)
        elif len(row) == most - 1 and is_end:
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


_IN_ROW: Final = {";": 2, "[": 2, ",": 1}


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


def slip(query: str) -> Slip | None:
    """The first slip that is known in *query*, which is not SPARQL; None if it is none of these.

    Nor are any known in a query that is longer than people write.
    """
    found = [*tokens(query)]
    read = [token for token in found if token.kind not in ("space", "comment")]
    if not 0 < len(read) <= _MOST:
        return None
    text = blotted(query, found)
    rules = (
        foreign_characters(query, found),
        label_service(query, text),
        slips(DIALECTS, query, text),
        open_texts(query, read),
        slips(SYNTAX, query, text),
        *(rule(query, read) for rule in _RULES),
    )
    return next((each for rule in rules for each in rule), None)


_RULES: Final[tuple[Callable[[str, Sequence[Token]], Iterator[Slip]], ...]] = (
    declarations,
    clauses_in_order,
    modifiers_inside,
    query_form,
    columns,
    undeclared_prefixes,
    unknown_words,
    missing_groups,
    open_brackets,
    ungrouped_columns,
    missing_dots,
)

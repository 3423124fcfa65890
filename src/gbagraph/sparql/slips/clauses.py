"""The clauses of a query in an order that they do not have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from gbagraph.sparql.message import Message, say
from gbagraph.sparql.slips.signs import open_brackets
from gbagraph.sparql.slips.slip import Slip
from gbagraph.sparql.tokens import closings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gbagraph.sparql.tokens import Token

_RANKS: Final = {
    "PREFIX": 0, "BASE": 0, "SELECT": 1, "ASK": 1, "DESCRIBE": 1, "CONSTRUCT": 1, "FROM": 2, "WHERE": 3,
    "GROUP": 4, "HAVING": 5, "ORDER": 6, "LIMIT": 7, "OFFSET": 7, "VALUES": 8,
}  # fmt: skip
_WITH_BY: Final = {"ORDER": "ORDER BY", "GROUP": "GROUP BY"}
_WHERE: Final = _RANKS["WHERE"]
_INNER: Final = frozenset({"FILTER", "OPTIONAL", "BIND", "MINUS", "GRAPH", "SERVICE"})


class Clause(NamedTuple):
    """A clause: where it has its place, its first token, and where it ends."""

    rank: int
    first: Token
    end: int

    @property
    def name(self) -> Message | str:
        """Its keyword."""
        word = self.first.text.upper()
        return say("the pattern") if word == "{" else _WITH_BY.get(word, word)


def clauses_in_order(query: str, tokens: Sequence[Token]) -> Iterator[Slip]:
    """A clause before one that it stands after, or after the group that it is a part of."""
    if next(open_brackets(query, tokens), None):
        return
    for level in levels(tokens):
        clauses = list(_clauses(level))
        group = next((c for c in reversed(clauses) if c.rank == _WHERE), None)
        closing = next((t for t in reversed(level) if t.text == "}"), None)
        union = _outer_union(level, group)
        if union:
            yield union
            return
        for index, clause in enumerate(clauses):
            later = [each for each in clauses[:index] if each.rank > clause.rank]
            text = query[clause.first.start : clause.end].rstrip()
            gone = (clause.first.start, clause.first.start + len(text), "")
            if clause.rank < 0 and group and closing and group.first.start < clause.first.start:
                before = [t for t in level if t.text == "}" and t.start < clause.first.start]
                place = before[-1].start if before else closing.start
                said = "%(name)s goes inside the braces of the pattern, not after them."
                reason = say(said, name=clause.name)
                yield Slip(clause.first, reason, (gone, (place, place, f" {text} ")))
                return
            if later and clause.rank >= 0 and clause.first.text != "{":
                # That the group comes first is told of what stands before it.
                wrong, place = clause, later[0].first.start
                reason = say("%(one)s goes before %(other)s.", one=wrong.name, other=later[0].name)
                yield Slip(wrong.first, reason, (gone, (place, place, f"{text} ")))
                return


_MODIFIERS: Final = frozenset({"ORDER", "GROUP", "HAVING", "LIMIT", "OFFSET"})


def modifiers_inside(query: str, tokens: Sequence[Token]) -> Iterator[Slip]:
    """ORDER BY, LIMIT and the like in the braces of the pattern in place of after them."""
    opened: list[bool] = []
    closed = closings(tokens)
    outer = 0
    for index, token in enumerate(tokens):
        if token.text == "{":
            after = tokens[index + 1].text.upper() if index + 1 < len(tokens) else ""
            opened.append(after == "SELECT")
            outer = index if len(opened) == 1 else outer
        elif token.text == "}" and opened:
            opened.pop()
        elif (
            token.kind == "word" and token.text.upper() in _MODIFIERS and opened and not opened[-1]
        ):
            said = "%(name)s goes after the closing brace of the pattern."
            name = Clause(0, token, 0).name
            close = closed.get(outer)
            edits: tuple[tuple[int, int, str], ...] = ()
            if len(opened) == 1 and close is not None:
                text = query[token.start : close.start].rstrip()
                edits = ((token.start, close.start, ""), (close.end, close.end, f" {text}"))
            yield Slip(token, say(said, name=name), edits)
            return


def _outer_union(level: Sequence[Token], where: Clause | None) -> Slip | None:
    """The UNION of groups of which the first is taken for the whole pattern."""
    depth, first, union, last = 0, None, None, None
    for token in level:
        if where is None or not where.first.start <= token.start < where.end:
            continue
        first = first or (token if token.text == "{" else None)
        union = union or (token if depth == 0 and token.text.upper() == "UNION" else None)
        depth += (token.text == "{") - (token.text == "}")
        last = token if token.text == "}" else last
    if union is None or first is None or last is None:
        return None
    said = "The whole pattern goes in braces: { { … } UNION { … } }."
    return Slip(union, say(said), ((first.start, first.start, "{ "), (last.end, last.end, " }")))


def levels(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    """The tokens of the query and of each subquery."""
    yield list(tokens)
    opened: list[int] = []
    for index, token in enumerate(tokens):
        if token.text == "{":
            opened.append(index)
        elif token.text == "}" and opened:
            inner = list(tokens[opened.pop() + 1 : index])
            if inner and inner[0].text.upper() in ("SELECT", "WHERE"):
                yield inner


def _clauses(level: Sequence[Token]) -> Iterator[Clause]:
    """The clauses of a query or subquery, in the order of its text."""
    starts: list[tuple[int, Token]] = []
    depth = 0
    for index, token in enumerate(level):
        word = token.text.upper()
        is_word = token.kind == "word" and depth == 0
        rank = _RANKS.get(word, -1 if word in _INNER else None) if is_word else None
        if word == "PREFIX" and token.kind == "word" and depth:
            rank = 0
        before = level[index - 1].text.upper() if index else ""
        is_group = token.text == "{" and depth == 0 and (not starts or starts[-1][0] in (0, 1, 2))
        if is_group and before != "CONSTRUCT":
            rank = _WHERE
        if rank is not None:
            starts.append((rank, token))
        depth += (token.text in ("{", "(")) - (token.text in ("}", ")"))
    for index, (rank, token) in enumerate(starts):
        end = starts[index + 1][1].start if index + 1 < len(starts) else level[-1].end
        if rank == 0:
            place = level.index(token)
            last = level[min(place + (2 if token.text.upper() == "PREFIX" else 1), len(level) - 1)]
            end = last.end
        yield Clause(rank, token, end)

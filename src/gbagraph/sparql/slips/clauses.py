"""The clauses of a query: in an order that they do not have, and columns that they cannot have."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from gbagraph.sparql.message import Message, say
from gbagraph.sparql.slips.signs import AFTER_WHERE, TAKES, Slip, open_brackets
from gbagraph.sparql.tokens import AGGREGATES, closings

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
            if later and clause.first.text == "{" and later[0].rank > _WHERE:
                moved = query[later[0].first.start : clause.first.start]
                said = "%(name)s goes after the closing brace of the pattern."
                cut = (later[0].first.start, clause.first.start, "")
                back = (clause.end, clause.end, f" {moved}")
                yield Slip(later[0].first, say(said, name=later[0].name), (cut, back))
                return
            if later and clause.rank >= 0 and clause.first.text != "{":
                # That the group comes first is said of what stands before it.
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
        has_group = any(rank == _WHERE for rank, _ in starts)
        is_group = token.text == "{" and depth == 0 and not has_group
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
    done = -1
    for at, token in enumerate(after):
        if token.text == "{" or token.text.upper() in ("WHERE", "FROM"):
            return
        if token.text != "(" or at <= done:
            continue
        done = _closing(after, at) or len(after)
        before = after[at - 1] if at else token
        if done + 1 >= len(after):
            return
        if before.kind != "word" or before.text.upper() in ("DISTINCT", "REDUCED"):
            yield from _in_parentheses(query, after[at + 1 : done + 1])
        elif before.text.upper() in AGGREGATES or before.text.upper() in TAKES:
            name, stop = _new_name(query, before), after[done].end
            whole = query[before.start : stop]
            if done + 2 < len(after) and after[done + 1].text.upper() == "AS":
                name, stop = after[done + 2].text, after[done + 2].end
            elif after[done + 1].kind == "variable" and query.count(after[done + 1].text) == 1:
                name, stop = after[done + 1].text, after[done + 1].end
            whole = f"({whole} AS {name})"
            edits = ((before.start, stop, whole),)
            yield Slip(before, say("A computed column is written %(right)s.", right=whole), edits)


def _in_parentheses(query: str, tokens: Sequence[Token]) -> Iterator[Slip]:
    """A column that is computed, up to its parenthesis, and has no name."""
    *inside, closing = tokens
    if len(inside) > 1 and inside[-2].text == ")" and inside[-1].kind == "variable":
        said = "AS goes before the name of a computed column: AS %(name)s."
        yield Slip.before(inside[-1], say(said, name=inside[-1].text), "AS ")
    elif inside and inside[-1].text == ")" and not any(t.text.upper() == "AS" for t in inside):
        word = next((token for token in inside if token.kind == "word"), closing)
        name = _new_name(query, word)
        said = "A computed column needs a name: AS %(name)s."
        yield Slip.before(closing, say(said, name=name), f" AS {name}")


def _new_name(query: str, function: Token) -> str:
    wanted = function.text.lower() if function.kind == "word" else "value"
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
    plain = [t for t in plain if tokens[tokens.index(t) - 1].text.upper() != "AS"]
    for index, token in enumerate(plain):
        if token.text[1:] in [each.text[1:] for each in plain[:index]]:
            yield Slip.instead(token, say("%(name)s is a column already.", name=token.text), "")
    named = [t for before, t in pairwise(head) if before.text.upper() == "AS"]
    for index, token in enumerate(named):
        others = [each.text[1:] for each in (*plain, *named[:index])]
        if token.kind == "variable" and (
            token.text[1:] in others or _is_bound(tokens, token, head)
        ):
            yield Slip(
                token,
                say("%(name)s has a value already, so AS needs another name.", name=token.text),
                ((token.end, token.end, "2"),),
            )
    if "GROUP" in texts:
        yield from _ungrouped(tokens, plain, head)
    elif plain and any(t.text.upper() in AGGREGATES and t.kind == "word" for t in tokens):
        keys = " ".join(token.text for token in plain)
        end = next(
            (t.start for t in tokens if t.text.upper() in AFTER_WHERE and t.start > head[-1].end),
            len(query.rstrip()),
        )
        said = say("Beside an aggregate, %(name)s needs GROUP BY %(name)s.", name=plain[0].text)
        edits = ((end, end, f" GROUP BY {keys} "),)
        if {t.text.upper() for t in head if t.text.upper() in AGGREGATES} <= {"MIN", "MAX"}:
            said += say(OF_ALL)
        yield Slip(plain[0], said, edits)


OF_ALL: Final = "What has the least or the greatest value of all comes by ORDER BY and LIMIT 1."


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
        taken = {t.text for t, depth in _with_depth(head) if depth and t.kind == "variable"}
        # What is counted in each group cannot be a key of the groups.
        edits = ((end, end, f" {missing}"),) if taken.isdisjoint(t.text for t in wrong) else ()
        yield Slip(
            wrong[0],
            say(
                "%(name)s is neither in GROUP BY nor in an aggregate; add it to GROUP BY, or take "
                "SAMPLE(%(name)s).",
                name=wrong[0].text,
            ),
            edits,
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

"""Columns that GROUP BY does not have, or that are there twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gbagraph.sparql.slips.slip import AFTER_WHERE, AGGREGATES, Slip

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gbagraph.sparql.tokens import Token


def ungrouped_columns(query: str, found: Sequence[Token]) -> Iterator[Slip]:
    """Columns that GROUP BY does not have, or that are there twice."""
    texts = [token.text.upper() for token in found]
    start = texts.index("SELECT") + 1 if "SELECT" in texts else len(texts)
    if "{" not in texts[start:]:
        return
    head = found[start : texts.index("{", start)]
    plain = [t for t, depth in _with_depth(head) if t.kind == "variable" and depth == 0]
    for index, token in enumerate(plain):
        if token.text[1:] in [each.text[1:] for each in plain[:index]]:
            yield Slip(token, f"{token.text} is a column already.", ((token.start, token.end, ""),))
    for token, before in ((head[i], head[i - 1]) for i in range(1, len(head))):
        if (
            before.text.upper() == "AS"
            and token.kind == "variable"
            and _is_bound(found, token, head)
        ):
            yield Slip(
                token,
                f"{token.text} has a value already, so AS needs another name.",
                ((token.end, token.end, "2"),),
            )
    if "GROUP" in texts:
        yield from _ungrouped(query, found, plain, head)
    elif plain and any(t.text.upper() in AGGREGATES and t.kind == "word" for t in head):
        keys = " ".join(token.text for token in plain)
        end = next(
            (t.start for t in found if t.text.upper() in AFTER_WHERE and t.start > head[-1].end),
            len(query.rstrip()),
        )
        yield Slip(
            plain[0],
            f"beside an aggregate, {plain[0].text} needs GROUP BY {plain[0].text}.",
            ((end, end, f" GROUP BY {keys} "),),
        )


def _with_depth(found: Sequence[Token]) -> Iterator[tuple[Token, int]]:
    depth = 0
    for token in found:
        depth += (token.text == "(") - (token.text == ")")
        yield token, depth


def _is_bound(found: Sequence[Token], name: Token, head: Sequence[Token]) -> bool:
    last = head[-1].end
    return any(
        t.kind == "variable" and t.text[1:] == name.text[1:] and t.start > last for t in found
    ) and not any(t.text.upper() in AFTER_WHERE for t in found if t.start > last)


def _ungrouped(
    query: str, found: Sequence[Token], plain: Sequence[Token], head: Sequence[Token]
) -> Iterator[Slip]:
    texts = [token.text.upper() for token in found]
    at = len(texts) - 1 - texts[::-1].index("GROUP")
    keys: list[Token] = []
    for token in found[at + 2 :]:
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
        yield Slip(
            star, "with GROUP BY, the columns must be named.", ((star.start, star.end, names),)
        )
    elif wrong and keys:
        end = keys[-1].end
        missing = " ".join(dict.fromkeys(token.text for token in wrong))
        yield Slip(
            wrong[0],
            f"{wrong[0].text} is neither in GROUP BY nor in an aggregate; add it to GROUP BY, or take "
            f"SAMPLE({wrong[0].text}).",
            ((end, end, f" {missing}"),),
        )
    del query


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

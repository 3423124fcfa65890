"""What the engine takes otherwise than the standard, and can be put right in the text of a query.

Only where tokens decide it; each rule is a note of the standard's grammar (SPARQL 1.2, 19.8).
"""

from __future__ import annotations

import re
from typing import Final

from gbagraph.engine.diagnosis import place
from gbagraph.sparql_text import Token, tokens, without_text

_AGGREGATES: Final = ("COUNT", "SUM", "MIN", "MAX", "AVG", "SAMPLE", "GROUP_CONCAT")
_BOOLEAN: Final = re.compile(r"\b(?!true\b|false\b)(?i:true|false)\b")
_NAME: Final = r"[\w?$:@.\-]"
_STRUCTURE: Final = re.compile(rf"(?<!{_NAME})(?P<before>{_NAME}++)\s*+\(|[(){{}}]")
"""Parentheses and braces, a parenthesis with the word before it."""


def mended(query: str) -> str:
    """*query* as the engine understands it in the standard's sense.

    Raises:
        QuerySyntaxError: the engine would take the query, but the standard does not.
    """
    # Most queries hold nothing to mend, and cutting them into tokens takes longer than asking them.
    upper = query.upper()
    if sum(map(upper.count, _AGGREGATES)) > 1:
        _refuse_nested_aggregates(query)
    if ("TRUE" in upper or "FALSE" in upper) and _BOOLEAN.search(query):
        return "".join(map(_lower_boolean, tokens(query)))
    return query


def _lower_boolean(token: Token) -> str:
    """Keywords ignore case (section 19.8, note 1), true and false among them."""
    keyword = token.kind == "name" and token.text.upper() in ("TRUE", "FALSE")
    return token.text.lower() if keyword else token.text


def _refuse_nested_aggregates(query: str) -> None:
    """An aggregate may not be the argument of an aggregate (section 19.8, note 13)."""
    # For each group graph pattern, and inside it for each parenthesis, whether an aggregate opened it.
    groups: list[list[bool]] = [[]]
    for found in _STRUCTURE.finditer(without_text(query)):
        mark, before = found[0][-1], found["before"] or ""
        if mark == "(":
            aggregate = before.upper() in _AGGREGATES
            if aggregate and any(groups[-1]):
                token = Token("name", before, found.start())
                raise place(query, token, "an aggregate stands inside another aggregate.")
            groups[-1].append(aggregate)
        elif mark == ")" and groups[-1]:
            groups[-1].pop()
        elif mark == "{":
            groups.append([])
        elif mark == "}" and len(groups) > 1:
            groups.pop()

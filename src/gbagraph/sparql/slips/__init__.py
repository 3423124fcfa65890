"""Common slips of the pen in a query: the token that is wrong, why, and what would be right.

The engine's parser says how far it came, which is often past the mistake. Each rule here knows one slip
by the tokens alone; they are only asked of a text that the engine refuses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gbagraph.sparql.slips.head import columns, declarations, query_form, ungrouped_columns
from gbagraph.sparql.slips.signs import (
    foreign_signs,
    missing_dots,
    missing_groups,
    odd_spaces,
    open_brackets,
    open_texts,
    typographic_quotes,
)
from gbagraph.sparql.slips.words import order_and_group, undeclared_prefixes, unknown_words
from gbagraph.sparql.tokens import Token, words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from gbagraph.sparql.slips.signs import Slip


_MOST: Final = 1000
"""Tokens of the longest query in which slips are looked for: rules compare many tokens with many."""


def slip(query: str) -> Slip | None:
    """The first slip that is known in *query*, which is not SPARQL; None if it is none of these.

    Nor are any known in a query that is longer than people write.
    """
    found = words(query)
    if not 0 < len(found) <= _MOST:
        return None
    return next((each for rule in _RULES for each in rule(query, found)), None)


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

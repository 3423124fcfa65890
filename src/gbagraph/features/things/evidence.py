"""The evidence of facts on a page, as workers give it: on what they rest, and the words of selectors."""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING, Final

from gbagraph import publication
from gbagraph.feature import hook

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gbagraph.features.things.facts import Fact
    from gbagraph.features.things.page import Lines
    from gbagraph.web.context import Context


_DATED: Final = 200
"""Numbers and dates of other things of which a page says on what they rest."""


async def add(
    context: Context, statements: Iterable[tuple[str, Fact]], labels: tuple[str, ...]
) -> None:
    """Add on what the *statements* rest, which come with the IRI of what each is about."""
    job = hook("evidence of facts job")
    told = [(fact, triple) for iri, fact in statements if (triple := fact.triple(iri))]
    if job and told:
        result = await context.result(job(tuple(triple for _, triple in told), labels))
        for (fact, _), each in zip(told, json.loads(result.body), strict=True):
            fact.rest_as(each)


async def add_of_nodes(context: Context, every: Iterable[Lines], labels: tuple[str, ...]) -> None:
    """Add on what the numbers and dates rest that are shown with the first of the values."""
    shown = (line for lines in every for line in lines.lines)
    of_nodes = (told for line in shown for told in line.rests[1:] if told[0])
    await add(context, islice(of_nodes, _DATED), labels)


async def words(context: Context) -> Mapping[str, tuple[str, int, str]]:
    """Return the words of the selectors with their passages and starts, where there is the text."""
    job = hook("source words job") if publication.current().source_text else None
    answer = json.loads((await context.result(job())).body)["words"] if job else {}
    return {selector: tuple(words) for selector, words in answer.items()}

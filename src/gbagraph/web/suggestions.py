"""Where somebody may have wanted to go who came to an address that is none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from gbagraph.errors import GbaGraphError
from gbagraph.explain.search_jobs import Search
from gbagraph.explain.spelling import local_name

if TYPE_CHECKING:
    from gbagraph.web.context import Context

_MOST: Final = 5
_LEAST: Final = 0.6
"""The score from which on a result is offered: below it, a name does not fit, only a definition."""
_LONGEST: Final = 80


async def like(context: Context, iri: str) -> list[dict[str, Any]]:
    """What there is with a name like the end of *iri*: label, IRI and address below the server's prefix.

    Nothing where the search cannot be answered now: the error that is to be told is another.
    """
    text = local_name(iri)[:_LONGEST].replace("-", " ").replace("_", " ").strip()
    if not text:
        return []
    try:
        found = json.loads((await context.result(Search(text, _MOST))).body)
    except GbaGraphError:
        return []
    rows = [row for row in found["results"] if row["score"] >= _LEAST]
    return [
        {"label": row["label"], "iri": row["iri"], "address": f"/{row['address']}"}
        for row in rows or found.get("suggestions", ())
    ]

"""What is wrong or misleading in a query, as a page shows it beside the query."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gbagraph.engine import Explain, JobOptions
from gbagraph.errors import GbaGraphError
from gbagraph.sparql.diagnostics import line_and_column
from gbagraph.sparql.tokens import words

if TYPE_CHECKING:
    from gbagraph.endpoint.request import Request
    from gbagraph.sparql.protocol import SparqlRequest
    from gbagraph.web.answering.address import Address
    from gbagraph.web.context import Context


@dataclass(frozen=True, slots=True)
class Shown:
    """A diagnostic: where it stands, over how many characters, and the repair with its address."""

    code: str
    severity: str
    message: str
    line: int
    column: int
    length: int
    suggestion: str
    query: str
    address: str


async def diagnostics(
    context: Context, request: Request, asked: SparqlRequest, address: Address
) -> tuple[Shown, ...]:
    """What is found in the query of a request; nothing where that cannot be told now.

    Raises nothing: what the page has to say of the query itself comes first.
    """
    job = Explain(asked.query, asked.infer)
    try:
        result = await context.result(job, JobOptions(request.client, asked.timeout))
    except GbaGraphError:
        return ()
    lengths = _lengths(asked.query)
    found: list[dict[str, Any]] = json.loads(result.body)["diagnostics"]
    return tuple(_shown(row, lengths, address) for row in found)


def _lengths(query: str) -> dict[tuple[int, int], int]:
    """How long the token is that stands at each line and column."""
    return {line_and_column(query, word.start): len(word.text) for word in words(query)}


def _shown(row: dict[str, Any], lengths: dict[tuple[int, int], int], address: Address) -> Shown:
    length = lengths.get((row["line"], row["column"]), 0)
    repaired = address.link(query=row["query"]) if row["query"] else ""
    return Shown(**row, length=length, address=repaired)

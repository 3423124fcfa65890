"""What is wrong or misleading in a query, as a page shows it beside the query."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gbagraph.engine import JobOptions
from gbagraph.errors import GbaGraphError
from gbagraph.explain.diagnostic_jobs import Explain
from gbagraph.sparql.diagnostics import offset
from gbagraph.sparql.tokens import token_at

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
    job = Explain(asked.query, asked.infer, calls=asked.calls)
    try:
        result = await context.result(
            job, JobOptions(request.who, asked.timeout, via=request.via, request=request.id)
        )
    except GbaGraphError:
        return ()
    found: list[dict[str, Any]] = json.loads(result.body)["diagnostics"]
    return tuple(_shown(row, asked.query, address) for row in found)


def _shown(row: dict[str, Any], query: str, address: Address) -> Shown:
    token = token_at(query, offset(query, row["line"], row["column"]))
    length = len(token.text) if token and token.kind not in ("space", "comment") else 0
    can_link = row["query"] and address.is_linkable
    repaired = address.link(query=row["query"]) if can_link else ""
    return Shown(**row, length=length, address=repaired)

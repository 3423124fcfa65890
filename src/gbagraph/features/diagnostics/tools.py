"""The tool for assistants that says what is wrong or misleading in a query."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from gbagraph.features.assistants.tool import Asker, Sparql, Tool, read, schema_of
from gbagraph.features.diagnostics.jobs import Explain

if TYPE_CHECKING:
    from collections.abc import Mapping


class _Explain(Struct, frozen=True, forbid_unknown_fields=True):
    sparql: Sparql


async def _explain(asker: Asker, arguments: Mapping[str, Any]) -> dict[str, Any]:
    wanted = read("explain", _Explain, arguments)
    return await asker.record(Explain(wanted.sparql), is_reserved=False)


EXPLAIN = Tool(
    "explain",
    "Say what is wrong or misleading in a SPARQL query",
    "Finds names that do not exist, patterns that cannot match and sums that count twice, and "
    "proposes a repaired query; counts in steps where the rows went. Ask this when an answer is "
    "empty or looks wrong.",
    schema_of(_Explain),
    {
        "type": "object",
        "properties": {"diagnostics": {"type": "array"}, "steps": {"type": "array"}},
        "required": ["diagnostics", "steps"],
    },
    _explain,
    offered="all",
)

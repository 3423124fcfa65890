"""The tool for assistants that says what is wrong or misleading in a query."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from gbagraph.api.explanations import Share
from gbagraph.features.assistants.tool import Asker, Sparql, Tool, read, schema_of
from gbagraph.features.diagnostics.jobs import Explain

if TYPE_CHECKING:
    from collections.abc import Mapping


class _Explain(Struct, frozen=True, forbid_unknown_fields=True):
    sparql: Sparql


async def _explain(asker: Asker, arguments: Mapping[str, Any]) -> dict[str, Any]:
    wanted = read("explain", _Explain, arguments)
    found = await asker.record(Explain(wanted.sparql), is_reserved=False)
    return {**found, "steps": [*map(_short, found["steps"])]}


def _short(step: dict[str, Any]) -> dict[str, Any]:
    """A step with what it leaves out and keeps as texts, without what is empty."""
    texts = {
        side: ", ".join(str(Share(**each)) for each in step[side]) for side in ("left_out", "kept")
    }
    return {name: value for name, value in {**step, **texts}.items() if value not in ("", {})}


EXPLAIN = Tool(
    "explain",
    "Say what is wrong or misleading in a SPARQL query",
    "Finds names that do not exist, patterns that cannot match and sums that count twice, and "
    "proposes a repaired query; says in steps where the rows went, and what was left out. Ask "
    "this when an answer is empty or looks wrong.",
    schema_of(_Explain),
    {
        "type": "object",
        "properties": {"diagnostics": {"type": "array"}, "steps": {"type": "array"}},
        "required": ["diagnostics", "steps"],
    },
    _explain,
    offered="all",
)

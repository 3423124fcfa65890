"""Which version of the data an engine holds, and which of several engines behind a proxy answered."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any, Final

from gbagraph.features.remote.questions import Question, readable, solutions_or_boolean
from gbagraph.rdf.namespaces import DATASET, expand

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gbagraph.features.remote.questions import BlockAnswer

_INFO: Final = f"?s <{expand('owl:versionInfo')}> ?v"
VERSION: Final = Question(
    f"SELECT DISTINCT ?s ?v {{ {{ {_INFO} }} UNION {{ GRAPH ?g {{ {_INFO} }} }} FILTER (isIRI(?s)) }} "
    "ORDER BY ?s ?v LIMIT 100"
)
"""What the data say of their version, and of that of the terms in them."""
_HOP: Final = re.compile(r'next-hop="?([^",;]+)')


async def version_in(answer: BlockAnswer) -> str:
    """Return the version of the data in an *answer* to VERSION, with a hash of all that it has.

    Raises:
        EngineFailed: it is no answer.
    """
    with readable():
        found: Any = solutions_or_boolean(b"".join([block async for block in answer.blocks]))
        rows = sorted((row["s"].value, row["v"].value) for row in found)
    hashed = hashlib.sha256(repr(rows).encode()).hexdigest()[:8]
    return f"{dict(rows).get(DATASET, 'without a number')} ({hashed})"


def server_in(headers: Mapping[str, str]) -> str:
    """Return the server that answered, as the proxies before it name it; empty if none does.

    They do so in Proxy-Status, by ``next-hop`` (RFC 9209, section 2.1.2).
    """
    return ", ".join(_HOP.findall(headers.get("proxy-status", "")))

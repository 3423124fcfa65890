"""Asking the engine for an assistant: whole answers of a size that an assistant can read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from gbagraph.api import answer as reading
from gbagraph.engine import JobOptions, Query
from gbagraph.errors import GbaGraphError, ResultTooLarge
from gbagraph.explain.diagnosing import paragraph
from gbagraph.explain.diagnostic_jobs import Explain

if TYPE_CHECKING:
    from gbagraph.dataset.identity import Description
    from gbagraph.endpoint.result_cache import ResultCache
    from gbagraph.engine import Job
    from gbagraph.rdf.format import Format
    from gbagraph.rdf.formats import Kind
    from gbagraph.sparql.sources import Source

FORMATS: Final[dict[Kind, str]] = {
    "solutions": reading.RESULTS,
    "boolean": reading.RESULTS,
    "graph": "text/turtle",
}
"""The formats in which tools read answers."""

_LARGEST: Final = 8 * 1024 * 1024
"""Bytes of an answer that is read."""
_HINTS: Final = 3
"""Diagnostics of an answer without rows that are given at most."""


class Whole(NamedTuple):
    """The bytes of an answer, their format, and the other endpoints that were called for it."""

    body: bytes
    format: Format
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True)
class Asker:
    """Asks for one *client*, within the limits of the engine behind *cache*."""

    cache: ResultCache
    client: str = ""

    @property
    def dataset(self) -> Description:
        """What the dataset is."""
        return self.cache.engine.description

    async def body(self, job: Job, *, is_reserved: bool = True) -> tuple[bytes, Format]:
        """The bytes of :meth:`whole`, and their format."""
        found = await self.whole(job, is_reserved=is_reserved)
        return found.body, found.format

    async def whole(self, job: Job, *, is_reserved: bool = True) -> Whole:
        """The whole answer to *job*; *is_reserved*: the query is not the client's own.

        Raises:
            RequestError: the query is not valid.
            EvaluationError: it exceeds a limit, or its answer is larger than a tool gives.
        """
        options = JobOptions(client=self.client, is_reserved=is_reserved)
        found = await self.cache.get(job, options)
        if found.answer is None:
            return Whole(found.body, found.format, found.sources)
        blocks: list[bytes] = []
        size = 0
        try:
            async for block in found.answer:
                size += len(block)
                if size > _LARGEST:
                    raise _too_large()
                blocks.append(block)
        finally:
            found.close()
        return Whole(b"".join(blocks), found.format, found.sources)

    async def hints(self, query: Query) -> list[str]:
        """Why an answer has no rows, as far as that can be told: a few sentences."""
        try:
            body, _ = await self.body(Explain(query.text, query.infer))
        except GbaGraphError:  # the answer itself is there
            return []
        return [paragraph(each) for each in reading.diagnostics(body)[:_HINTS]]


def _too_large() -> ResultTooLarge:
    return ResultTooLarge(
        f"The answer is larger than {_LARGEST // 1024**2} megabytes, the most that a tool reads. Ask "
        "for less: with LIMIT, with fewer columns, or for a number with COUNT.",
        limit=_LARGEST,
    )

"""The question behind a link, asked as by a request for its answer; the bytes of that, hashed."""

from __future__ import annotations

import asyncio
import hashlib
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import urlencode

from msgspec.structs import replace

from gbagraph.endpoint.evaluation import Evaluation, for_canned_query, for_endpoint
from gbagraph.engine import JobOptions
from gbagraph.errors import MalformedRequest, RequestError

if TYPE_CHECKING:
    from gbagraph.endpoint.request import Request
    from gbagraph.endpoint.result_cache import ResultCache

    Pairs = tuple[tuple[str, str], ...]

_ACCEPT: Final = "application/sparql-results+json, application/n-triples;q=0.9"
"""The formats of the bytes of which the hash is made."""


class Answer(NamedTuple):
    """The hash of an answer, and how many bytes it has, of which type."""

    hash: str
    size: int
    media_type: str


async def answer(cache: ResultCache, request: Request, path: str, asked: Pairs) -> Answer:
    """Return what *cache* answers at a *path* to what is *asked*, within the limits of any query.

    Of the *request* for that, only who sends it counts.

    Raises:
        GbaGraphError: as the query is answered.
        RequestError: its answer may be another each time.
    """
    question = replace(
        request,
        method="GET",
        path=f"/{path}",
        query_string=urlencode(asked).encode(),
        headers={"accept": _ACCEPT},
        body=b"",
        _parameters=None,
    )
    # In a thread: to take a long query apart would delay other requests.
    evaluation = await asyncio.to_thread(_evaluation, question)
    request.job = evaluation.job
    options = JobOptions(
        request.who, evaluation.timeout, evaluation.is_reserved, request.via, request.id
    )
    result = await cache.get(evaluation.job, options)
    try:
        if result.etag and cache.engine.description.blank_nodes:
            raise RequestError(
                "The data have blank nodes, whose labels change each time they are loaded. So no link "
                "could say whether an answer is the same. Give these nodes IRIs, and annotations names "
                "(~ ex:claim1 {| … |})."
            )
        if not result.etag.startswith('"'):
            raise RequestError(
                "The answer to this query may be another each time: it has new blank nodes, the time or "
                "a random number in it, or another endpoint is called for it. So no link could say "
                "whether it is the same."
            )
        digest, size = hashlib.sha256(result.body), len(result.body)
        if result.answer is not None:
            async for block in result.answer:
                digest.update(block)
                size += len(block)
    finally:
        result.close()
    return Answer(digest.hexdigest(), size, result.format.media_type)


def _evaluation(question: Request) -> Evaluation:
    name = question.path.removeprefix("/queries/")
    asked = for_endpoint(question) if name == question.path else for_canned_query(name, question)
    if not isinstance(asked, Evaluation):
        raise MalformedRequest("There is no query, so there is no answer to link to.")
    return asked

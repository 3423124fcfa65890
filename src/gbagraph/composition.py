"""What settings say put together: the data that are published, and the engine that serves them."""

from __future__ import annotations

import json
from itertools import chain
from typing import TYPE_CHECKING

from gbagraph import tracing
from gbagraph.dataset import loader
from gbagraph.engine.engine import Engine
from gbagraph.engine.jobs import SyntaxCheck
from gbagraph.engine.source import Files
from gbagraph.feature import first, hooks
from gbagraph.queries.catalog import all_queries, require_valid

if TYPE_CHECKING:
    from gbagraph.publication import Publication
    from gbagraph.setting import AllowedService
    from gbagraph.settings import Settings


def engine_of(settings: Settings, own: tuple[str, memoryview[float] | None] = ("", None)) -> Engine:
    """Return the engine that a server with these *settings* has.

    Its *own* name in calls of other endpoints, by default a new one, and the pauses for which these have
    asked are those of all processes of the server.

    Raises:
        DatasetError: no version of the store is in service.
        SettingError: there is no such parameter for time limits of an engine.
    """
    return Engine(
        source=first("source", settings)
        or Files(tuple(str(path.resolve()) for path in settings.data), settings.infer),
        timeout=settings.query_timeout,
        memory=settings.query_memory,
        result_size=settings.result_size,
        slow_queries=settings.max_slow_queries,
        services=services_of(settings),
        providers=list(chain.from_iterable(each(settings, own) for each in hooks("providers"))),
        counts_rows=settings.access_log or tracing.is_wanted(),
    )


def services_of(settings: Settings) -> tuple[AllowedService, ...]:
    """Return the endpoints that queries may call with SERVICE by these *settings*."""
    named = settings.value("allow_service") or ()
    return (*named, *chain.from_iterable(each(settings) for each in hooks("services")))


async def check_queries(engine: Engine) -> int:
    """Read the canned queries and have *engine* check them; return how many there are.

    Raises:
        QueryFileError: one has a fault.
    """
    texts = tuple(query.text for query in all_queries().values())
    if texts:
        require_valid(json.loads((await engine.answer(SyntaxCheck(texts))).body))
    return len(texts)


def published(settings: Settings) -> Publication:
    """Return what *settings* publish: data of an engine, a store, files, the built-in ones or a release.

    Raises:
        SettingError: a setting is wrong, two name different data, or a text cannot be read.
        DatasetError: there is no such file, release or store, or the engine does not answer.
    """
    for check in hooks("data checked"):
        check(settings)
    publication = first("published", settings) or loader.published(settings)
    return first("source given", settings, publication) or publication

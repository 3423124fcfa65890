"""What settings say put together: the data that are published, and the engine that serves them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from gbagraph import publication, tracing
from gbagraph.dataset.loader import files_of_others
from gbagraph.engine import Engine, SyntaxCheck
from gbagraph.engine.source import Files
from gbagraph.errors import SettingError
from gbagraph.features.federation.messages import new_sender
from gbagraph.features.federation.outbound import Outbound
from gbagraph.features.federation.settings import ServiceSettings
from gbagraph.features.remote import source as remote
from gbagraph.features.remote.settings import EngineSettings
from gbagraph.features.stores.serving import Stored, stored
from gbagraph.features.stores.settings import OFF, UNION, StoreSettings
from gbagraph.features.stores.versions import in_service
from gbagraph.queries.catalog import all_queries, require_valid

if TYPE_CHECKING:
    from gbagraph.engine.exchange import Provider
    from gbagraph.engine.source import Source
    from gbagraph.features.federation.messages import Sender
    from gbagraph.publication import Publication
    from gbagraph.settings import Settings


def engine_of(settings: Settings, sender: Sender | None = None) -> Engine:
    """Return the engine that a server with these *settings* has.

    *sender* is how the server names itself in calls of other endpoints; by default it has a new name.

    Raises:
        DatasetError: no version of the store is in service.
        SettingError: there is no such parameter for time limits of an engine.
    """
    return Engine(
        source=_source(settings),
        timeout=settings.query_timeout,
        memory=settings.query_memory,
        result_size=settings.result_size,
        slow_queries=settings.max_slow_queries,
        services=settings.of(ServiceSettings).allow_service,
        providers=_providers(settings, sender),
        counts_rows=settings.access_log or tracing.is_wanted(),
    )


def _source(settings: Settings) -> Source:
    there, stores = settings.of(EngineSettings), settings.of(StoreSettings)
    if there.engine:
        return remote.Engine(tuple(there.engine), there.engine_version, there.engine_default_graph)
    if stores.store:
        # That version for good, whichever comes into service meanwhile.
        return Stored(
            str(in_service(stores.store)),
            is_union=stores.default_graph == UNION,
            has_index=stores.index != OFF,
            infer=settings.infer,
        )
    return Files(tuple(str(path.resolve()) for path in settings.data), settings.infer)


def _providers(settings: Settings, sender: Sender | None) -> list[Provider]:
    providers: list[Provider] = []
    if services := settings.of(ServiceSettings).allow_service:
        providers.append(Outbound(services, sender or new_sender()))
    there = settings.of(EngineSettings)
    if there.engine:
        # Imported here: its client takes a tenth of a second, and most servers need none.
        from gbagraph.features.remote.replicas import Replicas  # noqa: PLC0415

        providers.append(Replicas(there.engine, there.engine_timeout))
    return providers


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
        SettingError: a setting is wrong, or two name different data.
        DatasetError: there is no such file, release or store, or the engine does not answer.
    """
    if engines := settings.of(EngineSettings).engine:
        _refuse_union(settings)
        _refuse_other_data(settings)
        return publication.of_settings(settings, None if remote.is_own(engines) else ())
    if settings.of(StoreSettings).store:
        return stored(settings)
    _refuse_union(settings)
    return publication.of_settings(settings, files_of_others(settings.data))


def _refuse_union(settings: Settings) -> None:
    if settings.of(StoreSettings).default_graph == UNION:
        raise SettingError(
            "default_graph is for a store: files in memory are merged into the default graph anyway, "
            "and an engine decides by itself. Leave it out.",
            setting="default_graph",
        )


def _refuse_other_data(settings: Settings) -> None:
    if settings.data or settings.of(StoreSettings).store or settings.infer is not None:
        raise SettingError(
            "The data are those of the engine, as it holds them: leave out data, store and infer, or "
            "engine.",
            setting="engine",
        )

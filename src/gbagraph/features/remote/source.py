"""An engine elsewhere as the source of the data: asked at the start what it holds."""

from __future__ import annotations

import asyncio
import hashlib
import sys
import time
from contextlib import contextmanager
from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING, Any, ClassVar, Final

import msgspec
import pyoxigraph as ox

from gbagraph import publication
from gbagraph.dataset.identity import META, Description
from gbagraph.dataset.view import holds_inferred
from gbagraph.engine.source import Held
from gbagraph.errors import DatasetError, GbaGraphError, LoadFailed, SettingError
from gbagraph.features.remote import EngineSettings
from gbagraph.features.remote.dataset import IS_OWN, Elsewhere
from gbagraph.features.remote.idioms import IDIOMS, UNTRIED
from gbagraph.features.remote.questions import readable
from gbagraph.rdf.namespaces import DATASET, expand
from gbagraph.text import public

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gbagraph.engine.source import Prepare
    from gbagraph.features.remote.dialects import Idiom
    from gbagraph.features.remote.questions import Question
    from gbagraph.features.remote.replicas import Replicas
    from gbagraph.settings import Settings


_SECONDS: Final = 60.0
"""Seconds for each of the questions at the start, which count what there is."""
_TRIAL: Final = 10.0
"""Seconds after which no further idiom is tried."""
_GRAPHS: Final = 5
"""Graphs of which a triple is asked for at the start: the smallest."""


class Engine(msgspec.Struct, frozen=True, tag="gbagraph.features.remote.source:Engine"):
    """The data that the engine at *urls* holds; several are replicas of one.

    *version* is that of the data there, if they change only with it, and *default_graph* the graph that
    is their default graph, if that is not the engine's own. *contact* is an address of the operator.
    """

    urls: tuple[str, ...]
    version: str = ""
    default_graph: str = ""
    contact: str = ""

    index: ClassVar[None] = None
    is_on_disk: ClassVar[bool] = False
    has_credentials: ClassVar[bool] = True

    @property
    def may_change(self) -> bool:
        """Whether the data change without notice."""
        return not self.version

    @property
    def subject(self) -> str:
        """What is asked, for the log."""
        return f"what {', '.join(map(public, self.urls))} holds"

    def position(self, pid: int) -> str:  # noqa: ARG002  of a process that reads no file
        """Return nothing."""
        return ""

    def load(self, prepare: Prepare) -> Held:
        """Ask the engine what it holds; raises DatasetError if it cannot be used."""
        with directly(self.urls, self.contact) as elsewhere:
            description = described(elsewhere, self.urls, self.version, self.default_graph)
            untried = learn(elsewhere)
            names = tuple(each.name for each in elsewhere.lost)
            if names:
                sys.stderr.write(
                    f"The engine does not do right: {', '.join(names)}. Queries with these are put "
                    "in another way that it does right, or refused with 501.\n"
                )
            if untried:
                sys.stderr.write(
                    f"In {_TRIAL:g} seconds the engine was not asked whether it does right: "
                    f"{', '.join(untried)}. Rows of queries with these may be missing.\n"
                )
            description = replace(description, lost=names)
            prepare(elsewhere)
        return Held(elsewhere, description, is_merged=False)


def check(settings: Settings) -> None:
    """Raise SettingError if *settings* name an engine and other data."""
    if settings.of(EngineSettings).engine and (
        settings.data or settings.value("store") or settings.infer is not None
    ):
        raise SettingError(
            "The data are those of the engine, as it holds them: leave out data, store and infer, or "
            "engine.",
            setting="engine",
        )


def published(settings: Settings) -> publication.Publication | None:
    """Return what *settings* publish of an engine; None if they name none.

    Raises:
        DatasetError: it does not answer.
    """
    if urls := settings.of(EngineSettings).engine:
        return publication.of_settings(settings, None if is_own(urls, settings.contact) else ())
    return None


def of_settings(settings: Settings) -> Engine | None:
    """Return the engine that *settings* name; None if they name none."""
    there = settings.of(EngineSettings)
    if there.engine:
        return Engine(
            there.engine, there.engine_version, there.engine_default_graph, settings.contact
        )
    return None


def providers(settings: Settings, _: object) -> Iterator[Replicas]:
    """Have the engine that *settings* name answer the questions of workers.

    Raises:
        SettingError: there is no such parameter for its time limits.
    """
    there = settings.of(EngineSettings)
    if there.engine:
        yield _replicas()(there.engine, there.engine_timeout, settings.contact)


def _replicas() -> type[Replicas]:
    # Imported here: its client takes a tenth of a second, and most servers need none.
    from gbagraph.features.remote.replicas import Replicas  # noqa: PLC0415

    return Replicas


class _Reply(BytesIO):
    """An answer that is held in memory."""

    def __init__(self, media_type: str, body: bytes) -> None:
        super().__init__(body)
        self.media_type = media_type


@contextmanager
def directly(urls: Sequence[str], contact: str = "") -> Iterator[Elsewhere]:
    """Give the dataset of the engine at *urls*, asked by this process, whose operator has a *contact*.

    Raises:
        DatasetError: inside, if the engine does not answer.
    """
    with asyncio.Runner() as runner:
        replicas = _replicas()(urls, contact=contact)
        try:
            with readable():
                store = Elsewhere(lambda question: runner.run(_whole(replicas, question)))
                store.version = runner.run(replicas.version(_SECONDS))
                yield store
        except DatasetError:
            raise
        except GbaGraphError as problem:
            raise LoadFailed(
                f"The engine {', '.join(map(public, urls))} cannot be used: {problem.message}"
            ) from None
        finally:
            runner.run(replicas.stop())


async def _whole(replicas: Replicas, question: Question) -> _Reply:
    async with replicas.ask(question, _SECONDS) as answer:
        return _Reply(answer.media_type, b"".join([block async for block in answer.blocks]))


def is_own(urls: Sequence[str], contact: str) -> bool:
    """Return whether the engine at *urls* holds the built-in dataset.

    Raises:
        DatasetError: it does not answer.
    """
    with directly(urls, contact) as store, readable():
        return bool(store.query(IS_OWN))


def described(
    store: Elsewhere, urls: Sequence[str], version: str, default_graph: str = ""
) -> Description:
    """Return what *store*, which the engine at *urls* holds in this *version*, if it is known, is.

    The store gets its size, and its *default_graph* if that is not the engine's own.

    Raises:
        DatasetError: the engine has no such graph, or loses what is in one.
    """
    with readable():
        named = store.query("SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g")
        graphs = {row["g"].value: int(row["n"].value) for row in _rows(named)}
        graphs = _with_default(store, graphs, default_graph)
        default = next(_rows(store.query("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")))
        own, title = (_said(store, name) for name in ("owl:versionInfo", "dcterms:title"))
        _require_graphs(store)
    _learn_datasets(store)
    in_default = int(default["n"].value)
    store.size = min(sum(graphs.values()) + in_default, sys.maxsize)
    known = repr((version or time.time(), title, sorted(graphs.items()), in_default))
    return Description(
        title=publication.current().title or title or public(urls[0]),
        version=version or own or "unknown",
        built_in=bool(own),
        digest=hashlib.sha256(known.encode()).hexdigest(),
        modified=time.time(),
        blank_nodes=True,
        infer=holds_inferred(store) is True,
        graphs=dict(sorted(graphs.items())),
        default_graph=in_default,
    )


def learn(store: Elsewhere) -> list[str]:
    """Learn which idioms *store* loses, also in the other way; those for which there is no time."""
    lost: list[Idiom] = []
    untried: list[str] = []
    end = time.monotonic() + _TRIAL
    for idiom in IDIOMS:
        store.lost = ()
        if time.monotonic() >= end:
            untried.append(idiom.name)
        elif idiom.is_lost(store.query):
            store.lost = (idiom,)
            is_helped = idiom.other is not None and not idiom.is_lost(store.query)
            lost.append(idiom if is_helped else replace(idiom, other=None))
    is_like_virtuoso = any(each.name == IDIOMS[0].name for each in lost)
    store.lost = (*lost, *UNTRIED) if is_like_virtuoso else tuple(lost)
    return untried


def _with_default(store: Elsewhere, graphs: dict[str, int], default_graph: str) -> dict[str, int]:
    """The named graphs of *store*, once *default_graph*, if it is given, is its default graph."""
    if default_graph and default_graph not in graphs:
        raise DatasetError(
            f"The engine has no graph {default_graph}, which is to be the default graph. Publish the "
            "dataset there, or correct engine_default_graph."
        )
    store.default = default_graph
    store.graphs = {graph: size for graph, size in graphs.items() if graph != default_graph}
    return store.graphs


def _require_graphs(store: Elsewhere) -> None:
    """Raise LoadFailed if *store* does not find a triple in the graph of which it has just given it.

    So does Comunica over several endpoints: it counts in the default graph of each, and leaves out those
    that have nothing there.
    """
    for graph in sorted(store.graphs, key=store.graphs.__getitem__)[:_GRAPHS]:
        text = f"{{ GRAPH <{graph}> {{ ?s ?p ?o FILTER (isIRI(?s) && isIRI(?o)) }} }} LIMIT 1"
        for row in _rows(store.query(f"SELECT ?s ?p ?o {text}")):
            if ox.Quad(row["s"], row["p"], row["o"], ox.NamedNode(graph)) not in store:
                raise LoadFailed(
                    f"The engine loses triples: it gives one of the graph {graph}, and does not find it "
                    "when asked for it by its terms. Start Comunica with the two files of "
                    "deploy/comunica, or take another engine."
                )


def _rows(result: Any) -> Iterator[Any]:  # noqa: ANN401  a result of the engine
    return iter(result)


def _learn_datasets(store: Elsewhere) -> None:
    """Learn what *store* makes of the graphs of a request: of one that is named twice.

    It is one graph (SPARQL 1.1, section 13.2), but Oxigraph gives its triples twice, and Comunica those
    of its own default graph.
    """
    if not store.graphs:
        return
    size, graph = min((size, graph) for graph, size in store.graphs.items())
    twice = [ox.NamedNode(graph)] * 2
    counted = store.query("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", default_graph=twice)
    with readable():
        count = int(next(_rows(counted))["n"].value)
    store.merges_graphs = count == size
    store.takes_datasets = count in (size, 2 * size)


def _said(store: Elsewhere, name: str) -> str:
    """What the built-in dataset says of itself in English, if it is what there is."""
    text = (
        f"SELECT ?v {{ GRAPH {META} {{ <{DATASET}> <{expand(name)}> ?v }} "
        'FILTER (LANG(?v) IN ("", "en")) }'
    )
    return min((row["v"].value for row in _rows(store.query(text))), default="")

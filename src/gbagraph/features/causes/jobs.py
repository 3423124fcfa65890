"""The job to compare the answers of two versions, and the source of an engine that has both."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from gbagraph.dataset.identity import Release, kept
from gbagraph.dataset.loader import load, load_release
from gbagraph.engine.jobs import Job
from gbagraph.engine.source import Files, Held
from gbagraph.feature import hook, resolve
from gbagraph.rdf.formats import JSON, TEXT, Format, Kind
from gbagraph.sparql.terms import Reference

if TYPE_CHECKING:
    import pyoxigraph as ox

    from gbagraph.dataset.identity import Description
    from gbagraph.engine.source import Prepare
    from gbagraph.engine.worker import Work
    from gbagraph.rdf.dataset import Dataset


class _Other:
    store: Dataset
    """The second dataset of this process, beside that of its engine."""


class Pair(Files, frozen=True, tag="gbagraph.features.causes.jobs:Pair"):
    """Two versions by their names, of which an empty one is the built-in dataset of today."""

    def load(self, prepare: Prepare) -> Held:
        """Load both, and copy them, so that workers share the copies."""
        (before, description), (after, _) = map(_loaded, self.paths)
        prepare(before)
        _Other.store = after
        resolve("gbagraph.features.causes.comparison:copied")(before, after)
        return Held(before, description)


def _loaded(name: str) -> tuple[ox.Store, Description]:
    return load_release(cast("Release", kept(name))) if name else load()


class Compare(Job, frozen=True):
    """Compare the answers of a *query*, which each version is asked by its text and its references.

    The versions have *names*; *only_in* is the one that alone has such a canned query.
    """

    evaluator: ClassVar[str] = "gbagraph.features.causes.jobs:compare"

    query: str
    names: tuple[str, str]
    texts: tuple[str, str]
    references: tuple[tuple[Reference, ...], tuple[Reference, ...]] = ((), ())
    only_in: str = ""
    form: str = "json"

    def format(self, kind: Kind) -> Format:  # noqa: ARG002  it has no result of another kind
        """Return the format of the comparison."""
        return JSON if self.form == "json" else TEXT

    @classmethod
    def prepare(cls, store: Dataset | None) -> None:
        """Import what workers need."""
        super().prepare(store)
        for module in ("comparison:compare", "writers:written"):
            resolve(f"gbagraph.features.causes.{module}")
        for name in ("triples behind rows", "prove"):
            hook(name)


def compare(job: Compare, work: Work) -> None:
    """Send what changed from the version of this process to the other one."""
    stores = work.store, _Other.store
    resolved = resolve("gbagraph.names.meanings:resolved")
    texts = tuple(
        resolved(text, references, store)
        for text, references, store in zip(job.texts, job.references, stores, strict=True)
    )
    made = resolve("gbagraph.features.causes.comparison:compare")(
        *stores, job.names, job.query, texts, only_in=job.only_in
    )
    written = resolve("gbagraph.features.causes.writers:written")([made], job.form)
    work.send(job, written.encode())

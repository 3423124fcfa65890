"""Jobs: what a worker can do, as typed values that are the same on both sides of the wire.

A module that declares a job is light: the server process imports it too. Where the function is that
evaluates it, the job says by its name; a fork server imports that before it forks.
"""

from __future__ import annotations

from functools import reduce
from importlib import import_module
from operator import or_
from typing import TYPE_CHECKING, ClassVar, Final

import msgspec

from gbagraph.feature import resolve
from gbagraph.rdf import result_formats
from gbagraph.rdf.formats import JSON, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gbagraph.engine.worker import Work
    from gbagraph.rdf.dataset import Dataset
    from gbagraph.rdf.formats import Format

_classes: Final[dict[str, type[Job]]] = {}
"""All kinds of jobs by their names."""


class Job(msgspec.Struct, frozen=True, tag=True):
    """A job; equal jobs have equal answers, as long as the data are the same."""

    evaluator: ClassVar[str] = ""
    """The function that evaluates it in a worker, called with the job and the Work: ``module:name``."""
    is_by_names: ClassVar[bool] = False
    """Whether it is done by the names of the data, and takes little time once these are read."""

    def __init_subclass__(cls) -> None:
        _classes[cls.__name__] = cls

    def format(self, kind: Kind) -> Format:
        """Return the format in which a result of this *kind* is written; KeyError if there is none."""
        return result_formats.of(kind, getattr(self, "media_type", "application/ld+json"))

    @property
    def needs_names(self) -> bool:
        """Whether a worker needs the names of the data for it."""
        return self.is_by_names

    @property
    def is_by_index(self) -> bool:
        """Whether the answer is another once there is an index of names."""
        return self.needs_names

    @property
    def calls_services(self) -> bool:
        """Whether it is of a query that has SERVICE in it, and calls."""
        return False

    @classmethod
    def prepare(cls, store: Dataset | None) -> None:  # noqa: ARG003  for those that read it
        """Import and read what workers need, before any is forked: they cannot open files.

        *store* is the data, None where only a worker can open them.
        """
        if cls.evaluator:
            resolve(cls.evaluator)

    def run(self, work: Work) -> None:
        """Evaluate it in a worker, and send the answer."""
        if self.needs_names:
            work.read_names()
        resolve(self.evaluator)(self, work)


class JsonJob(Job, frozen=True):
    """A job whose result is JSON of ours."""

    def format(self, kind: Kind) -> Format:  # noqa: ARG002  it has no result of another kind
        """Return the format of the result."""
        return JSON


encode = msgspec.msgpack.Encoder().encode
"""A job as bytes; equal jobs give equal bytes."""


class Decoder:
    """Reads jobs from bytes: those that *modules* declare, which are imported."""

    def __init__(self, modules: Iterable[str]) -> None:
        for module in modules:
            import_module(module)
        self.jobs = tuple(each for each in _classes.values() if each.evaluator)
        self.decode = msgspec.msgpack.Decoder(reduce(or_, self.jobs)).decode
        """The job from its bytes."""

    def prepare(self, store: Dataset | None) -> None:
        """Import and read what workers need for any of the jobs."""
        for job in self.jobs:
            job.prepare(store)

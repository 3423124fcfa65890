"""Where data come from: what the fork server is told to load, and what workers open."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final, NamedTuple, Protocol, cast

import msgspec

from gbagraph.engine.wire import WorkerOptions
from gbagraph.feature import job_modules, resolve
from gbagraph.publication import OWN, Publication
from gbagraph.settings import MEGABYTE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from gbagraph.dataset.identity import Description
    from gbagraph.rdf.dataset import Dataset

    Prepare = Callable[[Dataset | None], None]
    """Reads what workers need of a dataset before any is forked; None where only they can open it."""

_MOST: Final = 3
"""Files that are named, of many."""


class Beside(Protocol):
    """Work on the data that a process of the lowest priority does while they are served."""

    @property
    def name(self) -> str:
        """What comes of it, for the log."""

    @property
    def source(self) -> Loaded:
        """What it works on."""

    def run(self, store: Dataset) -> None:
        """Do it; raises OSError, sqlite3.Error or DatasetError if it fails."""


class Loaded(Protocol):
    """A source that a fork server has loaded."""

    @property
    def description(self) -> Description:
        """What it is."""

    @property
    def entry(self) -> int | None:
        """The descriptor of the folder that workers may read; None if they need no file."""

    @property
    def is_merged(self) -> bool:
        """Whether its default graph is merged from its named graphs."""

    def open(self) -> Dataset:
        """Return the dataset, opened in this process; raises DatasetError if that cannot be done."""

    def beside(self) -> Beside | None:
        """Return what is to be done with it while it is served."""


class Source(Protocol):
    """What an engine serves: a :class:`msgspec.Struct` whose tag is its class, as ``module:name``."""

    @property
    def index(self) -> Path | None:
        """The file of names that is made of it, if one is wanted."""

    @property
    def may_change(self) -> bool:
        """Whether the data may change at any time, without notice."""

    @property
    def is_on_disk(self) -> bool:
        """Whether workers read files."""

    @property
    def has_credentials(self) -> bool:
        """Whether the fork server needs the credentials for an engine."""

    @property
    def subject(self) -> str:
        """What is to be loaded, for the log; folders are only the operator's to know."""

    def position(self, pid: int) -> str:
        """Where the process *pid* is that loads it; empty where nothing tells."""

    def load(self, prepare: Prepare) -> Loaded:
        """Load it, and *prepare* its dataset; raises DatasetError if it cannot be served."""


def from_fields(fields: dict[str, Any]) -> Source:
    """Return the source that was sent as *fields*, whose module is imported."""
    return cast("Source", msgspec.convert(fields, type=resolve(fields["type"])))


class Held(NamedTuple):
    """A dataset that all workers share, or that each reaches by itself."""

    store: Dataset
    description: Description
    is_merged: bool = True
    entry: int | None = None

    def open(self) -> Dataset:
        """Return the dataset."""
        return self.store

    def beside(self) -> None:
        """There is nothing to do."""


class Files(msgspec.Struct, frozen=True, tag="gbagraph.engine.source:Files"):
    """RDF files, which are loaded into memory, by their paths; without any, the built-in dataset.

    The default graph contains what follows as *infer* says; None leaves it to the dataset.
    """

    paths: tuple[str, ...] = ()
    infer: bool | None = None

    index: ClassVar[None] = None
    may_change: ClassVar[bool] = False
    is_on_disk: ClassVar[bool] = False
    has_credentials: ClassVar[bool] = False
    loader: ClassVar[str] = "gbagraph.dataset.loader:load"

    @property
    def subject(self) -> str:
        """What is to be loaded, with the size of files."""
        if not self.paths:
            return "the built-in dataset"
        names = [Path(name).name for name in self.paths]
        more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
        return f"{', '.join(names[:_MOST])}{more}{_size(self.paths)}"

    def position(self, pid: int) -> str:
        """Where the process *pid* is in the file that it reads."""
        return position(pid, self.paths)

    def load(self, prepare: Prepare) -> Held:
        """Load the files; raises DatasetError if one cannot be loaded."""
        store, description = resolve(self.loader)(list(map(Path, self.paths)), infer=self.infer)
        prepare(store)
        return Held(store, description)


class ForkServerOptions(msgspec.Struct, frozen=True):
    """What a fork server loads and publishes, and the options of its workers.

    The *source* is where the data come from: a :class:`Source`, or its fields once it was sent. The
    modules *jobs* declare what workers can do.
    """

    source: Any = Files()
    jobs: tuple[str, ...] = msgspec.field(default_factory=job_modules)
    publication: Publication = OWN
    workers: WorkerOptions = WorkerOptions()


def _size(files: Sequence[str]) -> str:
    size = sum(path.stat().st_size for path in map(Path, files) if path.is_file())
    return f" ({size / MEGABYTE:,.1f} MB)" if size else ""


def position(pid: int, files: Sequence[str]) -> str:
    """Where the process *pid* is in the one of *files* that it reads; empty if it reads none."""
    for name, read, size in _open_files(pid):
        if name in files or any(name.startswith(f"{folder}/") for folder in files):
            return f"{Path(name).name}, {read / size:.0%} read"
    return ""


def _open_files(pid: int) -> Iterator[tuple[str, int, int]]:
    """The files that a process has open, each with how far it is read, and its size (Linux: proc(5))."""
    folder = Path(f"/proc/{pid}")
    try:
        numbers = os.listdir(folder / "fd")  # noqa: PTH208  there are no paths
    except OSError:
        return  # it ends just now, or this system tells nothing
    for number in numbers:
        with suppress(OSError):  # closed just now
            path = (folder / "fd" / number).readlink()
            if path.is_file() and (size := path.stat().st_size):
                said = (folder / "fdinfo" / number).read_text()
                yield str(path), int(said.split()[1]), size

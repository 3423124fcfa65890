"""Pages that are made by a worker: there they can be limited and stopped, and hold up nobody else."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, ClassVar

from gbagraph.engine.jobs import Job
from gbagraph.feature import resolve
from gbagraph.rdf.formats import HTML

if TYPE_CHECKING:
    from gbagraph.engine.worker import Work
    from gbagraph.rdf.formats import Format, Kind


class Rendering(Job, frozen=True):
    """Have a *function*, named as ``module:name``, make a page of what is *given* to it, pickled."""

    evaluator: ClassVar[str] = f"{__name__}:run"
    is_page: ClassVar[bool] = True

    function: str
    given: bytes

    def format(self, kind: Kind) -> Format:  # noqa: ARG002  there is only one
        """Return the format of pages."""
        return HTML


def rendering(function: str, *given: object) -> Rendering:
    """Return the job that has *function* make a page of what is *given* to it."""
    return Rendering(function, pickle.dumps(given))


def run(job: Rendering, work: Work) -> None:
    """Send the page."""
    given = pickle.loads(job.given)  # noqa: S301  the server has written it
    work.send(job, resolve(job.function)(*given).encode())

"""Extension points: what the kernel has done by features that it does not import."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, cast

if TYPE_CHECKING:
    from collections.abc import Callable

JOBS: Final = (
    "gbagraph.engine.query",
    "gbagraph.explain.diagnostic_jobs",
    "gbagraph.explain.json_ld_jobs",
    "gbagraph.explain.proof_jobs",
    "gbagraph.explain.reconciliation_jobs",
    "gbagraph.explain.search_jobs",
)
"""The modules that declare jobs."""

_POINTS: Final[dict[str, str]] = {
    "names": "gbagraph.explain.diagnosing:names_of",
    "references": "gbagraph.explain.values:resolved",
    "row evidence": "gbagraph.explain.rows:results_json",
    "page evidence": "gbagraph.explain.rows:page_evidence",
    "evidence refused": "gbagraph.explain.rows:no_rows",
    "service": "gbagraph.federation.exchange:evaluate",
    "service explained": "gbagraph.federation.exchange:explain",
    "index used": "gbagraph.explain.indexed:use",
    "index made": "gbagraph.explain.indexing:build",
}
"""Where the function of each extension point is, as ``module:name``."""


def hook(name: str) -> Callable[..., Any] | None:
    """Return the function of the extension point *name*, imported; None if no feature has one."""
    place = _POINTS.get(name)
    return None if place is None else resolve(place)


@cache
def resolve(place: str) -> Callable[..., Any]:
    """Return the function at *place*, which is ``module:name``, and import its module."""
    module, _, name = place.partition(":")
    return cast("Callable[..., Any]", getattr(import_module(module), name))

"""Earlier releases of the dataset, at addresses of their own, and which one was there at a time."""

from __future__ import annotations

from dataclasses import dataclass

from gbagraph.feature import Feature, View
from gbagraph.setting import setting

FEATURE = Feature(
    name="versions",
    summary=__doc__,
    package=__name__,
    routes=(
        View("/versions", ".routes:listing"),
        View("/versions/{version}", ".routes:inside"),
        View("/versions/{version}/", ".routes:inside"),
        View("/versions/{version}/{rest:path}", ".routes:inside", takes_queries=True),
    ),
    hooks={
        "providers": ".held:providers",
        "services": ".held:services",
        "version": ".held:version",
    },
    settings=(".:VersionSettings",),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionSettings:
    """The settings of earlier releases."""

    releases_held: int = setting(
        3,
        "Earlier releases that each server process holds at once for requests to them.",
        kind="number",
        least=1,
        most=100,
        after="cache_size",
    )

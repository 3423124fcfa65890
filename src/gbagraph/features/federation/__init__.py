"""Queries that call the endpoints of others with SERVICE."""

from __future__ import annotations

from dataclasses import dataclass

from gbagraph.feature import Feature
from gbagraph.setting import AllowedService, setting

FEATURE = Feature(
    name="federation",
    summary=__doc__,
    package=__name__,
    hooks={
        "providers": ".outbound:providers",
        "service": ".evaluation:evaluate",
        "service explained": ".explained:explain",
    },
    settings=(".:ServiceSettings",),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSettings:
    """The settings of queries that call other endpoints."""

    allow_service: tuple[AllowedService, ...] = setting(
        (),
        "IRI of an endpoint that queries may call with SERVICE; by default there is none.",
        kind="services",
        after="trusted_proxies",
    )

"""The settings of queries that call other endpoints."""

from __future__ import annotations

from dataclasses import dataclass

from gbagraph.setting import AllowedService, setting


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSettings:
    """The settings of queries that call other endpoints."""

    allow_service: tuple[AllowedService, ...] = setting(
        (),
        "IRI of an endpoint that queries may call with SERVICE; by default there is none.",
        kind="services",
        after="trusted_proxies",
    )

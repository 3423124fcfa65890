"""The releases as endpoints that a query may call with SERVICE: those of this server, by no network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gbagraph import feature, publication
from gbagraph.dataset.identity import releases
from gbagraph.rdf.namespaces import BASE
from gbagraph.setting import OWN, AllowedService

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gbagraph.settings import Settings

_LARGEST = 64
"""Megabytes of an answer of a release to one clause."""


def services(settings: Settings) -> Iterator[AllowedService]:
    """Yield the releases, each under all addresses that are this server's by its *settings*."""
    if "federation" not in feature.present() or not publication.current().is_own:
        return
    for base in _bases(settings):
        for version in releases():
            yield AllowedService(
                iri=f"{base}/versions/{version}/sparql",
                name=f"release {version}",
                address=f"{OWN}{version}",
                timeout=settings.query_timeout,
                size=_LARGEST,
            )


def _bases(settings: Settings) -> Iterator[str]:
    """That which the operator sets, the permanent address, and that which is listened on."""
    if settings.public_url:
        yield settings.public_url.rstrip("/")
    yield BASE.rstrip("/")
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    for name in dict.fromkeys((host, "localhost")):
        yield f"http://{name}:{settings.port}{settings.root_path}"

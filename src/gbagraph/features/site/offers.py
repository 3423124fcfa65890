"""What the endpoint in browsers offers: formats, functions, and its limit of time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gbagraph.rdf.result_formats import ALL, BY_NAME
from gbagraph.sparql.functions import MADE, WRONG

if TYPE_CHECKING:
    from gbagraph.rdf.formats import Format

SECONDS: Final = 10
"""After how long a query is stopped."""


def tables() -> dict[str, list[dict[str, Any]]]:
    """Return the formats of each kind of result, in the order of offer, as JSON."""
    return {kind: [*map(_row, offers)] for kind, offers in ALL.items()}


def functions() -> dict[str, list[str]]:
    """Return the functions that it refuses: made of others by the server, or wrong in the engine."""
    return {"made": sorted(MADE), "wrong": sorted(WRONG)}


def _row(offer: Format) -> dict[str, Any]:
    """Return a format as JSON; one ``by_name`` is requested by its name alone, and not by Accept."""
    return {
        "media_type": offer.media_type,
        "content_type": offer.content_type,
        "extension": offer.extension,
        "name": offer.name,
        "label": offer.label,
        "names": offer.names,
        "standard": offer.standard,
        "by_name": offer in BY_NAME,
    }

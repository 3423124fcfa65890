"""Which other endpoints a canned query calls, and whether that is allowed, as a sentence for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from gbagraph.queries.canned import CannedQuery

HOW_TO_ALLOW: Final = "gbagraph serve --allow-service"
"""The command that starts a server with the IRI of an endpoint behind it."""


def sentences(query: CannedQuery, allowed: Collection[str]) -> str:
    """What to know before *query* is asked of a server that calls the endpoints *allowed*.

    It is empty for a query that calls none.
    """
    refused = query.refused_services(allowed)
    return " ".join(_permission(iri, iri in allowed, iri in refused) for iri in query.services)


def _permission(iri: str, is_allowed: bool, is_refused: bool) -> str:
    said = f"It calls <{iri}> with SERVICE, which this server"
    if is_allowed:
        return f"{said} allows."
    if is_refused:
        return (
            f"{said} does not allow, so the answer is 403. Who runs it can allow it: "
            f"{HOW_TO_ALLOW} {iri}."
        )
    return f"{said} does not allow; the rest is answered."


def without_server(query: CannedQuery) -> str:
    """The same where there is no server: what is asked on the command line calls nobody."""
    return " ".join(
        f"It calls <{iri}> with SERVICE, which only a server does: {HOW_TO_ALLOW} {iri}."
        for iri in query.services
    )


def left_out(queries: Iterable[CannedQuery]) -> str:
    """Which of *queries* are left out where all are asked of the data alone; empty if none is."""
    names = [query.name for query in queries if query.is_federated]
    if not names:
        return ""
    return f"Left out, since they call other endpoints with SERVICE: {', '.join(names)}."

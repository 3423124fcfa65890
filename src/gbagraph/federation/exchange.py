"""Other endpoints in a worker: it has them called through the server, in the middle of a job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gbagraph.federation import explained
from gbagraph.federation.evaluation import evaluated
from gbagraph.federation.messages import CALL, decode_reply, encode

if TYPE_CHECKING:
    from gbagraph.dataset.view import View
    from gbagraph.engine.worker import Work
    from gbagraph.explain.diagnostics import Asked
    from gbagraph.federation.evaluation import Ask
    from gbagraph.federation.view import FederatedView
    from gbagraph.sparql.parsed import ParsedQuery


def evaluate(query: ParsedQuery, view: View, work: Work) -> tuple[ParsedQuery, FederatedView]:
    """Return what is left of *query* once its endpoints have answered, and what it is asked of.

    Raises:
        SyntaxError: it is no query; then no endpoint is called.
        GbaGraphError: as :func:`gbagraph.federation.evaluation.evaluated` does.
    """
    query = query.standard
    query.require_valid()
    query, federated = evaluated(query, view, work.services, _through(work))
    work.note_sources(federated.called)
    return query, federated


def explain(query: ParsedQuery, work: Work) -> Asked:
    """Return what comes of the calls of *query*; the answer names the endpoints."""
    asked = explained.explained(query, work.store, work.services, _through(work))
    work.note_sources(asked.sources)
    return asked


def _through(work: Work) -> Ask:
    """Return what has the server call an endpoint, and waits for all replies."""
    return lambda call: [
        decode_reply(reply) for reply in work.exchange(CALL, encode(call), len(call.queries))
    ]

"""Other endpoints in a worker: it has them called through the server, in the middle of a job."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox

from gbagraph.federation import explained
from gbagraph.federation.evaluation import evaluated
from gbagraph.federation.messages import CALL, decode_reply, encode
from gbagraph.rdf.namespaces import base_iri
from gbagraph.sparql.dialect import normalize, silenced, standard

if TYPE_CHECKING:
    from gbagraph.dataset.view import View
    from gbagraph.engine.worker import Work
    from gbagraph.explain.diagnostics import Asked
    from gbagraph.federation.evaluation import Ask
    from gbagraph.federation.view import FederatedView


def evaluate(query: str, view: View, work: Work) -> tuple[str, FederatedView]:
    """Return what is left of *query* once its endpoints have answered, and what it is asked of.

    Raises:
        SyntaxError: it is no query; then no endpoint is called.
        GbaGraphError: as :func:`gbagraph.federation.evaluation.evaluated` does.
    """
    query = standard(query)
    ox.Store().query(normalize(silenced(query)), base_iri=base_iri())
    query, federated = evaluated(query, view, work.services, _through(work))
    work.note_sources(federated.called)
    return query, federated


def explain(query: str, work: Work) -> Asked:
    """Return what comes of the calls of *query*; the answer names the endpoints."""
    asked = explained.explained(query, work.store, work.services, _through(work))
    work.note_sources(asked.sources)
    return asked


def _through(work: Work) -> Ask:
    """Return what has the server call an endpoint, and waits for all replies."""
    return lambda call: [
        decode_reply(reply) for reply in work.exchange(CALL, encode(call), len(call.queries))
    ]

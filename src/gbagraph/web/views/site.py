"""The start page, and small documents for programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from gbagraph import canned, negotiation, pages, schema_org
from gbagraph.endpoint.evaluation import Evaluation
from gbagraph.engine import Context as ContextJob
from gbagraph.errors import UnknownResource
from gbagraph.formats import JSON, TEXT
from gbagraph.vocabulary import DATASET, PREFIXES, graph_iri
from gbagraph.web.context import Context, content, redirect, written
from gbagraph.web.problems import describe

if TYPE_CHECKING:
    from gbagraph.endpoint.request import Request
    from gbagraph.endpoint.response import Response


class SiteViews:
    """Views of the site as a whole."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def start(self, request: Request) -> Response:
        """The start page."""
        markup = None
        if self._context.dataset.built_in:
            about = await self._context.query(schema_org.DATASET_QUERY)
            markup = schema_org.markup(DATASET, about.body, "Dataset")
        return self._context.page(
            request,
            "start.html",
            markup=markup,
            queries=canned.all_queries().values(),
            endpoint=f"{request.base}/sparql",
            pairs=pages.SHOWN_DUMPS,
            inferred=graph_iri("inferred"),
        )

    async def void(self, request: Request) -> Response:
        """Where clients look for a description of the dataset (VoID, section 7.2)."""
        return redirect(request, "/graph/meta")

    async def context(self, request: Request) -> Evaluation:  # noqa: ARG002
        """The JSON-LD context: what the names in JSON-LD documents mean."""
        return Evaluation(ContextJob())

    async def prefixes(self, request: Request) -> Response:
        """The prefixes in use, as JSON or as the head of a query."""
        chosen = negotiation.choose(request.accept, [JSON, TEXT])
        if chosen is TEXT:
            lines = [f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items()]
            return written("".join(lines), chosen)
        return written(json.dumps(dict(PREFIXES), indent=1), chosen)

    async def problem(self, request: Request, name: str) -> Response:  # noqa: ARG002
        """What a problem's type IRI names, in words."""
        found = describe(name)
        if found is None:
            raise UnknownResource("There is no such kind of problem.")
        return found

    async def metrics(self, request: Request) -> Response:  # noqa: ARG002
        """What the engine has done and is doing, in the Prometheus text format."""
        lines = [
            f"# TYPE gbagraph_{name}_total counter\ngbagraph_{name}_total {count}\n"
            for name, count in sorted(self._context.engine.counts.items())
        ]
        lines.append("# TYPE gbagraph_slots_taken gauge\n")
        lines += [
            f'gbagraph_slots_taken{{class="{name}"}} {count}\n'
            for name, count in self._context.engine.admission.taken().items()
        ]
        return content("".join(lines), "text/plain; version=0.0.4; charset=utf-8")

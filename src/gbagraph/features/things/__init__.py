"""Pages and documents of the things, graphs and facts of the dataset."""

from gbagraph.feature import Feature, View

FEATURE = Feature(
    name="things",
    summary=__doc__,
    jobs=("gbagraph.engine.jobs:JsonLdDocument",),
    routes=(
        View("/doc", "gbagraph.web.views.entities:of_any_iri"),
        View("/doc/dataset", "gbagraph.web.views.graphs:dataset"),
        View("/doc/graph/{name}", "gbagraph.web.views.graphs:graph"),
        View("/graph/{name}", "gbagraph.web.views.dumps:graph"),
        View("/doc/{path:path}", "gbagraph.web.views.entities:document"),
        View("/{path:path}", "gbagraph.web.views.entities:thing"),
    ),
)

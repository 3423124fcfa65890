"""Pages and documents of the things, graphs and facts of the dataset."""

from gbagraph.feature import Feature, View

FEATURE = Feature(
    name="things",
    summary=__doc__,
    jobs=("gbagraph.engine.jobs:JsonLdDocument",),
    routes=(
        View("/doc", "gbagraph.features.things.routes:of_any_iri"),
        View("/doc/dataset", "gbagraph.features.things.routes:dataset"),
        View("/doc/graph/{name}", "gbagraph.features.things.routes:graph"),
        View("/graph/{name}", "gbagraph.web.views.dumps:graph"),
        View("/doc/{path:path}", "gbagraph.features.things.routes:document"),
        View("/{path:path}", "gbagraph.features.things.routes:thing"),
    ),
)

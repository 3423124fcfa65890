"""Pages and documents of the things, graphs and facts of the dataset."""

from gbagraph.feature import Feature, View

FEATURE = Feature(
    name="things",
    summary=__doc__,
    package=__name__,
    jobs=("gbagraph.features.things.jobs",),
    tools=(".tools:DESCRIBE", ".tools:PATH"),
    hooks={"describe": ".describing:describe"},
    routes=(
        View("/doc", ".routes:of_any_iri"),
        View("/doc/dataset", ".routes:dataset"),
        View("/doc/graph/{name}", ".routes:graph"),
        View("/graph/{name}", ".routes:whole_graph"),
        View("/doc/{path:path}", ".routes:document"),
        View("/{path:path}", ".routes:thing"),
    ),
)

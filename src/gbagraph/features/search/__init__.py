"""Search by name: results, suggestions while typing, names for editors."""

from gbagraph.feature import Feature, View

FEATURE = Feature(
    name="search",
    summary=__doc__,
    jobs=(
        "gbagraph.engine.jobs:Search",
        "gbagraph.engine.jobs:Completions",
    ),
    routes=(
        View("/search", "gbagraph.features.search.routes:results"),
        View("/search/index.json", "gbagraph.features.search.routes:index"),
    ),
    tools=("gbagraph.features.assistants.graph_tools:SEARCH",),
    hooks={"suggestions": "gbagraph.features.things.beside:like"},
)

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
        View("/search", "gbagraph.web.views.search:results"),
        View("/search/index.json", "gbagraph.web.views.search:index"),
    ),
    tools=("gbagraph.mcp.general:SEARCH",),
    hooks={"suggestions": "gbagraph.web.suggestions:like"},
)

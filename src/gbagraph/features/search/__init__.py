"""Search by name: results, suggestions while typing, names for editors."""

from gbagraph.feature import Feature, View

FEATURE = Feature(
    name="search",
    summary=__doc__,
    package=__name__,
    jobs=("gbagraph.features.search.jobs",),
    routes=(
        View("/search", ".routes:results"),
        View("/search/index.json", ".routes:index"),
    ),
    tools=(".tools:SEARCH", ".tools:FIND"),
    hooks={
        "suggestions": ".routes:like",
        "search": ".search:search",
        "search leads to": ".search:led",
        "search job": ".jobs:Search",
    },
)

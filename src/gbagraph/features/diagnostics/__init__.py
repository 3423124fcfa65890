"""Diagnostics of queries: what is wrong or misleading in one, and what would be right."""

from gbagraph.feature import Command, Feature, View

FEATURE = Feature(
    name="diagnostics",
    summary=__doc__,
    package=__name__,
    jobs=("gbagraph.features.diagnostics.jobs",),
    routes=(View("/sparql/explain", ".routes:answer", takes_queries=True),),
    commands=(
        Command(
            "explain",
            ".commands:explain",
            "Say what is wrong or misleading in a query, and what is right.",
            after="why",
        ),
    ),
    tools=(".tools:EXPLAIN",),
    hooks={
        "diagnostics": ".routes:of_page",
        "diagnose": ".diagnosis:diagnosed",
        "diagnose job": ".jobs:Explain",
        "hints": ".diagnosis:hints",
    },
)

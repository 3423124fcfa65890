"""Proofs of facts: by which rules a fact follows, and on which passages it rests."""

from gbagraph.feature import Command, Feature, View

FEATURE = Feature(
    name="why",
    summary=__doc__,
    package=__name__,
    jobs=("gbagraph.features.why.jobs",),
    routes=(View("/why", ".routes:triple"),),
    commands=(
        Command(
            "why",
            "gbagraph.cli.asking:why",
            "Prove a triple: by which rules it follows, and from which passages.",
            after="lookup",
        ),
    ),
    hooks={
        "row evidence": ".rows:results_json",
        "page evidence": ".rows:page_evidence",
        "evidence refused": ".rows:no_rows",
    },
    tools=("gbagraph.features.assistants.graph_tools:WHY",),
)

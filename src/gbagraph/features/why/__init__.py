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
            ".commands:why",
            "Prove a triple: by which rules it follows, and from which passages.",
            after="lookup",
        ),
    ),
    hooks={
        "row evidence": ".rows:written",
        "page evidence": ".rows:page_evidence",
        "triples behind rows": ".grounds:triples_behind",
        "rows with evidence": ".rows:rows_with_evidence",
        "derivations": ".rules:derivations",
        "prove": ".proof:prove",
        "prove job": ".jobs:Why",
        "evidence of facts job": ".jobs:EvidenceOfFacts",
        "evidence refused": ".rows:no_rows",
    },
    tools=(".tools:WHY", ".tools:PROVE"),
)

"""Reconciliation of names and look-up of the identifiers of other sites."""

from gbagraph.feature import Command, Feature, View

FEATURE = Feature(
    name="reconcile",
    summary=__doc__,
    package=__name__,
    jobs=("gbagraph.features.reconcile.jobs",),
    routes=(
        View("/lookup", ".routes:lookup", takes_queries=True),
        View("/reconcile", ".routes:service", takes_queries=True),
        View("/reconcile/suggest/{kind}", ".routes:suggest"),
        View("/reconcile/properties", ".routes:properties"),
        View("/reconcile/preview", ".routes:preview"),
    ),
    hooks={"identify": ".identifiers:lookup", "identify job": ".jobs:Lookup"},
    commands=(
        Command(
            "lookup",
            ".commands:lookup",
            "Say which things identifiers of other sites are.",
            after="run",
        ),
    ),
)

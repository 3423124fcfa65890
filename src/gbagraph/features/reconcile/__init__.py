"""Reconciliation of names and look-up of the identifiers of other sites."""

from gbagraph.feature import Command, Feature, View

FEATURE = Feature(
    name="reconcile",
    summary=__doc__,
    jobs=(
        "gbagraph.engine.jobs:Reconcile",
        "gbagraph.engine.jobs:Extend",
        "gbagraph.engine.jobs:Lookup",
    ),
    routes=(
        View("/lookup", "gbagraph.features.reconcile.routes:lookup", takes_queries=True),
        View("/reconcile", "gbagraph.features.reconcile.routes:service", takes_queries=True),
        View("/reconcile/suggest/{kind}", "gbagraph.features.reconcile.routes:suggest"),
        View("/reconcile/properties", "gbagraph.features.reconcile.routes:properties"),
        View("/reconcile/preview", "gbagraph.features.reconcile.routes:preview"),
    ),
    commands=(
        Command(
            "lookup",
            "gbagraph.cli.asking:lookup",
            "Say which things identifiers of other sites are, with the links that say so, as JSON.",
            after="run",
        ),
    ),
)

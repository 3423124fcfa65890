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
        View("/lookup", "gbagraph.web.views.lookup:answer", takes_queries=True),
        View("/reconcile", "gbagraph.web.views.reconcile:service", takes_queries=True),
        View("/reconcile/suggest/{kind}", "gbagraph.web.views.reconcile:suggest"),
        View("/reconcile/properties", "gbagraph.web.views.reconcile:properties"),
        View("/reconcile/preview", "gbagraph.web.views.reconcile:preview"),
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

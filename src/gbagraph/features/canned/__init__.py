"""Canned queries: questions with a name and parameters, at /queries and as commands."""

from gbagraph.feature import Command, Feature, View

FEATURE = Feature(
    name="canned",
    summary=__doc__,
    settings=(".settings:QuerySettings",),
    jobs=("gbagraph.engine.jobs:Meanings",),
    routes=(
        View("/queries", "gbagraph.web.views.queries:listing"),
        View("/queries/{name}", "gbagraph.web.views.queries:answer"),
        View("/openapi", "gbagraph.web.views.openapi:page"),
        View("/openapi.json", "gbagraph.web.views.openapi:document"),
        View("/.well-known/sparql-examples", "gbagraph.web.views.queries:examples"),
    ),
    commands=(
        Command(
            "run",
            "gbagraph.cli.asking:run_app",
            "Answer a canned query; `gbagraph run NAME --help` shows what it takes.",
            after="query",
        ),
        Command(
            "queries",
            "gbagraph.cli.queries:app",
            "List the canned queries with their parameters; show one, or check their answers.",
        ),
    ),
)

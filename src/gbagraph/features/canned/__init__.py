"""Canned queries: questions with a name and parameters, at /queries and as commands."""

from gbagraph.feature import Command, Feature, View

FEATURE = Feature(
    name="canned",
    summary=__doc__,
    package=__name__,
    hooks={"references": "gbagraph.names.meanings:resolved"},
    routes=(
        View("/queries", ".routes:listing"),
        View("/queries/{name}", ".routes:answer"),
        View("/openapi", ".api_pages:page"),
        View("/openapi.json", ".api_pages:document"),
        View("/.well-known/sparql-examples", ".routes:examples"),
    ),
    commands=(
        Command(
            "run",
            ".commands:run_app",
            "Answer a canned query.",
            after="query",
        ),
        Command(
            "queries",
            ".commands:app",
            "List the canned queries, show one, or check their answers.",
            theme="Ask",
        ),
    ),
)

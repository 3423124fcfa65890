"""Tests of SPARQL queries, with pytest or without it, and mutants of queries (gbagraph.testing)."""

from gbagraph.feature import Command, Feature

FEATURE = Feature(
    name="testing",
    summary=__doc__,
    package=__name__,
    hooks={"queries tested": ".commands:compare"},
    commands=(
        Command(
            "test",
            ".commands:compare",
            "Compare the answers of queries with the expected ones.",
            after="queries",
            theme="Check",
        ),
        Command(
            "mutants",
            ".commands:mutants",
            "Drop and change each fact, and show which no expected answer guards.",
            after="test",
        ),
        Command(
            "terms",
            ".commands:terms",
            "Show the terms of the ontology that no query asks.",
            after="mutants",
        ),
    ),
)

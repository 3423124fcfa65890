"""Data that another SPARQL engine holds and evaluates (--engine)."""

from gbagraph.feature import Command, Feature

FEATURE = Feature(
    name="remote",
    summary=__doc__,
    package=__name__,
    commands=(
        Command(
            "publish",
            ".commands:publish",
            "Put the dataset into an engine, as gbagraph serve would hold it, and compare "
            "what is there.",
            after="rollback",
        ),
    ),
    settings=(".settings:EngineSettings",),
)

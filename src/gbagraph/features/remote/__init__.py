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
    hooks={
        "data checked": ".source:check",
        "published": ".source:published",
        "source": ".source:of_settings",
        "providers": ".source:providers",
    },
    settings=(".settings:EngineSettings",),
)

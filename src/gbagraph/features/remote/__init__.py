"""Data that another SPARQL engine holds and evaluates (--engine)."""

from gbagraph.feature import Feature

FEATURE = Feature(
    name="remote",
    summary=__doc__,
    package=__name__,
    hooks={
        "data checked": ".source:check",
        "published": ".source:published",
        "source": ".source:of_settings",
        "providers": ".source:providers",
    },
    settings=(".settings:EngineSettings",),
)

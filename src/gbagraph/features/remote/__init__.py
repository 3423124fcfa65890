"""Data that another SPARQL engine holds and evaluates (--engine)."""

from gbagraph.feature import Feature

FEATURE = Feature(
    name="remote",
    summary=__doc__,
    package=__name__,
    settings=(".settings:EngineSettings",),
)

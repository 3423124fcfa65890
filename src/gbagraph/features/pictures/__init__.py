"""Pictures of answers and things: charts, maps, timelines, networks."""

from gbagraph.feature import Feature

FEATURE = Feature(
    name="pictures",
    summary=__doc__,
)

"""Pictures of answers and things: charts, maps, timelines, networks."""

from gbagraph.feature import Feature

FEATURE = Feature(
    name="pictures",
    summary=__doc__,
    package=__name__,
    hooks={
        "pictures": ".choose:pictures",
        "thing_pictures": ".things:pictures_of",
        "story": ".story:draw_story",
    },
)

"""Pictures of answers and things: charts, maps, timelines, networks."""

from gbagraph.feature import Feature

FEATURE = Feature(
    name="pictures",
    summary=__doc__,
    hooks={
        "pictures": "gbagraph.web.answering.pictures:pictures",
        "thing_pictures": "gbagraph.web.things.pictures:pictures",
        "story": "gbagraph.web.story:draw",
    },
)

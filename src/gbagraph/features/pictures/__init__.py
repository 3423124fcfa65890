"""Pictures of answers and things: charts, maps, timelines, networks."""

from gbagraph.feature import Feature

FEATURE = Feature(
    name="pictures",
    summary=__doc__,
    hooks={
        "pictures": "gbagraph.features.pictures.choose:pictures",
        "thing_pictures": "gbagraph.features.things.beside:pictures_of",
        "story": "gbagraph.features.things.start:draw_story",
    },
)

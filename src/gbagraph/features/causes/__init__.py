"""Causes of changed answers: the triples by which a row is gone or new, proven by undoing them."""

from gbagraph.feature import Feature

FEATURE = Feature(
    name="causes",
    summary=__doc__,
    package=__name__,
    hooks={"compare": ".comparison:compare", "changes written": ".writers:written"},
)

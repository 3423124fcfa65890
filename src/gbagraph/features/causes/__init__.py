"""Causes of changed answers: the triples by which a row is gone or new, proven by undoing them."""

from gbagraph.feature import Feature, View

FEATURE = Feature(
    name="causes",
    summary=__doc__,
    package=__name__,
    needs=("versions",),
    routes=(View("/versions/{before}/compare/{after}", ".routes:compared"),),
    hooks={"compare": ".comparison:compare", "changes written": ".writers:written"},
)

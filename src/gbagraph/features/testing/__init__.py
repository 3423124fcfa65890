"""Tests of SPARQL queries with pytest, and mutants of queries (gbagraph.testing)."""

from gbagraph.feature import Feature

FEATURE = Feature(
    name="testing",
    summary=__doc__,
    package=__name__,
)

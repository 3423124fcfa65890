"""The functions beyond those of SPARQL 1.1 that the engine knows, by their IRIs.

The engine gives no list; a test tries each function of GeoSPARQL 1.1 and each type of XML Schema, and
fails when this list is not what works. Planners such as Comunica's send a filter to a service only if
the service declares the function, and evaluate it themselves, or not at all, if it does not.
"""

from __future__ import annotations

from typing import Final

from gbagraph.rdf.namespaces import PREFIXES

GEOSPARQL: Final = "http://www.opengis.net/def/function/geosparql/"

_GEOMETRIES: Final = (
    *("area", "asGeoJSON", "centroid", "convexHull", "coordinateDimension", "difference"),
    *("dimension", "distance", "envelope", "getSRID", "intersection", "isEmpty", "isSimple"),
    *("length", "perimeter", "relate", "spatialDimension", "symDifference", "union"),
)
_RELATIONS: Final = {
    "sf": "Contains Crosses Disjoint Equals Intersects Overlaps Touches Within",
    "eh": "Contains CoveredBy Covers Disjoint Equals Inside Meet Overlap",
    "rcc8": "dc ec eq ntpp ntppi po tpp tppi",
}
"""The three families of topological relations, and the ends of their names."""
_CASTS: Final = (
    *("date", "time", "duration", "yearMonthDuration", "dayTimeDuration"),
    *("gYear", "gYearMonth", "gMonth", "gMonthDay", "gDay"),
)
"""Types of XML Schema to which a value can be cast beside those of SPARQL 1.1, section 17.5."""

EXTENSION_FUNCTIONS: Final = (
    *(GEOSPARQL + name for name in _GEOMETRIES),
    *(GEOSPARQL + family + end for family, ends in _RELATIONS.items() for end in ends.split()),
    *(PREFIXES["xsd"] + name for name in _CASTS),
)

"""The extension functions that the service declares are those that the engine knows."""

from itertools import product

import pyoxigraph as ox
import rdflib

from gbagraph.dataset.service import EXTENSION_FUNCTIONS, GEOSPARQL
from gbagraph.errors import QuerySyntaxError, UnsupportedFunction
from gbagraph.rdf.namespaces import PREFIXES
from gbagraph.sparql.functions import NAMED
from gbagraph.sparql.parsed import ParsedQuery

SD = rdflib.Namespace(PREFIXES["sd"])

# All functions of GeoSPARQL 1.1 (Annex B of OGC 22-047), and what is known of other standards.
GEOMETRIES = """
    aggBoundingBox aggBoundingCircle aggCentroid aggConcatLines aggConcaveHull aggConvexHull aggUnion
    area asDGGS asGML asGeoJSON asKML asSVG asWKT boundary boundingCircle buffer centroid concaveHull
    convexHull coordinateDimension difference dimension distance envelope geometryN geometryType
    getSRID intersection is3D isEmpty isMeasured isSimple length maxX maxY maxZ metricArea
    metricBuffer metricDistance metricLength metricPerimeter minX minY minZ numGeometries perimeter
    relate spatialDimension symDifference transform union
    sfContains sfCrosses sfDisjoint sfEquals sfIntersects sfOverlaps sfTouches sfWithin
    ehContains ehCoveredBy ehCovers ehDisjoint ehEquals ehInside ehMeet ehOverlap
    rcc8dc rcc8ec rcc8eq rcc8ntpp rcc8ntppi rcc8po rcc8tpp rcc8tppi
"""
TYPES = """
    anyURI base64Binary byte date dateTimeStamp dayTimeDuration duration gDay gMonth gMonthDay gYear
    gYearMonth hexBinary int language long name negativeInteger nonNegativeInteger nonPositiveInteger
    normalizedString positiveInteger short time token unsignedByte unsignedInt unsignedLong
    unsignedShort yearMonthDuration
"""
"""Types to which SPARQL 1.1 (section 17.5) casts no value."""
TEXTS = """
    abs boolean ceiling codepoint-equal compare concat contains ends-with floor format-number lower-case
    matches normalize-space not replace round round-half-to-even starts-with string-length substring
    substring-after substring-before tokenize translate upper-case year-from-dateTime
"""
"""Functions of XPath."""
OTHERS = [
    *("http://www.w3.org/2005/xpath-functions#" + name for name in TEXTS.split()),
    *("http://www.w3.org/2005/xpath-functions/math#" + name for name in ("pi", "sqrt", "pow")),
    *("http://jena.apache.org/ARQ/function#" + name for name in ("now", "sqrt", "strjoin")),
    *("http://spinrdf.org/spif#" + name for name in ("cast", "buildString", "dateFormat")),
    *("http://www.w3.org/ns/sparql#" + name for name in ("adjust", "concat", "year")),
]
KNOWN = [
    *(GEOSPARQL + name for name in GEOMETRIES.split()),
    *(PREFIXES["xsd"] + name for name in TYPES.split()),
    *OTHERS,
]


def wkt(text):
    return f'"{text}"^^<http://www.opengis.net/ont/geosparql#wktLiteral>'


def unit(name):
    return f"<http://www.opengis.net/def/uom/OGC/1.0/{name}>"


FIRST = [
    wkt("POLYGON((0 0,4 0,4 4,0 4,0 0))"),
    wkt("POINT(1 1)"),
    *(
        '"1"',
        '"-1"',
        '"2020-01-01"',
        '"10:00:00"',
        '"P1Y"',
        '"PT1S"',
        '"2020"',
        '"2020-01"',
        '"--01"',
        '"---01"',
    ),
    '"--01-01"',
]
SECOND = [FIRST[0], unit("metre"), unit("squareMetre")]
THIRD = [unit("metre"), '"FF*FF****"']
ARGUMENTS = [(one,) for one in FIRST] + [*product(FIRST[:2], SECOND)]
ARGUMENTS += [*product(FIRST[:2], FIRST[:2], THIRD), ("-1.5",), ('"ab"', '"b"'), ('"ab"', "2")]


def value(function):
    """What the engine gives for the first arguments for which it gives anything."""
    store = ox.Store()
    for arguments in ARGUMENTS:
        try:
            query = ParsedQuery(f"SELECT (<{function}>({', '.join(arguments)}) AS ?x) {{}}")
            (row,) = store.query(query.normalized.text)
        except (SyntaxError, QuerySyntaxError):
            continue  # it takes another number of arguments
        except (RuntimeError, UnsupportedFunction):
            return None  # the engine knows no such function, or gives wrong values of it
        if row["x"] is not None:
            return row["x"]
    return None


def test_those_declared_are_those_that_give_a_value():
    known = {function for function in KNOWN if value(function)}

    assert set(EXTENSION_FUNCTIONS) == known | {NAMED}
    assert len(EXTENSION_FUNCTIONS) == len(set(EXTENSION_FUNCTIONS)) > 50


def test_the_service_declares_them_under_the_iri_of_its_endpoint(server):
    found = server.turtle()
    service = rdflib.URIRef(server.sparql)

    assert set(found.subjects(rdflib.RDF.type, SD.Service)) == {service}
    declared = set(found.objects(service, SD.extensionFunction))
    assert {str(function) for function in declared} == set(EXTENSION_FUNCTIONS)
    assert declared == set(found.subjects(rdflib.RDF.type, SD.Function))
    remark = found.value(rdflib.URIRef(f"{GEOSPARQL}distance"), rdflib.RDFS.comment)
    assert remark.startswith("Of two points")
    assert "a variable or an IRI" in found.value(rdflib.URIRef(NAMED), rdflib.RDFS.comment)

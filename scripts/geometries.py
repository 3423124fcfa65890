"""The functions of GeoSPARQL beside shapely: the second table of reports/functions.md.

shapely is no dependency: where it is not installed, the table says nothing of it. Its values are planar,
so lengths are measured here, on a sphere, by the coordinates that it reads.
"""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module
from itertools import pairwise
from math import asin, cos, degrees, isclose, radians, sin, sqrt
from typing import TYPE_CHECKING, Any, Final

import pyoxigraph as ox

from gbagraph.errors import UnsupportedFunction
from gbagraph.sparql.functions import GEOSPARQL, OF_GEOMETRIES
from gbagraph.sparql.parsed import ParsedQuery

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

shapely: Any = None
with suppress(ImportError):
    shapely = import_module("shapely")

GEOMETRIES: Final = """
POINT (1 1)
POINT (0 0)
POINT (4 2)
POINT Z (1 2 3)
MULTIPOINT ((0 0), (1 1))
MULTIPOINT ((1 1), (9 9))
LINESTRING (0 0, 4 4)
LINESTRING (4 4, 0 0)
LINESTRING (-1 1, 5 1)
LINESTRING (0 0, 4 0)
LINESTRING (2 2, 9 2)
LINESTRING (0 0, 2 2, 2 0, 0 2)
LINESTRING (1 1, 3 1, 3 3, 1 1)
MULTILINESTRING ((0 0, 2 2), (2 2, 4 4))
MULTILINESTRING ((1 1, 2 2), (7 7, 8 8))
POLYGON ((0 0, 4 0, 4 4, 0 4, 0 0))
POLYGON ((0 0, 0 4, 4 4, 4 0, 0 0))
POLYGON ((1 1, 3 1, 3 3, 1 3, 1 1))
POLYGON ((0 0, 2 0, 2 2, 0 2, 0 0))
POLYGON ((4 0, 8 0, 8 4, 4 4, 4 0))
POLYGON ((2 2, 6 2, 6 6, 2 6, 2 2))
POLYGON ((0 0, 8 0, 8 8, 0 8, 0 0), (2 2, 2 6, 6 6, 6 2, 2 2))
POLYGON ((0 0, 8 0, 8 8, 0 8, 0 0), (2 2, 6 2, 6 6, 2 6, 2 2))
POLYGON ((0 0, 0 8, 8 8, 8 0, 0 0), (2 2, 6 2, 6 6, 2 6, 2 2))
MULTIPOLYGON (((0 0, 4 0, 4 4, 0 4, 0 0)), ((6 6, 8 6, 8 8, 6 8, 6 6)))
MULTIPOLYGON (((0 0, 0 4, 4 4, 4 0, 0 0)))
POINT EMPTY
LINESTRING EMPTY
POLYGON EMPTY
GEOMETRYCOLLECTION EMPTY
""".strip().splitlines()
"""Of each kind, with rings in both directions, holes and nothing in it."""
REFUSED: Final = ("convexHull", "coordinateDimension", "isSimple", "spatialDimension")
RADIUS: Final = 6371008.8
"""Metres from the middle of the earth, on average, as the engine has it."""
PATTERNS: Final = {
    "Contains": "T*TFF*FF*",
    "CoveredBy": "TFF*TFT**",
    "Covers": "T*TFT*FF*",
    "Disjoint": "FF*FF****",
    "Inside": "TFF*FFT**",
    "Overlap": "T*T***T**",
}
"""The relations of Egenhofer (GeoSPARQL 1.1, section 9.4); Equals and Meet are as in Simple Features."""
PREFIXES: Final = f"""
PREFIX geof: <{GEOSPARQL}> PREFIX geo: <http://www.opengis.net/ont/geosparql#>
PREFIX uom: <http://www.opengis.net/def/uom/OGC/1.0/>
"""


_CALLS: Final = {
    "area": "?a, uom:square_metre",
    "distance": "?a, ?b, uom:metre",
    "relate": f'?a, ?b, "{PATTERNS["Covers"]}"',
    **dict.fromkeys(("length", "perimeter"), "?a, uom:metre"),
}
"""The arguments of functions that take more than geometries."""


def table() -> str:
    """Return the table: for how many arguments each function has a value here, and what shapely says."""
    names = sorted(
        {*(iri.removeprefix(GEOSPARQL) for iri in OF_GEOMETRIES), *REFUSED}, key=str.lower
    )
    return HEAD + "".join(f"| `geof:{name}` | {' | '.join(_row(name))} |\n" for name in names)


def _row(name: str) -> Iterator[str]:
    is_refused, answers = _answers(name)
    some = [(arguments, value) for arguments, value in answers if value is not None]
    yield "refused" if is_refused else "yes"
    yield str(len(some))
    yield str(len(answers) - len(some))
    odd = ["; ".join(each[0]) for each in some if shapely and not _agrees(name, *each)]
    yield f"{len(odd)}, such as of `{odd[0]}`" if odd else "0" if shapely else ""


def _answers(name: str) -> tuple[bool, list[tuple[list[str], str | None]]]:
    """Whether a call is refused, and what the engine gives for all arguments."""
    several = "?a, ?b" if OF_GEOMETRIES.get(GEOSPARQL + name, 1) > 1 else "?a"
    call = _CALLS.get(name, several)
    values = " ".join(f'"{each}"^^geo:wktLiteral' for each in GEOMETRIES)
    second = f"VALUES ?b {{ {values} }}" if "?b" in call else "BIND (1 AS ?b)"
    text = f"{PREFIXES} SELECT ?a ?b (geof:{name}({call}) AS ?x) {{ VALUES ?a {{ {values} }} {second} }}"
    try:
        text, is_refused = ParsedQuery(text).normalized.text, False
    except UnsupportedFunction:
        is_refused = True
    rows: Any = ox.Store().query(text)
    names = ("a", "b") if "?b" in call else ("a",)
    return is_refused, [
        ([row[each].value for each in names], row["x"] and row["x"].value) for row in rows
    ]


def _agrees(name: str, arguments: list[str], value: str) -> bool:
    """Whether a value is that of shapely."""
    shapes = [shapely.from_wkt(text) for text in arguments]
    if name.startswith(("sf", "eh", "rcc8", "relate")):
        # RCC8 is of regions alone.
        if name.startswith("rcc8") and {_dimension(shape) for shape in shapes} != {2}:
            return True
        return value == str(_related(name, *shapes)).lower()
    if name in _SETS:
        return _same_area(value, getattr(shapely, _SETS[name])(*shapes))
    return bool(_OF_ONE[name](value, *shapes))


def _dimension(shape: Any) -> int:  # noqa: ANN401  shapely has no types
    return -1 if shape.is_empty else int(shapely.get_dimensions(shape))


def _related(name: str, one: Any, other: Any) -> bool:  # noqa: ANN401  shapely has no types
    family = next(each for each in ("sf", "eh", "rcc8", "relate") if name.startswith(each))
    end = name.removeprefix(family)
    if family == "rcc8":
        return _region_related(end, one, other)
    if family == "relate":
        return bool(shapely.relate_pattern(one, other, PATTERNS["Covers"]))
    if family == "eh" and end in PATTERNS:
        return bool(shapely.relate_pattern(one, other, PATTERNS[end]))
    return bool(getattr(shapely, {"Meet": "touches"}.get(end, end.lower()))(one, other))


def _region_related(end: str, one: Any, other: Any) -> bool:  # noqa: ANN401  shapely has no types
    """Whether two regions are so related, as the Region Connection Calculus defines it."""
    if end.endswith("ppi"):
        return _region_related(end[:-1], other, one)
    simple = {"dc": "disjoint", "ec": "touches", "eq": "equals", "po": "overlaps"}
    if end in simple:
        return bool(getattr(shapely, simple[end])(one, other))
    part = shapely.within(one, other) and not shapely.equals(one, other)
    return bool(part) and one.boundary.intersects(other.boundary) == (end == "tpp")


_SETS: Final = {
    **{name: name for name in ("difference", "intersection", "union")},
    "symDifference": "symmetric_difference",
}


def _shape(value: str) -> Any:  # noqa: ANN401  shapely has no types
    return shapely.from_wkt(value.rpartition("> ")[2], on_invalid="ignore")


def _same_area(value: str, right: Any) -> bool:  # noqa: ANN401  shapely has no types
    """Whether a value covers the same; a hole may touch the outline, and then be part of it."""
    return bool(shapely.make_valid(_shape(value)).symmetric_difference(right).area < 1e-9)


def _same(value: str, right: Any) -> bool:  # noqa: ANN401  shapely has no types
    shape = _shape(value)
    return shape is not None and bool(shape.is_valid and shape.equals(right))


def _far(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    (x, y), (u, v) = (map(radians, each[:2]) for each in (one, other))
    half = sin((v - y) / 2) ** 2 + cos(y) * cos(v) * sin((u - x) / 2) ** 2
    return 2 * RADIUS * asin(sqrt(half))


def _long(value: str, shape: Any, kinds: tuple[str, ...]) -> bool:  # noqa: ANN401  shapely has no types
    lines: list[Any] = []
    for part in shapely.get_parts(shape):
        if part.geom_type in kinds and not part.is_empty:
            rings = [part] if part.geom_type == "LineString" else [part.exterior, *part.interiors]
            lines += rings
    right = sum(_far(*ends) for line in lines for ends in pairwise(line.coords))
    return isclose(float(value), right, rel_tol=1e-6, abs_tol=1e-6)


def _large(value: str, shape: Any) -> bool:  # noqa: ANN401  shapely has no types
    """Whether an area near the equator is about that of the plane."""
    return isclose(float(value), shape.area * (RADIUS / degrees(1)) ** 2, rel_tol=0.02)


_OF_ONE: Final[dict[str, Callable[..., Any]]] = {
    "area": _large,
    "asGeoJSON": lambda value, shape: (
        shapely.from_geojson(value).normalize() == shapely.force_2d(shape).normalize()
        or shape.is_empty
    ),
    "centroid": lambda value, shape: _shape(value).distance(shape.centroid) < 1e-9,
    "convexHull": lambda value, shape: _same(value, shape.convex_hull),
    "coordinateDimension": lambda value, shape: (
        int(value) == shapely.get_coordinate_dimension(shape)
    ),
    "dimension": lambda value, shape: int(value) == _dimension(shape),
    "distance": lambda value, *two: isclose(
        float(value), _far(*(each.coords[0] for each in two)), rel_tol=1e-6, abs_tol=1e-6
    ),
    "envelope": lambda value, shape: _shape(value).bounds == shape.bounds,
    "getSRID": lambda value, _: value.endswith("/CRS84"),
    "isEmpty": lambda value, shape: value == str(shape.is_empty).lower(),
    "isSimple": lambda value, shape: value == str(shape.is_simple).lower(),
    "length": lambda value, shape: _long(value, shape, ("LineString",)),
    "perimeter": lambda value, shape: _long(value, shape, ("Polygon",)),
    "spatialDimension": lambda value, shape: int(value) == shapely.get_coordinate_dimension(shape),
}

HEAD: Final = f"""
## Geometries

Each function of GeoSPARQL was asked of {len(GEOMETRIES)} geometries, or of all pairs of them, and
its values compared with shapely 2: points, lines and polygons, single and multiple, with a third
coordinate, with rings in both directions, holes, and empty ones. What is refused has wrong values.
Lengths are compared on a sphere, areas near the equator to 2 %. A GEOMETRYCOLLECTION is not among them:
its relations may be wrong, and its lines and polygons have no length and perimeter.

The relations of Egenhofer are those of GeoSPARQL's patterns, but `ehEquals` and `ehMeet`, which are
`sfEquals` and `sfTouches`: two equal points are equal, although the pattern wants boundaries. RCC8 is
by its definitions: a polygon that fills the hole of another is externally connected with it, which the
pattern denies. `envelope` of a point or a straight line is a polygon without an area. In results of
`union` and the like, a hole that touches the outline is part of it.

| Function | Declared | Values | No value | Other than shapely |
| --- | --- | --- | --- | --- |
"""

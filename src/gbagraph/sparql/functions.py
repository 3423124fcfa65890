"""What the standard or the engine lacks, made of what they have, so that every engine knows it.

They are the casts to the integers that are derived from xsd:integer and to xsd:anyURI, the functions of
XPath (``fn:``) that other engines have, sums of a date and a duration, and ``named``, which looks for
words in the names of a thing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from gbagraph.errors import UnsupportedFunction
from gbagraph.rdf.namespaces import FUNCTIONS, LABELS, PREFIXES
from gbagraph.sparql.message import say
from gbagraph.sparql.tokens import (
    BETWEEN,
    Token,
    closings,
    declared_prefixes,
    error_at,
    inner,
    replaced,
    service_clauses,
    words,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gbagraph.errors import QuerySyntaxError
    from gbagraph.sparql.message import Message

XSD: Final = PREFIXES["xsd"]
NAMED: Final = f"{FUNCTIONS}named"
"""Whether a thing has a name, in any language, with all words of a text in it, whatever their case."""

_SIZES: Final = (("long", 64), ("int", 32), ("short", 16), ("byte", 8))
_RANGES: Final[dict[str, tuple[int | None, int | None] | None]] = {
    **{name: (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) for name, bits in _SIZES},
    **{f"unsigned{name.title()}": (0, 2**bits - 1) for name, bits in _SIZES},
    "nonNegativeInteger": (0, None),
    "positiveInteger": (1, None),
    "nonPositiveInteger": (None, 0),
    "negativeInteger": (None, -1),
    "anyURI": None,
}
CASTS: Final = {f"{XSD}{name}": limits for name, limits in _RANGES.items()}
"""Casts beyond those of the standard (section 17.5): the range of each, None if it is no integer."""
XPATH: Final = "http://www.w3.org/2005/xpath-functions#"
_SAME: Final = """
    abs=ABS ceiling=CEIL floor=FLOOR matches=REGEX contains=CONTAINS starts-with=STRSTARTS
    ends-with=STRENDS substring-before=STRBEFORE substring-after=STRAFTER
    string-length=STRLEN upper-case=UCASE lower-case=LCASE
"""
_AROUND: Final = {
    **{name: (f"{keyword}(", ")") for name, keyword in (row.split("=") for row in _SAME.split())},
    "concat": ("CONCAT(STR(", "))"),
    "substring": ("SUBSTR(((", ")))"),
    "not": ("(!(", "))"),
    "boolean": ("(!(!(", ")))"),
    "normalize-space": ("REPLACE(REPLACE(STR(", '), "[ \\t\\n\\r]+", " "), "^ | $", "")'),
}
FUNCTIONS_OF_XPATH: Final = {f"{XPATH}{name}": around for name, around in _AROUND.items()}
"""What stands before and after the arguments of a function of XPath that Jena and Virtuoso have, too."""
_TAKES: Final = {
    **dict.fromkeys(("matches", "substring"), range(2, 4)),
    **dict.fromkeys(("contains", "starts-with", "ends-with"), range(2, 3)),
    **dict.fromkeys(("substring-before", "substring-after"), range(2, 3)),
    "concat": range(1, 1000),
}
"""How many arguments a function of XPath takes, if not one."""
_COMMAS: Final = {
    f"{XPATH}concat": "), STR(",
    f"{XPATH}substring": f")), <{XSD}integer>(ROUND(",
}
"""What stands between arguments in place of a comma: texts of any kind, and numbers that are rounded."""
GEOSPARQL: Final = "http://www.opengis.net/def/function/geosparql/"
_GEOMETRIES: Final = {
    1: "asGeoJSON centroid dimension envelope getSRID isEmpty",
    2: "area difference intersection length perimeter symDifference union",
    3: "distance relate",
}
_RELATIONS: Final = {
    "sf": "Contains Crosses Disjoint Equals Intersects Overlaps Touches Within",
    "eh": "Contains CoveredBy Covers Disjoint Equals Inside Meet Overlap",
    "rcc8": "dc ec eq ntpp ntppi po tpp tppi",
}
"""The three families of topological relations, and the ends of their names."""
OF_GEOMETRIES: Final = {
    GEOSPARQL + name: number for number, names in _GEOMETRIES.items() for name in names.split()
} | {GEOSPARQL + family + end: 2 for family, ends in _RELATIONS.items() for end in ends.split()}
"""The functions of GeoSPARQL that the engine has, and how many arguments each takes."""
WRONG: Final = frozenset(
    GEOSPARQL + name
    for name in ("convexHull", "coordinateDimension", "isSimple", "spatialDimension")
)
"""Those of which it gives wrong values: it has no third coordinate, and thinks of polygons alone."""
_EGENHOFER: Final = """
    Contains=T*TFF*FF* CoveredBy=TFF*TFT** Covers=T*TFT*FF* Inside=TFF*FFT** Overlap=T*T***T**
"""
"""Relations that the engine takes for others, by their patterns (GeoSPARQL 1.1, section 9.4)."""
_PATTERNS: Final = {
    f"{GEOSPARQL}eh{name}": pattern
    for name, pattern in (row.split("=") for row in _EGENHOFER.split())
}
_AREA: Final = f"{GEOSPARQL}area"
_OUTLINES: Final = f'<{GEOSPARQL}union>("POLYGON EMPTY"^^<{PREFIXES["geo"]}wktLiteral>, '
UNITS: Final = ("metre", "kilometre", "square_metre", "square_kilometre")
"""The units of lengths and areas that the engine knows, by the ends of their IRIs (``uom:``)."""
MADE: Final = frozenset({NAMED, _AREA, *CASTS, *FUNCTIONS_OF_XPATH, *_PATTERNS})
"""The functions of which :func:`in_standard` makes others, as the engine does not have them so."""
_SQUARE: Final = re.compile(r"square(Kilom|M)et")
_CALL: Final = re.compile(rf"[:#/](?:{'|'.join((*_RANGES, *_AROUND))}|named)\b>?{BETWEEN}\(")
_PATH: Final = "|".join(f"<{iri}>" for iri in LABELS)


def are_in(query: str) -> bool:
    """Whether *query* may call one of these functions."""
    return GEOSPARQL in query or _CALL.search(query) is not None


def in_standard(query: str) -> str:
    """Return *query* with its calls of these functions made of standard SPARQL.

    Raises:
        QuerySyntaxError: a call has other arguments than the function takes.
        UnsupportedFunction: the engine gives wrong values of the function.
    """
    if not are_in(query):
        return query
    every, prefixes = words(query), declared_prefixes(query)
    closing = closings(every, "(", ")")
    edits: list[tuple[int, int, str]] = []
    far = [*service_clauses(every)] if "SERVICE" in query.upper() else []
    for index, token in enumerate(every):
        if index + 1 not in closing:
            continue
        prefix, _, local = token.text.partition(":")
        iri = token.text[1:-1] if token.kind == "iri" else f"{prefixes.get(prefix)}{local}"
        is_far = any(each.keyword.start < token.start < each.end for each in far)
        if is_far and iri.startswith(GEOSPARQL):
            continue  # another engine has its own
        opening, close = every[index + 1], closing[index + 1]
        inside = [each for each in every[index + 2 :] if each.start < close.start]
        _require_arguments(query, token, iri, inside)
        around = _cast(iri, token) if iri in CASTS else FUNCTIONS_OF_XPATH.get(iri)
        if around is not None:
            edits += ((token.start, opening.end, around[0]), (close.start, close.end, around[1]))
            comma = _COMMAS.get(iri, ",")
            edits += ((each.start, each.end, comma) for each in _commas(inside))
        elif iri == _AREA:  # the engine writes square_metre, and takes the outer side of a ring
            (between,) = _commas(inside)
            edits += ((opening.end, opening.end, _OUTLINES), (between.start, between.start, ")"))
            edits += (
                (each.start, each.end, _SQUARE.sub(lambda m: f"square_{m[1].lower()}et", each.text))
                for each in inside
                if each.kind in ("iri", "name") and _SQUARE.search(each.text)
            )
        elif iri in _PATTERNS:
            edits.append((token.start, opening.end, f"<{GEOSPARQL}relate>("))
            edits.append((close.start, close.end, f', "{_PATTERNS[iri]}")'))
        elif iri == NAMED:
            edits.append((token.start, close.end, _named(query, token, inside)))
    return replaced(query, edits)


def _require_arguments(query: str, token: Token, iri: str, inside: Sequence[Token]) -> None:
    """Refuse a call with too few or too many arguments, and one of which the value would be wrong."""
    if iri in WRONG:
        template = "%(name)s is refused: the SPARQL engine gives wrong values for some geometries."
        said = say(template, name=token.text)
        at = error_at(query, token, said).details
        where = f"Line {at['line']}, column {at['column']}"
        raise UnsupportedFunction(f"{where}: {said}", reason=said, **at)
    if iri in OF_GEOMETRIES:
        takes = range(OF_GEOMETRIES[iri], OF_GEOMETRIES[iri] + 1)
    elif iri in CASTS or iri in FUNCTIONS_OF_XPATH:
        takes = _TAKES.get(iri.removeprefix(XPATH), range(1, 2))
    else:
        return
    given = arguments(inside)
    if given not in takes:
        raise arguments_error(query, token, takes[0], takes[-1], given)


def arguments_error(
    query: str, token: Token, least: int, most: int, given: int
) -> QuerySyntaxError:
    """The error that the function at *token* is *given* another number of arguments than it takes."""
    return error_at(query, token, other_number(token, least, most, given))


def other_number(token: Token, least: int, most: int, given: int) -> Message:
    """That the function at *token* is *given* another number of arguments than it takes."""
    said = "%(name)s takes another number of arguments: %(number)s, not %(given)s."
    number = f"{least}" if least == most else f"{least}-{most}"
    return say(said, name=token.text, number=number, given=given)


def arguments(inside: Sequence[Token]) -> int:
    """How many arguments the tokens are that stand in the parentheses of a call."""
    return len([*_commas(inside)]) + bool(inside)


def _commas(inside: Iterable[Token]) -> Iterator[Token]:
    """The commas between arguments, of which *inside* are the tokens."""
    depth = 0
    for token in inside:
        depth += (token.text == "(") - (token.text == ")")
        if token.text == "," and not depth:
            yield token


def _cast(iri: str, token: Token) -> tuple[str, str]:
    """What stands before and after the value that is cast.

    It is written once, for it may be RAND() or another cast: a value that is out of range is made a text
    that is no number, so that its cast is an error.
    """
    limits = CASTS[iri]
    if limits is None:
        return "STRDT(STR(", f"), {token.text})"
    outside, integer = "|".join(_outside(*limits)), f"<{XSD}integer>"
    return (
        f"STRDT(STR({integer}(REPLACE(STR({integer}(",
        f')), "^(?:{outside})$", "!"))), {token.text})',
    )


def _outside(low: int | None, high: int | None) -> Iterator[str]:
    """Regular expressions for the integers below *low* or above *high*, as they are written."""
    if low is not None:
        yield "-.*|0" if low > 0 else f"-(?:{_above(-low)})"
    if high is not None:
        yield "[0-9]+" if high < 0 else _above(high)


def _above(number: int) -> str:
    """A regular expression for the integers above *number*, which is not negative."""
    digits = str(number)
    parts = [f"[0-9]{{{len(digits) + 1},}}"]
    for place, digit in enumerate(digits):
        if digit != "9":
            rest = len(digits) - place - 1
            parts.append(f"{digits[:place]}[{int(digit) + 1}-9][0-9]{{{rest}}}")
    return "|".join(parts)


def _named(query: str, token: Token, arguments: Sequence[Token]) -> str:
    """The condition that the first of *arguments* has a name with the words of the second."""
    kinds = [each.kind for each in arguments]
    text = inner(arguments[2].text) if kinds[2:] == ["string"] else ""
    if not text.split() or kinds[0] not in ("variable", "iri", "name") or arguments[1].text != ",":
        raise error_at(
            query,
            token,
            say(
                "%(name)s takes a variable or an IRI and a text in quotation marks, such as "
                '%(name)s(?x, "bay area").',
                name=token.text,
            ),
        )
    number = next(n for n in range(len(query)) if f"name{n}" not in query)
    wanted = text.lower().replace("\\", "\\\\").replace('"', '\\"').split()
    tests = " && ".join(f'CONTAINS(LCASE(STR(?name{number})), "{word}")' for word in wanted)
    thing = arguments[0].text
    exists = f"EXISTS {{ {thing} {_PATH} ?name{number} FILTER({tests}) }}"
    # Without a value it is an error, as it is of any function; EXISTS would be about all things.
    return f"IF(BOUND({thing}), {exists}, 1/0)" if kinds[0] == "variable" else exists

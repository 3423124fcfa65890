"""What the standard or the engine lacks, made of what they have, so that every engine knows it.

They are the casts to the integers that are derived from xsd:integer and to xsd:anyURI, the functions of
XPath (``fn:``) that other engines have, sums of a date and a duration, and ``named``, which looks for
words in the names of a thing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

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
    words,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

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
    ends-with=STRENDS substring=SUBSTR substring-before=STRBEFORE substring-after=STRAFTER
    string-length=STRLEN upper-case=UCASE lower-case=LCASE
"""
_AROUND: Final = {
    **{name: (f"{keyword}(", ")") for name, keyword in (row.split("=") for row in _SAME.split())},
    "concat": ("CONCAT(STR(", "))"),
    "not": ("(!(", "))"),
    "boolean": ("(!(!(", ")))"),
    "normalize-space": ("REPLACE(REPLACE(STR(", '), "[ \\t\\n\\r]+", " "), "^ | $", "")'),
}
FUNCTIONS_OF_XPATH: Final = {f"{XPATH}{name}": around for name, around in _AROUND.items()}
"""What stands before and after the arguments of a function of XPath that Jena and Virtuoso have, too."""
_AREA: Final = "http://www.opengis.net/def/function/geosparql/area"
UNITS: Final = ("metre", "kilometre", "square_metre", "square_kilometre")
"""The units of lengths and areas that the engine knows, by the ends of their IRIs (``uom:``)."""
_SQUARE: Final = re.compile(r"square(Kilom|M)et")
_CALL: Final = re.compile(rf"[:#/](?:{'|'.join((*_RANGES, *_AROUND))}|named|area)\b>?{BETWEEN}\(")
_SUM: Final = re.compile(r"uration|(?:[?$]\w+|\))\s*+\+\s*+[?$]")
_BINDS: Final = frozenset({"+", "-", "*", "/", "!", "^"})
_CALLED: Final = ("iri", "name", "word")
_PATH: Final = "|".join(f"<{iri}>" for iri in LABELS)


def are_in(query: str) -> bool:
    """Whether *query* may call one of these functions."""
    return _CALL.search(query) is not None or _adds(query)


def _adds(query: str) -> bool:
    return "+" in query and _SUM.search(query) is not None


def in_standard(query: str) -> str:
    """Return *query* with its calls of these functions made of standard SPARQL.

    Raises:
        QuerySyntaxError: a call of ``named`` has other arguments than a thing and a text.
    """
    if _adds(query):
        query = _with_differences(query)
    if not _CALL.search(query):
        return query
    found, prefixes = words(query), declared_prefixes(query)
    closing = closings(found, "(", ")")
    edits: list[tuple[int, int, str]] = []
    for index, token in enumerate(found):
        if index + 1 not in closing:
            continue
        prefix, _, local = token.text.partition(":")
        iri = token.text[1:-1] if token.kind == "iri" else f"{prefixes.get(prefix)}{local}"
        opening, close = found[index + 1], closing[index + 1]
        inside = [each for each in found[index + 2 :] if each.start < close.start]
        around = _cast(iri, token) if iri in CASTS else FUNCTIONS_OF_XPATH.get(iri)
        if around is not None:
            edits += ((token.start, opening.end, around[0]), (close.start, close.end, around[1]))
        if iri == f"{XPATH}concat":  # of values of any kind
            edits += ((each.start, each.end, "), STR(") for each in _commas(inside))
        elif iri == _AREA:  # the engine writes square_metre
            edits += (
                (each.start, each.end, _SQUARE.sub(lambda m: f"square_{m[1].lower()}et", each.text))
                for each in inside
                if each.kind in ("iri", "name") and _SQUARE.search(each.text)
            )
        elif iri == NAMED:
            edits.append((token.start, close.end, _named(query, token, inside)))
    return replaced(query, edits)


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


def _with_differences(query: str) -> str:
    """Return *query*, where each sum of two single values is also tried as the differences that mean it.

    It may be one of a date with a duration (XPath and XQuery Functions, section 10.7): pyoxigraph puts
    the sides of a sum in an order of its own, and then takes a duration only on the right.
    """
    found, edits, done = words(query), list[tuple[int, int, str]](), 0
    pairs, inside = _brackets(found)
    for index in inside:
        first, last = _start(found, index - 1, pairs), _end(found, index + 1, pairs)
        if last is None:
            continue
        right = query[found[index + 1].start : found[last].end]
        after = found[last + 1].text if last + 1 < len(found) else ""
        if (
            first
            and found[first - 1].text not in _BINDS
            and after not in ("*", "/")
            and found[first].start >= done
        ):
            left = query[found[first].start : found[index - 1].end]
            either = f"COALESCE({left} + {right}, {left} - -{right}, {right} - -{left})"
            edits.append((found[first].start, found[last].end, either))
            done = found[last].end
        elif "uration" in right and found[index].start >= done:
            edits.append((found[index].start, found[index].end, "- -"))
    return replaced(query, edits)


def _brackets(found: Sequence[Token]) -> tuple[dict[int, int], list[int]]:
    """Return the place of the other bracket for each, and the places of ``+`` right in parentheses.

    A ``+`` anywhere else is that of a path.
    """
    opened, pairs, inside = list[int](), dict[int, int](), list[int]()
    for index, token in enumerate(found):
        if token.text in ("(", "{", "["):
            opened.append(index)
        elif token.text in (")", "}", "]") and opened:
            pairs[index] = opened.pop()
            pairs[pairs[index]] = index
        elif token.text == "+" and opened and found[opened[-1]].text == "(":
            inside.append(index)
    return pairs, [index for index in inside if index + 1 < len(found)]


def _end(found: Sequence[Token], index: int, pairs: Mapping[int, int]) -> int | None:
    """Where the variable, text or call that begins at *index* ends; None if it is none of these."""
    kind, after = found[index].kind, found[index + 1].text if index + 1 < len(found) else ""
    if kind == "string" and after == "^^":
        return index + 2 if index + 2 < len(found) else None
    if kind in _CALLED:
        return pairs.get(index + 1) if after == "(" else None
    return index if kind in ("variable", "string") else None


def _start(found: Sequence[Token], index: int, pairs: Mapping[int, int]) -> int | None:
    """Where the variable, text or call that ends at *index* begins; None if it is none of these."""
    token = found[index]
    if token.kind in ("iri", "name") and found[index - 1].text == "^^":
        return index - 2
    if token.text == ")" and index in pairs and found[pairs[index] - 1].kind in _CALLED:
        return pairs[index] - 1
    return index if token.kind == "variable" else None

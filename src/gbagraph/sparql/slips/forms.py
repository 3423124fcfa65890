"""Forms of mistakes: regular expressions over a query without the text of strings, IRIs and comments."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

from gbagraph.rdf.namespaces import expand
from gbagraph.sparql.functions import GEOSPARQL
from gbagraph.sparql.message import say
from gbagraph.sparql.slips.signs import Slip, is_open
from gbagraph.sparql.tokens import Token, declared_prefixes, replaced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

STRING: Final = "\ue000"
IRI: Final = "\ue001"
_SHOWN: Final = (
    "<>",
    "<=>",
    "<bif:",
    "<urn:x-arq:",
    "<tag:stardog:",
    "<http://www.ontotext.com/",
    "<http://www.openrdf.org/",
)
"""IRIs that are no names here: an operator of SQL, and what other stores mean."""
_BLOTS: Final = {"string": STRING, "iri": IRI, "comment": " "}


_ESCAPED: Final = re.compile(r"\\[_~.!$&'()*+,;=/?#@%-]")


class Row(NamedTuple):
    """A mistake: its *form*, what is *said* of it, and what is *right*, None if that is not certain.

    The group ``at`` of the form becomes what is right, and the group ``mark`` in it, if there is one, is
    shown as wrong. What is said and what is right name groups, and what is said also what is ``right``;
    *tail* is added at the end of the query.
    """

    form: str
    said: str
    right: str | Callable[[dict[str, str]], str | None] | None = None
    tail: str = ""


def blotted(query: str, tokens: Sequence[Token]) -> str:
    """*query* without what its strings, IRIs and comments say; all positions stay the same."""
    edits = (
        (token.start, token.end, _BLOTS[token.kind] * len(token.text))
        for token in tokens
        if token.kind in _BLOTS and not token.text.startswith(_SHOWN) and not is_open(token)
    )
    # What is escaped in a name is a part of it.
    return _ESCAPED.sub("__", replaced(query, edits))


def slips(
    rows: tuple[Row, ...],
    query: str,
    text: str,
    since: Callable[[], int] = int,
    *,
    are_foreign: bool = False,
) -> Iterator[Slip]:
    """The mistakes in *query*, whose *text* is blotted out, that have a row and end after *since*.

    Where they *are foreign*, a name with a prefix that the query declares itself is none.

    Nor is any known in what people do not write: forms take time by the square of the longest run.
    """
    if len(text) > _LONGEST or _RUN.search(text):
        return
    for row, form in zip(rows, _forms(rows), strict=True):
        matches = [*form.finditer(text)]
        first = since() if matches else 0
        mistakes = [_Mistake(query, row, match) for match in matches if match.end("at") > first]
        if mistakes and not (are_foreign and _is_own(mistakes[0].token.text, query)):
            edits = [edit for each in mistakes for edit in each.edits]
            values = mistakes[0].values | {"right": edits[0][2] if edits else ""}
            yield Slip(mistakes[0].token, say(row.said, **values), tuple(edits))


_LONGEST: Final = 10_000
_RUN: Final = re.compile(r"[\w-]{120}|\s{120}")


_STORES: Final = re.compile(
    "^bif:|jena|x-arq|ontotext|openrdf|stardog|bigdata|blazegraph|openlinksw|virtuoso|wikiba|^java:|hpl.hp.com",
    re.IGNORECASE,
)


def _is_own(text: str, query: str) -> bool:
    """Whether *text* has a prefix that *query* declares, and not as one of another store."""
    name = _PREFIXED.match(text)
    declared = declared_prefixes(query).get(name[1]) if name else None
    return declared is not None and not _STORES.search(declared)


_PREFIXED: Final = re.compile(r"([\w-]+):\w")


@cache
def _forms(rows: tuple[Row, ...]) -> list[re.Pattern[str]]:
    return [re.compile(_BEGINS.sub(_KEYWORD, row.form), re.IGNORECASE) for row in rows]


_BEGINS: Final = re.compile(r"\\b(?=[A-Z]|\(\?P<)")
_KEYWORD: Final = r"(?<![\\w?$:@%.-])"
"""Where a keyword begins: in no variable, and in no name with a prefix."""


class _Mistake:
    """What a row matches."""

    def __init__(self, query: str, row: Row, match: re.Match[str]) -> None:
        self._row = row
        self.values = {
            name: query[slice(*match.span(name))] if match[name] is not None else ""
            for name in match.re.groupindex
        }
        self._start, self._end = match.span("at")
        mark = "mark" if self.values.get("mark") else "at"
        self.token = Token("other", self.values[mark], match.start(mark))
        self._length, self._query = len(query.rstrip()), query

    @property
    def edits(self) -> Iterator[tuple[int, int, str]]:
        """What is to change."""
        right = self._row.right
        text = right(self.values) if callable(right) else right and right.format(**self.values)
        if text is None:
            return
        yield self._start, self._end, shortened(text, self._query)
        if self._row.tail:
            yield self._length, self._length, self._row.tail.format(**self.values)


def shortened(text: str, query: str) -> str:
    """*text* with the prefixes that *query* declares."""
    for name, iri in declared_prefixes(query).items():
        text = re.sub(rf"<{re.escape(iri)}(\w+)>", rf"{name}:\1", text)
    return text


# What is right, by the groups of a row


def like(groups: dict[str, str]) -> str | None:
    """The function that a pattern of LIKE means."""
    text, value = groups["s"], groups["v"]
    quote, inner = text[0], text[1:-1]
    plain = inner.strip("%*")
    if not plain or re.search(r"[%_*]", plain):
        return None
    function = {(True, True): "CONTAINS", (False, True): "STRSTARTS", (True, False): "STRENDS"}.get(
        (inner[0] in "%*", inner[-1] in "%*")
    )
    subject, plain = f"STR({value})", f"{quote}{plain}{quote}"
    if groups["mark"].upper() == "ILIKE":
        subject, plain = f"LCASE({subject})", plain.lower()
    test = f"{function}({subject}, {plain})" if function else f"{subject} = {plain}"
    return f"!({test})" if groups["not"] else test


def contained(groups: dict[str, str]) -> str | None:
    """The function of SPARQL for a full-text search for one word or phrase."""
    text = groups["s"].strip("\"'").strip().lower()
    if not text or re.search(r"\b(?:and|or|not|near)\b|[*?~\"\\]", text):
        return None
    test = f'CONTAINS(LCASE(STR({groups["v"]})), "{text}")'
    return test if "(" in groups["at"] else f"FILTER({test})"


_TYPES: Final = {
    **dict.fromkeys(("INT", "INTEGER", "BIGINT"), "integer"),
    **dict.fromkeys(("DECIMAL", "NUMERIC"), "decimal"),
    **dict.fromkeys(("DOUBLE", "FLOAT", "REAL"), "double"),
    **dict.fromkeys(("DATETIME", "TIMESTAMP"), "dateTime"),
    **{name.upper(): name for name in ("date", "boolean")},
}
"""The datatypes of SQL, and those of RDF."""


def cast(groups: dict[str, str]) -> str | None:
    """The function that a CAST means."""
    kind = groups["t"].upper()
    if kind in ("TEXT", "STRING", "CHAR", "VARCHAR", "NVARCHAR"):
        return f"STR({groups['v']})"
    return f"<{expand('xsd:')}{_TYPES[kind]}>({groups['v']})" if kind in _TYPES else None


def rounded(groups: dict[str, str]) -> str:
    """A number that is rounded to some digits."""
    value, factor = groups["v"], 10 ** int(groups["n"])
    plain = value if re.fullmatch(r"[?$]?\w+(?:\([^()]*\))?", value) else f"({value})"
    return f"(ROUND({plain} * {factor}) / {factor})" if factor > 1 else f"ROUND({value})"


def remainder(groups: dict[str, str]) -> str:
    """What is left of a division, by what SPARQL has."""
    one, other = groups["v"], groups["n"]
    return f"({one} - {other} * FLOOR({one} / {other}))"


_BRANCH: Final = re.compile(r"\bWHEN\b(.*?)\bTHEN\b(.*?)(?=\bWHEN\b|\bELSE\b|\Z)", re.I | re.S)


def case(groups: dict[str, str]) -> str | None:
    """A CASE as calls of IF, each in the one before; without ELSE, there is no value in the end."""
    branches, value = _BRANCH.findall(groups["w"]), groups["v"].strip()
    if not branches:
        return None
    other = re.split(r"(?i)\bELSE\b", groups["w"])[1:]
    text = other[0].strip() if other else "?none"
    for test, result in reversed(branches):
        condition = f"{value} = {test.strip()}" if value else test.strip()
        text = f"IF({condition}, {result.strip()}, {text})"
    return text


METHODS: Final = {
    **dict.fromkeys(("contains", "includes", "indexof"), "CONTAINS(STR({v}), {e})"),
    **dict.fromkeys(("startswith", "starts_with"), "STRSTARTS(STR({v}), {e})"),
    **dict.fromkeys(("endswith", "ends_with"), "STRENDS(STR({v}), {e})"),
    **dict.fromkeys(("match", "matches", "search", "test"), "REGEX(STR({v}), {e})"),
    **dict.fromkeys(("lower", "tolowercase", "tolower", "casefold"), "LCASE(STR({v}))"),
    **dict.fromkeys(("upper", "touppercase", "toupper"), "UCASE(STR({v}))"),
    **dict.fromkeys(("length", "len", "size", "count"), "STRLEN(STR({v}))"),
    **dict.fromkeys(("replace", "replaceall", "sub"), "REPLACE(STR({v}), {e})"),
    **dict.fromkeys(("equals", "eq"), "({v} = {e})"),
    **dict.fromkeys(("isin", "in"), "({v} IN ({e}))"),
    **dict.fromkeys(("tostring", "str", "value"), "STR({v})"),
    **dict.fromkeys(("lang", "language"), "LANG({v})"),
    "datatype": "DATATYPE({v})",
    **dict.fromkeys(("toint", "tointeger", "int"), f"<{expand('xsd:')}integer>({{v}})"),
    **dict.fromkeys(("tofloat", "todouble", "float"), f"<{expand('xsd:')}double>({{v}})"),
    **{part: f"{part.upper()}({{v}})" for part in ("year", "month", "day")},
}
"""Methods of programs, and the functions of SPARQL."""


def method(groups: dict[str, str]) -> str | None:
    """The function that a method of a value is."""
    form = METHODS.get(groups["f"].lower())
    return form and form.format(v=groups["v"], e=groups["e"].strip())


def in_list(groups: dict[str, str]) -> str:
    """One of several values, where only the first is compared."""
    values = re.split(r"(?i)\s*(?:\bOR\b|\|\|)\s*", groups["e"])
    return f"{groups['v']} IN ({', '.join(value.strip() for value in values if value.strip())})"


def one_of(groups: dict[str, str]) -> str:
    """A variable in the place of several values, which it takes in turn."""
    inner = re.sub(r"(?i)^IN\b", "", groups["e"]).strip("[](){} ")
    values = re.split(r"(?i)[\s,|]+(?:OR\b)?[\s,|]*", inner)
    return f"?one . VALUES ?one {{ {' '.join(values)} }}"


def named(groups: dict[str, str]) -> str:
    """The variable with the name that is written in quotation marks, or otherwise."""
    return "?" + (re.sub(r"\W+", "_", groups["n"]).strip("_") or "value")


def joined(groups: dict[str, str]) -> str:
    """Texts that another sign joins, as CONCAT does."""
    parts = re.split(r"\s*&\s*(?=(?:[^\"']|\"[^\"]*\"|'[^']*')*\Z)", groups["at"])
    return f"CONCAT({', '.join(p if p[0] in QUOTES else f'STR({p})' for p in parts)})"


QUOTES: Final = "\"'"


_MONTHS: Final = re.findall("...", "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC")
_DATES: Final = re.compile(
    r"(?P<y>\d{4})\D{1,3}(?P<m>\d{1,2})\D{1,3}(?P<d>\d{1,2})|(?P<day>\d{1,2})(?P<name>[A-Za-z]{3})(?P<year>\d{4})"
)


def date(groups: dict[str, str]) -> str | None:
    """The literal of a date that is written as in another language."""
    found = _DATES.search(groups["s"])
    if (
        found is None
        or ":" in groups["s"]
        or (found["name"] and found["name"].upper() not in _MONTHS)
    ):
        return None
    month = found["m"] or _MONTHS.index(found["name"].upper()) + 1
    year, day = found["y"] or found["year"], int(found["d"] or found["day"])
    return f'"{year}-{int(month):02}-{day:02}"^^<{expand("xsd:")}date>'


_SEPARATED: Final = re.compile(r"(\"[^\"]*\"|'[^']*'|<[^<>]*>)|[,;]")


def spaced(groups: dict[str, str]) -> str:
    """The values of VALUES with a space for each comma between them."""
    return _SEPARATED.sub(lambda match: match[1] or " ", groups["at"])


def span(groups: dict[str, str]) -> str | None:
    """The duration that an INTERVAL of SQL is."""
    number, unit = re.findall(r"\d+", groups["n"])[:1], groups["u"].upper().rstrip("S")
    form = {
        "YEAR": "P{}Y",
        "MONTH": "P{}M",
        "DAY": "P{}D",
        "HOUR": "PT{}H",
        "MINUTE": "PT{}M",
    }.get(unit)
    if not number or not form:
        return None
    kind = "yearMonth" if unit in ("YEAR", "MONTH") else "dayTime"
    return f'"{form.format(number[0])}"^^<{expand("xsd:")}{kind}Duration>'


WRITTEN: Final = {
    "\u00ac": "!", "\u00d7": "*", "\u00b7": "*", "\u00f7": "/", "\u2212": "-", "\u2013": "-",
    "\u2208": "IN", "\u2265": ">=", "\u2264": "<=", "\u2227": "&&", "\u2228": "||", "\u222a": "UNION",
}  # fmt: skip
"""Signs of mathematics, as SPARQL writes them."""


def property_of(groups: dict[str, str]) -> str | None:
    """A property that stands in quotation marks."""
    text = groups["s"].strip(QUOTES)
    if re.match("https?://", text):
        return f"<{text}>"
    return text if re.fullmatch(r"[\w-]*:[\w.-]+", text) else None


def without_signs(groups: dict[str, str]) -> str:
    """One sign for how often a step of a path is taken, of several."""
    signs = set(groups["at"])
    return signs.pop() if len(signs) == 1 else "*"


def power(groups: dict[str, str]) -> str | None:
    """A power as a product, if it is one of few."""
    factors = [groups["v"]] * (min(int(groups["n"]), 5) if groups["n"].isdecimal() else 0)
    return f"({' * '.join(factors)})" if 1 < len(factors) < 5 else None


_RELATIONS: Final = re.compile(
    "contains|crosses|disjoint|equals|intersects|overlaps|touches|within", re.IGNORECASE
)


def spatial(groups: dict[str, str]) -> str | None:
    """The function of GeoSPARQL for one of PostGIS, whose distances are taken for metres."""
    name, pair, most = groups["f"].lower(), f"({groups['a']}, {groups['b']}", groups["n"]
    distance = f"<{GEOSPARQL}distance>{pair}, <{_METRE}>)"
    if not groups["b"] or (name == "dwithin") != bool(most):
        return None
    if _RELATIONS.fullmatch(name):
        return f"<{GEOSPARQL}sf{name.title()}>{pair})"
    return {"dwithin": f"({distance} <= {most})", "distance": distance}.get(name)


_METRE: Final = "http://www.opengis.net/def/uom/OGC/1.0/metre"


_STEPS: Final = 5
"""Steps that are written out at most."""


def steps(groups: dict[str, str]) -> str | None:
    """The path with the numbers of steps that *groups* give."""
    path, least = groups["p"], int(groups["a"] or 0)
    if groups["to"] and not groups["b"]:
        return "/".join([*[path] * (least - 1), f"{path}{'+' if least else '*'}"])
    most = int(groups["b"]) if groups["to"] else least
    ways = ["/".join([path] * number) for number in range(max(least, 1), most + 1)]
    if not 0 < most <= _STEPS or not ways:
        return None
    ways[0] += "?" * (not least)
    return f"({'|'.join(ways)})" if ways[1:] else ways[0]

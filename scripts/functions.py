"""Write reports/functions.md: which functions of XPath Jena and Virtuoso have, with their values.

``PYTHONPATH=tests .venv/bin/python scripts/functions.py``, after ``make clients``; with shapely in the
path, functions of geometries are compared with it.
"""

from __future__ import annotations

import json
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pyoxigraph as ox

import geometries
from gbagraph.sparql.functions import FUNCTIONS_OF_XPATH, XPATH
from gbagraph.sparql.parsed import ParsedQuery
from support.installed import Virtuoso, output

REPORT = Path(__file__).parent.parent / "reports" / "functions.md"
PREFIXES = f"""
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
PREFIX fn: <{XPATH}>
PREFIX math: <{XPATH[:-1]}/math#>
"""
MOMENT = '"2020-02-29T13:14:15Z"^^xsd:dateTime'
DAY, TIME = '"2020-02-29Z"^^xsd:date', '"13:14:15Z"^^xsd:time'
CALLS = [
    *(f"math:{name}(0.5)" for name in ("exp", "exp10", "log", "log10", "sqrt", "sin", "cos", "tan")),
    *("math:asin(0.5)", "math:acos(0.5)", "math:atan(0.5)", "math:pi()", "math:pow(2, 3)"),
    "math:atan2(1, 2)",
    *(f"fn:{name}(-2.5)" for name in ("abs", "ceiling", "floor", "round", "round-half-to-even")),
    *('fn:format-number(1234.5, "#,##0.00")', 'fn:number("12")', 'fn:concat("a", "b")'),
    *(f'fn:{name}("abc", "b")' for name in ("contains", "matches")),
    *(f'fn:{name}("abc", "b")' for name in ("substring-before", "substring-after", "compare")),
    *('fn:starts-with("abc", "a")', 'fn:ends-with("abc", "c")'),
    *('fn:substring("abcdef", 2, 3)', 'fn:string-length("abc")', 'fn:upper-case("abc")'),
    *('fn:lower-case("ABC")', 'fn:normalize-space("  a  b ")', 'fn:normalize-unicode("a", "NFC")'),
    *('fn:tokenize("a b", " ")', 'fn:translate("abc", "b", "x")', 'fn:encode-for-uri("a b")'),
    *('fn:string-join(",", "a")', "fn:string(5)", 'fn:collation-key("a", "en")', "fn:not(true)"),
    *('fn:boolean("a")', "fn:true()", "fn:apply(fn:abs, -1)", "fn:implicit-timezone()"),
    *(f"fn:{part}-from-dateTime({MOMENT})" for part in ("year", "month", "day", "hours", "minutes")),
    *(f"fn:{part}-from-date({DAY})" for part in ("year", "month", "day", "timezone")),
    *(f"fn:{part}-from-time({TIME})" for part in ("hours", "minutes", "seconds", "timezone")),
    *(f'fn:{part}-from-duration("P2DT3H"^^xsd:dayTimeDuration)' for part in ("days", "hours")),
    *(f"fn:dateTime({DAY}, {TIME})", f'fn:format-date({DAY}, "[Y]")'),
    *(f'fn:adjust-{kind}-to-timezone({value}, "PT0S"^^xsd:dayTimeDuration)'
      for kind, value in (("dateTime", MOMENT), ("date", DAY), ("time", TIME))),
    'fn:replace("abc", "b", "x")',
]  # fmt: skip
"""A call of each function with arguments for which it has a value; the last ends Virtuoso."""


def of_jena() -> list[str]:
    """What Jena gives for each call, empty where it gives nothing."""
    columns = " ".join(f"({call} AS ?x{n})" for n, call in enumerate(CALLS))
    with tempfile.NamedTemporaryFile("w", suffix=".rq") as file:
        file.write(f"{PREFIXES} SELECT {columns} {{}}")
        file.flush()
        answer = output("jena", "arq.arq", f"--query={file.name}", "--results=json")
    (row,) = json.loads(answer)["results"]["bindings"]
    return [row.get(f"x{n}", {}).get("value", "") for n in range(len(CALLS))]


def of_virtuoso() -> list[str]:
    """What Virtuoso gives for each call, empty where that is an error."""
    with tempfile.TemporaryDirectory() as folder, Virtuoso(Path(folder)) as server:
        return [_asked(server.sparql, call) for call in CALLS]


def _asked(endpoint: str, call: str) -> str:
    data = {"query": f"{PREFIXES} SELECT ({call} AS ?x) {{}}"}
    accept = {"Accept": "application/sparql-results+json"}
    with suppress(httpx.TransportError):
        answer = httpx.post(endpoint, data=data, headers=accept, timeout=20)
        rows = answer.json()["results"]["bindings"] if answer.is_success else []
        return str(rows[0].get("x", {}).get("value", "")) if rows else ""
    return ""


def ours(call: str) -> str:
    """What this software gives for a call, empty where it refuses it."""
    query = ParsedQuery(f"{PREFIXES} SELECT ({call} AS ?x) {{}}")
    with suppress(RuntimeError):
        (row,) = ox.Store().query(query.normalized.text)  # type: ignore[misc]
        value: Any = row[0]
        return value.value if value is not None else ""
    return ""


HEAD = """# Functions

These functions of XPath were asked of Jena 4.9, of Virtuoso 7.2 and of this software. Here are
those of `fn:` that both others have and that standard SPARQL can make exactly. `fn:format-number`
and `fn:round-half-to-even` it cannot, so they are refused. Of `math:` Virtuoso has none by these
names. `fn:replace` hangs in Virtuoso.

Where Jena differs from XPath, XPath is followed: `fn:substring("abc", 0)` is `abc` (Jena: `ab`),
`fn:boolean(0.0)` is false (Jena: true).

Casts to 30 types of XML Schema work: those of SPARQL, dates, durations, the integers derived from
`xsd:integer` (as an `xsd:integer` in the range, of at most 64 bits with a sign) and `xsd:anyURI`.
A text may have no spaces around its value. A duration with months and days is cast to none of its two
parts. Casts to token, normalizedString, language, hexBinary, base64Binary and dateTimeStamp are
refused.

`fn:matches` has no back-references; functions of texts take no number, but for `fn:concat`.

A date, dateTime or time plus a duration has its value in either order, in sums of any form up to
thirty summands, or ten where plus and minus take turns. Longer ones are left to the engine, which
puts the sides of a plus in an order of its own and may find no value; `?d - -?u` is safe there. Years
and months (`xsd:gYear` and the like) take no duration, a duration is neither multiplied nor divided,
and SUM and AVG take none.

Lengths and areas of GeoSPARQL have the units metre and kilometre and their squares, and all geometries
are in CRS84; the second table is of these functions.

`scripts/functions.py` writes this page. An empty cell: refused, or no value.

| Call | Jena | Virtuoso | Here |
| --- | --- | --- | --- |
"""


def main() -> None:
    """Write the page."""
    rows = zip(CALLS, of_jena(), of_virtuoso(), map(ours, CALLS), strict=True)
    lines = [f"| {' | '.join(f'`{each}`' if each else '' for each in row)} |" for row in rows]
    made = {call.partition("(")[0].removeprefix("fn:") for call in CALLS if ours(call)}
    if made != {iri.removeprefix(XPATH) for iri in FUNCTIONS_OF_XPATH}:
        sys.exit("CALLS lacks a function, or one has no value.")
    REPORT.write_text(HEAD + "\n".join(lines) + "\n" + geometries.table(), "utf-8")


if __name__ == "__main__":
    main()

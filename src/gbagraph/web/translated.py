"""The rows of canned queries in the language of the reader: names of things, and texts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from gbagraph.web.table import labelling

if TYPE_CHECKING:
    from collections.abc import Mapping

    _Term = Mapping[str, Any]
    _Row = Mapping[str, _Term]
    _Texts = Mapping[str, str]


_BY_LANGUAGE: Final = re.compile(r'\blang\(\?(\w+)\)(?! = "en")', re.IGNORECASE)
_SAMPLE: Final = re.compile(r"\(SAMPLE\(\?(\w+)\) AS \?(\w+)\)")


def english_texts(read: Mapping[str, Any], query: str) -> list[str]:
    """Return the texts in columns of rows that are all English, but for labels of things.

    Columns whose language *query* asks for, gives or sorts by are none of them.
    """
    names, bindings = read["head"]["vars"], read["results"]["bindings"]
    sampled = {column: variable for variable, column in _SAMPLE.findall(query)}
    left_out = {*labelling(names, bindings).values()}
    texts: dict[str, None] = {}
    for name in names:
        cells = [row[name] for row in bindings if "xml:lang" in row.get(name, ())]
        is_free = name not in left_out and sampled.get(name, name) not in _BY_LANGUAGE.findall(
            query
        )
        if is_free and {cell["xml:lang"] for cell in cells} == {"en"}:
            texts |= dict.fromkeys(cell["value"] for cell in cells)
    return list(texts)


def translate(read: Mapping[str, Any], written: _Texts, told: Mapping[str, _Texts]) -> None:
    """Have the rows of a canned query name things by their labels, and say texts as :func:`_told`."""
    bindings, labels = read["results"]["bindings"], read["labels"]
    columns = labelling(read["head"]["vars"], bindings)
    for row in bindings:
        for name, label in columns.items():
            known = labels.get(row[name]["value"]) if label in row else None
            if known and row[label].get("xml:lang") not in (None, known.get("xml:lang")):
                row[label] = known
        for name, term in row.items():
            if term["type"] == "literal":
                row[name] = _told(term, row, written, told)


def _told(term: _Term, row: _Row, written: _Texts, told: Mapping[str, _Texts]) -> _Term:
    """Return a text as it is *written* otherwise, or *told* of a thing in the row or of all things."""
    things = told.get(term["value"], {})
    known = [things[str(each["value"])] for each in row.values() if str(each["value"]) in things]
    own = written.get(term["value"])
    said = [own] if own else known[:1] or list(set(things.values()))
    return {"type": "literal", "value": said[0]} if len(said) == 1 else term

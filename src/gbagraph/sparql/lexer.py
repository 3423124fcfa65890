"""The terminals of a query, each whole: numbers, names and signs of two characters, too.

The productions are those of SPARQL 1.1, section 19.8. They are read strictly: a string that is not
closed is none.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_IN_NAME: Final = "\\w\\-\u00b7\u0300-\u036f\u203f\u2040"
_ESCAPED: Final = r"%[0-9A-Fa-f]{2}|\\."
_STRING: Final = r"""
    \"{3}(?:\"{0,2}(?:[^"\\]|\\.))*\"{3} | '{3}(?:'{0,2}(?:[^'\\]|\\.))*'{3}
  | "(?:[^"\\\r\n]|\\.)*" | '(?:[^'\\\r\n]|\\.)*'
"""
_TOKEN: Final = re.compile(
    rf"""
      (?P<space>\s+|\#[^\r\n]*)
    | (?P<iri><[^<>"{{}}|^`\x00-\x20]*>)
    | (?P<string>{_STRING})
    | (?P<variable>[?$]\w[\w\u00b7\u0300-\u036f\u203f\u2040]*)
    | (?P<blank>_:\w(?:[{_IN_NAME}.]*[{_IN_NAME}])?)
    | (?P<language>@[A-Za-z]+(?:-[A-Za-z0-9]+)*)
    | (?P<name>(?:[^\W\d_](?:[{_IN_NAME}.]*[{_IN_NAME}])?)?
        :(?:(?:[\w:]|{_ESCAPED})(?:(?:[{_IN_NAME}.:]|{_ESCAPED})*(?:[{_IN_NAME}:]|{_ESCAPED}))?)?)
    | (?P<word>[^\W\d_]\w*)
    | (?P<number>(?:\d+\.\d*|\.?\d+)[eE][+-]?\d+|\d*\.\d+|\d+)
    | (?P<other>\^\^|<<|>>|\{{\||\|\}}|\|\||&&|!=|<=|>=|.)
    """,
    re.VERBOSE | re.DOTALL,
)


class Token(NamedTuple):
    """A piece of the text: its kind (a group name of the pattern), its text, and its place."""

    kind: str
    text: str
    start: int
    end: int


def lex(text: str) -> Iterator[Token]:
    """The tokens of *text* without spaces and comments."""
    for found in _TOKEN.finditer(text):
        if found.lastgroup != "space":
            yield Token(found.lastgroup or "other", found[0], *found.span())

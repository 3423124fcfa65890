"""SPARQL as tokens: enough of the grammar to tell variables, IRIs, strings and comments apart.

The productions are those of SPARQL 1.1, section 19.8 (terminals). Nothing here decides whether a text is
a valid query: pyoxigraph does that.
"""

from __future__ import annotations

import re
import sys
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urljoin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_COMMENT = r"\#[^\r\n]*"
# Which characters are parts of names (PN_CHARS and the like) is told by those that are not: they are
# fewer, which compiles faster. From U+D800 on all count as parts; pyoxigraph refuses some.
_OTHER = (
    "\x00-,/;-@\\[-^`{-\u00b6\u00b8-\u00bf\u00d7\u00f7\u037e"
    "\u2000-\u200b\u200e-\u203e\u2041-\u206f\u2190-\u2bff\u2ff0-\u3000"
)
_NOT_FIRST = ".\\-\u00b7\u0300-\u036f\u203f\u2040"
_LETTER = f"[^{_OTHER}{_NOT_FIRST}:0-9_]"
_FIRST = f"[^{_OTHER}{_NOT_FIRST}:]"
_FIRST_OF_LOCAL = f"[^{_OTHER}{_NOT_FIRST}]"
_IN_VARIABLE = rf"[^{_OTHER}.:\-]"
_IN_NAME = f"[^{_OTHER}.:]"
_IN_PREFIX = f"[^{_OTHER}:]"
_IN_LOCAL = f"[^{_OTHER}.]"
_ESCAPED_IN_LOCAL = r"%[0-9A-Fa-f]{2}|\\."
_IRI = r"<(?:[^<>\"{}|^`\\\x00-\x20]|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8})*>"
# An unclosed string is a string as well; otherwise its text would be scanned again and again.
_STRING = r"""
    \"{3}(?:(?:\"|\"\")?(?:[^"\\]|\\.))*+(?:\"{3})?
  | '{3}(?:(?:'|'')?(?:[^'\\]|\\.))*+(?:'{3})?
  | "(?:[^"\\\r\n]|\\.)*+"?
  | '(?:[^'\\\r\n]|\\.)*+'?
"""
_TOKEN = re.compile(
    rf"""
      (?P<comment>{_COMMENT})
    | (?P<iri>{_IRI})
    | (?P<string>{_STRING})
    | (?P<variable>[?$]{_FIRST}{_IN_VARIABLE}*+)
    | (?P<blank>_:{_FIRST}(?:{_IN_NAME}++|\.++(?={_IN_NAME}))*+)
    | (?P<language>@[A-Za-z]+(?:-[A-Za-z0-9]+)*)
    # No prefix is longer than this; a dot at the end is not part of a name.
    | (?P<name>(?:{_LETTER}{_IN_PREFIX}{{0,100}}+(?<!\.))?:
        (?:(?:{_FIRST_OF_LOCAL}|{_ESCAPED_IN_LOCAL})
           (?:{_IN_LOCAL}++|{_ESCAPED_IN_LOCAL}|\.++(?={_IN_LOCAL}|{_ESCAPED_IN_LOCAL}))*+)?)
    | (?P<word>[^\W\d_]\w*)
    | (?P<number>(?:\d++\.\d*+|\.?\d++)[eE][+-]?\d++|\d*+\.\d++|\d++)
    | (?P<space>\s+)
    | (?P<other>\^\^|<(?!{_IRI})<|>>|\{{\||\|\}}|\|\||&&|!=|<=|>=|\\.|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_FORMS = frozenset({"SELECT", "ASK", "CONSTRUCT", "DESCRIBE"})
# Each request searches whole queries with the following patterns, so they begin with plain characters,
# which are found fast.
# A character escaped in a name (PN_LOCAL_ESC) does not start a string or a comment.
_UNREAD = re.compile(rf"{_COMMENT}|{_IRI}|{_STRING}|\\.", re.VERBOSE | re.DOTALL)
_BETWEEN = rf"(?:\s|{_COMMENT}+)*+"
_PREFIX = re.compile(
    rf"""
      {_COMMENT} | {_STRING}
    | [Pp](?<![\w:?$.\-].)[Rr][Ee][Ff][Ii][Xx] {_BETWEEN}
      (?P<name>(?:{_LETTER}{_IN_PREFIX}*)?): {_BETWEEN} (?P<iri>{_IRI})
    | {_IRI}
    """,
    re.VERBOSE | re.DOTALL,
)
_FROM = re.compile(
    rf"(?<![\w?$:.\-])FROM\b{_BETWEEN}(?:NAMED\b{_BETWEEN})?[\w.\-]*+[<:]"  # in upper case
)
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
_ESCAPED = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}
_NUMBER = r"(?<![\w.:?$\-])[+\-]?\d++(?:\.\d++)?(?:[eE][+\-]?\d++)?"
_VALUES = re.compile(rf"{_COMMENT}|{_IRI}|{_STRING}|{_NUMBER}|\\.", re.VERBOSE | re.DOTALL)
_FORM_OF = {"#": "", '"': '""', "'": '""'} | dict.fromkeys("+-0123456789", "0")
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")


class Token(NamedTuple):
    """A token: its kind (the name of a group in the pattern), its text, and where it starts.

    A keyword is a word, only what has a colon is a name. A string may be one that is not closed.
    """

    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        """Where the text after the token starts."""
        return self.start + len(self.text)


def tokens(query: str) -> Iterator[Token]:
    """All tokens of *query*, in order; their texts joined are *query* again."""
    for found in _TOKEN.finditer(query):
        yield Token(found.lastgroup or "other", found.group(), found.start())


def token_at(query: str, start: int) -> Token | None:
    """The token of *query* that begins at *start*, where one has to begin; None at its end."""
    found = _TOKEN.match(query, start)
    return Token(found.lastgroup or "other", found.group(), start) if found else None


def makes_graph(query: str) -> bool:
    """Whether the answer to *query* is a graph, by its form: CONSTRUCT or DESCRIBE."""
    words_of_it = (token.text.upper() for token in tokens(query) if token.kind == "word")
    form = next((word for word in words_of_it if word in _FORMS), "")
    return form in ("CONSTRUCT", "DESCRIBE")


def variables(query: str) -> list[str]:
    """Names of the variables of *query* in the order of their first appearance."""
    names = (token.text[1:] for token in tokens(query) if token.kind == "variable")
    return list(dict.fromkeys(names))


def words(query: str) -> list[Token]:
    """The tokens of *query* without spaces and comments."""
    return [token for token in tokens(query) if token.kind not in ("space", "comment")]


def without_comments(query: str) -> str:
    """*query* without its comments, which do not change its meaning."""
    return _UNREAD.sub(lambda found: "" if found[0][0] == "#" else found[0], query).strip()


def without_values(query: str) -> str:
    """The form of *query*: without its comments, and with the same for each string and each number."""
    return _VALUES.sub(lambda found: _FORM_OF.get(found[0][0], found[0]), query).strip()


def without_text(query: str) -> str:
    """*query* with spaces instead of its comments, IRIs and strings; all positions stay the same."""
    return _UNREAD.sub(
        lambda found: found[0] if found[0][0] == "\\" else " " * len(found[0]), query
    )


def excerpt(query: str, line: int, column: int) -> str:
    """Line *line* of *query* with a pointer under *column* (both from 1)."""
    lines = query.splitlines() or [""]
    text = lines[min(line, len(lines)) - 1]
    start = max(0, column - 60)
    return f"{text[start : start + 100]}\n{' ' * (column - 1 - start)}^"


def declared_prefixes(query: str) -> dict[str, str]:
    """The prefixes that *query* declares, by name without the colon."""
    return {found["name"]: found["iri"][1:-1] for found in _PREFIX.finditer(query) if found["iri"]}


def named_iris(query: str) -> frozenset[str]:
    """All IRIs in *query*, in full or as prefixed names; declarations do not count."""
    prefixes = declared_prefixes(query)
    found_words = words(query)
    keywords = ["", "", *(word.text.upper() for word in found_words)]
    found = set()
    for before, last, token in zip(keywords, keywords[1:], found_words, strict=False):
        prefix, _, local = token.text.partition(":")
        if token.kind == "iri" and before != "PREFIX" and last != "BASE":
            found.add(token.text[1:-1])
        elif token.kind == "name" and local and prefix in prefixes:
            found.add(prefixes[prefix] + local)
    return frozenset(found)


def dataset_clauses(query: str, base: str) -> tuple[list[str], list[str]]:
    """The graphs of the FROM and of the FROM NAMED clauses (SPARQL 1.1, section 13.2).

    Prefixed names are expanded with the prefixes of the query, relative IRIs with its base or else with
    *base*. If a name cannot be expanded, no graphs are returned.
    """
    upper = query.upper()
    if "FROM" not in upper or not _FROM.search(upper):
        return [], []
    base = declared_base(query, base)
    prefixes = {name: resolved(base, iri) for name, iri in declared_prefixes(query).items()}
    found = words(query)
    default: list[str] = []
    named: list[str] = []
    for keyword, first, second in zip(found, found[1:], [*found[2:], *found[-1:]], strict=False):
        if keyword.kind != "word" or keyword.text.upper() != "FROM":
            continue
        is_named = first.kind == "word" and first.text.upper() == "NAMED"
        iri = _iri(second if is_named else first, prefixes, base)
        if iri is None:
            return [], []
        (named if is_named else default).append(iri)
    return default, named


def resolved(base: str, iri: str) -> str:
    """*iri*, as a query writes it, resolved against *base*.

    An empty fragment, which urljoin would drop, is kept. An IRI that cannot be resolved is returned
    unchanged, and pyoxigraph reports what is wrong with it.
    """
    try:
        found = unescaped(iri)
        if _ABSOLUTE.match(found):
            return found
        return urljoin(base, found.removesuffix("#")) + "#" * found.endswith("#")
    except ValueError:
        return iri


def named_iri(query: str, token: Token, base: str) -> str:
    """The IRI that *token*, an IRI or a prefixed name, is in *query*; empty if it is none."""
    return namer(query, base)(token)


def namer(query: str, base: str) -> Callable[[Token], str]:
    """What :func:`named_iri` says of tokens of *query*, whose declarations are read once."""
    base = declared_base(query, base)
    prefixes = {name: resolved(base, iri) for name, iri in declared_prefixes(query).items()}

    def iri(token: Token) -> str:
        try:
            return _iri(token, prefixes, base) or ""
        except ValueError:
            return ""

    return iri


def unescaped(text: str) -> str:
    """*text* with the characters that its escapes stand for (SPARQL 1.1, sections 19.2 and 19.7).

    Raises:
        ValueError: there is no such character.
    """
    return _ESCAPE.sub(_character, text) if "\\" in text else text


def _character(found: re.Match[str]) -> str:
    if found[3]:
        return _ESCAPED.get(found[3], found[3])
    code = int(found[1] or found[2], 16)
    if code > sys.maxunicode:
        raise ValueError(found[0])
    return chr(code)


def declared_base(query: str, base: str) -> str:
    """The base of *query*: its last declaration, resolved against the ones before, else *base*."""
    for keyword, iri in pairwise(words(query)):
        if keyword.text.upper() == "BASE" and iri.kind == "iri":
            base = resolved(base, iri.text[1:-1])
    return base


def _iri(token: Token, prefixes: dict[str, str], base: str) -> str | None:
    if token.kind == "iri":
        return resolved(base, token.text[1:-1])
    prefix, _, local = token.text.partition(":")
    if token.kind != "name" or prefix not in prefixes:
        return None
    return prefixes[prefix] + unescaped(local)

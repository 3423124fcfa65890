"""SPARQL as tokens: enough of the grammar to know variables, IRIs, strings and comments.

The productions are those of SPARQL 1.1, section 19.8 (terminals). Nothing here decides whether a text is
a valid query: pyoxigraph does that.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from hashlib import blake2b
from operator import itemgetter
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import urljoin

from gbagraph.errors import QuerySyntaxError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from gbagraph.sparql.message import Message

_COMMENT = r"\#[^\r\n]*"
# Which characters are parts of names (PN_CHARS and the like) is said by those that are not: they are
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
    | (?P<language>@[A-Za-z]+(?:-[A-Za-z0-9]+)*+(?:--[A-Za-z]+)?)
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
# Each request searches whole queries with the following patterns, so they begin with plain characters,
# which are found fast.
# A character escaped in a name (PN_LOCAL_ESC) does not start a string or a comment.
_UNREAD = re.compile(rf"{_COMMENT}|{_IRI}|{_STRING}|\\.", re.VERBOSE | re.DOTALL)
BETWEEN = rf"(?:\s|{_COMMENT}+)*+"
_PREFIX = re.compile(
    rf"""
      {_COMMENT} | {_STRING}
    | [Pp](?<![\w:?$.\-].)[Rr][Ee][Ff][Ii][Xx] {BETWEEN}
      (?P<name>(?:{_LETTER}{_IN_PREFIX}*)?): {BETWEEN} (?P<iri>{_IRI})
    | {_IRI}
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
_ESCAPED = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}
_NUMBER = r"(?<![\w.:?$\-])[+\-]?\d++(?:\.\d++)?(?:[eE][+\-]?\d++)?"
_VALUES = re.compile(rf"{_COMMENT}|{_IRI}|{_STRING}|{_NUMBER}|\\.", re.VERBOSE | re.DOTALL)
_FORM_OF = {"#": "", '"': '""', "'": '""'} | dict.fromkeys("+-0123456789", "0")
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")


AGGREGATES: Final = frozenset({"COUNT", "SUM", "MIN", "MAX", "AVG", "SAMPLE", "GROUP_CONCAT"})

_CLOSES: Final = {")": "(", "]": "[", "}": "{", "|}": "{|"}
_CHAINED: Final = frozenset(
    {"!", "/", "|", "^", "OPTIONAL", "UNION", "MINUS", "-", "+", "*", "||", "&&"}
)
_PARTS: Final = frozenset({".", ";", ",", "BIND", "FILTER", "AS", "VALUES", "GRAPH", "<<"})

_LONGEST_READ: Final = 16 * 1024
"""Characters of a query up to which comments are taken out for its fingerprint."""


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
    for match in _TOKEN.finditer(query):
        yield Token(match.lastgroup or "other", match.group(), match.start())


def token_at(query: str, start: int) -> Token | None:
    """The token of *query* that begins at *start*, where one has to begin; None at its end."""
    match = _TOKEN.match(query, start)
    return Token(match.lastgroup or "other", match.group(), start) if match else None


def words(query: str) -> list[Token]:
    """The tokens of *query* without spaces and comments."""
    return [token for token in tokens(query) if token.kind not in ("space", "comment")]


def without_comments(query: str) -> str:
    """*query* without its comments, which do not change its meaning."""
    return _UNREAD.sub(lambda match: "" if match[0][0] == "#" else match[0], query).strip()


def without_values(query: str) -> str:
    """The form of *query*: without its comments, and with the same for each string and each number."""
    return _VALUES.sub(lambda match: _FORM_OF.get(match[0][0], match[0]), query).strip()


def without_text(query: str) -> str:
    """*query* with spaces instead of its comments, IRIs and strings; all positions stay the same."""
    return _UNREAD.sub(
        lambda match: match[0] if match[0][0] == "\\" else " " * len(match[0]), query
    )


def excerpt(query: str, line: int, column: int) -> str:
    """Line *line* of *query* with a pointer under *column* (both from 1)."""
    lines = query.splitlines() or [""]
    text = lines[min(line, len(lines)) - 1]
    start = max(0, column - 60)
    return f"{text[start : start + 100]}\n{' ' * (column - 1 - start)}^"


def declared_prefixes(query: str) -> dict[str, str]:
    """The prefixes that *query* declares, by name without the colon."""
    return {match["name"]: match["iri"][1:-1] for match in _PREFIX.finditer(query) if match["iri"]}


def undeclared(query: str, known: Mapping[str, str]) -> str:
    """A line that declares those prefixes *known* that *query* uses and does not declare, if any."""
    declared = declared_prefixes(query)
    used = dict.fromkeys(t.text.partition(":")[0] for t in words(query) if t.kind == "name")
    names = [name for name in used if name in known and name not in declared]
    return f"{' '.join(f'PREFIX {name}: <{known[name]}>' for name in names)}\n" if names else ""


def resolved(base: str, iri: str) -> str:
    """*iri*, as a query writes it, resolved against *base*.

    An empty fragment, which urljoin would drop, is kept. An IRI that cannot be resolved is returned
    unchanged, and pyoxigraph reports what is wrong with it.
    """
    try:
        plain = unescaped(iri)
        if _ABSOLUTE.match(plain):
            return plain
        return urljoin(base, plain.removesuffix("#")) + "#" * plain.endswith("#")
    except ValueError:
        return iri


def unescaped(text: str) -> str:
    """*text* with the characters that its escapes stand for (SPARQL 1.1, sections 19.2 and 19.7).

    Raises:
        ValueError: there is no such character.
    """
    return _ESCAPE.sub(_character, text) if "\\" in text else text


def _character(match: re.Match[str]) -> str:
    if match[3]:
        return _ESCAPED.get(match[3], match[3])
    code = int(match[1] or match[2], 16)
    if code > sys.maxunicode:
        raise ValueError(match[0])
    return chr(code)


def replaced(query: str, edits: Iterable[tuple[int, int, str]]) -> str:
    """Return *query* with another text from each start to each end; no two of them overlap.

    Of several texts at one place, the first comes first.
    """
    parts, done = [], 0
    for start, end, text in sorted(edits, key=itemgetter(0, 1)):
        parts += [query[done:start], text]
        done = end
    return "".join([*parts, query[done:]])


def inner(text: str) -> str:
    """Return what a string says, without its quotation marks and escapes (SPARQL 1.1, section 19.7)."""
    quotes = 3 if text[:3] in ('"""', "'''") and len(text) >= 6 else 1
    return unescaped(text[quotes:-quotes])


def error_at(query: str, token: Token, reason: Message) -> QuerySyntaxError:
    """The error that *token* of *query* is wrong, for a *reason*."""
    line, column = line_and_column(query, token.start)
    return QuerySyntaxError(
        f"The query is not valid SPARQL: line {line}, column {column}: {reason}",
        line=line,
        column=column,
        token=token.text,
        excerpt=excerpt(query, line, column),
        reason=reason,
    )


def line_and_column(query: str, start: int) -> tuple[int, int]:
    """Line and column (from 1) of the character at *start*."""
    before = query[:start]
    return before.count("\n") + 1, start - (before.rfind("\n") + 1) + 1


def offset(query: str, line: int, column: int) -> int:
    """Where the character at *line* and *column* (from 1) is: the inverse of :func:`line_and_column`."""
    lines = query.split("\n")
    return sum(len(text) + 1 for text in lines[: line - 1]) + column - 1


def nesting(read: Iterable[Token]) -> tuple[int, int]:
    """Return about how many levels a query nests, and how many parts it has in a row, by its words.

    The syntax tree of a chain such as ``a/b/c``, or of a row of OPTIONALs, is nested to one side, so a
    chain counts like brackets. So do, to a lesser degree, triples, BINDs and other parts in a row.
    """
    depth = deepest = parts = 0
    chains: Counter[str] = Counter()
    before = ""
    for word in read:
        text = word.text.upper()
        kind = "name" if word.kind == "word" else word.kind
        if text in _CLOSES.values():
            depth += 1
            deepest = max(deepest, depth)
        elif text in _CLOSES:
            depth -= 1
        elif text in _CHAINED:
            chains[text] += 1
        elif text in _PARTS or kind == "number" or (kind == before and before != "other"):
            parts += 1
        before = kind
    return max(deepest, *chains.values(), 0), parts


class TokenReader:
    """A place in the tokens of a query, moved forward by each method that takes a part."""

    def __init__(self, query: str, words: Iterable[Token]) -> None:
        self._text = query
        self._tokens = [*words, Token("end", "", len(query))]
        self._at = 0

    @property
    def _next(self) -> Token:
        return self._tokens[self._at]

    @property
    def _end(self) -> int:
        return self._tokens[self._at - 1].end

    def _take(self) -> Token:
        self._at += 1
        return self._tokens[self._at - 1]

    def _is(self, *texts: str) -> bool:
        """Whether the next token is a keyword or a sign with one of these texts, in upper case."""
        return self._next.kind in ("word", "other") and self._next.text.upper() in texts


def is_service(token: Token) -> bool:
    """Whether *token* is the keyword SERVICE."""
    return token.kind == "word" and token.text.upper() == "SERVICE"


class ServiceClause(NamedTuple):
    """A SERVICE clause, as far as it is there: its keyword, its endpoint and the braces of its group."""

    keyword: Token
    is_silent: bool
    endpoint: Token | None
    braces: tuple[Token, Token] | None

    @property
    def end(self) -> int:
        """Where the text after its group starts; 0 if that is not closed."""
        return self.braces[1].end if self.braces else 0


def service_clauses(read: Sequence[Token]) -> Iterator[ServiceClause]:
    """Yield the SERVICE clauses among the words of a query, outer ones first."""
    closed = closings(read)
    for index, word in enumerate(read):
        if is_service(word):
            after = [each.text.upper() for each in read[index + 1 : index + 2]]
            place = index + 1 + (after == ["SILENT"])
            opening = place + 1
            yield ServiceClause(
                word,
                after == ["SILENT"],
                read[place] if place < len(read) else None,
                (read[opening], closed[opening]) if opening in closed else None,
            )


def closings(read: Sequence[Token], opening: str = "{", closing: str = "}") -> dict[int, Token]:
    """The brace that closes each opening one which is closed, by the place of that in *read*."""
    closed: dict[int, Token] = {}
    opened: list[int] = []
    for index, word in enumerate(read):
        if word.text == opening:
            opened.append(index)
        elif word.text == closing and opened:
            closed[opened.pop()] = word
    return closed


def fingerprint(query: str) -> str:
    """Twelve hexadecimal digits that stand for a query; comments and white space make no difference."""
    text = without_comments(query) if len(query) <= _LONGEST_READ else query
    return blake2b(" ".join(text.split()).encode(errors="replace"), digest_size=6).hexdigest()

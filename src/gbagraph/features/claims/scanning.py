"""Lines and signs of the claims form: which lines continue others, and of what each consists."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from gbagraph.features.claims.model import Fault, Place
from gbagraph.features.claims.names import WORD

if TYPE_CHECKING:
    from collections.abc import Iterator

_BLANK: Final = " \t\u3000\u00a0"
_ENDS: Final = re.compile(r"\r\n|\n|\r")
_TOKEN: Final = re.compile(
    rf"""[{_BLANK}]*+(?:
      (?P<text>"[^"\\]*+(?:\\.[^"\\]*+)*+"|“[^”]*+”|「[^」]*+」)
        (?:@(?P<language>[A-Za-z0-9-]++)|\^\^(?P<type><[^<>\s]*+>|{WORD}))?
      |(?P<iri><[^<>\s"]*+>)
      |(?P<range>\[[0-9]{{1,9}}-[0-9]{{1,9}}\])
      |(?P<sign>[|｜,，、+＋:：])
      |(?P<word>{WORD})
      |(?P<end>\Z)
      |(?P<wrong>.)
    )""",
    re.VERBOSE | re.DOTALL,
)
_NOTE: Final = re.compile(
    rf'[{_BLANK}]*+(?P<text>"[^"\\]*+(?:\\.[^"\\]*+)*+")@(?P<language>[A-Za-z0-9-]++)\Z', re.DOTALL
)
_SIGNS: Final = {"｜": "|", "，": ",", "、": ",", "＋": "+", "：": ":"}
_ESCAPE: Final = re.compile(r"\\(u[0-9A-Fa-f]{4}|.)", re.DOTALL)
_ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t"}
_ESCAPED: Final = re.compile(r'[\\"\x00-\x1f\x7f]')
_BAR: Final = re.compile(r"(?<!\\)\|")

Kind = Literal["text", "iri", "range", "sign", "word", "end"]


class Wrong(Exception):  # noqa: N818  it is told as a fault
    """What is wrong at a place of a line."""

    def __init__(self, at: int, message: str, rule: str = "form") -> None:
        super().__init__(message)
        self.at, self.message, self.rule = at, message, rule


class Token(NamedTuple):
    """A part of a line; *text* is without quote marks and escapes, *language* and *type* are of a text."""

    kind: Kind
    text: str
    at: int
    language: str = ""
    type: str = ""


class Line(NamedTuple):
    """A line with those that continue it, joined by spaces.

    *starts* are where each of these begins in *text*, and its number and column in the file.
    """

    file: str
    is_property: bool
    text: str
    starts: tuple[tuple[int, int, int], ...]

    def place(self, at: int) -> Place:
        """Return where a character of the text is written."""
        start, number, column = self.starts[bisect_right(self.starts, (at, 1 << 62, 0)) - 1]
        return Place(self.file, number, column + at - start)

    @property
    def is_continued(self) -> bool:
        """Whether it is of several lines."""
        return len(self.starts) > 1


def lines(text: str, file: str, faults: list[Fault]) -> Iterator[Line]:
    """Yield the lines of *text* that are neither empty nor comments; adds what is wrong to *faults*."""
    pieces: list[tuple[str, int, int]] = []
    indentation: str | None = None
    for number, raw in enumerate(_ENDS.split(text.removeprefix("\ufeff")), 1):
        body = raw.strip(_BLANK)
        if not body or body[0] == "#":
            continue
        before = raw[: len(raw) - len(raw.lstrip(_BLANK))]
        deeper = (
            indentation is not None and before != indentation and before.startswith(indentation)
        )
        if before and indentation and not (deeper or indentation.startswith(before)):
            message = (
                "Spaces and tabs are mixed. Indent all properties of a thing by the same spaces."
            )
            faults.append(Fault(Place(file, number), "form", message))
        if not (pieces and before and deeper and indentation):
            yield from _joined(file, indentation, pieces)
            pieces, indentation = [], before
        pieces.append((body, number, len(before) + 1))
    yield from _joined(file, indentation, pieces)


def _joined(
    file: str, indentation: str | None, pieces: list[tuple[str, int, int]]
) -> Iterator[Line]:
    starts, at = [], 0
    for body, number, column in pieces:
        starts.append((at, number, column))
        at += len(body) + 1
    if pieces:
        yield Line(file, bool(indentation), " ".join(body for body, *_ in pieces), tuple(starts))


def tokens(line: Line) -> tuple[list[Token], int]:
    """Return the parts of a line up to its note, and where the note begins; -1 without one.

    Raises:
        Wrong: there is a sign that the form does not have, or a text that does not end.
    """
    found: list[Token] = []
    bars = 0
    for match in _TOKEN.finditer(line.text):
        kind = match.lastgroup if match["text"] is None else "text"
        at = match.start(kind)
        if kind == "wrong":
            raise Wrong(at, _strange(match["wrong"]))
        text = _SIGNS.get(match[kind], match[kind])
        if kind == "text":
            text = unescaped(text, at)
        bars += kind == "sign" and text == "|"
        if bars == 2 or kind == "end":
            found.append(Token("end", "", at))
            return found, at + 1 if bars == 2 else -1
        found.append(Token(kind, text, at, match["language"] or "", match["type"] or ""))
    return found, -1


def _strange(character: str) -> str:
    if character in '"“「':
        return (
            'Quoted words begin here and do not end. End them with "; a quote mark in them is \\".'
        )
    return (
        f"{character!r} cannot stand here. Texts stand in quote marks, IRIs in <…>, and a comment on a line of "
        "its own."
    )


def note(line: Line, at: int) -> tuple[str, str]:
    """Return the note that begins at a place of a line, and its language; empty without a tag.

    Raises:
        Wrong: a bar in it is written without a backslash.
    """
    if quoted := _NOTE.match(line.text, at):
        return unescaped(quoted["text"], quoted.start("text")), quoted["language"]
    text = line.text[at:]
    if bar := _BAR.search(text):
        hint = " A line that is indented more than a property continues it." * line.is_continued
        raise Wrong(at + bar.start(), f"A bar in a note is written \\|.{hint}")
    return text.strip(_BLANK).replace("\\|", "|"), ""


def unescaped(quoted: str, at: int) -> str:
    """Return the words between quote marks.

    Raises:
        Wrong: there is an escape that the form does not have.
    """
    if quoted[0] != '"':
        return quoted[1:-1]

    def character(match: re.Match[str]) -> str:
        if len(match[1]) > 1 and not 0xD800 <= int(match[1][1:], 16) < 0xE000:
            return chr(int(match[1][1:], 16))
        if match[1] in _ESCAPES or match[1] in '"\\|':
            return _ESCAPES.get(match[1], match[1])
        raise Wrong(
            at + 1 + match.start(), 'After a backslash stands one of " \\ | n r t, or uXXXX.'
        )

    return _ESCAPE.sub(character, quoted[1:-1])


def quoted(text: str) -> str:
    """Return *text* in quote marks, as :func:`unescaped` reads it."""
    return f'"{_ESCAPED.sub(_escape, text)}"'


def _escape(match: re.Match[str]) -> str:
    plain = {value: key for key, value in _ESCAPES.items()}.get(match[0])
    if plain or match[0] in '"\\':
        return f"\\{plain or match[0]}"
    return f"\\u{ord(match[0]):04x}"


def written_note(text: str, language: str, usual: str) -> str:
    """Return a note as it stands after its bar: plain in the *usual* language, else in quote marks."""
    is_plain = language == usual and text == text.strip(_BLANK) and not _ESCAPED.search(text)
    return text.replace("|", "\\|") if is_plain else f"{quoted(text)}@{language}"

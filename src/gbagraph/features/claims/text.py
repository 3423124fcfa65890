"""The passages of a text, by which claims are written: headings h1, h2, …, paragraphs p1, p2, … of it.

Plain text has paragraphs alone: blank lines part them, and so does white space at the begin of a line;
where no line is blank, each line is one. Markdown and HTML also have headings. A row of a table is one
paragraph, and so is each item of a list. Menus, headers, footers and asides of a page are left out.
"""

from __future__ import annotations

import re
from contextlib import suppress
from difflib import get_close_matches
from html.parser import HTMLParser
from itertools import chain, pairwise
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pyoxigraph as ox

from gbagraph.errors import BadParameter, SettingError
from gbagraph.features.claims.model import Words
from gbagraph.features.verify import words as source
from gbagraph.features.verify.selectors import (
    Selector,
    normalized,
    select,
    sentence,
    sentences,
    sha256,
)
from gbagraph.features.verify.verification import Evidence
from gbagraph.rdf.namespaces import expand
from gbagraph.text import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

_MARKDOWN, _HTML = (".md", ".markdown"), (".html", ".htm", ".xhtml")
_FRONT_MATTER: Final = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
_LEFT_OUT: Final = re.compile(
    r"(aside|button|footer|header|nav|noscript|script|select|style|svg|template|title)\Z"
)
_INLINE: Final = re.compile(
    r"(a|abbr|b|bdi|bdo|cite|code|data|del|dfn|em|font|i|img|ins|kbd|mark|q|rp|rt|ruby|s|samp|small"
    r"|span|strike|strong|sub|sup|time|tt|u|var|wbr)\Z"
)
_ROWS: Final = re.compile(r"(caption|table|tbody|tfoot|thead|tr)\Z")
_HEADING: Final = re.compile(r"h[1-6]\Z")

_SECTION, _PARAGRAPH, _LABEL, _POSITION, _TYPE, _IN_SECTION, _IN_DOCUMENT, _WHOLE = (
    ox.NamedNode(expand(curie))
    for curie in (
        *("gba:Section", "gba:Paragraph", "rdfs:label", "gba:position", "rdf:type"),
        *("gba:inSection", "gba:inDocument", "dcterms:isPartOf"),
    )
)
_LABELS: Final = {
    "h": {"en": "Section {}", "zh-hans": "第{}节", "zh-hant": "第{}節"},
    "p": {"en": "Paragraph {}", "zh-hans": "第{}段", "zh-hant": "第{}段"},
}


class Passage(NamedTuple):
    """A passage: its name, its normalized text, and the level of a heading; 0 for a paragraph."""

    name: str
    text: str
    level: int = 0

    def sentences(self) -> tuple[str, ...]:
        """Return its sentences, the first of which has the number 1."""
        return tuple(self.text[start:end] for start, end in self.bounds())

    def bounds(self) -> list[tuple[int, int]]:
        """Return where each sentence starts and ends, without the space behind it."""
        places = pairwise([*sentences(self.text), len(self.text)])
        return [(start, start + len(self.text[start:end].rstrip())) for start, end in places]


def read(path: Path) -> tuple[Passage, ...]:
    """Return the passages of the text in a file, whose ending says whether it is Markdown or HTML.

    Raises:
        SettingError: it cannot be read, is too large, is not in UTF-8, or has no text.
    """
    passages = passages_of(source.read(path), path.suffix.lower())
    if not passages:
        raise SettingError(
            f"{path} has no text. Write or save the text of the document in it.", file=str(path)
        )
    return passages


def passages_of(text: str, suffix: str = "") -> tuple[Passage, ...]:
    """Return the passages of a text in the form that files with this ending have."""
    text = re.sub(r"\r\n?", "\n", text)
    if suffix in _MARKDOWN:
        from markdown_it import MarkdownIt  # noqa: PLC0415  others do without

        text = MarkdownIt("commonmark").enable("table").render(_FRONT_MATTER.sub("", text))
    blocks = _Blocks.of(text) if suffix in _MARKDOWN + _HTML else _paragraphs(text)
    return tuple(_numbered(blocks))


def numbered(passages: Iterable[Passage]) -> str:
    """Return the passages as lines: its name, length and hash, then its sentences by their numbers."""
    lines: list[str] = []
    first: dict[str, str] = {}
    for each in passages:
        same = first.setdefault(each.text, each.name)
        again = f", the same text as {same}" if same != each.name else ""
        length = counted(len(each.text), "character")
        lines.append(f"{each.name}: {length}, SHA-256 {sha256(each.text)}{again}")
        lines += [f"  {each.name}.{n}  {said}" for n, said in enumerate(each.sentences(), start=1)]
    return "\n".join(lines)


def _paragraphs(text: str) -> Iterator[tuple[str, int]]:
    parting = r"\n(?=\s)" if re.search(r"\n[^\S\n]*\n", text) else r"\n"
    return ((each, 0) for each in re.split(parting, text))


def _numbered(blocks: Iterable[tuple[str, int]]) -> Iterator[Passage]:
    counts = {"h": 0, "p": 0}
    for block, level in blocks:
        if text := normalized(block):
            kind = "h" if level else "p"
            counts[kind] += 1
            yield Passage(f"{kind}{counts[kind]}", text, level)


class _Blocks(HTMLParser):
    """The texts of the blocks of a page, each with the level of its heading, or 0."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks: list[tuple[str, int]] = []
        self._parts: list[str] = []
        self._level = self._left_out = 0
        self._is_row = False

    @classmethod
    def of(cls, text: str) -> list[tuple[str, int]]:
        """Return them in their order."""
        parser = cls()
        parser.feed(text)
        parser.close()
        parser._end()
        return parser.blocks

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002  as it is called
        self._left_out += bool(_LEFT_OUT.match(tag))
        self._edge(tag)
        self._level = int(tag[1]) if _HEADING.match(tag) else self._level
        self._is_row = self._is_row or tag == "tr"

    def handle_endtag(self, tag: str) -> None:
        self._edge(tag)
        self._left_out -= bool(_LEFT_OUT.match(tag)) and self._left_out > 0

    def handle_data(self, data: str) -> None:
        if not self._left_out:
            self._parts.append(data)

    def _edge(self, tag: str) -> None:
        """End the block where *tag* is none within a line; in a row of a table, part words alone."""
        self._is_row = self._is_row and not _ROWS.match(tag)
        if tag == "br" or (self._is_row and not _INLINE.match(tag)):
            self._parts.append(" ")
        elif not _INLINE.match(tag):
            self._end()

    def _end(self) -> None:
        self.blocks.append(("".join(self._parts), self._level))
        self._parts, self._level = [], 0


class Part(NamedTuple):
    """A passage as a part of its document: in which section, or in the document itself.

    A part whose text nobody reads, such as the front matter, has no length and no hash.
    """

    iri: str
    is_section: bool
    within: str
    position: int
    labels: tuple[ox.Literal, ...] = ()
    length: int = 0
    sha256: str = ""


class FromText:
    """The passages of a document whose text is there, by their IRIs below *base*."""

    def __init__(self, passages: Iterable[Passage], base: str) -> None:
        self.passages: Mapping[str, Passage] = {f"{base}{each.name}": each for each in passages}

    def names(self) -> tuple[str, ...]:
        """Return the IRIs of the passages, in the order of the document."""
        return tuple(self.passages)

    def select(self, passage: str, words: Words) -> Selector:
        """Return the selector of *words* in a passage.

        Raises:
            BadParameter: there is no such passage, or the words do not stand there exactly once.
        """
        found = self.passages.get(passage) or _unknown(passage, self.names())
        if words.text:
            return select(found.text, words.text)
        start, end = _sentence(found, words.sentence) if words.sentence else words[1:3]
        if not 0 <= start < end <= len(found.text):
            raise BadParameter(
                f"{found.name} has the characters 0 to {len(found.text)}, not {start}-{end}."
            )
        return Selector(start, end, sha256(found.text[start:end]), sentence(found.text, start))

    def words(self, passage: str, selector: Selector) -> Words:
        """Return the words that a selector of a passage selects: verbatim if they stand there once."""
        text = self.passages[passage].text if passage in self.passages else ""
        words = Words(text[selector.start : selector.end])
        with suppress(BadParameter):
            if self.select(passage, words) == selector:
                return words
        return Words(start=selector.start, end=selector.end)

    def parts(self, document: str) -> tuple[Part, ...]:
        """Return them as parts of a document: a paragraph is in the section of the heading above it."""
        parts: list[Part] = []
        section = document
        for iri, each in self.passages.items():
            kind, number = each.name[0], int(each.name[1:])
            labels = (
                ox.Literal(t.format(number), language=tag) for tag, t in _LABELS[kind].items()
            )
            told = (number, tuple(labels), len(each.text), sha256(each.text))
            parts.append(Part(iri, kind == "h", document if kind == "h" else section, *told))
            section = iri if kind == "h" else section
        return tuple(parts)


def _sentence(passage: Passage, number: int) -> tuple[int, int]:
    """Return where a sentence of a passage starts and ends."""
    bounds = passage.bounds()
    if not 0 < number <= len(bounds):
        raise BadParameter(f"{passage.name} has the sentences 1 to {len(bounds)}, not {number}.")
    return bounds[number - 1]


def _unknown(passage: str, names: Iterable[str]) -> Passage:
    near = get_close_matches(passage, names, n=3) or list(names)
    raise BadParameter(f"There is no passage {passage}. There is {', '.join(near[:3]) or 'none'}.")


class FromData:
    """The passages of a document whose text is not there: their words are found by hash and length."""

    def __init__(self, store: ox.Store) -> None:
        evidence = Evidence(store)
        self._parts = _parts(store, evidence)
        self._selectors: dict[str, set[Selector]] = {part.iri: set() for part in self._parts}
        for _, passage, _, selector in evidence.rows():
            if selector and passage in self._selectors:
                self._selectors[passage].add(selector)

    def names(self) -> tuple[str, ...]:
        """Return the IRIs of the passages, in the order of the document."""
        return tuple(self._selectors)

    def select(self, passage: str, words: Words) -> Selector:
        """Return the selector of *words* in a passage: one that is in the data.

        Raises:
            BadParameter: there is no such passage, or not exactly one such selector.
        """
        there = self._selectors.get(passage)
        if there is None:
            _unknown(passage, self._selectors)
        plain = normalized(words.text)
        key, place = (len(plain), sha256(plain)), (words.start, words.end)
        found = [each for each in there or () if key == each.key or place == each[:2]]
        if len(found) != 1:
            raise BadParameter(
                f"The data have {len(found)} selectors of these words in {passage}. Without the text, "
                "give words or characters that a claim names there."
            )
        return found[0]

    def words(self, passage: str, selector: Selector) -> Words:  # noqa: ARG002  as another's
        """Return where the words that a selector of a passage selects stand."""
        return Words(start=selector.start, end=selector.end)

    def parts(self) -> tuple[Part, ...]:
        """Return the passages as parts of their document, in its order."""
        return self._parts


def _parts(store: ox.Store, evidence: Evidence) -> tuple[Part, ...]:
    parts = {
        quad.subject.value: _part(store, quad.subject, evidence)
        for kind in (_SECTION, _PARAGRAPH)
        for quad in store.quads_for_pattern(None, _TYPE, kind, None)
        if isinstance(quad.subject, ox.NamedNode)
    }

    def order(part: Part) -> tuple[int, int, int]:
        above = part if part.is_section else parts.get(part.within)
        return (above.position if above else 0, not part.is_section, part.position)

    return tuple(sorted(parts.values(), key=order))


def _part(store: ox.Store, node: ox.NamedNode, evidence: Evidence) -> Part:
    def values(*predicates: ox.NamedNode) -> list[Any]:
        quads = (store.quads_for_pattern(node, each, None, None) for each in predicates)
        return [quad.object for quad in chain.from_iterable(quads)]

    above = [value.value for value in values(_IN_DOCUMENT, _IN_SECTION, _WHOLE)]
    position = [int(value.value) for value in values(_POSITION)]
    labels = tuple(sorted(values(_LABEL), key=str))
    told = evidence.passages.get(node.value, (0, ""))
    is_section = _SECTION in values(_TYPE)
    return Part(node.value, is_section, (*above, "")[0], (*position, 0)[0], labels, *told)

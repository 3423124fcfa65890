"""The passages of a document as claims name them, from its text."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final, NamedTuple

import pyoxigraph as ox

from gbagraph.errors import BadParameter, SettingError
from gbagraph.features.claims.model import Words
from gbagraph.features.verify.selectors import Selector, select, sentence, sha256
from gbagraph.features.verify.texts import decoded, passages_of
from gbagraph.text import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from gbagraph.features.verify.texts import Passage

_LABELS: Final = {
    "h": {"en": "Section {}", "zh-hans": "第{}节", "zh-hant": "第{}節"},
    "p": {"en": "Paragraph {}", "zh-hans": "第{}段", "zh-hant": "第{}段"},
}


def read(path: Path) -> tuple[Passage, ...]:
    """Return the passages of the text in a file, whose ending says whether it is Markdown or HTML.

    Raises:
        SettingError: it cannot be read, is too large, is not in UTF-8, or has no text.
    """
    passages = passages_of(decoded(path), path.suffix.lower())
    if not passages:
        raise SettingError(
            f"{path} has no text. Write or save the text of the document in it.", file=str(path)
        )
    return passages


def numbered(passages: Iterable[Passage]) -> str:
    """Return the passages as lines: its name, length and hash, then its sentences by their numbers."""
    lines: list[str] = []
    first: dict[str, str] = {}
    for each in passages:
        same = first.setdefault(each.text, each.name)
        again = f", the same text as {same}" if same != each.name else ""
        lines.append(
            f"{each.name}: {counted(len(each.text), 'character')}, SHA-256 {sha256(each.text)}{again}"
        )
        lines += [f"  {each.name}.{n}  {said}" for n, said in enumerate(each.sentences(), start=1)]
    return "\n".join(lines)


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
        if (found := self.passages.get(passage)) is None:
            raise BadParameter(f"There is no passage {passage}.")
        start, end = (0, len(found.text)) if words.text else words[1:3]
        if words.sentence:
            bounds = dict(enumerate(found.bounds(), start=1))
            if words.sentence not in bounds:
                raise BadParameter(
                    f"{found.name} has the sentences 1 to {len(bounds)}, not {words.sentence}."
                )
            start, end = bounds[words.sentence]
        if not 0 <= start < end <= len(found.text):
            raise BadParameter(
                f"{found.name} has the characters 0 to {len(found.text)}, not {start}-{end}."
            )
        if words.text:
            inside = select(found.text[start:end], words.text)
            start, end = start + inside.start, start + inside.end
        return Selector(start, end, sha256(found.text[start:end]), sentence(found.text, start))

    def words(self, passage: str, selector: Selector) -> Words:
        """Return the words that a selector of a passage selects: verbatim if they stand there once.

        Raises:
            BadParameter: other words stand there, so that the place would be that of these.
        """
        text = self.passages[passage].text if passage in self.passages else ""
        words = Words(text[selector.start : selector.end])
        if sha256(words.text) != selector.sha256:
            raise BadParameter(
                f"The text has other words in {passage} from {selector.start} to {selector.end} than "
                "these data. Give the text of which they are as claims_text."
            )
        with suppress(BadParameter):
            if self.select(passage, words) == selector:
                return words
        return Words(start=selector.start, end=selector.end)

    def parts(self, document: str) -> tuple[Part, ...]:
        """Return them as parts of a document: a paragraph is in the section of the heading above it."""
        parts: list[Part] = []
        section = document
        for number, (iri, each) in enumerate(self.passages.items(), start=1):
            texts = _LABELS[each.name[0]].items()
            labels = tuple(ox.Literal(t.format(each.name[1:]), language=tag) for tag, t in texts)
            about = (number, labels, len(each.text), sha256(each.text))
            parts.append(Part(iri, each.level > 0, document if each.level else section, *about))
            section = iri if each.level else section
        return tuple(parts)

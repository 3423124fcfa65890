"""A project for the claims on a text: its template, and what stands there for each mark."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gbagraph.features.claims.text import read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from gbagraph.features.verify.texts import Passage

_TEMPLATE: Final = Path(__file__).with_name("project_template")
_FORMS: Final = {".md": ".md", ".markdown": ".md", ".html": ".html", ".htm": ".html"}
"""The endings of files by what is in them; all others are plain text."""
_NAMES: Final = {
    "title": ("og:title", "dcterms.title", "dc.title", "title"),
    "published": ("article:published_time", "datepublished", "dcterms.issued", "dc.date", "date"),
    "publisher": ("og:site_name", "dcterms.publisher", "dc.publisher", "publisher"),
    "language": ("language", "lang"),
}
"""By which names of its head a text says what it is, the surest first."""
_LETTERS: Final = re.compile(r"[^\W\d_]")
_HAN: Final = re.compile("[\u3400-\u9fff]")
_TITLE: Final = re.compile(r".{,100}[^\s.:;,\u3002\uff1a\uff1b\uff0c]['\")\u300d\u300f\uff09]*")
_TAG: Final = re.compile("[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_DATE: Final = re.compile(r"\d{4}(-\d\d){0,2}")
_NO_DATE: Final = "# published 1904-05-12 | article (words such as last May are counted from it)"
_DESCRIPTION: Final = {
    "en": "Facts of one text, each with the passage on which it rests.",
    "zh": "一篇文章中的事实及其各自所依据的文段。",
}
_FRONT: Final = re.compile(r"---\n(.*?)\n---\n", re.DOTALL)
_LANGUAGES: Final = "http://id.loc.gov/vocabulary/iso639-1/"


def of_text(
    path: Path, words: Mapping[str, str], *, title: str = "", language: str = ""
) -> tuple[Path, dict[str, str]]:
    """Return the template of a project on the text at *path*, and the *words* for its marks.

    The text gives title and language in its head, unless they are given; else its language is guessed
    from its script.

    Raises:
        SettingError: the text cannot be read, or has no passage.
    """
    passages, form = read(path), _FORMS.get(path.suffix.lower(), ".txt")
    text = path.read_text(encoding="utf-8-sig")
    said = _said(text, form)
    heading = next((each.text for each in passages if each.level == 1), "")
    if heading and form == ".html":  # whose title often also names the site
        said["title"] = heading
    heading = title or said.get("title") or heading or _first(passages) or words["@heading@"]
    tag = _TAG.fullmatch(said.get("language", ""))
    language = language or (tag[0] if tag else _guessed(passages))
    return _TEMPLATE, {
        **words,
        "@heading@": heading,
        "@title@": json.dumps(heading, ensure_ascii=False),
        "@language@": language,
        "@description@": _DESCRIPTION.get(language.partition("-")[0], _DESCRIPTION["en"]),
        "@text@": f"article{form}",
        "@document@": "".join(f"  {line}\n" for line in _document(heading, language, said)),
        "@content@": text,
    }


def _first(passages: Sequence[Passage]) -> str:
    """The first line of a text where it is its title: short, and no sentence. Empty elsewhere."""
    first, is_alone = passages[0], len(passages) == 1
    return "" if is_alone or first.level or not _TITLE.fullmatch(first.text) else first.text


def _guessed(passages: Iterable[Passage]) -> str:
    """Chinese where a third of the letters are; a word of it has fewer letters than one of English."""
    text = "".join(each.text for each in passages)
    return "zh" if len(_HAN.findall(text)) * 3 > len(_LETTERS.findall(text)) else "en"


def _document(heading: str, language: str, said: Mapping[str, str]) -> Iterator[str]:
    """Yield the claims on the document itself, which rest on it as a whole."""
    yield f"label {_text(heading, language)} | worded article"
    if "title" in said:
        yield f"dcterms:title {_text(said['title'], language)} | article"
    date = _DATE.match(said.get("published", ""))
    yield f"published {date[0]} | article" if date else _NO_DATE
    if "publisher" in said:
        yield f"dc:publisher {_text(said['publisher'], language)} | article"
    yield f"dcterms:language <{_LANGUAGES}{language.partition('-')[0].lower()}> | article"


def _text(text: str, language: str) -> str:
    tag = "en" if language[:2] == "zh" and not _HAN.search(text) else language
    return f"{json.dumps(text, ensure_ascii=False)}@{tag}"


def _said(text: str, form: str) -> dict[str, str]:
    """Return what a text says of itself, by the keys of :data:`_NAMES`."""
    rows = dict(_HEADS[form](text)) if form in _HEADS else {}
    keys = ((key, name) for key, names in reversed(_NAMES.items()) for name in reversed(names))
    said = {key: " ".join(rows[name].split()) for key, name in keys if rows.get(name)}
    return {key: value for key, value in said.items() if value}


def _of_markdown(text: str) -> Iterator[tuple[str, str]]:
    import yaml  # noqa: PLC0415  few commands need it

    front = _FRONT.match(text)
    try:
        rows = yaml.load(front[1], Loader=yaml.BaseLoader) if front else None  # noqa: S506  it makes texts alone
    except yaml.YAMLError:
        return  # it is a text between two lines
    if isinstance(rows, dict):
        yield from ((str(name).lower(), row) for name, row in rows.items() if isinstance(row, str))


def _of_html(text: str) -> Iterable[tuple[str, str]]:
    head = _Head()
    head.feed(text)
    return head.rows


_HEADS: Final[Mapping[str, Callable[[str], Iterable[tuple[str, str]]]]] = {
    ".md": _of_markdown,
    ".html": _of_html,
}


class _Head(HTMLParser):
    """Reads language, title and meta elements of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[tuple[str, str]] = []
        self._element = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep what an element says in its attributes."""
        given = {name: value or "" for name, value in attrs}
        self._element = tag
        if tag == "html":
            self.rows.append(("lang", given.get("lang", "")))
        if tag == "meta":
            name = given.get("property") or given.get("name") or given.get("itemprop", "")
            self.rows.append((name.lower(), given.get("content", "")))

    def handle_data(self, data: str) -> None:
        """Keep the title."""
        if self._element == "title" and data.strip():
            self.rows.append(("title", data))

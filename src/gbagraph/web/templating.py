"""HTML pages from templates: words, numbers and dates as people write them, and results as tables."""

from __future__ import annotations

import json
import re
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import quote, urlencode, urlsplit

from markupsafe import Markup, escape

from gbagraph import feature, publication
from gbagraph._version import __version__
from gbagraph.names.texts import local_name
from gbagraph.queries import texts
from gbagraph.rdf import namespaces
from gbagraph.rdf.formats import in_html
from gbagraph.rdf.namespaces import TERMS, compact
from gbagraph.sparql.message import LANGUAGES
from gbagraph.web import sentences
from gbagraph.web.addresses import asset, serves, static_files, without_dead_links

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from jinja2 import Environment

    from gbagraph.rdf.results import Value


_HERE: Final = Path(__file__).parent

_DATES: Final = {
    "gYear": re.compile(r"(-?\d{4,9})(?:Z|[+-]\d\d:\d\d)?\Z"),
    "gYearMonth": re.compile(r"(-?\d{4,9})-(\d\d)(?:Z|[+-]\d\d:\d\d)?\Z"),
    "date": re.compile(r"(-?\d{4,9})-(\d\d)-(\d\d)(?:Z|[+-]\d\d:\d\d)?\Z"),
}
_NUMBER: Final = re.compile(r"([+-]?)(\d{1,99})(\.\d+)?\Z")
UNITS: Final = {
    "KiloM2": "km²", "M2": "m²", "HA": "ha", "KiloM": "km", "M": "m", "CentiM": "cm", "MilliM": "mm",
    "NUM": "", "UNITLESS": "", "YR": "years", "MO": "months", "WK": "weeks", "DAY": "days",
    "HR": "hours", "MIN": "minutes", "SEC": "s", "PERCENT": "%", "KiloGM": "kg", "TONNE": "t",
    "DEG_C": "°C", "KiloM-PER-HR": "km/h", "MegaW": "MW", "KiloW": "kW", "KiloW-HR": "kWh",
    "NUM-PER-YR": "a year",
}  # fmt: skip
"""Units of QUDT as people write them."""
_CURRENCY: Final = "http://qudt.org/vocab/currency/"
"""Of currencies, which people write by their codes."""


class Date(NamedTuple):
    """A date as far as it is known."""

    year: int
    month: int = 0
    day: int = 0


def date_parts(value: Value) -> Date | None:
    """Return year, month and day of a literal with the datatype of a date; None for any other."""
    pattern = _DATES.get(value.note)
    match = pattern.match(value.text) if pattern else None
    if match is None:
        return None
    date = Date(*map(int, match.groups()))
    return date if date.month <= 12 else None


def grouped(text: str) -> str:
    """Return a number with commas between its thousands; any other text as it is."""
    match = _NUMBER.match(text)
    if match is None:
        return text
    sign, whole, rest = match.groups("")
    return f"{sign}{int(whole):,}{rest}"


def unit_sign(unit: Value) -> str:
    """Return a unit as people write it beside a number: by its sign, or by its name."""
    if not unit.iri:
        return unit.text
    end = local_name(unit.iri)
    return UNITS.get(end, end if unit.iri.startswith(_CURRENCY) else unit.text)


def in_words(name: str) -> str:
    """Return the end of an IRI or prefixed name such as ``ex:startOfWork`` in words."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z][a-z])|[_\-]+", " ", local_name(name))
    return " ".join(word if word.isupper() else word.lower() for word in spaced.split())


def called(value: Value) -> str:
    """Return the label of a term; of an IRI that has none, its end in words."""
    return in_words(value.text) if value.iri and not value.name else value.text


def _text_of(value: Value, translated: Mapping[str, str]) -> str:
    """Return the text of a term; of an IRI without a label, what it is called in another language."""
    if not value.iri or value.name:
        return value.text
    end = local_name(value.iri)
    is_unit = value.iri.startswith(("http://qudt.org/vocab/unit/", _CURRENCY))
    return translated.get(
        UNITS.get(end) or in_words(end), unit_sign(value) if is_unit else value.text
    )


def report_address(to: str, title: str, body: str) -> str:
    """Return the address of a report with *title* and *body* at *to*, ``mailto:…`` or that of a form.

    GitHub and trackers like it read ``title`` and ``body`` of the query string, GitLab
    ``issue[title]`` and ``issue[description]``.
    """
    joined = "&" if urlsplit(to).query else "?"
    if to.startswith("mailto:"):
        return f"{to}{joined}subject={quote(title)}&body={quote(body)}"
    names = ("issue[title]", "issue[description]") if "/-/issues" in to else ("title", "body")
    return f"{to}{joined}{urlencode(dict(zip(names, (title, body), strict=True)))}"


_BIDI: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Controls of the direction of text (Unicode Standard Annex 9, section 2)."""
_ISOLATES: Final = re.compile("[\u2066-\u2069]")
_PAIRED: Final = re.compile(
    "[^\u2066-\u2069]*(?:[\u2066-\u2068][^\u2066-\u2069]*\u2069[^\u2066-\u2069]*)*"
)
_OPEN, _CLOSE = "\ufdd0", "\ufdd1"
"""Marks around values until the page is whole; no page may contain such characters."""
_VALUE: Final = re.compile(f"{_OPEN}([^{_OPEN}{_CLOSE}]*){_CLOSE}")
_NO_TEXT: Final = re.compile(r"<(textarea|script)\b.*?</\1>|<(?!meta\b)[^>]*>", re.DOTALL)
"""Where a page has no text that is laid out beside other text, as that of ``meta`` is elsewhere."""


def _marked(value: object) -> object:
    """Return a value that a template shows, with marks around it if it changes the direction of text."""
    if type(value) is str and not value.isascii() and _BIDI.search(value):
        return f"{_OPEN}{in_html(value)}{_CLOSE}"
    return value


def _isolated(page: str) -> str:
    """Return a page in which no value changes the direction of what stands beside it."""
    if _BIDI.search(page):
        page = _NO_TEXT.sub(lambda match: _unmarked(match[0]), page)
        page = _VALUE.sub(lambda match: _apart(match[1]), page)
    return _unmarked(page)


def _apart(text: str) -> str:
    """Return *text* within First Strong Isolate and its end, which nothing in it may end before."""
    inner = text if _PAIRED.fullmatch(text) else _ISOLATES.sub("", text)
    return f"\u2068{inner}\u2069" if _BIDI.search(text) else text


def _unmarked(text: str) -> str:
    return text.replace(_OPEN, "").replace(_CLOSE, "")


@cache
def words(language: str) -> Mapping[str, str]:
    """Return the words of the templates in *language*, by those in English; none for English itself."""
    if language == "en":
        return {}
    text = _HERE.joinpath("locale", f"{language}.json").read_text("utf-8")
    translated: dict[str, str] = json.loads(text)
    return translated


def template_folders() -> list[Path]:
    """Return the folders of the templates: that of the kernel, and those of the features."""
    return [_HERE / "templates", *feature.folders("templates")]


@cache
def _environment(language: str) -> Environment:
    """Return the templates with their words in *language*."""
    from jinja2 import (  # noqa: PLC0415  most pages are written by workers
        Environment,
        FileSystemLoader,
        StrictUndefined,
        select_autoescape,
    )

    environment = Environment(
        loader=FileSystemLoader(template_folders()),
        extensions=["jinja2.ext.i18n"],
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_marked,
    )
    translated = words(language)

    def said(text: str) -> str:
        return translated.get(text, text)

    def with_marks(text: str) -> str:
        return said(text).replace("%(", f"{_OPEN}%(").replace(")s", f")s{_CLOSE}")

    # What Jinja's extension adds to an environment; the stub of the class does not know it.
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        with_marks,
        lambda one, many, number: translated.get(many, one if number == 1 else many),
        newstyle=True,
    )
    environment.policies["ext.i18n.trimmed"] = True
    environment.filters.update(
        compact=compact,
        address=_address,
        local_path=namespaces.local_path,
        query_string=urlencode,
        embedded=embedded,
        is_term=is_term,
        licence=_licence,
        linked=_linked,
        date_parts=date_parts,
        grouped=grouped,
        unit_sign=lambda unit: said(unit_sign(unit)),
        in_words=lambda name: said(in_words(name)),
        called=lambda value: said(called(value)),
        said=said,  # of a text of data, which is escaped: what gettext returns is not
        text_of=lambda value: _text_of(value, translated),
        report_to=_report,
        in_source=_in_source,
        in_script=partial(in_script, language=language),
        told=partial(texts.told, language=language),
        sentences_told=partial(sentences.told, language=language, words=translated),
    )
    environment.globals.update(
        asset=asset,
        imported=static_files().imported,
        serves=serves,
        software_version=__version__,
        language=language,
        languages=LANGUAGES,
        query_texts=partial(texts.current, language),
        publication=publication.current,
        brand=_brand,
        base=namespaces.base,
        declarations=namespaces.declarations,
    )
    return environment


def in_script(texts: Mapping[str, str], language: str) -> str:
    """Return that of *texts* that is in *language*, else in another script of it, else in English."""
    main, known = language.lower().partition("-")[0], {tag.lower(): tag for tag in texts}
    tags = (language.lower(), *(tag for tag in known if tag.partition("-")[0] == main), "en")
    return next((texts[known[tag]] for tag in tags if tag in known), "")


def _report(to: str, title: str, body: str) -> str:
    """Return where to say what is wrong; the texts are those of a template, in which HTML is escaped."""
    return report_address(to, *(Markup(text).unescape() for text in (title, body)))  # noqa: S704


def _in_source(words: Iterable[str]) -> str:
    """Return the address of the source, at *words* of it: a text fragment has them without their quotes.

    The page may have other signs for these than the words, so it has what stands before and after.
    """
    runs = [re.split(r"\s*\S*['\"]\S*\s*", each) for each in words]
    ends = [dict.fromkeys(filter(None, (run[0], run[-1]))) for run in runs]
    # A hyphen means something in a text fragment, and is no sign that is escaped elsewhere.
    texts = [",".join(quote(each, safe="").replace("-", "%2D") for each in run) for run in ends]
    fragment = "&".join(f"text={text}" for text in texts if text)
    return publication.current().source_address + (f"#:~:{fragment}" if fragment else "")


def _address(iri: str, root: str) -> str:
    """Return where to read about an IRI: here or, if it is an address elsewhere, there."""
    path = namespaces.local_path(iri)
    if path is None and iri.startswith(("http://", "https://")):
        return iri
    return root + (path or namespaces.document_path(iri))


def embedded(value: object, separators: tuple[str, str] | None = None) -> Markup:
    """Return *value* as JSON for a script element: no text in it can end the element."""
    text = json.dumps(value, ensure_ascii=False, separators=separators)
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704  there is no HTML syntax left in it


def _linked(text: str, root: str) -> Markup:
    """*text* with a link at each address of this server in it, such as ``/queries``."""
    parts = re.split(r"(?<=[ (。])(/(?:[a-z][\w/?=&%-]*)?)(?=[ .,;)。]|$)", text)
    linked = (
        Markup('<a href="{}{}">{}</a>').format(root, p, p) if n % 2 else escape(p)
        for n, p in enumerate(parts)
    )
    return Markup("").join(linked)


def _brand() -> str:
    """What the head and the titles of pages call the site."""
    site = publication.current()
    return "gbagraph" if site.is_own else site.title or "Dataset"


def _licence(iri: str) -> str:
    """What people call a licence of Creative Commons; of any other, its IRI."""
    match = re.match(
        r"https?://creativecommons\.org/(licenses|publicdomain)/([a-z\-]+)/([0-9.]+)", iri
    )
    if match is None:
        return iri
    kind = {"zero": "CC0", "mark": "Public Domain Mark"}.get(match[2], f"CC {match[2].upper()}")
    return f"{kind} {match[3]}"


def is_term(iri: str) -> bool:
    """Return whether an IRI is that of a term of our vocabularies."""
    return iri.startswith(TERMS)


def render(template: str, language: str = "en", **values: Any) -> str:  # noqa: ANN401  any value that a template shows
    """Return a page from a template; a value that the template needs but does not get is an error."""
    text = _environment(language).get_template(template).render(**values)
    if feature.left_out():
        text = without_dead_links(text, values["root"])
    return in_html(_isolated(text))


def messages(template: str) -> list[str]:
    """Return the texts of a template that are to be translated; of those with a plural, the plural."""
    # What Jinja's extension adds to an environment; the stub of the class does not know it.
    extracted = _environment("en").extract_translations(template)  # type: ignore[attr-defined]
    return [
        text if isinstance(text, str) else [each for each in text if each][-1]
        for _line, _function, text in extracted
        if text
    ]

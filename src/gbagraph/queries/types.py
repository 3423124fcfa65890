"""The types of parameters: which values each takes, and the term that a value becomes."""

from __future__ import annotations

import datetime as dt
import decimal
import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import pyoxigraph as ox

from gbagraph.rdf.namespaces import PREFIXES
from gbagraph.sparql.terms import iri

if TYPE_CHECKING:
    from collections.abc import Callable

Control = Literal["text", "number", "date", "datetime-local", "boolean"]
"""By what a form asks for a value: a kind of input, or a choice of true and false."""

_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,18}\Z")
_DECIMAL: Final = re.compile(r"[+-]?(?:[0-9]{1,18}(?:\.[0-9]{0,18})?|\.[0-9]{1,18})\Z")
_DOUBLE: Final = re.compile(
    r"(?:[+-]?(?:[0-9]{1,40}(?:\.[0-9]{0,40})?|\.[0-9]{1,40})(?:[eE][+-]?[0-9]{1,3})?|-?INF|NaN)\Z"
)
_BOOLEAN: Final = re.compile(r"(?:true|false|1|0)\Z")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_DATE_TIME: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?"
    r"(?:Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])?\Z"
)
_YEAR: Final = re.compile(r"-?[0-9]{4,9}\Z")
_YEAR_MONTH: Final = re.compile(r"-?[0-9]{4,9}-(?:0[1-9]|1[0-2])\Z")

_TAG: Final = re.compile(r"[A-Za-z]{2}(?:_[A-Za-z0-9]{2,8})*\Z")
_ANY_TAG: Final = re.compile(r"lang_([A-Za-z]{2,8}(?:_[A-Za-z0-9]{1,8})*)\Z")
_TWO_LETTERS: Final = (
    "aaabaeafakamanarasavayazbabebgbibmbnbobrbscacechcocrcscucvcydadedvdzeeeleneoeseteufafffi"
    "fjfofrfygagdglgngugvhahehihohrhthuhyhziaidieigiiikioisitiujajvkakgkikjkkklkmknkokrkskukv"
    "kwkylalblglilnloltlulvmgmhmimkmlmnmrmsmtmynanbndnengnlnnnonrnvnyocojomorospapiplpsptqurm"
    "rnrorurwsascsdsesgsiskslsmsnsosqsrssstsusvswtatetgthtitktltntotrtstttwtyugukuruzvevivowa"
    "woxhyiyozazhzu"
)
_ISO_639_1: Final = frozenset(
    a + b for a, b in zip(_TWO_LETTERS[::2], _TWO_LETTERS[1::2], strict=True)
)
"""The languages with two letters. Others stand behind ``lang_``, so that no slip becomes a language."""


@dataclass(frozen=True, slots=True)
class Type:
    """A type of parameters: what it *expects* in words, and how a text becomes a term.

    *term* raises ValueError for a text that is not of the type. *control* and *schema* are for forms and
    for JSON Schema (2020-12), *datatype* is the IRI of the datatype, empty for IRIs and languages.
    """

    name: str
    expects: str
    term: Callable[[str], ox.NamedNode | ox.Literal]
    control: Control = "text"
    schema: tuple[tuple[str, str], ...] = (("type", "string"),)
    datatype: str = ""
    language: str = ""

    def __reduce__(self) -> tuple[Callable[[str], Type | None], tuple[str]]:
        """Have it pickled by its name: what it does is functions, which cannot be."""
        return type_named, (self.name,)


def _is_date(text: str) -> bool:
    return bool(_DATE.match(text) and dt.date.fromisoformat(text))


def _date_time(text: str) -> str:
    """Return *text* with the seconds, which XML Schema asks for and the inputs of browsers leave out."""
    match = _DATE_TIME.match(text)
    if match is None:
        raise ValueError(text)
    dt.datetime.fromisoformat(text)
    return text if match[1] else f"{text[:16]}:00{text[16:]}"


def _boolean(text: str) -> str:
    if not _BOOLEAN.match(text):
        raise ValueError(text)
    return {"1": "true", "0": "false"}.get(text, text)


def _matching(accepts: Callable[[str], object]) -> Callable[[str], str]:
    def checked(text: str) -> str:
        if not accepts(text):
            raise ValueError(text)
        return text

    return checked


def _literal(
    name: str,
    expects: str,
    lexical: Callable[[str], str],
    control: Control = "text",
    schema: str = "string",
) -> Type:
    datatype = PREFIXES["xsd"] + name
    node = ox.NamedNode(datatype)
    is_date = control == "date"
    described = (("type", schema), *((("format", "date"),) if is_date else ()))
    return Type(
        name,
        expects,
        lambda text: ox.Literal(lexical(text), datatype=node),
        control,
        described,
        datatype,
    )


_NUMBERS: Final = (
    ("integer", _INTEGER),
    ("decimal", _DECIMAL),
    ("double", _DOUBLE),
)


def _number(text: str) -> ox.Literal:
    """A number as SPARQL reads it: an integer, a decimal with a point, a double with an exponent."""
    for name, pattern in _NUMBERS:
        if pattern.match(text):
            return ox.Literal(text, datatype=ox.NamedNode(PREFIXES["xsd"] + name))
    raise ValueError(text)


_TYPES: Final = (
    Type(
        "iri",
        "an IRI, a prefixed name, the last part of an IRI, a label, or an item of Wikidata such as "
        "Q42",
        iri,
    ),
    Type("string", "a text", ox.Literal, datatype=PREFIXES["xsd"] + "string"),
    _literal("integer", "an integer such as 2020", _matching(_INTEGER.match), "number", "integer"),
    _literal("decimal", "a number such as 2.5", _matching(_DECIMAL.match), "number", "number"),
    _literal("double", "a number such as 2.5e6", _matching(_DOUBLE.match), "text", "number"),
    Type("number", "a number such as 2020, 2.5 or 2.5e6", _number, "text", (("type", "number"),)),
    _literal("boolean", "true or false", _boolean, "boolean", "boolean"),
    _literal("date", "a date such as 2020-08-31", _matching(_is_date), "date"),
    _literal(
        "dateTime",
        "a time such as 2020-08-31T12:00:00+08:00",
        _date_time,
        "datetime-local",
    ),
    _literal("gYear", "a year such as 2020", _matching(_YEAR.match)),
    _literal("gYearMonth", "a month of a year such as 2020-08", _matching(_YEAR_MONTH.match)),
)
TYPES: Final = {row.name: row for row in _TYPES}
"""The types by name, without those of languages."""

_OTHER_NAMES: Final = {"literal": "string", "year": "gYear", "yearMonth": "gYearMonth"}
"""Further names of types: grlc's ``literal``, and those that say what is meant."""


def type_named(name: str) -> Type | None:
    """Return the type of this name, as a query file writes it behind a parameter; None if there is none.

    A datatype of XML Schema may have its prefix (``xsd_date``). A language is the tag, with underscores
    for hyphens (``en``, ``zh_hans``), behind ``lang_`` if it has not two letters (``lang_yue``).
    """
    plain = name.removeprefix("xsd_")
    type_ = TYPES.get(_OTHER_NAMES.get(plain, plain))
    if type_ is not None:
        return type_
    tag = _ANY_TAG.match(name)
    if tag is not None:
        return _of_language(tag[1])
    if _TAG.match(name) and name[:2].lower() in _ISO_639_1:
        return _of_language(name)
    return None


def _of_language(name: str) -> Type:
    tag = name.replace("_", "-")
    return Type(
        name,
        f"a text in the language {tag}",
        lambda text: ox.Literal(text, language=tag),
        language=tag,
    )


def text_of(value: object, wanted: Type) -> str:
    """Return a Python value or a term as the text that *wanted* reads.

    Raises:
        ValueError: it is of another kind, or a literal of another datatype or language.
    """
    term = as_term(value)
    if isinstance(term, ox.NamedNode):
        return term.value
    if isinstance(term, ox.Literal):
        return _text_of_literal(term, wanted)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return _text_of_float(value, wanted)
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    # In rdflib a blank node is a kind of str.
    if isinstance(value, str | int | decimal.Decimal) and not is_rdflib_term(value):
        return format(value, "f") if isinstance(value, decimal.Decimal) else str(value)
    raise ValueError(repr(value))


def _text_of_literal(term: ox.Literal, wanted: Type) -> str:
    language, datatype = term.language or "", term.datatype.value
    if language.lower() != wanted.language.lower():
        raise ValueError(str(term))
    if not language and wanted.datatype not in ("", datatype):
        raise ValueError(str(term))
    return term.value


def _text_of_float(value: float, wanted: Type) -> str:
    if wanted.name in ("double", "number"):
        return {"inf": "INF", "-inf": "-INF", "nan": "NaN"}.get(str(value), repr(value))
    return format(decimal.Decimal(repr(value)), "f")


def is_rdflib_term(value: object) -> bool:
    """Return whether *value* is a term of rdflib, which is not imported for that."""
    library = sys.modules.get("rdflib.term")
    return library is not None and isinstance(value, library.Identifier)


def as_term(value: Any) -> ox.NamedNode | ox.Literal | None:  # noqa: ANN401  any value at all
    """Return the term that *value* is, pyoxigraph's or rdflib's; None if it is no IRI and no literal."""
    if isinstance(value, ox.NamedNode | ox.Literal):
        return value
    rdflib: Any = sys.modules.get("rdflib")
    if not is_rdflib_term(value):
        return None
    if isinstance(value, rdflib.URIRef):
        return ox.NamedNode(str(value))
    if not isinstance(value, rdflib.Literal):
        return None
    if value.language:
        return ox.Literal(str(value), language=value.language)
    datatype = value.datatype or PREFIXES["xsd"] + "string"
    return ox.Literal(str(value), datatype=ox.NamedNode(str(datatype)))

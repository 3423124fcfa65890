"""What the Reconciliation Service API (0.1 and 0.2) sends and gets: the manifest, queries, answers."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from gbagraph import __version__
from gbagraph.errors import BadParameter, RequestTooLarge, UnsupportedMediaType
from gbagraph.features.reconcile.jobs import Column, NameQuery, PropertyValues
from gbagraph.rdf import namespaces
from gbagraph.rdf.namespaces import expand
from gbagraph.sparql import protocol
from gbagraph.web.addresses import asset

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gbagraph.endpoint.request import Request
    from gbagraph.web.kinds import Kinds


_T = TypeVar("_T")

JSON: Final = "application/json"
_ACCEPTED: Final = (protocol.FORM, JSON)


def is_json(request: Request) -> bool:
    """Return whether the body is JSON; False where it is a form, or there is none.

    Raises:
        UnsupportedMediaType: it is something else.
    """
    if not request.body:
        return False
    named = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if named not in _ACCEPTED:
        raise UnsupportedMediaType(
            f"The body is {named or 'of no media type'!r}. Send {' or '.join(_ACCEPTED)}.",
            available=list(_ACCEPTED),
        )
    return named == JSON


def parameters(request: Request) -> list[tuple[str, str]]:
    """Return the parameters of the address, and after them the fields of the form.

    Raises:
        MalformedRequest: they are not UTF-8, or too many.
    """
    in_form = request.body if request.body and not is_json(request) else b""
    return [*request.parameters, *protocol.parameters(in_form, "form")]


def decoded(text: bytes | str, wanted: type[_T], name: str) -> _T:
    """Return the JSON *text* as a value of this type; *name* is the parameter or member that it is.

    Raises:
        BadParameter: it is not JSON, or not of that type.
    """
    try:
        try:
            return msgspec.json.decode(text, type=wanted)
        except msgspec.DecodeError:
            return msgspec.json.decode(_mended(text), type=wanted)
    except (msgspec.DecodeError, ValueError, RecursionError) as problem:
        raise BadParameter(
            f"The JSON of {name} cannot be read: {problem}.", parameter=name
        ) from None


def _mended(text: bytes | str) -> bytes:
    """JSON without what a cell may bring: NaN for no value, control characters, half a character."""
    value = json.loads(text, strict=False, parse_constant=lambda _: None)
    return json.dumps(value, ensure_ascii=False).encode(errors="replace")


BATCH: Final = 50
"""Queries of a batch."""
_VALUES: Final = 1000
"""Values of properties in the queries of a batch: each is compared with those of many candidates."""
_CELLS: Final = 5000
"""Things, times properties, of which the values are given at once."""
_MOST: Final = 100
"""Candidates for one query."""
_LONGEST: Final = 2000
"""Letters of a text that are read: longer than any name or identifier."""
_DEFAULT_TYPES: Final = 20
_IRIS: Final = "http://www.ietf.org/rfc/rfc3986"
"""The space of identifiers that are IRIs of any kind, as clients of RDF have it."""

_LINE_ENDS: Final = {0x2028: "\\u2028", 0x2029: "\\u2029"}
"""What ends a line in older scripts, not in JSON."""
_CALLBACK: Final = re.compile(r"[A-Za-z_$][\w$]{0,99}(?:\.[A-Za-z_$][\w$]{0,99}){0,4}", re.ASCII)


class _Entity(Struct, frozen=True):
    id: str


_Scalar = str | int | float | bool | _Entity | None


class _Property(Struct, frozen=True):
    pid: str
    v: _Scalar | list[_Scalar] = None


class _Query(Struct, frozen=True):
    """A query as clients write it, with members that are not known here left out."""

    query: str | int | float | bool | UnsetType | None = UNSET
    type: str | _Entity | list[str | _Entity] | None = None
    limit: float | None = None
    properties: list[_Property] | None = None
    type_strict: Literal["any", "all", "should"] | None = None


class _Settings(Struct, frozen=True):
    limit: float | str | None = None
    language: str | None = None


class _Column(Struct, frozen=True):
    id: str
    settings: _Settings | None = None


class _Extension(Struct, frozen=True):
    ids: list[str]
    properties: list[_Column]


_SETTINGS: Final = [
    {
        "name": "limit",
        "label": "Limit",
        "type": "number",
        "default": 0,
        "help_text": "How many values at most; 0 for all",
    },
    {
        "name": "language",
        "label": "Language",
        "type": "text",
        "default": "",
        "help_text": "Only texts in the language with this tag, such as en or zh-hans",
    },
]


def manifest(base: str, title: str, kinds: Kinds) -> dict[str, Any]:
    """Return the description of the service at the address *base*, for the dataset *title*."""
    suggest = {
        kind: {"service_url": base, "service_path": f"/reconcile/suggest/{kind}"}
        for kind in ("entity", "type", "property")
    }
    return {
        "versions": ["0.1", "0.2"],
        "name": title,
        "identifierSpace": namespaces.base() or _IRIS,
        "schemaSpace": expand("rdfs:Resource"),
        "documentation": f"{base}/docs/lookup",
        "serviceVersion": __version__,
        "logo": f"{base}{asset('icon.svg')}",
        "defaultTypes": _default_types(kinds),
        "view": {"url": f"{base}/doc?iri={{{{id}}}}"},
        "preview": {
            "url": f"{base}/reconcile/preview?id={{{{id}}}}",
            "width": 400,
            "height": 180,
        },
        "suggest": suggest,
        "extend": {
            "propose_properties": {"service_url": base, "service_path": "/reconcile/properties"},
            "property_settings": _SETTINGS,
        },
        "batchSize": BATCH,
    }


def _default_types(kinds: Kinds) -> list[dict[str, str]]:
    """The largest classes, of the dataset's own if it has any."""
    every = [(kind.term.iri, kind.term.text) for kind in kinds.classes if kind.term.iri]
    own = [(iri, text) for iri, text in every if is_own(iri)] or every
    return [{"id": iri, "name": text} for iri, text in own[:_DEFAULT_TYPES]]


def is_own(iri: str) -> bool:
    """Return whether an IRI is one of the dataset's own, as far as that is known."""
    return bool(namespaces.base()) and iri.startswith(namespaces.base())


def queries(text: bytes | str) -> dict[str, NameQuery]:
    """Return the queries of a batch, by their keys.

    Raises:
        BadParameter: the text is not JSON, or no batch of queries.
        RequestTooLarge: there are too many.
    """
    asked = decoded(text, dict[str, _Query], "queries")
    if len(asked) > BATCH:
        raise RequestTooLarge(
            f"The batch has {len(asked)} queries. Send at most {BATCH} at once.", limit=BATCH
        )
    given = (p.v for each in asked.values() for p in each.properties or ())
    values = sum(len(value) if isinstance(value, list) else 1 for value in given)
    if values > _VALUES:
        raise RequestTooLarge(
            f"The queries of the batch have {values} values of properties. Send at most {_VALUES} at "
            "once.",
            limit=_VALUES,
        )
    return {key: _query(key, each) for key, each in asked.items()}


def _query(key: str, given: _Query) -> NameQuery:
    if given.query is UNSET and not given.properties:
        raise _wrong(key, "has neither a query nor properties. Give the name to look for as query")
    limit = 10 if given.limit is None else given.limit
    if not limit >= 1:  # not even NaN
        raise _wrong(key, f"has the limit {limit:g}. Give a number from 1 on")
    return NameQuery(
        "" if given.query is UNSET else _text(given.query),
        types=_types(given.type),
        all_types=given.type_strict == "all",
        must_have_type=given.type_strict != "should",
        properties=tuple(map(_property, given.properties or ())),
        limit=int(min(limit, _MOST)),
    )


def _wrong(key: str, what: str) -> BadParameter:
    return BadParameter(f"The query {key[:50]!r} {what}.", parameter="queries")


def _types(given: str | _Entity | list[str | _Entity] | None) -> tuple[str, ...]:
    return tuple(filter(None, map(_text, given if isinstance(given, list) else [given])))


def _property(given: _Property) -> PropertyValues:
    several = given.v if isinstance(given.v, list) else [given.v]
    return PropertyValues(given.pid[:_LONGEST], tuple(filter(None, map(_text, several))))


def _text(value: _Scalar) -> str:
    """A value as a text: of an entity its identifier, of a truth value as RDF writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    text = value.id if isinstance(value, _Entity) else "" if value is None else str(value)
    return text.strip()[:_LONGEST]


def extension(text: bytes | str) -> tuple[tuple[str, ...], tuple[Column, ...]]:
    """Return the things, and the columns that are wanted of them.

    Raises:
        BadParameter: the text is not JSON, or no query of the data extension service.
        RequestTooLarge: there are too many of them.
    """
    wanted = decoded(text, _Extension, "extend")
    if len(wanted.ids) * max(len(wanted.properties), 1) > _CELLS:
        raise RequestTooLarge(
            f"These are {len(wanted.ids)} things and {len(wanted.properties)} properties. Ask for at "
            f"most {_CELLS} pairs of them at once.",
            limit=_CELLS,
        )
    return tuple(dict.fromkeys(wanted.ids)), tuple(map(_column, wanted.properties))


def _column(given: _Column) -> Column:
    settings = given.settings or _Settings()
    # Clients send numbers as texts, too.
    (limit,) = re.findall(r"\A\d{1,6}", str(settings.limit)) or [0]
    return Column(given.id, int(limit), settings.language or "")


def batch(keys: Iterable[str], answered: bytes) -> dict[str, dict[str, Raw]]:
    """Return the answer to a batch: *answered* has the candidates in the order of *keys*."""
    # Candidates stay as they are in JSON: a large batch has thousands.
    answers = zip(keys, msgspec.json.decode(answered, type=list[Raw]), strict=True)
    return {key: {"result": candidates} for key, candidates in answers}


def suggestion(kind: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a candidate as the suggest services have it."""
    said = {name: row[name] for name in ("id", "name", "description") if name in row}
    return {**said, "notable": row["type"]} if kind == "entity" else said


def called_back(callback: str, value: object) -> str:
    """Return a script that calls the function *callback* with *value* (JSONP).

    Raises:
        BadParameter: it is no name of a function.
    """
    if not _CALLBACK.fullmatch(callback):
        raise BadParameter(
            "The parameter callback is no name of a function in JavaScript.", parameter="callback"
        )
    # The comment keeps the name from being the beginning of anything but a script.
    text = msgspec.json.encode(value).decode()
    return f"/**/{callback}({text.translate(_LINE_ENDS)});"

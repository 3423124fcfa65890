"""The Reconciliation Service API: candidates for names, suggestions, previews, values of properties."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

import msgspec

from gbagraph.engine import JobOptions
from gbagraph.errors import BadParameter, UnknownResource
from gbagraph.explain.reconciliation_jobs import EntityKind, Extend, NameQuery, Reconcile
from gbagraph.explain.spelling import local_name
from gbagraph.rdf.namespaces import in_full
from gbagraph.sparql import protocol
from gbagraph.web import bodies, languages, reconciliation
from gbagraph.web.context import CHOOSE_LANGUAGE, Context, content
from gbagraph.web.own_queries import about, of_dataset

if TYPE_CHECKING:
    from gbagraph.endpoint.request import Request
    from gbagraph.endpoint.response import Response
    from gbagraph.engine import Job

_KINDS: Final[dict[str, EntityKind]] = {"entity": "thing", "type": "class", "property": "property"}
_SUGGESTED: Final = 10
_PROPOSED: Final = 50
_LAST: Final = 1000


async def service(context: Context, request: Request) -> Response:
    """Candidates for a batch of `queries`, or values to `extend` them by; else the manifest."""
    given = _given(request)
    if "queries" in given:
        asked = reconciliation.queries(given["queries"])
        found = await _answer(context, request, Reconcile(tuple(asked.values())))
        return _json(request, reconciliation.batch(asked, found))
    if "extend" in given:
        found = await _answer(context, request, Extend(*reconciliation.extension(given["extend"])))
        return _json(request, msgspec.Raw(found))
    if request.body:
        raise BadParameter(
            "The parameter queries is missing: a JSON object of queries by their keys, such as "
            '{"q0": {"query": "Nansha"}}.',
            parameter="queries",
        )
    return await _manifest(context, request)


async def suggest(context: Context, request: Request, kind: str) -> Response:
    """Entities, types or properties whose names begin with `?prefix=` or are like it."""
    if kind not in _KINDS:
        raise UnknownResource(f"There are suggestions of {', '.join(_KINDS)}.")
    pairs = dict(protocol.parameters(request.query_string, "query string"))
    text = pairs.get("prefix", "").strip()
    if not text:
        return _json(request, {"result": []})
    query = NameQuery(
        text,
        _KINDS[kind],
        types=tuple(filter(None, [pairs.get("type")])) if kind == "entity" else (),
        limit=_number(pairs, "limit", _SUGGESTED),
        offset=_number(pairs, "cursor", 0),
    )
    (rows,) = json.loads(await _answer(context, request, Reconcile((query,))))
    return _json(request, {"result": [reconciliation.suggestion(kind, row) for row in rows]})


async def properties(context: Context, request: Request) -> Response:
    """The properties that things of the class `?type=` have, at most `limit`: the own, the most used."""
    pairs = dict(protocol.parameters(request.query_string, "query string"))
    named, limit = pairs.get("type", "").strip(), _number(pairs, "limit", _PROPOSED)
    try:
        of_class = about("reconcile-properties", in_full(named)) if named else None
    except ValueError:
        raise BadParameter(
            f"The parameter type has the value {named[:100]!r}. Give the IRI of a class.",
            parameter="type",
        ) from None
    text = of_class or of_dataset("reconcile-properties-of-all")
    answer = await context.query(text, languages.of_labels("en"))
    found = [_proposed(row) for row in json.loads(answer.body)["results"]["bindings"]]
    found.sort(key=lambda each: not reconciliation.is_own(each["id"]))
    told = {"type": named} if named else {}
    return _json(request, {"properties": found[:limit], **told, "limit": limit})


async def preview(context: Context, request: Request) -> Response:
    """A small page on the entity, type or property `?id=`, to be shown in a frame."""
    pairs = dict(protocol.parameters(request.query_string, "query string"))
    iri = in_full(pairs.get("id", ""))
    asked = tuple(NameQuery(iri, kind, limit=1) for kind in _KINDS.values() if ":" in iri)
    answers = json.loads(await _answer(context, request, Reconcile(asked))) if asked else []
    found = next((row for rows in answers for row in rows if row["id"] == iri), None)
    status = 200 if found else 404
    return context.page(
        request, "reconcile-preview.html", status, framed=True, entity=found, iri=iri
    )


def _given(request: Request) -> dict[str, str | bytes]:
    """What the request gives: parameters, fields of a form, or members of a JSON object."""
    if not bodies.is_json(request):
        return dict(bodies.parameters(request))
    found = bodies.decoded(request.body, dict[str, msgspec.Raw], "the body")
    return {name: bytes(value) for name, value in found.items()}


async def _answer(context: Context, request: Request, job: Job) -> bytes:
    """The answer to a job that a client gives, which waits its turn among those of others."""
    return await context.whole(job, JobOptions(request.who))


async def _manifest(context: Context, request: Request) -> Response:
    kinds = await context.kinds(request)
    title = context.dataset.title
    response = _json(request, reconciliation.manifest(request.base, title, kinds))
    response.vary = CHOOSE_LANGUAGE
    if not request.addresses.public_url:
        # The response contains the address that was requested: shared caches must not keep it.
        response.add("cache-control", "no-store")
    return response


def _proposed(row: dict[str, Any]) -> dict[str, str]:
    iri = row["property"]["value"]
    label = row.get("propertyLabel", {}).get("value", "")
    return {"id": iri, "name": label or local_name(iri) or iri}


def _number(pairs: dict[str, str], name: str, default: int) -> int:
    text = pairs.get(name) or str(default)
    if not re.fullmatch("[0-9]{1,9}", text) or int(text) > _LAST:
        raise BadParameter(
            f"The parameter {name} has the value {text[:50]!r}. Give a number from 0 to {_LAST}.",
            parameter=name,
        )
    return int(text)


def _json(request: Request, value: object) -> Response:
    """*value* as JSON; as a script that calls a function with it, where the address names one."""
    pairs = protocol.parameters(request.query_string, "query string")
    callback = dict(pairs).get("callback", "")
    if callback:
        text = reconciliation.called_back(callback, value)
        return content(text, "text/javascript; charset=utf-8")
    return content(msgspec.json.encode(value), "application/json")

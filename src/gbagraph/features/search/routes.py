"""Search by name: results as JSON and as a page, and the list for editors that complete names."""

from __future__ import annotations

import asyncio
import json
import re
from typing import TYPE_CHECKING, Any, Final

from markupsafe import Markup, escape

from gbagraph.endpoint.evaluation import Evaluation
from gbagraph.errors import BadParameter, GbaGraphError
from gbagraph.feature import hook
from gbagraph.features.search.jobs import Completions, Search
from gbagraph.names.matching import KINDS
from gbagraph.names.texts import local_name, stem
from gbagraph.queries.catalog import all_queries
from gbagraph.rdf.formats import HTML, JSON
from gbagraph.rdf.namespaces import compact
from gbagraph.sparql.negotiation import languages
from gbagraph.web.context import Context, choose, labels_of, language_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gbagraph.endpoint.request import Request
    from gbagraph.endpoint.response import Response

    _Pairs = list[tuple[str, str]]


_MOST: Final = 100
"""Results that are given at most."""
_LAST: Final = 10_000
_DIGITS: Final = 9
"""Of the longest number that is read."""
_LONGEST: Final = 200
"""Letters of a text to look for."""
_ON_A_PAGE: Final = 20
_SECTIONS: Final = 3


async def results(context: Context, request: Request) -> Evaluation | Response:
    """What the text of ``?q=`` may mean, of each ``kind`` named: JSON, at most ``limit``; or a page.

    Without a text, all of a kind. ``labels`` are the languages in which names are given, as in /sparql.
    """
    pairs = request.parameters
    text = dict(pairs).get("q", "").strip()[:_LONGEST]
    kinds = _kinds(pairs)
    if choose(request, (JSON, HTML), "a search") is HTML:
        return await _page(context, request, text, kinds)
    if not text and not kinds:
        raise BadParameter(
            "The parameter q, the text to look for, is missing. Ask like this: /search?q=NAME, or for "
            "all of a kind like this: /search?kind=thing",
            parameter="q",
        )
    limit, offset = _number(pairs, "limit", 10, 1, _MOST), _number(pairs, "offset", 0, 0, _LAST)
    tags = languages(dict(pairs).get("labels", ""))
    return Evaluation(Search(text, limit, offset, kinds, tags), "search")


async def index(context: Context, request: Request) -> Evaluation:
    """All prefixes, terms and things with their labels, for editors that complete names, as JSON."""
    choose(request, (JSON,), "the list of names")
    return Evaluation(Completions(), "index")


def _kinds(pairs: _Pairs) -> tuple[str, ...]:
    kinds = tuple(dict.fromkeys(value for name, value in pairs if name == "kind" and value))
    for kind in kinds:
        if kind not in KINDS:
            raise BadParameter(
                f"The parameter kind has the value {kind[:_MOST]!r}. It can be {', '.join(KINDS)}.",
                parameter="kind",
            )
    return kinds


def _number(pairs: _Pairs, name: str, default: int, least: int, most: int) -> int:
    text = dict(pairs).get(name, str(default))
    if not text.isdecimal() or len(text) > _DIGITS or not least <= int(text) <= most:
        raise BadParameter(
            f"The parameter {name} has the value {text[:_MOST]!r}. Give a number from {least} to "
            f"{most}.",
            parameter=name,
        )
    return int(text)


async def _page(context: Context, request: Request, text: str, kinds: tuple[str, ...]) -> Response:
    page = _number(request.parameters, "page", 1, 1, _LAST // _ON_A_PAGE)
    offset = (page - 1) * _ON_A_PAGE
    limit = _ON_A_PAGE if text or kinds else 0
    job = Search(text, limit, offset, kinds[:1], labels_of(request))
    answer: dict[str, Any] = json.loads((await context.result(job)).body)
    in_manual = hook("manual_search")
    words = " ".join(answer["words"])
    sections = (
        await asyncio.to_thread(in_manual, words, language_of(request))
        if in_manual and words and not kinds
        else []
    )
    return context.page(
        request,
        "search.html",
        asked=text,
        kind=kinds[0] if kinds else "",
        found=answer,
        offset=offset,
        page=page,
        more=bool(limit) and answer["total"] > offset + limit,
        sections=sections[:_SECTIONS],
        number_of_sections=len(sections),
        has_queries=bool(all_queries()),
        marked=_marked,
    )


def _marked(text: str, words: Iterable[str]) -> Markup:
    """*text* with a mark around each of *words*, which a search has looked for, in any of its forms."""
    forms = sorted({re.escape(stem(word)) for word in words}, key=len, reverse=True)
    pattern = "|".join(rf"(?<!\w){form}\w*" if form.isascii() else form for form in forms)
    parts = re.split(f"({pattern})", text, flags=re.IGNORECASE) if pattern else [text]
    # Every second part is one that was split at.
    marked = (
        Markup("<mark>{}</mark>").format(p) if n % 2 else escape(p) for n, p in enumerate(parts)
    )
    return Markup("").join(marked)


_SIMILAR: Final = 5
_LEAST: Final = 0.6
"""The score from which on a result is offered: below it, a name does not fit, only a definition."""
_NAME: Final = 80
_SHORTEST: Final = 3
_NAMED: Final = ("thing", "class", "property")


async def like(context: Context, iri: str, labels: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return what has a name like the end of *iri*: IRI, label in one of *labels*, and address.

    Where nothing has a name like all of it, a name like its longest word will do. Nothing where the
    search cannot be answered now: another error is to be shown.
    """
    text = local_name(iri)[:_NAME].replace("-", " ").replace("_", " ").strip()
    longest = max(text.split(), key=len, default="")
    try:
        rows = await _named_like(context, text, labels) or await _named_like(
            context, longest, labels
        )
    except GbaGraphError:
        return []
    return [
        {"label": _called(row), "iri": row["iri"], "address": f"/{row['address']}"} for row in rows
    ]


def _called(row: Mapping[str, Any]) -> str:
    """Return the label of a result; of what has none, its prefixed name."""
    iri, label = row["iri"], row["label"]
    return compact(iri) if label == local_name(iri) else label


async def _named_like(context: Context, text: str, labels: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return the results for a text; none for one that many names have by chance."""
    if len(text) < _SHORTEST:
        return []
    search = Search(text, _SIMILAR, kinds=_NAMED, languages=labels)
    answer = json.loads((await context.result(search)).body)
    rows = [row for row in answer["results"] if row["score"] >= _LEAST]
    return rows or [row for row in answer.get("suggestions", ()) if row["kind"] in _NAMED]

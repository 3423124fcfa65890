"""The start page: what is here, counted and drawn, and the ways in."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from gbagraph import publication
from gbagraph.dataset.catalog import whole, whole_files
from gbagraph.feature import hook
from gbagraph.queries.catalog import all_queries
from gbagraph.rdf import namespaces
from gbagraph.rdf.namespaces import DATASET, PREFIXES
from gbagraph.rdf.results import Value, named, rows
from gbagraph.web import addresses, markup
from gbagraph.web.context import labels_of
from gbagraph.web.kinds import EVIDENCE, of_dataset

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gbagraph.endpoint.request import Request
    from gbagraph.endpoint.response import Response
    from gbagraph.queries.canned import CannedQuery
    from gbagraph.web.context import Context
    from gbagraph.web.kinds import Kind


_KINDS: Final = 24
"""Kinds of things that the page shows."""

_DRAWN: Final = 300_000
"""Triples up to which others' data are looked through for something to draw."""

_NO_STORY: Final = dict.fromkeys(("example", "network", "map", "timeline", "asked"))
_QUESTIONS: Final = 3
"""Questions of each group."""

_OURS: Final = ("figures", "paths", "places", "events", "sections")
_OF_OTHERS: Final = ("places", "dates", "links")


async def page(context: Context, request: Request) -> Response:
    """The start page."""
    site = publication.current()
    names = _names(context)
    labels = labels_of(request)
    queries = (context.query(of_dataset("web", f"start-{name}"), labels) for name in names)
    kinds, results = await asyncio.gather(context.kinds(request), asyncio.gather(*queries))
    answers = {name: result.body for name, result in zip(names, results, strict=True)}
    draw = hook("story")
    response = context.page(
        request,
        "start.html",
        markup=await _markup(context, request),
        figures=_numbers(answers),
        has_pictures=draw is not None,
        story=draw(tuple(answers.items())) if draw else _NO_STORY,
        sections=_sections(answers),
        kinds=kinds,
        shown=[kind for kind in kinds.classes if _is_shown(kind)][:_KINDS],
        groups=_groups(all_queries().values()),
        queries=all_queries().values(),
        endpoint=f"{request.base}/sparql",
        pairs=(f"{whole()}.trig", f"{whole()}.nq"),
    )
    links = markup.of_dataset(site, context.dataset, request.prefix)
    response.add("link", markup.value(links))
    if addresses.serves("/versions") and not context.dataset.release:
        response.add("link", f'<{request.base}/versions>; rel="timegate"')
    return response


def _names(context: Context) -> tuple[str, ...]:
    """Return the queries behind the page."""
    if context.dataset.built_in:
        return _OURS
    return _OF_OTHERS if context.dataset.default_graph <= _DRAWN else ()


async def _markup(context: Context, request: Request) -> dict[str, Any] | None:
    """Return the markup of the dataset for crawlers; none of a release, which has no metadata."""
    if context.dataset.built_in:
        about = await context.query(markup.dataset_query())
        return markup.markup(DATASET, about.body)
    if publication.current().is_own:
        return None
    served = whole_files() if addresses.serves("/dumps/all") else ()
    files = {f"{request.base}/dumps/{row.file}": row.format.media_type for row in served}
    iri = namespaces.base() or f"{request.base}/"
    return markup.published(publication.current(), iri, files)


def _is_shown(kind: Kind) -> bool:
    """Return whether a kind is a way in: one of our ontology; of others any that is no evidence."""
    iri = kind.term.iri or ""
    is_own = publication.current().is_own
    return iri.startswith(PREFIXES["gba"]) if is_own else not re.search(EVIDENCE, iri)


def _groups(queries: Iterable[CannedQuery]) -> dict[str, tuple[list[CannedQuery], int]]:
    """Return the first queries of each tag and the number of all of it, the largest groups first."""
    by_tag: dict[str, list[CannedQuery]] = {}
    for query in queries:
        for tag in query.tags:
            by_tag.setdefault(tag, []).append(query)
    ordered = sorted(by_tag.items(), key=lambda item: (-len(item[1]), item[0]))
    return {tag: (rows[:_QUESTIONS], len(rows)) for tag, rows in ordered}


class Section(NamedTuple):
    """A section of the article, and what rests on it."""

    value: Value
    paragraphs: int
    facts: int


def _numbers(answers: Mapping[str, bytes]) -> dict[str, int]:
    """Return the key figures by name; none of data of others."""
    if "figures" not in answers:
        return {}
    (row,) = rows(answers["figures"])
    return {name: int(cell["value"]) for name, cell in row.items()}


def _sections(answers: Mapping[str, bytes]) -> list[Section]:
    sections = rows(answers["sections"]) if "sections" in answers else []
    return [
        Section(named(row, "section"), *(int(row[n]["value"]) for n in ("paragraphs", "facts")))
        for row in sections
    ]

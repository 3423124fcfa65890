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

_OF_DATASET: Final = ("figures", "paths", "events", "sections")
"""Queries that a dataset may have of its own."""


async def page(context: Context, request: Request) -> Response:
    """The start page."""
    site = publication.current()
    labels = labels_of(request)
    texts = _texts(context)
    queries = (context.query(text, labels) for text in texts.values())
    kinds, results = await asyncio.gather(context.kinds(request), asyncio.gather(*queries))
    answers = {name: result.body for name, result in zip(texts, results, strict=True)}
    draw = hook("story")
    response = context.page(
        request,
        "start.html",
        markup=await _markup(context, request),
        figures=_figures(answers),
        has_pictures=draw is not None,
        story=draw(tuple(answers.items())) if draw else _NO_STORY,
        sections=_sections(answers),
        kinds=kinds,
        # Of a vocabulary they are all kinds of terms.
        shown=([each for each in kinds.classes if _is_shown(each)] or kinds.classes)[:_KINDS],
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


def _texts(context: Context) -> dict[str, str]:
    """Return the queries behind the page by name: the dataset's own, and for the rest those for any."""
    named = {name: publication.page_query(f"start-{name}") for name in _OF_DATASET}
    is_other = publication.current().is_own and not context.dataset.built_in  # a release
    own = {name: text for name, text in named.items() if text and not is_other}
    if context.dataset.default_graph > _DRAWN:
        return own
    general = {"events": "dates", "paths": "links"}
    names = ("places", *(name for instead, name in general.items() if instead not in own))
    return own | {name: of_dataset("web", f"start-{name}") for name in names}


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
    """Return whether a kind is a way in: one of our ontology; of others all but evidence and terms."""
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
    """A section of a document, and what rests on it."""

    value: Value
    paragraphs: int
    facts: int


def _figures(answers: Mapping[str, bytes]) -> list[tuple[int, str, str]]:
    """Return the key figures of the dataset, each with its name and the path of more on it."""
    figures = rows(answers["figures"]) if "figures" in answers else []
    return [
        (int(row["number"]["value"]), *(row[name]["value"] for name in ("name", "path")))
        for row in figures
    ]


def _sections(answers: Mapping[str, bytes]) -> list[Section]:
    sections = rows(answers["sections"]) if "sections" in answers else []
    return [
        Section(named(row, "section"), *(int(row[n]["value"]) for n in ("paragraphs", "facts")))
        for row in sections
    ]

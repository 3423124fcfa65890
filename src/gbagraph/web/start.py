"""The start page: what is here, counted and drawn, and the ways in."""

from __future__ import annotations

import asyncio
import json
import re
from collections import defaultdict
from functools import partial
from itertools import chain, zip_longest
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from gbagraph import publication
from gbagraph.dataset.catalog import whole, whole_files
from gbagraph.feature import hook
from gbagraph.paths import own_query
from gbagraph.queries.catalog import all_queries
from gbagraph.rdf import namespaces
from gbagraph.rdf.namespaces import DATASET, PREFIXES
from gbagraph.rdf.results import Value, named, rows
from gbagraph.web import addresses, markup
from gbagraph.web.context import labels_of, language_of
from gbagraph.web.highlights import bound, evidence, mixed, places, read_cards, read_chain
from gbagraph.web.kinds import EVIDENCE, of_dataset, of_thing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gbagraph.endpoint.request import Request
    from gbagraph.endpoint.response import Response
    from gbagraph.queries.canned import CannedQuery
    from gbagraph.web.context import Context
    from gbagraph.web.highlights import Card, Row
    from gbagraph.web.kinds import Kind, Kinds


_KINDS: Final = 24
"""Kinds of things that the page shows."""

_DRAWN: Final = 300_000
"""Triples up to which others' data are looked through for something to draw."""

_NO_STORY: Final = dict.fromkeys(("network", "map", "timeline"))
_QUESTIONS: Final = 6
_FIGURES: Final = 3
"""Figures of each thing that the dataset chooses."""
_MIXED: Final = 4
"""Figures of each other thing."""
_CARDS: Final = 6
_SORTS: Final = 4
"""Kinds of which things are shown."""
_NO_CARDS: Final = re.compile(f"{EVIDENCE}|^{PREFIXES['gba']}(Quantity|Field)$")
"""The kinds of which no things are shown: they say how others are known, or are their numbers."""
_MOMENTS: Final = 12
"""Moments on a timeline of others' data."""
_TERMS: Final = re.compile(
    f"^{PREFIXES['rdf']}Property$|^{PREFIXES['rdfs']}Class$|^{PREFIXES['owl']}(Class|.*Property)$"
)
"""The kinds of classes and properties."""

_GENERAL: Final = ("chain", "events", "links", "places", "source")
"""Queries for the data of anybody, if these are not large."""

_OF_DATASET: Final = (*_GENERAL, "figures", "headline", "questions", "sections", "things")
"""Queries that a dataset may have of its own."""


async def page(context: Context, request: Request) -> Response:
    """The start page."""
    site = publication.current()
    labels = labels_of(request)
    kinds = await context.kinds(request)
    texts, is_chosen = _texts(context, kinds), _is_own("things", context)
    results = await asyncio.gather(*(context.query(text, labels) for text in texts.values()))
    bodies = {name: result.body for name, result in zip(texts, results, strict=True)}
    moments = None if _is_own("events", context) or "events" not in texts else _moments(bodies)
    answers = defaultdict(list, {name: rows(body) for name, body in bodies.items()})
    cards, steps = read_cards(answers["things"], _FIGURES), read_chain(answers["chain"])
    if not is_chosen:
        of_kinds = [answers[name] for name in texts if name.startswith("things")]
        cards = _mixture([mixed(read_cards(each, most=99), labels, _MIXED) for each in of_kinds])
    told = [*(card.triples for card in cards), *(step.triples for step in steps.steps)]
    known = await evidence(context, chain.from_iterable(told), labels)
    draw = hook("story")
    families = tuple((await context.families(request, *bodies.values())).items()) if draw else ()
    response = context.page(
        request,
        "start.html",
        markup=await _markup(context, request),
        headline=_headline(answers["headline"], labels),
        figures=_figures(answers["figures"]),
        cards=cards,
        examples=list(dict.fromkeys(named(row, "thing") for row in answers["links"]))
        if _is_own("links", context)
        else [card.thing for card in cards],
        bases={each.basis for each in known.values()},
        moments=moments,
        all_moments=texts.get("events", ""),
        chain=steps,
        places=partial(places, known),
        has_pictures=draw is not None,
        story=draw(tuple(bodies.items()), language_of(request), families) if draw else _NO_STORY,
        sections=[named(row, "section") for row in answers["sections"]],
        documents=_documents(answers["source"]),
        kinds=kinds,
        shown=_shown(kinds)[:_KINDS],
        is_chosen=is_chosen,
        questions=_questions(answers["questions"]),
        number=len(all_queries()),
        endpoint=f"{request.base}/sparql",
        file=f"{whole()}.trig",
    )
    links = markup.of_dataset(site, context.dataset, request.prefix)
    response.add("link", markup.value(links))
    if addresses.serves("/versions") and not context.dataset.release:
        response.add("link", f'<{request.base}/versions>; rel="timegate"')
    return response


def _headline(answer: Iterable[Row], languages: Iterable[str]) -> str:
    """Return the headline in the first of *languages* that it is in."""
    texts = {row["headline"].get("xml:lang"): row["headline"]["value"] for row in answer}
    return next((texts[tag] for tag in (*languages, None) if tag in texts), "")


def _texts(context: Context, kinds: Kinds) -> dict[str, str]:
    """Return the queries behind the page by name: the dataset's own, and for the rest those for any.

    There is one for the things of each of the largest kinds; of a vocabulary they are its terms.
    """
    own = {n: publication.page_query(f"start-{n}") for n in _OF_DATASET if _is_own(n, context)}
    general = _GENERAL if context.dataset.default_graph <= _DRAWN else ()
    texts = {name: of_dataset("web", f"start-{name}") for name in general} | own
    if "things" in own:
        return texts
    iris = [each.term.iri or "" for each in _shown(kinds)]
    largest = [iri for iri in iris if not _NO_CARDS.search(iri)][:_SORTS] or iris[:_SORTS]
    things = own_query("web", "start-things")
    return texts | {f"things of {iri}": of_thing(things, iri) for iri in largest}


def _shown(kinds: Kinds) -> tuple[Kind, ...]:
    """Return the kinds of things; of a vocabulary those of terms, of what has neither all."""
    of_data = tuple(each for each in kinds.classes if _is_shown(each))
    terms = tuple(each for each in kinds.classes if _TERMS.search(each.term.iri or ""))
    is_data = of_data and 4 * sum(k.number for k in of_data) >= sum(k.number for k in terms)
    return of_data if is_data else terms or kinds.classes


def _mixture(cards: list[tuple[Card, ...]]) -> tuple[Card, ...]:
    """Return the first things of each kind, first one of each."""
    most = max(2, _CARDS // max(1, len(cards)))
    every = chain.from_iterable(zip_longest(*(of_kind[:most] for of_kind in cards)))
    return tuple({card.thing: card for card in every if card}.values())[:_CARDS]


class Moments(NamedTuple):
    """How many moments are shown, of how many, and what kinds of dates they are."""

    shown: int
    number: int
    names: list[Value]


def _moments(bodies: dict[str, bytes]) -> Moments:
    """Let the answer on events have a few of its moments, from all of its time."""
    read = json.loads(bodies["events"])
    every = read["results"]["bindings"]
    parts = min(len(every), _MOMENTS)
    kept = [every[place * len(every) // parts] for place in range(parts)]
    names = list(dict.fromkeys(named(row, "property") for row in every))
    read["head"]["vars"] = [
        name for name in read["head"]["vars"] if not name.startswith("property")
    ]
    for row in kept:
        for name in ("property", "propertyLabel"):
            row.pop(name, None)
    read["results"]["bindings"] = kept
    bodies["events"] = json.dumps(read).encode()
    return Moments(parts, len(every), names)


def _is_own(name: str, context: Context) -> bool:
    """Return whether the dataset has a query of its own for this; a release has none."""
    is_release = publication.current().is_own and not context.dataset.built_in
    return not is_release and bool(publication.page_query(f"start-{name}"))


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


def _questions(chosen: Iterable[Row]) -> list[CannedQuery]:
    """Return the canned queries that are shown: those that the dataset names, else the first ones."""
    queries = all_queries()
    names = [row["name"]["value"] for row in chosen]
    return [queries[name] for name in names or queries if name in queries][:_QUESTIONS]


class Document(NamedTuple):
    """A source, and who published it and when, as far as that is known, or from what *year* it seems."""

    value: Value
    publisher: Value | None
    date: Value | None
    year: Value | None


def _documents(answer: Iterable[Row]) -> list[Document]:
    return [
        Document(named(row, "document"), *(bound(row, n) for n in ("publisher", "date", "year")))
        for row in answer
        if "document" in row
    ]


def _figures(answer: Iterable[Row]) -> list[tuple[int, str, str]]:
    """Return the key figures of the dataset, each with its name and the path of more on it."""
    return [
        (int(row["number"]["value"]), *(row[name]["value"] for name in ("name", "path")))
        for row in answer
    ]

"""An answer as a page shows it, from the question to what stands in ``answer.html``."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from dataclasses import replace as changed
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

import msgspec
import pyoxigraph as ox
from msgspec.structs import replace

from gbagraph.api.explanations import Explanation, Step, figures
from gbagraph.engine import JobOptions, Page, Query
from gbagraph.errors import ResultTooLarge
from gbagraph.feature import hook
from gbagraph.names.texts import words
from gbagraph.paths import own_query
from gbagraph.queries import texts
from gbagraph.queries.catalog import find
from gbagraph.rdf.formats import GRAPHS, Kind
from gbagraph.rdf.result_formats import ALL
from gbagraph.rdf.results import named, rows
from gbagraph.sparql import protocol
from gbagraph.sparql.parsed import ParsedQuery
from gbagraph.sparql.tokens import offset, token_at
from gbagraph.web import templating
from gbagraph.web.context import READABLE, language_of
from gbagraph.web.snippets import Call, Snippet, snippets
from gbagraph.web.table import Table, table
from gbagraph.web.translated import english_texts, translate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from gbagraph.endpoint.request import Request
    from gbagraph.rdf.results import Value
    from gbagraph.sparql.sources import Source
    from gbagraph.web.context import Context
    from gbagraph.web.kinds import Family
    from gbagraph.web.table import Address


@dataclass(frozen=True, slots=True)
class Shown:
    """A diagnostic: where it stands, over how many characters, and the repair with its address."""

    code: str
    severity: str
    message: str
    line: int
    column: int
    length: int
    suggestion: str
    query: str
    address: str


class Explained(NamedTuple):
    """The diagnostics of a query, its steps, and the terms of facts with a property used otherwise."""

    diagnostics: tuple[Shown, ...] = ()
    steps: tuple[dict[str, Any], ...] = ()
    facts: tuple[tuple[Value, ...], ...] = ()

    @property
    def told(self) -> tuple[bool, list[tuple[str, str]]]:
        """Whether a step tells something, and the numbers of each."""
        explained = Explanation(steps=(Step(**each) for each in self.steps))
        return explained.tells, figures(explained.steps)


SIZE: Final = 100
"""Rows of a table on a page."""
_FACTS: Final = 3  # facts that show how a property is used
_DRAWN: Final = 500
"""Rows of which a picture is made at most."""
_TABLE: Final = "table"
_TURTLE: Final = "turtle"
_LONGEST: Final = 200_000
"""Bytes of the largest graph that a page shows as text."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question: the *job*, whole and without labels; its address and options.

    *text* is the query as people read and copy it, *given* the values for the parameters of the canned
    query *name*. *labels* are the languages in which things are named. *editor* is the address for a
    repaired query, if not *address*.
    """

    job: Query
    address: Address
    options: JobOptions
    text: str
    name: str = ""
    given: tuple[tuple[str, str], ...] = ()
    labels: tuple[str, ...] = ()
    editor: Address | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """A link with the name of what it leads to, and its type; *is_here* for where the reader is."""

    name: str
    address: str
    is_here: bool = False
    media_type: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What ``answer.html`` shows.

    ``body`` has the rows as they came, and ``query`` is what was asked: :func:`with_rows` makes of
    them what is shown, and ``families`` are those of the things in a picture. ``total`` is the number
    of rows, of all if it ``is_exact``, ``first`` that of the first on this page. One of ``table``,
    ``boolean``, ``pictures`` and ``text`` (Turtle) is shown. ``evidence`` leads to the answer with
    what each row rests on, or without if that is shown; it is empty where the data say nothing of it.
    If it ``is_cut``, that is too much for a page. ``sources`` are the other endpoints that were called,
    and ``call`` is what programs ask to get the same. ``told`` are texts of the rows of the canned query
    *name* in the language of the page, by what stands in the rows and by the thing.
    """

    kind: Kind
    address: Address
    query: str = ""
    body: bytes = b""
    table: Table | None = None
    boolean: bool = False
    pictures: tuple[Any, ...] = ()
    families: Mapping[str, Family] = field(default_factory=dict)
    text: str = ""
    total: int = 0
    is_exact: bool = True
    first: int = 1
    tabs: tuple[Link, ...] = ()
    start: str = ""
    previous: str = ""
    next: str = ""
    evidence: str = ""
    is_explained: bool = False
    is_cut: bool = False
    downloads: tuple[Link, ...] = ()
    call: Call | None = None
    explained: Explained | None = None
    sources: tuple[Source, ...] = ()
    name: str = ""
    told: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def snippets(self) -> tuple[Snippet, ...]:
        """Programs that ask the same; none where there is no link to it."""
        return snippets(self.call) if self.call else ()

    @property
    def last(self) -> int:
        """The number of the last row on this page."""
        return self.first + len(self.table.rows) - 1 if self.table else 0

    @property
    def is_empty(self) -> bool:
        """Whether there is no answer, or the answer no."""
        return not self.boolean if self.kind == "boolean" else not self.total


async def answer(context: Context, request: Request, question: Question) -> Answer:
    """Return the answer to *question*, and what the page shows of it as its address says.

    Raises:
        GbaGraphError: there is none.
    """
    address = question.address
    request.job = question.job
    job = replace(
        question.job,
        page=_page(address),
        labels=question.labels,
        help="",
        formats=READABLE,
    )
    try:
        result = await context.result(job, question.options)
    except ResultTooLarge:
        if not job.evidence:
            raise
        job = replace(job, evidence=False)
        result = await context.result(job, question.options)
    read = _head(result.body)
    kind: Kind = read.page.form if read.page else "boolean"
    shown = Answer(
        kind,
        address,
        question.text,
        result.body if read.page else b"",
        boolean=read.boolean,
        total=read.page.total if read.page else 0,
        is_exact=read.page.exact if read.page else True,
        is_explained=bool(job.evidence),
        is_cut=job.evidence != question.job.evidence,
        sources=result.sources,
        downloads=tuple(_downloads(kind, address)) if address.is_linkable else (),
        call=_call(request, question, kind) if address.is_linkable else None,
    )
    if kind != "boolean":
        shown = await _with_ways(context, question, shown)
    if shown.body and address.view not in (_TABLE, _TURTLE) and hook("pictures"):
        shown = changed(shown, families=await context.families(request, shown.body))
    if question.name and shown.body:
        told = await _told(context, request, question, result.body)
        shown = changed(shown, name=question.name, told=told)
    if shown.is_empty or (ParsedQuery(question.text).may_lose_rows and not shown.sources):
        # Sources say what became of calls, and to explain these would be to make them once more.
        job = question.job
        graphs = job.default_graphs, job.named_graphs
        sent = protocol.SparqlRequest(question.text, *graphs, infer=job.infer)
        explained = await diagnosed(context, request, sent, question.editor or address)
        facts = await _facts(context, question, explained) if shown.is_empty else ()
        shown = changed(shown, explained=explained._replace(facts=facts))
    return shown


async def _facts(
    context: Context, question: Question, explained: Explained
) -> tuple[tuple[Value, ...], ...]:
    """Return some facts with the property at which the answer became empty."""
    text, parsed = question.text, ParsedQuery(question.text)
    places = (offset(text, each.line, each.column) for each in explained.diagnostics)
    tokens = filter(None, (token_at(text, place) for place in places))
    iri = next(filter(None, map(parsed.iri, tokens)), "")
    if not iri:
        return ()
    wanted = f"VALUES ?property {{ {ox.NamedNode(iri)} }} ?subject ?property ?value"
    answered = await context.query(f"SELECT * {{ {wanted} }} LIMIT {_FACTS}", question.labels)
    names = ("subject", "property", "value")
    return tuple(tuple(named(row, name) for name in names) for row in rows(answered.body))


async def diagnosed(
    context: Context, request: Request, sent: protocol.SparqlRequest, editor: Address
) -> Explained:
    """Return the diagnostics of the query of a request, and its steps; none where they are left out."""
    diagnose = hook("diagnostics")
    return await diagnose(context, request, sent, editor) if diagnose else Explained()


def _page(address: Address) -> Page:
    """Return the rows that are looked at: of a table those of the page, of a picture the first."""
    if address.view in (_TABLE, _TURTLE):
        return Page(SIZE, (address.page - 1) * SIZE, address.order, address.find)
    return Page(_DRAWN, find=address.find)


def _call(request: Request, question: Question, kind: Kind) -> Call:
    """What programs ask."""
    address = question.address
    pairs = [("infer", str(question.job.infer).lower())] if question.job.infer is not None else []
    pairs += [("default-graph-uri", iri) for iri in question.job.default_graphs or ()]
    pairs += [("named-graph-uri", iri) for iri in question.job.named_graphs or ()]
    where = request.base + address.plain.removeprefix(address.server) if question.name else ""
    return Call(
        f"{request.base}/sparql",
        question.text,
        kind,
        tuple(pairs),
        question.name,
        question.given,
        where,
    )


class _Page(msgspec.Struct):
    form: Literal["solutions", "graph"]
    total: int
    exact: bool


class _Head(msgspec.Struct):
    """What is read of an answer before its rows."""

    boolean: bool = False
    page: _Page | None = None


_head: Final = msgspec.json.Decoder(_Head).decode


async def _with_ways(context: Context, question: Question, shown: Answer) -> Answer:
    """*shown* with the way to its evidence, and with the text of a graph if that is to be shown."""
    address = shown.address
    has_claims = shown.kind == "solutions" and (shown.sources or await context.has_claims())
    if has_claims and address.is_linkable and hook("page evidence"):
        wanted = None if question.job.evidence else "true"
        shown = changed(shown, evidence=address.link(evidence=wanted, view=None))
    if address.view == _TURTLE and shown.kind == "graph":
        return changed(shown, text=await _turtle(context, question))
    return shown


async def _told(
    context: Context, request: Request, question: Question, body: bytes
) -> dict[str, dict[str, str]]:
    """Return texts in rows that are the English of something, each as the data say it to the reader.

    A canned query selects English texts; pages show these things in their own language.
    """
    language = language_of(request)
    if language == "en":
        return {}
    said = english_texts(json.loads(body), find(question.name).text)
    if not said:
        return {}

    ranked = enumerate(tag for tag in question.labels if tag.startswith(language[:2]))
    tags = " ".join(f"({ox.Literal(tag)} {rank})" for rank, tag in ranked)
    texts = " ".join(str(ox.Literal(text, language="en")) for text in said)
    query = own_query("web", "translations").replace("LANGUAGES", tags).replace("UNDEF", texts)
    told: dict[str, dict[str, str]] = {}
    for row in rows((await context.query(query)).body):
        by_thing = told.setdefault(row["text"]["value"], {})
        by_thing.setdefault(row["thing"]["value"], row["told"]["value"])
    return told


def page(template: str, language: str, values: dict[str, Any]) -> str:
    """Return the text of a page with an answer, the rows of which are read and drawn here."""
    values["answer"] = with_rows(values["answer"], language)
    return templating.render(template, language, **values)


def with_rows(shown: Answer, language: str) -> Answer:
    """Return *shown* with its rows in the view that is asked for, and the names of views that fit."""
    if not shown.body:
        return shown
    address, read = shown.address, json.loads(shown.body)
    if shown.name:
        said = texts.current(language)
        plain = {name: " ".join(words(name)) for name in read["head"]["vars"]}
        read["titles"] = plain | said.columns_of(shown.name)
        translate(read, said.values, shown.told)
    draw = hook("pictures")
    drawn = draw(read, language, shown.families, dict(address.shows)) if draw else ()
    shown = changed(shown, tabs=tuple(_tabs(shown.kind, drawn, address)))
    alike = tuple(picture for picture in drawn if picture.kind == address.view)
    if alike:
        return changed(shown, pictures=alike)
    if address.view == _TURTLE and shown.kind == "graph":
        return shown
    return _with_table(shown, read, shown.query)


def _with_table(base: Answer, read: Mapping[str, Any], query: str) -> Answer:
    """*base* with its rows as a table, and the ways to other pages."""
    address, page = base.address, base.address.page
    begins = (page - 1) * SIZE
    shown = table(read, query, address)
    has_more = base.total > begins + len(shown.rows) or not base.is_exact
    can_leaf = has_more and shown.rows and address.is_linkable
    return changed(
        base,
        table=shown,
        first=begins + 1,
        start=address.link() if page > 2 else "",
        previous=address.link(page=page - 1 if page > 2 else None) if page > 1 else "",
        next=address.link(page=page + 1) if can_leaf else "",
    )


async def _turtle(context: Context, question: Question) -> str:
    """Return the graph as Turtle; empty if it is too large for a page."""
    try:
        result = await context.result(
            replace(question.job, formats=READABLE, help=""), question.options
        )
    except ResultTooLarge:
        return ""
    return result.body.decode() if len(result.body) <= _LONGEST else ""


def _tabs(kind: Kind, drawn: Iterable[Any], address: Address) -> Iterator[Link]:
    """Yield the views of an answer, where there is more than one."""
    names = {_TABLE: "Table"}
    if kind == "graph":
        names[_TURTLE] = "Turtle"
    names |= {picture.kind: picture.label for picture in drawn}
    here = address.view if address.view in names else _TABLE
    for name, label in names.items() if len(names) > 1 and address.is_linkable else ():
        yield Link(label, address.link(view=None if name == _TABLE else name), name == here)


def _downloads(kind: Kind, address: Address) -> Iterator[Link]:
    offers = GRAPHS if kind == "graph" else (*ALL[kind],)
    for offer in offers:
        if offer.standard:
            yield Link(offer.label, address.download(offer.name), media_type=offer.media_type)

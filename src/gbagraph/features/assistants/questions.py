"""The catalogue of canned queries: which question is meant by a text, and the answer to one."""

from __future__ import annotations

import re
from itertools import chain, islice, starmap
from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct

from gbagraph.engine import Page as Part
from gbagraph.engine import Query, canned_query
from gbagraph.errors import BadParameter, UnknownResource
from gbagraph.feature import hook
from gbagraph.features.assistants import compact
from gbagraph.features.assistants.compact import PREFIX, Wanted
from gbagraph.features.assistants.tool import FORMATS, Asker, Tool, read, schema_of, thing
from gbagraph.features.assistants.tools import argument_pairs, limit_of, parameter_schema
from gbagraph.names.finding import find_queries
from gbagraph.queries.catalog import all_queries, find
from gbagraph.rdf import namespaces

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gbagraph.features.assistants.tool import Record
    from gbagraph.queries.canned import CannedQuery
    from gbagraph.queries.parameters import Parameter
    from gbagraph.sparql.terms import Reference

    Arguments = Mapping[str, Any]
    Meant = Mapping[Reference, tuple[str, str]]


class _Find(Struct, frozen=True, forbid_unknown_fields=True):
    text: Annotated[str, Meta(min_length=1)]
    limit: Annotated[int, Meta(ge=1, le=20)] = 3


async def _find(asker: Asker, arguments: Arguments) -> Record:
    wanted = read(f"{PREFIX}find_question", _Find, arguments)
    named = await _named(asker, wanted.text)
    text = " ".join((wanted.text, *(kind for each in named for kind in each["types"])))
    near = find_queries(text, len(all_queries()))
    fitting = (each.query for each in near if each.score >= _LEAST)
    able = (query for query in fitting if not query.refused_services(_allowed(asker)))
    answer: Record = {"questions": list(map(_candidate, islice(able, wanted.limit)))}
    if not answer["questions"]:
        named = named or [
            n for w in _WORD.findall(wanted.text)[:_LOOKED_AT] for n in await _named(asker, w)
        ]
        answer["hint"] = (
            "Nothing prepared fits. "
            f"{'See the things with describe and path' if named else 'Look names up with search'}, "
            "or ask SPARQL with query, after schema."
        )
    things = {thing(each["iri"], each["label"]): None for each in named[:_NAMED]}
    return answer | ({"things": [*things]} if things else {})


_LEAST: Final = 0.1
"""How well a question fits at least: those that share only words of asking come to less."""


async def _named(asker: Asker, text: str) -> list[Record]:
    """The things that *text* names, the longest names first; none without the feature of search."""
    search = hook("search job")
    if search is None:
        return []
    job = search(text, _LOOKED_AT, kinds=("thing",), languages=compact.language())
    rows = (await asker.record(job))["results"]
    named = (row for row in rows if row.get("types") and row["match"].casefold() in text.casefold())
    return sorted(named, key=lambda row: -len(row["match"]))[:_NAMED]


_WORD: Final = re.compile(r"\b[A-Z0-9]\w+|[^\W\x00-\u2e7f和与與跟到从從在的有是]{2,}")
"""Words that may be names."""
_LOOKED_AT: Final = 20
_NAMED: Final = 3
"""Things that a question names, as a rule."""


def _candidate(query: CannedQuery) -> Record:
    candidate: Record = {"name": query.name, "question": query.summary}
    if query.parameters:
        candidate["parameters"] = {row.name: _described(row) for row in query.parameters}
    return candidate | ({"columns": query.columns} if query.columns else {"answer": query.kind})


def _described(row: Parameter) -> str:
    """What a parameter is, whether it is needed, and a value of it."""
    value = row.default or row.example
    is_example = is_needed(row) or row.default is None
    said = (
        "Required." * is_needed(row),
        row.description,
        f"One of: {', '.join(choice.value for choice in row.choices)}." * bool(row.choices),
        value and f"{'Example' if is_example else 'Default'}: {value}.",
    )
    return " ".join(filter(None, said))


def is_needed(row: Parameter) -> bool:
    """Return whether a parameter has to be given: also where its default names what is asked about.

    That is a thing or a text. A term of a vocabulary, or a language, rather says how something is asked.
    """
    if row.default is None:
        return row.required
    if row.type.name == "string":
        return not _LANGUAGE.fullmatch(row.default)
    spaces = (*namespaces.VOCABULARIES.values(), *namespaces.TERMS)
    return row.type.name == "iri" and not namespaces.in_full(row.default).startswith(spaces)


_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-\w+)*")


class _Ask(Wanted, frozen=True, kw_only=True, forbid_unknown_fields=True):
    question: Annotated[str, Meta(description="Its name.")]
    arguments: dict[str, Any] = msgspec.field(default_factory=dict)


async def _ask(asker: Asker, arguments: Arguments) -> Record:
    wanted = read(f"{PREFIX}ask", _Ask, arguments)
    query = find(wanted.question, listing=f" {PREFIX}find_question finds them by a text.")
    if refused := query.refused_services(_allowed(asker)):
        said = f"{query.name} needs {', '.join(refused)}, which may not be called from here."
        raise UnknownResource(f"{said} Who runs this server can allow it: --allow-service.")
    return await _asked(query, asker, wanted.arguments, wanted)


def _allowed(asker: Asker) -> set[str]:
    """The endpoints that queries may call."""
    return {each.iri for each in asker.cache.engine.services}


async def _asked(query: CannedQuery, asker: Asker, given: Arguments, wanted: Wanted) -> Record:
    """Answer a canned query with what was asked, and without rows where else to look."""
    for row in query.parameters:
        if is_needed(row) and given.get(row.name) in (None, ""):
            said = f"{query.name} needs the argument {row.name}: {row.expects}."
            example = row.default or row.example
            raise BadParameter(f"{said} Example: {example}.", argument=row.name, example=example)
    pairs = [*argument_pairs(given), *limit_of(query, wanted.offset + wanted.limit)]
    job = canned_query(query, pairs, FORMATS)
    answer = await compact.answered(asker, job, wanted)
    meant = await _meant(asker, job)
    asked = {"question": query.name, **query.defaults, **given, **_by_name(meant)}
    more = {} if compact.has_rows(answer) else await _instead(asker, query, meant)
    return {"asked": asked, **answer, **more}


async def _meant(asker: Asker, job: Query) -> Meant:
    """What the values of parameters were taken for: IRIs of things, with their labels."""
    if not job.references:
        return {}
    bound = " ".join(f"BIND ({each.term} AS ?v{n})" for n, each in enumerate(job.references))
    content = await _labelled(asker, f"SELECT * {{ {bound} }}", job.references)
    (row,), labels = content["results"]["bindings"], content["labels"]
    terms = ((each, row[f"v{number}"]) for number, each in enumerate(job.references))
    return {
        each: (term["value"], labels.get(term["value"], {}).get("value", ""))
        for each, term in terms
        if term["type"] == "uri"
    }


async def _labelled(asker: Asker, text: str, references: tuple[Reference, ...] = ()) -> Record:
    page, tags = Part(100, counts=False), compact.language()
    job = Query(text, FORMATS, references=references, labels=tags, page=page)
    return await asker.record(job)


def _by_name(meant: Meant) -> dict[str, str]:
    names: dict[str, str] = {}
    for (name, *_), named in meant.items():
        names[name] = f"{names[name]}, {thing(*named)}" if name in names else thing(*named)
    return names


async def _instead(asker: Asker, query: CannedQuery, meant: Meant) -> Record:
    """Why there is no row, and which questions come near."""
    kinds = await _kinds(asker, [iri for iri, _ in meant.values()])
    wanted = {row.name: row.description for row in query.parameters}
    hints = [
        f"{name} was taken for {thing(*named)}, which is: {', '.join(kinds[named[0]])}. Asked for: "
        f"{wanted[name]}"
        for (name, *_), named in meant.items()
        if named[0] in kinds
    ]
    of_things = " for " * bool(meant) + ", ".join(dict.fromkeys(starmap(thing, meant.values())))
    hints.append(f"The graph records none of this{of_things}.")
    labels = (label for _, label in meant.values())
    about = " ".join((query.summary, *labels, *chain(*kinds.values())))
    near = [each.query for each in find_queries(about, _RELATED + 1) if each.query != query]
    also = {each.name: each.summary for each in near[:_RELATED]}
    return {"hints": hints, "see_also": also}


_RELATED: Final = 3


_NARROWEST: Final = (
    "SELECT ?x ?kind {{ VALUES ?x {{ {} }} ?x a ?kind FILTER NOT EXISTS {{ ?x a ?narrower . ?narrower "
    "<http://www.w3.org/2000/01/rdf-schema#subClassOf> ?kind FILTER (?narrower != ?kind) }} }}"
)


async def _kinds(asker: Asker, iris: list[str]) -> dict[str, list[str]]:
    """What the narrowest classes of things are called."""
    content = await _labelled(asker, _NARROWEST.format(" ".join(f"<{iri}>" for iri in iris)))
    labels, kinds = content["labels"], dict[str, list[str]]()
    for row in content["results"]["bindings"]:
        if label := labels.get(row["kind"]["value"]):
            kinds.setdefault(row["x"]["value"], []).append(label["value"])
    return kinds


def tool_of(name: str, query: CannedQuery) -> Tool:
    """Return a tool with a *name* for *query*, which answers as ask does."""
    own = {row.name: parameter_schema(row) for row in query.parameters}
    needs = [row.name for row in query.parameters if is_needed(row)]
    for needed in needs:
        own[needed].pop("default", None)
    page = {n: s for n, s in schema_of(Wanted)["properties"].items() if n not in own}

    async def answer(asker: Asker, arguments: Arguments) -> Record:
        wanted = read(query.name, Wanted, {n: v for n, v in arguments.items() if n in page})
        given = {n: v for n, v in arguments.items() if n not in page}
        return await _asked(query, asker, given, wanted)

    schema = {"type": "object", "properties": own | page, "required": needs}
    said = query.description or query.summary
    return Tool(name, query.summary, said, schema, compact.SCHEMA, answer, query.is_federated)


FIND_QUESTION: Final = Tool(
    f"{PREFIX}find_question",
    "Find prepared questions",
    "Finds the prepared questions that come nearest to a text in English or Chinese, with their "
    "parameters and columns. Ask this first.",
    schema_of(_Find),
    {
        "type": "object",
        "properties": {"questions": {"type": "array", "items": {"type": "object"}}},
    },
    _find,
)
ASK: Final = Tool(
    f"{PREFIX}ask",
    "Ask a prepared question",
    "Answers a question that find_question gave. Things are named by label, prefixed name or IRI. "
    "asked says what they were taken for.",
    schema_of(_Ask),
    compact.SCHEMA,
    _ask,
)

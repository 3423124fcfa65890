"""The few tools that are offered by default: a catalogue of questions, and SPARQL, in short answers."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct

from gbagraph import publication
from gbagraph.engine import Page as Part
from gbagraph.engine import Query, canned_query
from gbagraph.errors import BadParameter, QuerySyntaxError, RequestError
from gbagraph.feature import hook, needed
from gbagraph.features.assistants import compact
from gbagraph.features.assistants.tool import FORMATS, Asker, Tool, read, schema_of
from gbagraph.features.assistants.tools import argument_pairs, own_query, parameter_schema
from gbagraph.names.finding import find_queries
from gbagraph.queries import modifiers
from gbagraph.queries.catalog import find
from gbagraph.rdf import namespaces
from gbagraph.sparql.expressions import NotRead
from gbagraph.sparql.negotiation import languages
from gbagraph.sparql.parsed import ParsedQuery

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gbagraph.features.assistants.tool import Record
    from gbagraph.queries.canned import CannedQuery
    from gbagraph.queries.parameters import Parameter
    from gbagraph.sparql.terms import Reference

    Arguments = Mapping[str, Any]

PREFIX: Final = "gbagraph_"
"""What the names of the few begin with: other servers have tools to search and to query, too."""


class _Find(Struct, frozen=True, forbid_unknown_fields=True):
    text: Annotated[str, Meta(min_length=1)]
    limit: Annotated[int, Meta(ge=1, le=20)] = 3


async def _find(_: Asker, arguments: Arguments) -> Record:
    wanted = read(f"{PREFIX}find_question", _Find, arguments)
    return {
        "questions": [_candidate(each.query) for each in find_queries(wanted.text, wanted.limit)]
    }


def _candidate(query: CannedQuery) -> Record:
    needs = {row.name: _described(row) for row in query.parameters}
    return {
        "name": query.name,
        "question": query.summary,
        **({"parameters": needs} if needs else {}),
        **({"columns": list(query.columns)} if query.columns else {"answer": query.kind}),
    }


def _described(row: Parameter) -> str:
    """What a parameter is, whether it is needed, and a value of it."""
    values = "; ".join(f"{v} ({t})" if t else v for v, t in row.choices)
    value = values and f"One of: {values}."
    example = row.default or row.example
    is_needed = is_subject(row) or (row.required and row.default is None)
    given = f"{'Example' if is_needed or not row.default else 'Default'}: {example}."
    said = ("Required." * is_needed, row.description, value, given * bool(example))
    return " ".join(filter(None, said))


def is_subject(row: Parameter) -> bool:
    """Return whether a parameter names the thing that is asked about, so that no default can stand in.

    It is a thing or a text. A term of a vocabulary, or a language, rather says how something is asked.
    """
    if row.default is None or not row.required or row.choices:
        return False
    if row.type.name == "string":
        return not _LANGUAGE.fullmatch(row.default)
    spaces = (*namespaces.VOCABULARIES.values(), *namespaces.TERMS)
    return row.type.name == "iri" and not namespaces.in_full(row.default).startswith(spaces)


_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-\w+)*")


class _Ask(compact.Wanted, frozen=True, kw_only=True, forbid_unknown_fields=True):
    question: Annotated[str, Meta(description="Its name.")]
    arguments: dict[str, Any] = msgspec.field(default_factory=dict)


async def _ask(asker: Asker, arguments: Arguments) -> Record:
    wanted = read(f"{PREFIX}ask", _Ask, arguments)
    query = find(wanted.question, listing=f" {PREFIX}find_question finds them by a text.")
    return await _asked(query, asker, wanted.arguments, wanted)


async def _asked(
    query: CannedQuery, asker: Asker, given: Arguments, wanted: compact.Wanted
) -> Record:
    """Answer a canned query with what was asked, and without rows where else to look."""
    for row in query.parameters:
        if is_subject(row) and given.get(row.name) in (None, ""):
            raise BadParameter(
                f"{query.name} needs the argument {row.name}: {row.expects}. Example: {row.default}.",
                argument=row.name,
                example=row.default,
            )
    pairs = [*argument_pairs(given)]
    if query.page_size is not None and modifiers.LIMIT not in query.names:
        # The query would cut its rows itself. One row more tells whether there are others.
        pairs.append((modifiers.LIMIT, wanted.offset + wanted.limit + 1))
    job = canned_query(query, pairs, FORMATS)
    answer = await compact.answered(asker, job, wanted)
    meant = await _meant(asker, job.references)
    defaults = {row.name: row.default for row in query.parameters if row.default is not None}
    asked = {"question": query.name, **defaults, **given, **_by_name(meant)}
    more = {} if _has_rows(answer) else await _instead(asker, query, job, meant)
    return {"asked": asked, **answer, **more}


def _has_rows(answer: Record) -> bool:
    return bool(answer.get("rows") or answer.get("boolean"))


Meant = list[tuple["Reference", str, str]]
"""Values of parameters, with the IRI of the thing that each was taken for, and its label."""


async def _meant(asker: Asker, references: Sequence[Reference]) -> Meant:
    if not references:
        return []
    bound = " ".join(f"BIND ({each.term} AS ?v{n})" for n, each in enumerate(references))
    job = Query(f"SELECT * {{ {bound} }}", FORMATS, references=tuple(references))
    content = await _labelled(asker, job)
    (row,) = content["results"]["bindings"]
    found = []
    for number, reference in enumerate(references):
        term = row[f"v{number}"]
        label = content["labels"].get(term["value"], {}).get("value", "")
        found.append((reference, term["value"] if term["type"] == "uri" else "", label))
    return found


async def _labelled(asker: Asker, job: Query) -> Record:
    language = languages(publication.current().language)
    return await asker.record(
        msgspec.structs.replace(job, page=Part(100, counts=False), labels=language)
    )


def _by_name(meant: Meant) -> dict[str, str]:
    found: dict[str, str] = {}
    for reference, iri, label in meant:
        if iri:
            before = f"{found[reference.parameter]}, " if reference.parameter in found else ""
            found[reference.parameter] = before + compact.thing(iri, label)
    return found


_RELATED: Final = 3


async def _instead(asker: Asker, query: CannedQuery, job: Query, meant: Meant) -> Record:
    """Why there is no row, and which questions come near."""
    text = job.text
    for reference, iri, _ in meant:
        text = text.replace(reference.term, f"<{iri}>") if iri else text
    kinds = await _kinds(asker, query, meant)
    hints = [
        f"{name} was taken for {thing}, which is: {', '.join(is_a)}. An example with an answer is "
        f"{example}, which is: {', '.join(other)}."
        for name, thing, is_a, example, other in kinds
        if is_a and other and not set(is_a) & set(other)
    ]
    hints += await asker.hints(Query(text, FORMATS))
    about = " ".join((query.summary, *(kind for _, _, is_a, *_ in kinds for kind in is_a)))
    near = [each.query for each in find_queries(about, _RELATED + 1) if each.query != query]
    also = {each.name: each.summary for each in near[:_RELATED]}
    return {"hints": hints or ["The data have no answer."], "see_also": also}


async def _kinds(
    asker: Asker, query: CannedQuery, meant: Meant
) -> list[tuple[str, str, list[str], str, list[str]]]:
    """Of each value, its parameter, what it is and of which kinds; and the same of an example."""
    examples = query.examples
    pairs = [
        (name, compact.thing(iri, label), iri, examples[name])
        for (name, *_), iri, label in meant
        if iri and name in examples
    ]
    wholes = [namespaces.in_full(example) for *_, example in pairs]
    wholes = [whole if ":" in whole else namespaces.things() + whole for whole in wholes]
    asked = " ".join(f"<{iri}>" for iri in [*(iri for _, _, iri, _ in pairs), *wholes])
    text = (
        f"SELECT ?x ?kind {{ VALUES ?x {{ {asked} }} ?x a ?kind FILTER NOT EXISTS {{ ?x a ?narrower . "
        "?narrower <http://www.w3.org/2000/01/rdf-schema#subClassOf> ?kind "
        "FILTER (?narrower != ?kind) } }"
    )
    content = await _labelled(asker, Query(text, FORMATS)) if pairs else {}
    of: dict[str, list[str]] = {}
    for row in content["results"]["bindings"] if pairs else ():
        kind = row["kind"]["value"]
        if kind in content["labels"]:
            of.setdefault(row["x"]["value"], []).append(content["labels"][kind]["value"])
    return [
        (name, thing, of.get(iri, []), example, of.get(whole, []))
        for (name, thing, iri, example), whole in zip(pairs, wholes, strict=True)
    ]


class _Sparql(compact.Wanted, frozen=True, kw_only=True, forbid_unknown_fields=True):
    sparql: Annotated[str, Meta(min_length=1)]
    infer: Annotated[bool | None, Meta(description="Whether to ask what follows, too.")] = None
    at: Annotated[str, Meta(description="An earlier version, such as 0.2.0.")] = ""


async def _query(asker: Asker, arguments: Arguments) -> Record:
    wanted = read(f"{PREFIX}query", _Sparql, arguments)
    if not wanted.at:
        return await _of_query(asker, wanted)
    async with needed("version")(asker.cache.engine, wanted.at) as cache:
        return await _of_query(Asker(cache, asker.client), wanted)


async def _of_query(asker: Asker, wanted: _Sparql) -> Record:
    """Answer a query; say what is wrong with it, or misleading, and how it would be right."""
    head = _undeclared(wanted.sparql)
    job = Query(head + wanted.sparql, FORMATS, infer=wanted.infer)
    try:
        answer = await compact.answered(asker, job, wanted, is_reserved=False)
    except RequestError as problem:
        raise await _repaired(asker, problem, job, head) from None
    may_mislead = not _has_rows(answer) or _is_aggregated(job.text)
    said = await _explained(asker, job, head) if may_mislead else {}
    return answer | said


def _is_aggregated(text: str) -> bool:
    try:
        return ParsedQuery(text).tree.is_aggregated
    except NotRead:
        return False


_USED: Final = re.compile(r"(?<![\w?$<:/-])([A-Za-z][\w.-]*):")
_DECLARED: Final = re.compile(r"\bPREFIX\s+([\w.-]*)\s*:", re.IGNORECASE)


def _undeclared(text: str) -> str:
    """A line that declares the prefixes of the dataset that *text* uses and does not declare."""
    known, declared = namespaces.prefixes(), set(_DECLARED.findall(text))
    names = [n for n in dict.fromkeys(_USED.findall(text)) if n in known and n not in declared]
    return f"{' '.join(f'PREFIX {name}: <{known[name]}>' for name in names)}\n" if names else ""


async def _explained(asker: Asker, job: Query, head: str) -> Record:
    """What the diagnostics say of a query, with the repaired query if there is one."""
    explain = hook("diagnose job")
    if explain is None:
        return {}
    found = await asker.record(explain(job.text, job.infer), is_reserved=False)
    rows = found["diagnostics"][:3]
    hints = [f"{_moved(row, head)}{row['severity']}: {row['message']}" for row in rows]
    repaired = next((row["query"].removeprefix(head) for row in rows if row["query"]), "")
    said = {"hints": hints, "repaired": repaired}
    return {name: value for name, value in said.items() if value}


def _moved(row: Record, head: str) -> str:
    return f"Line {row['line'] - bool(head)}, column {row['column']}, "


async def _repaired(asker: Asker, problem: RequestError, job: Query, head: str) -> RequestError:
    """The error with the lines as the client has them, and with the repaired query if there is one."""
    details, message = dict(problem.details), problem.message
    if head and "line" in details:
        line = details["line"]
        details["line"] = line - 1
        message = message.replace(f"line {line},", f"line {line - 1},")
    said = await _explained(asker, job, head) if isinstance(problem, QuerySyntaxError) else {}
    said.pop("hints", None)
    return type(problem)(message, **details, **said)


async def _schema(asker: Asker, arguments: Arguments) -> Record:
    wanted = read(f"{PREFIX}schema", _About, arguments)
    given = (("about", wanted.about),) if wanted.about else ()
    names = ("properties-of", "kinds-of") if wanted.about else ("classes", "properties")
    keys = ("properties", "joins") if wanted.about else names
    page = compact.Wanted(limit=wanted.limit)
    jobs = [canned_query(own_query(name), given, FORMATS) for name in names]
    tables = {
        key: await compact.answered(asker, job, page) for key, job in zip(keys, jobs, strict=True)
    }
    return {key: table for key, table in tables.items() if table["rows"]}


class _About(Struct, frozen=True, forbid_unknown_fields=True):
    about: Annotated[str, Meta(description="A class or a property: name or label.")] = ""
    limit: Annotated[int, Meta(ge=1, le=500)] = 30


def tool_of(query: CannedQuery) -> Tool:
    """Return a tool for *query*, which answers as ask does."""
    own = {row.name: parameter_schema(row) for row in query.parameters}
    needs = [
        row.name
        for row in query.parameters
        if is_subject(row) or (row.required and row.default is None)
    ]
    for name in filter(own.__contains__, needs):
        default = own[name].pop("default", None)
        own[name] |= {"examples": [default]} if default is not None else {}
    page = {n: s for n, s in schema_of(compact.Wanted)["properties"].items() if n not in own}
    schema = {"type": "object", "properties": own | page, "additionalProperties": False}
    return Tool(
        PREFIX + re.sub(r"[^A-Za-z0-9_-]+", "-", query.name),
        query.summary,
        query.description or query.summary,
        schema | ({"required": needs} if needs else {}),
        compact.SCHEMA,
        partial(_of_tool, query, frozenset(page)),
        is_open=query.is_federated,
    )


async def _of_tool(
    query: CannedQuery, page: frozenset[str], asker: Asker, arguments: Arguments
) -> Record:
    wanted = read(query.name, compact.Wanted, {n: v for n, v in arguments.items() if n in page})
    given = {n: v for n, v in arguments.items() if n not in page}
    return await _asked(query, asker, given, wanted)


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
SCHEMA: Final = Tool(
    f"{PREFIX}schema",
    "Show classes and properties",
    "Classes and properties with counts; or of a class, its properties; of a property, what it joins. "
    "Ask this before you write SPARQL.",
    schema_of(_About),
    {"type": "object"},
    _schema,
)
QUERY: Final = Tool(
    f"{PREFIX}query",
    "Ask SPARQL",
    "Answers SPARQL 1.1 if no prepared question fits. Prefixes of the data are known. A triple of "
    "CONSTRUCT or DESCRIBE is a row. hints say why there is no row and which figures mislead; repaired "
    "is the query without its mistakes.",
    schema_of(_Sparql),
    compact.SCHEMA,
    _query,
)
FEW: Final = (FIND_QUESTION, ASK, SCHEMA, QUERY)

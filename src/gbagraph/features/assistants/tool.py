"""A tool of any framework: its arguments, how it asks the engine, and the records that it gives."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeVar

import msgspec
from msgspec import Meta

from gbagraph.api import answer as reading
from gbagraph.api.asking import come_to
from gbagraph.api.safe import job_of
from gbagraph.api.solutions import ExplainedRow, Solutions
from gbagraph.engine import JobOptions, Query
from gbagraph.errors import BadParameter, ResultTooLarge
from gbagraph.feature import hook
from gbagraph.names.texts import local_name
from gbagraph.rdf.formats import Explained  # noqa: TC001  msgspec reads it
from gbagraph.rdf.namespaces import compact, things
from gbagraph.rdf.results import json_value
from gbagraph.sparql.terms import sentence

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from gbagraph.api.asking import Asking, OfData
    from gbagraph.api.explanations import RowEvidence, RowFacts, RowTriple
    from gbagraph.dataset.identity import Description
    from gbagraph.endpoint.request import Request
    from gbagraph.endpoint.response import Result
    from gbagraph.endpoint.result_cache import ResultCache
    from gbagraph.engine import Job
    from gbagraph.rdf.formats import Format, Kind
    from gbagraph.sparql.sources import Source

    Answering = Callable[["Asker", Mapping[str, Any]], Awaitable[dict[str, Any]]]
    Record = dict[str, Any]


Sparql = Annotated[
    str,
    Meta(description="The query, with a PREFIX line for each prefix in it.", min_length=1),
]
"""An argument of a tool that is a query."""

_MOST_ROWS: Final = 1000
"""Rows that one call gives at most."""
_USUAL_ROWS: Final = 100
"""Rows that a call gives that does not say how many."""

_T = TypeVar("_T", bound=msgspec.Struct)


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool: *answer* takes its arguments, which have *input_schema*, and gives *output_schema*.

    *is_open*: what others say is in its answers, not the graph alone. *writes*: it adds to a file.
    *offered*: in the lists of all tools and of the few, or in one of them only.
    """

    name: str
    title: str
    description: str
    input_schema: dict[str, Any]
    output_schema: dict[str, Any]
    answer: Answering
    is_open: bool = False
    writes: bool = False
    offered: Literal["always", "all", "few"] = "always"


class Page(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which rows of an answer to give, and whether with their evidence."""

    limit: Annotated[
        int, Meta(ge=1, le=_MOST_ROWS, description="How many rows to give at most.")
    ] = _USUAL_ROWS
    offset: Annotated[int, Meta(ge=0, description="How many rows to leave out before them.")] = 0
    evidence: Annotated[
        Explained,
        Meta(
            description="Whether to tell for each row the paragraphs and facts on which it rests; "
            "brief: no kinds and labels, and what each paragraph says."
        ),
    ] = False


def schema_of(arguments: type[msgspec.Struct]) -> dict[str, Any]:
    """Return the JSON Schema of the arguments that a struct describes."""
    _, parts = msgspec.json.schema_components([arguments])
    schema = parts[arguments.__name__]
    return {name: value for name, value in schema.items() if name not in ("title", "description")}


def read(tool: str, arguments: type[_T], given: Mapping[str, Any]) -> _T:
    """Return the arguments *given* to a tool.

    Raises:
        BadParameter: one is missing, unknown, or not of its type.
    """
    try:
        return msgspec.convert({n: v for n, v in given.items() if v is not None}, arguments)
    except msgspec.ValidationError as problem:
        names = ", ".join(field.encode_name for field in msgspec.structs.fields(arguments))
        said, _, where = str(problem).partition(" - at `$.")
        what = f"{where[:-1]}: {said}" if where else said
        raise BadParameter(
            f"The arguments of {tool} are not right: {what}. It takes: {names}."
        ) from None


def thing(iri: str, label: str) -> str:
    """Return a thing as one cell: its prefixed name, and its label if the name does not say it."""
    name = compact(iri)
    is_said = not iri.startswith(things()) and _letters(label) == _letters(local_name(iri))
    return name if is_said or not label else f'{name} "{label}"'


def cut(text: str, most: int) -> str:
    """Return the beginning of a text that has more than *most* characters, without half a word."""
    return text if len(text) <= most else f"{_WORD_AT_END.sub('', text[:most])} …"


_WORD_AT_END: Final = re.compile(r"\s+[!-~]*$")
"""The last of words with spaces between them; other scripts have none."""


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text)).casefold()


FORMATS: Final[dict[Kind, str]] = {
    "solutions": reading.RESULTS,
    "boolean": reading.RESULTS,
    "graph": "text/turtle",
}
"""The formats in which tools read answers."""

_LARGEST: Final = 8 * 1024 * 1024
"""Bytes of an answer that is read."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Asks for one *client*, within the limits of the engine behind *cache*.

    Over HTTP, its *request* gets the query that is asked, for the log.
    """

    cache: ResultCache
    client: str = ""
    request: Request | None = None

    @property
    def dataset(self) -> Description:
        """What the dataset is."""
        return self.cache.engine.description

    async def whole(self, job: Job, *, is_reserved: bool = True) -> Result:
        """Return the whole answer to *job*; *is_reserved*: the query is not the client's own.

        Raises:
            RequestError: the query is not valid.
            EvaluationError: it exceeds a limit, or its answer is larger than a tool gives.
        """
        if self.request is not None and isinstance(job, Query):
            self.request.job = self.request.job or job
        options = JobOptions(client=self.client, is_reserved=is_reserved)
        cached = await self.cache.get(job, options)
        if cached.answer is None:
            return cached
        blocks: list[bytes] = []
        size = 0
        try:
            async for block in cached.answer:
                size += len(block)
                if size > _LARGEST:
                    raise _too_large()
                blocks.append(block)
        finally:
            cached.close()
        return msgspec.structs.replace(cached, body=b"".join(blocks))

    async def rows(self, job: Job, page: Page, *, is_reserved: bool = True) -> Record:
        """Return the answer to *job* as :func:`record` gives it; raises as :meth:`whole`."""
        whole = await self.whole(job, is_reserved=is_reserved)
        return record(
            whole.body,
            whole.format,
            limit=page.limit,
            offset=page.offset,
            evidence=page.evidence,
            sources=whole.sources,
        )

    async def record(self, job: Job, *, is_reserved: bool = True) -> Record:
        """Return the answer to *job* that is a JSON object; raises as :meth:`whole`."""
        whole = await self.whole(job, is_reserved=is_reserved)
        content: Record = msgspec.json.decode(whole.body)
        return content

    async def told(self, asking: Asking) -> Any:  # noqa: ANN401
        """Return what *asking* comes to, which yields questions and is sent their answers.

        Raises:
            GbaGraphError: as :meth:`whole`, or what *asking* raises.
        """

        async def ask(question: OfData) -> object:
            result = await self.whole(job_of(question))
            return question.read(result.body, result.format.media_type, ())

        return await come_to(asking, ask)

    async def hints(self, query: Query) -> list[str]:
        """Return why an answer has no rows, in a few sentences; none where no feature knows."""
        hints = hook("hints")

        async def read(job: Job) -> bytes:
            return (await self.whole(job)).body

        return await hints(query, read) if hints else []


def _too_large() -> ResultTooLarge:
    return ResultTooLarge(
        f"The answer is larger than {_LARGEST // 1024**2} megabytes, the most that a tool reads. Ask "
        "for less: with LIMIT, with fewer columns, or for a number with COUNT.",
        limit=_LARGEST,
    )


_MOST_FACTS: Final = 20
"""Facts that are given of a row."""
_MOST_TEXT: Final = 200_000
"""Characters of a graph that is given."""

_OBJECTS: Final = {"type": "array", "items": {"type": "object"}}
_ROWS: Final = {
    "columns": {"type": "array", "items": {"type": "string"}},
    "rows": _OBJECTS,
    "total": {"type": "integer"},
    "more": {"type": "boolean"},
    "evidence": _OBJECTS,
}
SCHEMAS: Final[dict[Kind, Record]] = {
    "solutions": {"type": "object", "properties": _ROWS, "required": ["columns", "rows", "more"]},
    "boolean": {
        "type": "object",
        "properties": {"boolean": {"type": "boolean"}},
        "required": ["boolean"],
    },
    "graph": {
        "type": "object",
        "properties": {"turtle": {"type": "string"}},
        "required": ["turtle"],
    },
}
"""JSON Schemas of what :func:`record` gives, by the kind of the answer.

They are short: every tool repeats one of them in the list that an assistant reads.
"""

ANY_SCHEMA: Final[Record] = {
    "type": "object",
    "properties": {
        **_ROWS,
        "sources": _OBJECTS,
        **{k: v for s in SCHEMAS.values() for k, v in s["properties"].items()},
    },
}
"""The JSON Schema of an answer whose kind is known only when it is there."""


def record(  # noqa: PLR0913  what is there, and what is wanted of it
    body: bytes,
    written_in: Format,
    *,
    limit: int,
    offset: int,
    evidence: object,
    sources: Sequence[Source] = (),
) -> Record:
    """Return an answer as a JSON object: ``columns`` and ``rows``, or ``boolean``, or ``turtle``.

    Args:
        body: the whole answer, in one of the formats of :mod:`gbagraph.features.assistants.tool`.
        written_in: its format.
        limit: how many rows are given at most.
        offset: how many rows are left out before them.
        evidence: whether *body* has what each row rests on, to be given as ``evidence``.
        sources: the other endpoints that were called for it, to be given as ``sources``.

    Raises:
        ResultTooLarge: it is a graph that is too large to be read.
    """
    called = {"sources": list(map(_source, sources))} if sources else {}
    if written_in.extension == "ttl":
        return {"turtle": _readable(body.decode()), **called}
    answer = reading.explained(body) if evidence else reading.answer(body, written_in.media_type)
    if isinstance(answer, Solutions):
        return {**_rows(answer, limit, offset), **called}
    return {"boolean": bool(answer), **called}


def _source(source: Source) -> Record:
    """Return an endpoint, and how many rows it gave when; or why it failed, which SILENT passes over."""
    name = {"name": source.name} if source.name else {}
    outcome = {"failure": source.failure} if source.failure else {"rows": source.rows}
    when = {"retrieved": source.retrieved} if source.retrieved else {}
    return {"endpoint": source.endpoint, **name, **outcome, **when}


def _readable(text: str) -> str:
    if len(text) > _MOST_TEXT:
        raise ResultTooLarge(
            f"The graph has {len(text)} characters of Turtle, and a tool gives {_MOST_TEXT} at most. "
            "Ask for less, with LIMIT or with more bound terms.",
            limit=_MOST_TEXT,
        )
    return text


def _rows(answer: Solutions, limit: int, offset: int) -> Record:
    """Return the rows from *offset* on, each with its values by name."""
    names = list(answer.variables)
    chosen = [answer[number] for number in range(offset, min(offset + limit, len(answer)))]
    rows = [dict(zip(names, map(json_value, row), strict=True)) for row in chosen]
    more = len(answer) > offset + limit
    given = {"columns": names, "rows": rows, "total": len(answer), "more": more}
    explained = [_evidence(row.evidence) for row in chosen if isinstance(row, ExplainedRow)]
    return {**given, "evidence": explained} if explained else given


def _evidence(row: RowEvidence) -> Record:
    """What a row rests on: the paragraphs, and each fact as a sentence with its own paragraphs."""
    facts = list(map(_fact, row.triples))
    facts += [_known(fact, each) for each in row.facts for fact in each.facts]
    left_out = len(facts) - _MOST_FACTS
    notes = [row.note] if row.note else []
    if left_out > 0:
        notes.append(f"It rests on {left_out} more facts.")
    more = {
        "passages": [each._asdict() for each in row.passages],
        "services": [each.endpoint for each in row.services],
        "marks": list(row.marks),
        "note": " ".join(notes),
    }
    return {
        "paragraphs": list(row.paragraphs),
        "facts": facts[:_MOST_FACTS],
        "complete": row.complete,
        **{name: value for name, value in more.items() if value},
    }


def _fact(row: RowTriple) -> Record:
    return _known(sentence(row.triple), row)


def _known(fact: str, row: RowTriple | RowFacts) -> Record:
    names = list(map(compact, row.paragraphs))
    sentences = [f"{compact(passage)}: {number}" for passage, number in row.sentences]
    words = [f"{compact(passage)}: {words}" for passage, words in row.words]
    more = {"note": row.note, "sentences": sentences, "words": words}
    known = {"fact": fact, "basis": row.basis, "paragraphs": names}
    return known | {name: value for name, value in more.items() if value}

"""The tool for assistants that describes a thing."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeVar

from msgspec import Meta, Struct

from gbagraph import publication
from gbagraph.api.safe import job_of
from gbagraph.features.assistants.tool import Tool, read, schema_of
from gbagraph.features.things.describing import describe, evidence_of, meant
from gbagraph.features.things.jobs import Connect
from gbagraph.features.things.record import said_of
from gbagraph.names.texts import local_name, plain
from gbagraph.rdf.namespaces import PREFIXES, compact
from gbagraph.sparql.negotiation import languages

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from gbagraph.features.assistants.tool import Asker
    from gbagraph.features.things.describing import Asking
    from gbagraph.features.things.record import Told

    Record = dict[str, Any]

_Row = TypeVar("_Row", str, list[str])

_ROOM: Final = {"facts": 500, "neighbours": 180, "differs": 140, "rests": 500, "uses": 200}
"""Characters that rows take in a brief answer."""
_VALUES: Final = 5
"""Values of a property in a brief answer."""
_CITED: Final = 2
"""Passages of one row in a brief answer: a fact that follows from many rests on all of them."""
_WIDER: Final = ("derived", "ontology")
_CITATIONS: Final = 420
"""Characters that tell of passages in a brief answer."""
_SENTENCE: Final = 120


class _Describe(Struct, frozen=True, forbid_unknown_fields=True):
    thing: Annotated[
        str, Meta(description="IRI, prefixed name, or label in any language.", min_length=1)
    ]
    language: Annotated[str, Meta(description="Of labels: en, zh, …")] = ""
    detail: Literal["brief", "full"] = "brief"


async def _describe(asker: Asker, arguments: Mapping[str, Any]) -> Record:
    wanted = read("gbagraph_describe", _Describe, arguments)
    record = await answered(asker, describe(wanted.thing, _tags(wanted.language)))
    return record if wanted.detail == "full" else brief(record)


def _tags(language: str) -> tuple[str, ...]:
    """The languages of labels, the wanted one first."""
    tags = (*languages(language), publication.current().language, "en")
    return tuple(dict.fromkeys(tags))


async def answered(asker: Asker, asking: Asking) -> Any:  # noqa: ANN401  what it asks for
    """Return what *asking* comes to, whose questions *asker* answers; raises as both do."""
    answer = None
    while True:
        try:
            question = asking.send(answer)
        except StopIteration as end:
            return end.value
        found = await asker.whole(job_of(question))
        answer = question.read(found.body, found.format.media_type, ())


def brief(record: Record) -> Record:
    """Return a record of :func:`describe` in short: terms as texts, the first facts in tables."""
    if "candidates" in record:
        cells = [f"{cell(each)}, a {each['kind']}" for each in record["candidates"]]
        return {"asked": record["asked"], "candidates": cells, "hint": "Ask for one of them."}
    rows = {name: [*_rows(name, record.get(name, ()))] for name in _ROOM}
    tables = {name: _fitting(each, _ROOM[name]) for name, each in rows.items()}
    cited = {
        name for table in tables.values() for row in table for name in " ".join(row[3:]).split()
    }
    left = {name: len(rows[name]) - len(tables[name]) for name in _ROOM}
    kinds, ids = record.get("types", ()), record.get("identifiers", ())
    told = {
        "asked": record["asked"],
        "is": cell(record),
        "types": ", ".join(map(cell, kinds)) or record["kind"],
        "summary": record.get("summary", ""),
        "names": ", ".join(_names(record)),
        "identifiers": ", ".join(map(cell, ids)),
        "columns": ["property", "values", "basis", "passages"] if tables["facts"] else [],
        **tables,
        "passages": _fitting(_passages(record.get("passages", ()), cited), _CITATIONS),
        "left_out": {name: number for name, number in left.items() if number},
    }
    if record.get("more") or told["left_out"]:
        told["hint"] = "detail=full gives more; for all values of a property use query."
    return {name: value for name, value in told.items() if value}


def _names(record: Record) -> Iterator[str]:
    """Yield its other names, each with its language."""
    for name in record.get("names", ()):
        if "text" in name and name["text"] != record["label"]:
            yield f"{name['text']} ({name['kind']})" if "kind" in name else name["text"]


def cell(term: Mapping[str, str]) -> str:
    """Return a term as a text: the prefixed name with the label, or the text of a literal."""
    if "iri" not in term:
        return term["text"]
    name = compact(term["iri"])
    return name if term["label"] in (name, term["iri"]) else f'{name} "{term["label"]}"'


def property_cell(term: Mapping[str, str]) -> str:
    """Return a property as a text: its name, with a label that says more."""
    name = compact(term["iri"])
    return name if plain(local_name(name)) == plain(term["label"]) else cell(term)


def _rows(table: str, told: Iterable[Record]) -> Iterator[list[str]]:
    """Yield rows of what is *told*: property, values, basis and passages; what is stated first."""
    if table in ("rests", "uses"):
        for each in told:
            said = " ".join(cell(part) for part in each.values() if isinstance(part, dict))
            yield [_short(said), *([each["basis"]] if "basis" in each else [])]
        return
    shares: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for lines in told:
        name = property_cell(lines["property"])
        if lines["property"]["iri"].startswith(PREFIXES["ev"]):
            continue  # words and hashes, which tell nothing of the thing
        if "inverse" in lines or table == "neighbours":
            name = f"^{name}"
        for value in lines["values"]:
            basis, passages = value["basis"], value["passages"]
            named = " ".join(map(compact, passages)) if len(passages) <= _CITED else ""
            said = f" ({value['says']})" if "says" in value else ""
            shares[name, basis, named].append(f"{_short(cell(value))}{said}")
    order = sorted(shares, key=lambda share: share[1] in _WIDER)
    for name, basis, named in order:
        values = shares[name, basis, named]
        more = [f"+{len(values) - _VALUES} more"] * (len(values) > _VALUES)
        row = [name, "; ".join((*values[:_VALUES], *more)), basis]
        yield [*row, named] if named else row


def _short(text: str) -> str:
    return text if len(text) <= _SENTENCE else f"{text[:_SENTENCE].rpartition(' ')[0]} …"


def _fitting(rows: Iterable[_Row], room: int) -> list[_Row]:
    """The first of *rows*, as far as there is room for their characters."""
    taken: list[_Row] = []
    for row in rows:
        room -= len("".join(row))
        if taken and room < 0:
            break
        taken.append(row)
    return taken


def _passages(told: Iterable[Record], cited: Collection[str]) -> Iterator[str]:
    """Yield what each passage that is *cited* is: its name and label, our summary, its address."""
    for each in told:
        name = compact(each["iri"])
        if name in cited:
            summary = f": {_short(each['summary'])}" if "summary" in each else ""
            yield f"{cell(each)}{summary} <{each['iri']}>"


class _Connect(Struct, frozen=True, forbid_unknown_fields=True, rename={"start": "from"}):
    start: Annotated[str, Meta(description="As thing of gbagraph_describe.", min_length=1)]
    to: Annotated[str, Meta(min_length=1)]
    length: Annotated[int, Meta(ge=1, le=6, description="Steps at most.")] = 4
    limit: Annotated[int, Meta(ge=1, le=10, description="Paths at most.")] = 3
    language: str = ""


async def _path(asker: Asker, arguments: Mapping[str, Any]) -> Record:
    wanted = read("gbagraph_path", _Connect, arguments)
    tags = _tags(wanted.language)
    ends: list[str] = []
    for name in (wanted.start, wanted.to):
        iri, found = await answered(asker, meant(name.strip(), tags))
        if not iri:
            return brief({"asked": name, "candidates": found})
        ends.append(iri)
    found = await asker.record(Connect(ends[0], ends[1], wanted.length, wanted.limit, tags))
    triples = (each["triple"] for path in found["paths"] for each in path)
    named = ((f"<{s}>", f"<{p}>", f"<{o}>") for s, p, o in triples)
    evidence = await answered(asker, evidence_of(dict.fromkeys(named)))
    return told_paths(found, evidence, wanted.length)


def told_paths(found: Record, evidence: Told, length: int) -> Record:
    """Return the paths *found* as tables of steps with what they rest on; and how far was looked."""
    passages: dict[str, Record] = {}
    paths = [[*_path_rows(path, evidence, passages)] for path in found["paths"]]
    start, end = map(cell, found["ends"])
    told = {
        "from": start,
        "to": end,
        "columns": ["property", "to", "basis", "passages"] if paths else [],
        "paths": paths,
        "passages": _fitting(_passages(passages.values(), {*map(compact, passages)}), _CITATIONS),
        "looked": " ".join(_looked(found["looked"], length)),
    }
    return {name: value for name, value in told.items() if value or name == "paths"}


def _path_rows(
    path: Iterable[Record], evidence: Told, passages: dict[str, Record]
) -> Iterator[list[str]]:
    for step in path:
        s, p, o = (f"<{each}>" for each in step["triple"])
        name = property_cell(step["property"])
        row = [name if step["forward"] else f"^{name}", cell(step["to"])]
        known = evidence.get((s, p, o))
        if known is not None:
            passages |= {each.iri: said_of(each) for each in known.passages}
            row += [known.facts[0].basis, " ".join(map(compact, known.paragraphs))]
        yield row


def _looked(looked: Record, length: int) -> Iterator[str]:
    """Yield how far was looked, and what was left out."""
    yield f"Up to {length} steps, {looked['reached']} things."
    if not looked["all"]:
        yield f"Not all: no more than {looked['read']} triples were read."
    if looked["crowded"]:
        named = ", ".join(map(cell, looked["not_entered"]))
        yield f"Not entered, for they have too many links: {named} ({looked['crowded']} in all)."


PATH: Final = Tool(
    "gbagraph_path",
    "Find how two things are connected",
    "The shortest paths between two things along what is said of them, in both directions (^property "
    "leads back), the most specific first, each step with its basis and the passages to cite.",
    schema_of(_Connect),
    {"type": "object"},
    _path,
)

DESCRIBE: Final = Tool(
    "gbagraph_describe",
    "Describe a thing",
    "What the graph says of a thing, class, property or paragraph: facts (stated or derived), "
    "neighbours (^property), names, identifiers, what rests on a paragraph, and passages to cite.",
    schema_of(_Describe),
    {"type": "object"},
    _describe,
)

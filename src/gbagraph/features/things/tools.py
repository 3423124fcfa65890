"""The tools for assistants that describe a thing, and find how two things are connected.

What they share with the pages of things is imported when one of them is called.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeVar

from msgspec import Meta, Struct

from gbagraph.errors import BadParameter
from gbagraph.features.assistants.tool import Tool, cut, read, schema_of, thing
from gbagraph.features.things.jobs import Connect
from gbagraph.rdf.namespaces import compact
from gbagraph.sparql.negotiation import LANGUAGE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from gbagraph.features.assistants.tool import Asker
    from gbagraph.features.things.describing import Told

    Record = dict[str, Any]

_Row = TypeVar("_Row")

_SHARES: Final = {"facts": 5, "neighbours": 2, "other_sources": 1, "rests": 5, "uses": 2}
"""How the room of an answer is shared by its tables."""
_ROOM: Final = 880
"""Characters that the rows of a brief answer take."""
_WHOLE: Final = 12_000
"""Characters of a full answer; a longer one is cut."""
_PROPERTY: Final = 1200
"""Characters that the values of a property take then."""
_CITATIONS: Final = 380
"""Characters that passages take in a brief answer."""
_LINKED: Final = 2
_NAMES: Final = 120
_SENTENCE: Final = 110
_VALUES: Final = (5, 2, 1)
"""Values of a property in a brief answer: fewer of each where another property has none."""
_NAMED: Final = 6
"""Properties that are named of those left out."""
_CITED: Final = 2
"""Passages of a row in a brief answer: what follows from many facts rests on all of theirs."""
_ORDER: Final = ("stated", "asserted", "inferred", "ours", "derived", "ontology")
"""How facts are known, those first that sources say."""
_COLUMNS: Final = ["property", "values", "basis", "passages"]

_Name = Annotated[
    str, Meta(description="IRI, prefixed name, or label in any language.", min_length=1)
]


class _Describe(Struct, frozen=True, forbid_unknown_fields=True):
    thing: _Name
    language: Annotated[str, Meta(description="Of labels: en, zh, …")] = ""
    detail: Literal["short", "full"] = "short"


def _tags(language: str) -> tuple[str, ...]:
    """The languages of labels. Raises BadParameter if *language* is no tag."""
    from gbagraph.web.context import label_languages  # noqa: PLC0415

    if language and not LANGUAGE.match(language):
        raise BadParameter(
            f"language has the value {language[:100]!r}. Give a tag of a language, such as zh-hans.",
            parameter="language",
            value=language[:100],
        )
    return label_languages(language)


async def _describe(asker: Asker, arguments: Mapping[str, Any]) -> Record:
    from gbagraph.features.things.describing import describe  # noqa: PLC0415

    wanted = read("gbagraph_describe", _Describe, arguments)
    record = await asker.told(describe(wanted.thing, _tags(wanted.language)))
    return (_full if wanted.detail == "full" else _brief)(record)


def _brief(record: Record) -> Record:
    """Return a record in short: terms as texts, the first facts in tables, the passages of these."""
    if "candidates" in record:
        cells = [f"{_cell(each)}, a {each['kind']}" for each in record["candidates"]]
        return {"asked": record["asked"], "candidates": cells, "hint": "Ask for one of them."}
    for most in _VALUES:
        every = {name: [*_rows(record.get(name, ()), most)] for name in _SHARES}
        kept = _shared(every, _ROOM)
        shown = _shown(kept)
        if shown.keys() == _shown(every).keys():
            break
    tables = {name: [row for row, _ in each] for name, each in kept.items()}
    left = _left_out(record, shown)
    others = (
        e for e in record.get("names", ()) if e.get("text", record["label"]) != record["label"]
    )
    names = (f"{e['text']} ({e['kind']})" if "kind" in e else e["text"] for e in others)
    places = (cell for table in tables.values() for row in table for cell in row[3:])
    cited = {each.partition(": ")[0] for cell in places for each in cell.split("; ")}
    told = {
        "asked": record["asked"],
        "is": _cell(record),
        "types": ", ".join(map(_cell, record.get("types", ()))) or record["kind"],
        "summary": record.get("summary", ""),
        "names": ", ".join(_fitting(names, _NAMES)),
        "identifiers": ", ".join(_fitting(map(_cell, record.get("identifiers", ())), _NAMES)),
        "columns": _COLUMNS if tables["facts"] else [],
        **tables,
        "passages": _passages(record.get("passages", ()), cited),
        "left_out": left,
        "more": bool(left) or record.get("more", False),
        "resource_links": [*_links(record.get("passages", ()), cited)],
        "hint": "See detail=full." * bool(left),
    }
    return {name: value for name, value in told.items() if value}


def _full(record: Record) -> Record:
    """Return a record; of a long one the first facts, and the passages of these."""
    if len(str(record)) <= _WHOLE:
        return record
    kept = _shared(
        {name: [*map(_first, record.get(name, ()))] for name in _SHARES}, _WHOLE * 2 // 3
    )
    values = [v for table in kept.values() for each in table for v in each.get("values", ())]
    cited = {name for value in values for name in value["passages"]}
    passages = (each for each in record.get("passages", ()) if each["iri"] in cited)
    kept["passages"] = _fitting(passages, _WHOLE // 4)
    left = _left_out(record, _counted(kept))
    told = {**record, **kept, "left_out": left, "more": True, "hint": "query gives all."}
    return {name: value for name, value in told.items() if value}


def _first(lines: Record) -> Record:
    values = {"values": _fitting(lines["values"], _PROPERTY)} if "values" in lines else {}
    return {**lines, **values}


def _counted(tables: Mapping[str, Any]) -> Counter[str]:
    """How many facts there are of each property, and of each table without properties."""
    return Counter(
        f"{'^' * each['back']}{compact(each['property']['iri'])}" if "values" in each else name
        for name in _SHARES
        for each in tables.get(name, ())
        for _ in each.get("values", "1")
    )


def _shown(tables: Mapping[str, Iterable[tuple[list[str], int]]]) -> Counter[str]:
    """The same of the rows of a brief answer."""
    return Counter(
        row[0].partition(" ")[0] if len(row) > 2 else name
        for name, rows in tables.items()
        for row, number in rows
        for _ in range(number)
    )


def _left_out(record: Record, shown: Counter[str]) -> dict[str, int]:
    """How many facts of each property are not *shown*: first of those of which there are none."""
    left = _counted(record) - shown
    named = sorted(left, key=lambda name: (name in shown, -left[name]))
    counts = {name: left[name] for name in named[:_NAMED]}
    return counts | ({"others": left.total() - sum(counts.values())} if named[_NAMED:] else {})


def _cell(term: Mapping[str, str]) -> str:
    """A term as a text: the prefixed name with the label, or the text of a literal."""
    name = compact(term.get("iri", ""))
    is_told = term.get("label", name) in (name, term.get("iri"))
    return term.get("text") or (name if is_told else thing(term["iri"], term["label"]))


def _rows(told: Iterable[Record], most: int) -> Iterator[tuple[list[str], int]]:
    """Yield rows (property, values, basis, passages) and how many facts each has, stated ones first.

    One row of each property, sentences before whole sources, comes before more. Facts that repeat
    others are left out.
    """
    shares: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for each in told:
        if "values" not in each:
            parts = (_cell(part) for part in each.values() if isinstance(part, dict))
            yield (
                [cut(" ".join(parts), _SENTENCE), *([each["basis"]] if "basis" in each else [])],
                1,
            )
            continue
        name = f"{'^' * each['back']}{_cell(each['property'])}"
        for value in (value for value in each["values"] if "repeats" not in value):
            says = f" ({value['says']})" if "says" in value else ""
            share = name, value["basis"], _places(value["passages"], value.get("sentences", ()))
            shares[share].append(f"{cut(_cell(value), _SENTENCE)}{says}")
    first = {e[0]: e for e in sorted(shares, key=lambda e: -_ORDER.index(e[1]))}.values()
    for name, basis, cited in sorted(
        shares, key=lambda e: (e not in first, ": " not in e[2], _ORDER.index(e[1]))
    ):
        values = shares[name, basis, cited][:most]
        left = len(shares[name, basis, cited]) - len(values)
        listed = "; ".join((*values, *[f"+{left} more"] * bool(left)))
        yield [name, listed, basis, *([cited] if cited else [])], len(values)


def _places(passages: Collection[str], sentences: Iterable[Sequence[Any]]) -> str:
    """Few passages, each with the numbers of the sentences; nothing of more than are cited."""
    if len(passages) > _CITED:
        return ""
    numbers = {name: [str(n) for of, n in sentences if of == name] for name in passages}
    return "; ".join(": ".join(filter(None, (compact(n), ", ".join(numbers[n])))) for n in passages)


def _fitting(rows: Iterable[_Row], room: int) -> list[_Row]:
    """The first of *rows*, as far as there is room for their characters."""
    taken: list[_Row] = []
    for row in rows:
        room -= len(str(row))
        if taken and room < 0:
            break
        taken.append(row)
    return taken


def _shared(tables: Mapping[str, list[_Row]], room: int) -> dict[str, list[_Row]]:
    """The first rows of each of *tables*: what some do not need of their share is left to others."""
    kept = {name: list[_Row]() for name in tables}
    used = {name: len(str(rows)) / _SHARES[name] for name, rows in tables.items() if rows}
    shares = sum(map(_SHARES.__getitem__, used))
    for name in sorted(used, key=used.__getitem__):
        kept[name] = _fitting(tables[name], room * _SHARES[name] // shares)
        room, shares = room - len(str(kept[name])), shares - _SHARES[name]
    return kept


def _passages(told: Iterable[Record], cited: Collection[str]) -> list[str]:
    """What each passage that is *cited* is: its name and label, our summary, its address."""
    texts = (
        f"{_cell(each)}: {cut(each.get('summary', ''), _SENTENCE)} <{each['iri']}>"
        for each in told
        if compact(each["iri"]) in cited
    )
    return _fitting(texts, _CITATIONS)


def _links(told: Iterable[Record], cited: Collection[str]) -> Iterator[Record]:
    """Yield where a client can read what else rests on the first passages that are *cited*."""
    names = [(compact(each["iri"]), each["label"]) for each in told]
    for name, label in [pair for pair in names if pair[0] in cited][:_LINKED]:
        yield {"uri": f"gbagraph://paragraph/{name}", "name": label}


class _Path(Struct, frozen=True, forbid_unknown_fields=True, rename={"start": "from"}):
    start: _Name
    to: _Name
    length: Annotated[int, Meta(ge=1, le=6, description="Steps at most.")] = 4
    limit: Annotated[int, Meta(ge=1, le=10, description="Paths at most.")] = 3
    language: str = ""


async def _path(asker: Asker, arguments: Mapping[str, Any]) -> Record:
    from gbagraph.features.things.describing import evidence_of, meant, said_of  # noqa: PLC0415

    wanted = read("gbagraph_path", _Path, arguments)
    tags = _tags(wanted.language)
    start, of_start = await asker.told(meant(wanted.start, tags))
    end, of_end = await asker.told(meant(wanted.to, tags))
    for name, iri, candidates in ((wanted.start, start, of_start), (wanted.to, end, of_end)):
        if not iri:
            return _brief({"asked": name, "candidates": candidates})
    found = await asker.record(Connect(start, end, wanted.length, wanted.limit, tags))
    steps = (step for path in found["paths"] for step in path)
    evidence = await asker.told(evidence_of(dict.fromkeys(map(_triple, steps))))
    passages = {each.iri: said_of(each) for row in evidence.values() for each in row.passages}
    return {
        **dict(zip(("from", "to"), map(_cell, found["ends"]), strict=True)),
        "columns": ["property", "to", "basis", "passages"],
        "paths": [[_step(each, evidence) for each in path] for path in found["paths"]],
        "passages": _passages(passages.values(), set(map(compact, passages))),
        "looked": " ".join(_looked(found, wanted.length)),
    }


def _triple(step: Record) -> tuple[str, str, str]:
    subject, predicate, value = (f"<{each}>" for each in step["triple"])
    return subject, predicate, value


def _step(step: Record, evidence: Told) -> list[str]:
    row = [f"{'^' * step['back']}{_cell(step['property'])}", _cell(step["to"])]
    known = evidence.get(_triple(step))
    more = [known.facts[0].basis, _places(known.paragraphs, known.sentences)] if known else []
    return [*row, *filter(None, more)]


def _looked(found: Record, length: int) -> Iterator[str]:
    """Yield how far was looked, and what was left out."""
    yield f"Up to {length} steps, {found['reached']} things."
    if not found["all"]:
        yield f"Not all: the search stopped after {found['read']} triples."
    if found["crowded"]:
        named = ", ".join(map(_cell, found["not_entered"]))
        yield f"Too many links to go on from: {named} ({found['crowded']} in all)."


DESCRIBE: Final = Tool(
    "gbagraph_describe",
    "Describe a thing",
    "What the graph says of a thing, class, property or paragraph: facts (stated first), "
    "neighbours (^property), names, identifiers, what other sources say or rests on a paragraph, and "
    "passages to cite, with the numbers of their sentences.",
    schema_of(_Describe),
    {"type": "object"},
    _describe,
    offered="few",
)
PATH: Final = Tool(
    "gbagraph_path",
    "Find how two things are connected",
    "The shortest paths between two things along what is said of them, in both directions (^property "
    "leads back), the most specific first, each step with its basis and the passages to cite.",
    schema_of(_Path),
    {"type": "object"},
    _path,
    offered="few",
)

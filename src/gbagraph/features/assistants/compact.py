"""Answers as an assistant reads them: a table of short cells, and the passages that decide each row.

A cell of a thing is its prefixed name with its label, ``id:baidu "Baidu"``. Empty cells at the end of a
row are left out, and so are columns that only have the labels of another.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta, Struct

from gbagraph import publication
from gbagraph.engine import Page as Part
from gbagraph.engine import Query
from gbagraph.features.assistants.tool import FORMATS, SCHEMAS, record
from gbagraph.rdf.formats import BRIEF
from gbagraph.rdf.labels import label_column
from gbagraph.rdf.namespaces import compact, of_evidence
from gbagraph.rdf.result_formats import of
from gbagraph.rdf.results import from_json, json_value, turtle_term
from gbagraph.sparql.negotiation import languages

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gbagraph.features.assistants.tool import Asker, Record

    Binding = dict[str, dict[str, Any]]

_LARGEST: Final = 50_000
"""Characters of rows in an answer: clients cut one of more than 25,000 tokens off."""
_DECISIVE: Final = 3
"""Passages that are named for a row."""
_NO_FACTS: Final = {compact(iri) for iri in of_evidence("statedIn", "inferredFrom", "wordedFrom")}
"""Properties that say where a fact is found: as facts they decide nothing."""


class Wanted(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which rows of an answer to give, and in how much detail."""

    limit: Annotated[int, Meta(ge=1, le=1000)] = 50
    offset: Annotated[int, Meta(ge=0)] = 0
    evidence: Annotated[bool, Meta(description="Name the passages that decide each row.")] = False
    detail: Annotated[
        Literal["short", "full"], Meta(description="full: whole IRIs, objects, totals.")
    ] = "short"


async def answered(asker: Asker, job: Query, wanted: Wanted, *, is_reserved: bool = True) -> Record:
    """Return the part of the answer to *job* that is *wanted*; no row after the next one is read.

    Raises:
        GbaGraphError: as :meth:`Asker.whole`.
    """
    is_full = wanted.detail == "full"
    evidence: Any = wanted.evidence and (is_full or BRIEF)
    part = Part(wanted.limit, wanted.offset, counts=is_full)
    language = languages(publication.current().language)
    job = msgspec.structs.replace(job, page=part, evidence=evidence, labels=language)
    whole = await asker.whole(job, is_reserved=is_reserved)
    content = msgspec.json.decode(whole.body)
    if "boolean" in content:
        return {"boolean": content["boolean"]}
    return _full(whole.body, content, wanted) if is_full else _table(content, wanted)


def _full(body: bytes, content: Record, wanted: Wanted) -> Record:
    """The rows as objects with whole IRIs."""
    kind = of("solutions", FORMATS["solutions"])
    found = record(body, kind, limit=wanted.limit, offset=0, evidence=wanted.evidence)
    page = content["page"]
    total = {"total": page["total"]} if page["exact"] else {}
    return {**found, "total": 0, **total, "more": _is_more(content, wanted)}


def _is_more(content: Record, wanted: Wanted) -> bool:
    page = content["page"]
    return not page["exact"] or page["total"] > wanted.offset + wanted.limit


def _table(content: Record, wanted: Wanted) -> Record:
    bindings: list[Binding] = content["results"]["bindings"]
    names, named = _columns(content["head"]["vars"], bindings)
    labels = content["labels"]
    rows = [_row([_cell(b, name, named, labels) for name in names]) for b in bindings]
    kept = _fitting(rows)
    answer: Record = {"columns": names, "rows": rows[:kept]}
    if kept < len(rows) or _is_more(content, wanted):
        hint = f"There are more rows. For the next, ask with offset={wanted.offset + kept}."
        answer |= {"more": True, "hint": hint}
    evidence = content["results"].get("evidence")
    return answer | (_evidence(evidence[:kept], answer["rows"]) if evidence else {})


def _columns(names: Sequence[str], rows: Sequence[Binding]) -> tuple[list[str], set[str]]:
    """The columns to show, and those of them whose labels the answer has in another column."""
    named = {
        name
        for name in names
        if label_column(name) in names
        and all(row[name]["type"] == "uri" for row in rows if name in row)
    }
    labels = set(map(label_column, named))
    return [name for name in names if name not in labels], named


def _cell(row: Binding, name: str, named: set[str], labels: Binding) -> Any:  # noqa: ANN401  JSON
    term = row.get(name)
    if term is None:
        return ""
    if term["type"] == "uri":
        label = row.get(label_column(name)) if name in named else labels.get(term["value"])
        return thing(term["value"], label["value"] if label else "")
    if term["type"] == "triple":
        return turtle_term(from_json(term))
    language = term.get("xml:lang", "")
    is_usual = language in ("", publication.current().language)
    return json_value(from_json(term)) if is_usual else f"{term['value']}@{language}"


def thing(iri: str, label: str) -> str:
    """Return a thing as one cell: its prefixed name, and its label if it has one."""
    return f'{compact(iri)} "{label}"' if label else compact(iri)


def _row(cells: list[Any]) -> list[Any]:
    """The cells, without empty ones at the end."""
    while cells and cells[-1] == "":
        cells.pop()
    return cells


_json: Final = msgspec.json.Encoder(decimal_format="number").encode


def _fitting(rows: Sequence[Any]) -> int:
    """How many rows are few enough characters; one in any case."""
    size = 0
    for number, row in enumerate(rows):
        size += len(_json(row))
        if size > _LARGEST and number:
            return number
    return len(rows)


def _evidence(found: Sequence[Record], rows: Sequence[list[Any]]) -> Record:
    """For each row the facts that decide it, and what the passages are in which they are found."""
    shared = Counter(
        fact for row in found for each in row.get("facts", ()) for fact in each["facts"]
    )
    given: list[Record] = []
    passages: Record = {}
    for row, cells in zip(found, rows, strict=True):
        facts = _decisive(row, {str(cell).partition(" ")[0] for cell in cells}, shared)
        given.append(_told(row, facts))
        passages |= {
            name: _cited(row["passages"][name])
            for fact in facts
            for name in fact.get("passages", ())
        }
    return {"evidence": given, "passages": passages}


def _decisive(row: Record, shown: set[str], shared: Counter[str]) -> list[Record]:
    """The facts that tell the row from others first; as many as rest on the fewest passages."""

    def rank(fact: Record) -> tuple[int, int]:
        terms = max((len(shown.intersection(said.split())) for said in fact["facts"]), default=0)
        return -terms, min(map(shared.__getitem__, fact["facts"]))

    facts = [each for each in row.get("facts", ()) if not _only_cites(each["facts"])]
    chosen: list[Record] = []
    passages: set[str] = set()
    for fact in sorted(facts, key=rank):
        more = passages.union(fact.get("passages", ()))
        if fact.get("passages") and (not chosen or len(more) <= _DECISIVE):
            chosen.append(fact)
            passages = more
    return chosen[:_DECISIVE]


def _only_cites(facts: Iterable[str]) -> bool:
    return all(not _NO_FACTS.isdisjoint(fact.split()) for fact in facts)


def _told(row: Record, facts: Sequence[Record]) -> Record:
    more = {name: row[name] for name in ("marks", "note") if row.get(name)}
    services = [each["endpoint"] for each in row.get("services", ())]
    return {"facts": facts, **more, **({"services": services} if services else {})}


def _cited(passage: Record) -> Record:
    """A passage by its label and our summary, with the address to cite."""
    return {n: passage[n] for n in ("label", "summary") if n in passage} | {"cite": passage["iri"]}


SCHEMA: Final[Record] = {
    "type": "object",
    "properties": {
        "asked": {"type": "object"},
        "columns": SCHEMAS["solutions"]["properties"]["columns"],
        "rows": {"type": "array"},
        "more": {"type": "boolean"},
        "hint": {"type": "string"},
        "boolean": {"type": "boolean"},
    },
}

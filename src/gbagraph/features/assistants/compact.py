"""Answers as an assistant reads them: a table of short cells, and the passages that decide each row.

A cell of a thing is its prefixed name with its label, ``id:baidu "Baidu"``. Empty cells at the end of a
row are left out, and so are columns that only have the labels of another.
"""

from __future__ import annotations

from itertools import filterfalse
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta, Struct

from gbagraph import publication
from gbagraph.engine import Page as Part
from gbagraph.engine import Query
from gbagraph.features.assistants.tool import FORMATS, SCHEMAS, record, thing
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

PREFIX: Final = "gbagraph_"
"""What the names of the few begin with: other servers have tools to search and to query, too."""
_LARGEST: Final = 50_000
"""Characters of rows in an answer: clients cut one of more than 25,000 tokens off."""
_CELL: Final = 5000
"""Characters of a cell."""
_DECISIVE: Final = 3
"""Passages that are named for a row."""
_FACTS: Final = 2
"""Facts that are told of those that are known alike."""
_CITING: Final = {compact(iri) for iri in of_evidence("statedIn", "inferredFrom", "wordedFrom")}
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
    job = msgspec.structs.replace(job, page=part, evidence=evidence, labels=language())
    whole = await asker.whole(job, is_reserved=is_reserved)
    content = _decoded(whole.body)
    if "boolean" in content:
        return {"boolean": content["boolean"]}
    return _full(content, wanted) if is_full else _table(content, wanted)


def language() -> tuple[str, ...]:
    """Return the language of labels, that of what is published."""
    return languages(publication.current().language)


def has_rows(answer: Record) -> bool:
    """Return whether an answer has a row, or is true."""
    return bool(answer.get("rows") or answer.get("boolean"))


def _decoded(body: bytes) -> Record:
    """The content of an answer, whose long texts are cut."""
    content: Record = msgspec.json.decode(body)
    if len(body) > _CELL and "results" in content:
        for row in content["results"]["bindings"]:
            for term in row.values():
                _cut(term)
    return content


def _cut(term: dict[str, Any]) -> None:
    value = term["value"]
    if isinstance(value, dict):
        for part in value.values():
            _cut(part)
    elif len(value) > _CELL:
        term["value"] = f"{value[:_CELL]} … ({len(value)} characters)"


def _full(content: Record, wanted: Wanted) -> Record:
    """The rows as objects with whole IRIs."""
    kind = of("solutions", FORMATS["solutions"])
    plain = {"head": content["head"], "results": content["results"]}
    found = record(_json(plain), kind, limit=wanted.limit, offset=0, evidence=wanted.evidence)
    page = content["page"]
    tables = {name: found[name] for name in ("rows", "evidence") if name in found}
    kept = _fitting([*zip(*tables.values(), strict=True)])
    is_cut = kept < len(found["rows"])
    found |= {name: rows[:kept] for name, rows in tables.items()}
    found |= {"total": page["total"], "more": is_cut or _is_more(content, wanted)}
    if is_cut:
        found["hint"] = f"For more rows, ask with offset={wanted.offset + kept}."
    return found if page["exact"] else {n: v for n, v in found.items() if n != "total"}


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
        hint = f"For more rows, ask with offset={wanted.offset + kept}."
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
    tag = term.get("xml:lang", "")
    is_usual = tag in ("", publication.current().language)
    return json_value(from_json(term)) if is_usual else f"{term['value']}@{tag}"


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
    given: list[Record] = []
    passages: Record = {}
    for row, cells in zip(found, rows, strict=True):
        shown = {str(cell).partition(" ")[0] for cell in cells}
        facts = _decisive(row.get("facts", ()), shown)
        names = ("marks",) if row["complete"] else ("marks", "note")
        more = {name: row[name] for name in names if row.get(name)}
        services = [each["endpoint"] for each in row.get("services", ())]
        more |= {"services": services} if services else {}
        given.append({"facts": list(map(_told, facts)), **more})
        named = (name for fact in facts for name in fact["passages"])
        passages |= {name: _cited(row["passages"][name]) for name in named}
    return {"evidence": given, "passages": passages}


def _decisive(groups: Iterable[Record], shown: set[str]) -> list[Record]:
    """Of facts that are known alike, those that tell of most that a row shows: as few as tell of all.

    Where none tells of anything in it, as of a sum, the first on as many passages as are named.
    """
    known = [{**each, "facts": [*filterfalse(_cites, each["facts"])]} for each in groups]
    known = [each for each in known if each["facts"] and each.get("passages")]
    terms = [shown.intersection(" ".join(each["facts"]).split()) for each in known]
    chosen: list[Record] = []
    told: set[str] = set()
    for group, of_group in sorted(zip(known, terms, strict=True), key=lambda each: -len(each[1])):
        if not chosen or ((of_group - told or not told) and _is_few([*chosen, group])):
            chosen.append(group)
            told |= of_group
    return chosen


def _is_few(groups: Iterable[Record]) -> bool:
    return len({name for each in groups for name in each["passages"]}) <= _DECISIVE


def _cites(fact: str) -> bool:
    return not _CITING.isdisjoint(fact.split())


def _told(group: Record) -> Record:
    """Facts that are known alike, how, and the sentences of each passage in which they are found."""
    more: Record = {name: group[name] for name in ("note", "words") if name in group}
    fact = "; ".join(group["facts"][:_FACTS])
    return {"fact": fact, "basis": group["basis"], "sentences": group["passages"], **more}


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
        "evidence": {"type": "array"},
        "passages": {"type": "object"},
        "hints": {"type": "array"},
        "see_also": {"type": "object"},
        "repaired": {"type": "string"},
    },
}

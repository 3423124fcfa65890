"""Answers as an assistant reads them: a table of short cells, and the passages that decide each row.

A cell of a thing is its prefixed name with its label, ``ex:a "A"``. Empty cells at the end of a
row are left out, and so are columns that only have the labels of another.
"""

from __future__ import annotations

from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, NamedTuple

import msgspec
from msgspec import Meta, Struct

from gbagraph import publication
from gbagraph.engine import Page as Part
from gbagraph.engine import Query
from gbagraph.features.assistants.tool import FORMATS, SCHEMAS, cut, record, thing
from gbagraph.rdf.formats import BRIEF
from gbagraph.rdf.labels import label_column
from gbagraph.rdf.namespaces import compact, of_evidence
from gbagraph.rdf.result_formats import of, record_json
from gbagraph.rdf.results import from_json, json_value, turtle_term
from gbagraph.sparql.negotiation import languages

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from gbagraph.features.assistants.tool import Asker, Record

    Binding = dict[str, dict[str, Any]]
    _Decided = dict[tuple[str, str], dict[str, dict[str, None]]]

PREFIX: Final = "gbagraph_"
"""What the names of the few begin with: other servers have tools to search and to query, too."""
_LARGEST: Final = 50_000
"""Characters of rows in an answer: clients cut one of more than 25,000 tokens off."""
_CELL: Final = 5000
"""Characters of a cell."""
_DECISIVE: Final = 3
"""Passages that are named for a row, and ways in which they decide it."""
_MARKS: Final = 10_000
"""Marks of the data that are read."""
_NOTE: Final = 120
"""Characters of a note."""
_CITING: Final = {compact(iri) for iri in of_evidence("statedIn", "inferredFrom", "wordedFrom")}
"""Properties that say where a fact is found."""


class Wanted(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which rows of an answer to give, and in how much detail."""

    limit: Annotated[int, Meta(ge=1, le=1000)] = 40
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
    if is_full:
        return _full(content, wanted)
    answer = _table(content, wanted)
    if cited := content["results"].get("evidence"):
        bindings = content["results"]["bindings"][: len(answer["rows"])]
        _cited(answer, bindings, cited, await _marks(asker, cited))
    return answer


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
    answer = record(
        record_json(plain), kind, limit=wanted.limit, offset=0, evidence=wanted.evidence
    )
    page = content["page"]
    tables = {name: answer[name] for name in ("rows", "evidence") if name in answer}
    kept = _fitting([*zip(*tables.values(), strict=True)])
    is_cut = kept < len(answer["rows"])
    answer |= {name: rows[:kept] for name, rows in tables.items()}
    answer |= {"total": page["total"], "more": is_cut or _is_more(content, wanted)}
    if is_cut:
        answer["hint"] = f"For more rows, ask with offset={wanted.offset + kept}."
    return answer if page["exact"] else {n: v for n, v in answer.items() if n != "total"}


def _is_more(content: Record, wanted: Wanted) -> bool:
    page = content["page"]
    return not page["exact"] or page["total"] > wanted.offset + wanted.limit


def _table(content: Record, wanted: Wanted) -> Record:
    bindings: list[Binding] = content["results"]["bindings"]
    names, named = _columns(content["head"]["vars"], bindings)
    labels = content["labels"]
    seen: set[str] = set()
    rows = [_row([_cell(b, name, named, labels, seen) for name in names]) for b in bindings]
    kept = _fitting(rows)
    answer: Record = {"columns": names, "rows": rows[:kept]}
    if kept < len(rows) or _is_more(content, wanted):
        hint = f"For more rows, ask with offset={wanted.offset + kept}."
        answer |= {"more": True, "hint": hint}
    return answer


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


def _cell(row: Binding, name: str, named: set[str], labels: Binding, seen: set[str]) -> Any:  # noqa: ANN401  JSON
    """The cell of a row; a thing is called by its label only if that is not *seen* yet."""
    term = row.get(name)
    if term is None:
        return ""
    if term["type"] == "uri":
        label = row.get(label_column(name)) if name in named else labels.get(term["value"])
        return _first(thing(term["value"], label["value"] if label else ""), seen)
    if term["type"] == "triple":
        return turtle_term(from_json(term))
    tag = term.get("xml:lang", "")
    is_usual = tag in ("", publication.current().language)
    return json_value(from_json(term)) if is_usual else f"{term['value']}@{tag}"


def _first(cell: str, seen: set[str]) -> str:
    """The cell of a thing; its name alone where the whole cell is *seen* already."""
    if cell in seen:
        return cell.partition(" ")[0]
    seen.add(cell)
    return cell


def _row(cells: list[Any]) -> list[Any]:
    """The cells, without empty ones at the end."""
    while cells and cells[-1] == "":
        cells.pop()
    return cells


def _fitting(rows: Sequence[Any]) -> int:
    """How many rows are few enough characters; one in any case."""
    size = 0
    for number, row in enumerate(rows):
        size += len(record_json(row))
        if size > _LARGEST and number:
            return number
    return len(rows)


class _Marks(NamedTuple):
    """What the data mark, by name: plans, numbers that are *bounds*, and what *others* say otherwise."""

    planned: set[str]
    bounds: set[str]
    others: dict[str, list[str]]


async def _marks(asker: Asker, evidence: Iterable[Record]) -> _Marks:
    """What the data's query of marks finds; it is asked only if a row has a mark of it."""
    marks = _Marks(set(), set(), {})
    if not any({*row.get("marks", ())} - {"inferred"} for row in evidence):
        return marks
    job = Query(publication.page_query("marks"), FORMATS, page=Part(_MARKS, counts=False))
    content = await asker.record(job)
    for row in content["results"]["bindings"]:
        name, mark = compact(row["node"]["value"]), row["mark"]["value"]
        if mark != "disputed":
            (marks.bounds if mark == "bound" else marks.planned).add(name)
        elif "subject" in row:
            marks.others.setdefault(name, []).append(compact(row["subject"]["value"]))
    return marks


def _cited(
    answer: Record, bindings: Iterable[Binding], evidence: Sequence[Record], marks: _Marks
) -> None:
    """Give each row of *answer* a cell more, with the passages that decide it; say what these are."""
    columns, rows = answer["columns"], answer["rows"]
    chosen = [*map(_decisive, evidence, bindings)]
    decided = [*map(_decided, chosen, rows)]
    counts = Counter(note for row in decided for note in {note for _, note in row})
    shared = [note for note, count in counts.items() if note and count > 1]
    notes = {note: f"note {number}" for number, note in enumerate(shared, 1)}
    more = [_more(*each, marks) for each in zip(evidence, chosen, bindings, strict=False)]
    cells = [
        "; ".join([*(_part(*each, notes) for each in row.items()), *marked])
        for row, marked in zip(decided, more, strict=True)
    ]
    answer["rows"] = [
        _row([*row, *[""] * (len(columns) - len(row)), cell])
        for row, cell in zip(rows, cells, strict=True)
    ]
    answer["columns"] = [*columns, "evidence"]
    passages = {name: row for row in evidence for name in row.get("passages", ())}
    used = dict.fromkeys(name for row in decided for known in row.values() for name in known)
    answer["passages"] = {n: _passage(passages[n]["passages"][n]) for n in used}
    if notes:
        answer["notes"] = {name: note for note, name in notes.items()}


def _decided(groups: Iterable[Record], cells: Sequence[Any]) -> _Decided:
    """By basis and note, the passages that decide a row, with the sentences and words of each."""
    decided: _Decided = {}
    for group in groups:
        note = group.get("note", "")
        key = group["basis"], "" if note in cells else cut(" ".join(note.split()), _NOTE)
        for name, numbers in group["passages"].items():
            said = [
                *map(str, numbers),
                *(f"“{each}”" for each in group.get("words", {}).get(name, ())),
            ]
            decided.setdefault(key, {}).setdefault(name, {}).update(dict.fromkeys(said))
    return decided


def _token(term: dict[str, Any]) -> str:
    """A term as facts name it; literals in their quotes."""
    if term["type"] == "uri":
        return compact(term["value"])
    return f'"{term.get("value")}"^^{compact(term.get("datatype", ""))}'.removesuffix("^^")


def _part(
    basis_and_note: tuple[str, str], passages: dict[str, dict[str, None]], notes: Mapping[str, str]
) -> str:
    """Passages that decide in one way: ``art:a: 1,2, art:b (inferred: why)``."""
    basis, note = basis_and_note
    where = ", ".join(
        f"{name}: {','.join(said)}" if said else name for name, said in passages.items()
    )
    return f"{where} ({basis}{f': {notes.get(note, note)}' if note else ''})"


def _facts(groups: Iterable[Record]) -> list[list[str]]:
    """The facts of *groups*, each as its words."""
    return [fact.split() for each in groups for fact in each["facts"]]


def _more(row: Record, chosen: Iterable[Record], binding: Binding, marks: _Marks) -> Iterator[str]:
    """What is uncertain of a row beside its basis, and what it rests on elsewhere."""
    shown = set(map(_token, binding.values()))
    names = shown.union(*_facts(chosen))
    if not names.isdisjoint(marks.planned):
        yield "planned"
    known = [each for each in _facts(row.get("facts", ())) if '"^^' in each[-1]]
    bounds = [each[-1] for each in known if each[0] in marks.bounds and each[-1] in shown]
    if bounds:
        values = (each.split('"')[1] for each in dict.fromkeys(bounds))
        yield f"bound: {', '.join(values)}"
    if others := sorted({each for name in names for each in marks.others.get(name, ())}):
        yield f"disputed: {', '.join(others)}"
    yield from (each["endpoint"] for each in row.get("services", ()))
    if not row["complete"]:
        yield row["note"]


def _decisive(row: Record, binding: Binding) -> list[Record]:
    """Of facts that are known alike, those that have most of what a row shows: as few as have all of it.

    Where none has anything of it, as of a sum, the first on as many passages as are named. What
    says of a passage where it stands decides nothing; kinds do where no sentence says anything else.
    """
    known = [each for each in row.get("facts", ()) if each.get("passages")]
    has_numbers = [_has_sentences(each) for each in known if not _is_of_kinds(each)]
    known = [
        e for e in known if not _is_of_kinds(e) or _has_sentences(e) > any(has_numbers)
    ] or known
    shown = set(map(_token, binding.values()))
    texts = {name for each in known for name in each["passages"]}
    about = [[fact for fact in _facts([each]) if not _is_of_text(fact, texts)] for each in known]
    terms = [shown.intersection(chain(*facts)) for facts in about]
    chosen: list[Record] = []
    covered: set[str] = set()
    rated = [row for row in zip(known, terms, about, strict=True) if row[2]]
    for group, of_group, _ in sorted(rated, key=lambda e: (-len(e[1]), not _has_sentences(e[0]))):
        if len(chosen) == _DECISIVE:
            break
        if not chosen or (
            (
                not covered
                or (of_group - covered and not any(_only_names_more(e, group) for e in chosen))
            )
            and _is_few([*chosen, group])
        ):
            chosen.append(group)
            covered |= of_group
    return chosen


def _has_sentences(group: Record) -> bool:
    return any(group["passages"].values())


def _only_names_more(decisive: Record, group: Record) -> bool:
    """Whether a stated fact has more sentences of the same passages, which name what these are about."""
    plain = [(each["basis"], each.get("note"), [*each["passages"]]) for each in (decisive, group)]
    return plain[0] == plain[1] == ("stated", None, [*group["passages"]]) and all(
        {*decisive["passages"][name]} < {*numbers} for name, numbers in group["passages"].items()
    )


def _is_of_kinds(group: Record) -> bool:
    return all(predicate == "a" for _, predicate, *_ in _facts([group]))


def _is_of_text(fact: Sequence[str], texts: set[str]) -> bool:
    """Whether a fact says what a passage is, and not what rests on it."""
    return fact[1] not in _CITING and not texts.isdisjoint((fact[0], fact[-1]))


def _is_few(groups: Iterable[Record]) -> bool:
    return len({name for each in groups for name in each["passages"]}) <= _DECISIVE


def _passage(passage: Record) -> str:
    """A passage by its label and our summary, with the address to cite."""
    said = ": ".join(passage[name] for name in ("label", "summary") if name in passage)
    return f"{said} <{passage['iri']}>".lstrip()


SCHEMA: Final[Record] = {
    "type": "object",
    "properties": {
        "asked": {"type": "object"},
        "columns": SCHEMAS["solutions"]["properties"]["columns"],
        "rows": {"type": "array"},
        "more": {"type": "boolean"},
        "hint": {"type": "string"},
        "boolean": {"type": "boolean"},
        "passages": {"type": "object"},
        "notes": {"type": "object"},
        "hints": {"type": "array"},
        "see_also": {"type": "object"},
        "repaired": {"type": "string"},
    },
}

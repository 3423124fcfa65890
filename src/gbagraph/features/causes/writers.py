"""A changed answer with its causes as JSON, as text for people, and as Markdown for a comment."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING, Any, Final

import pyoxigraph as ox

from gbagraph.api.explanations import by_passage
from gbagraph.rdf.namespaces import compact
from gbagraph.rdf.results import as_json as term_json
from gbagraph.rdf.results import turtle_term
from gbagraph.sparql.terms import sentence, triple_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gbagraph.api.changes import AnswerChange, Cause, ChangedRow, ChangedTriple
    from gbagraph.rdf.results import Term


SHOWN: Final = 20
"""Rows of a cause, and triples of it, that are shown to people."""
_ON_PAGE: Final = 50
"""Causes on a page."""
_WIDTH: Final = 160
"""Characters that are shown of a row, and of a triple."""
_LONGEST: Final = 65_000
"""Characters of a comment: GitHub takes 65,536."""

_TICKS: Final = re.compile("`+")
_MORE: Final = "… and more: gbagraph diff A B --query NAME tells all"

_PROOF: Final = (
    "Each cause is proven: with exactly these changes, the version that lacks the row gives it; and "
    "none can be left out, unless a cause says otherwise."
)
_BY_QUERY: Final = "the text of the query"
_NONE: Final = "no change of the data gives it: it depends on the order in which data are loaded"
_KNOWN: Final = {
    "stated": ("stated", "stated in"),
    "inferred": ("inferred", "inferred from"),
    "ours": ("our words", "our words, from"),
    "derived": ("follows", "follows, from"),
    "ontology": ("in the ontology", "in the ontology, from"),
    "asserted": ("asserted", "asserted in"),
}
"""How a triple is known, without passages and with them."""


def written(changes: Sequence[AnswerChange], form: str, *, notes: Iterable[str] = ()) -> str:
    """Return *changes* of the same two versions as ``text``, ``json``, ``page`` or ``markdown``.

    *notes* are sentences more, for the last.
    """
    if form == "markdown":
        return markdown(changes, notes)
    if form == "text":
        return "\n".join(map(text, changes))
    (change,) = changes
    content = as_json(change) if form == "json" else on_page(change)
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


# JSON


def as_json(change: AnswerChange) -> dict[str, Any]:
    """Return all of it as an object for JSON: rows as SPARQL results JSON has them."""
    return {
        "query": change.query,
        "before": change.before,
        "after": change.after,
        "columns": list(change.columns),
        **({"onlyIn": change.only_in} if change.only_in else {}),
        **({"order": _cause_json(change.order)} if change.order else {}),
        **({"leftOut": change.left_out} if change.left_out else {}),
        "rows": list(map(_row_json, change.rows)),
    }


def on_page(change: AnswerChange) -> dict[str, Any]:
    """Return what a page has room for, as JSON: the first rows with each cause together."""
    groups = _by_cause(change.rows)
    if change.order is not None:
        groups.insert(0, (change.order, []))
    gone, new = _counts(change)
    return {
        "columns": change.columns,
        "onlyIn": change.only_in,
        "gone": gone,
        "new": new,
        "groups": [_group(*group) for group in groups[:_ON_PAGE]],
        "moreCauses": len(groups[_ON_PAGE:]),
        "leftOut": change.left_out,
    }


def _group(cause: Cause | None, rows: Sequence[ChangedRow]) -> dict[str, Any]:
    triples = cause.triples if cause else ()
    return {
        "rows": list(map(_row_json, rows[:SHOWN])),
        "moreRows": len(rows[SHOWN:]),
        "cause": _cause_json(replace(cause, triples=triples[:SHOWN])) if cause else None,
        "moreTriples": len(triples[SHOWN:]),
    }


def _row_json(changed: ChangedRow) -> dict[str, Any]:
    return {
        "sign": changed.sign,
        "row": {name: term_json(term) for name, term in changed.row.items()},
        "before": changed.before,
        "after": changed.after,
        "cause": _cause_json(changed.cause) if changed.cause else None,
    }


def _cause_json(cause: Cause) -> dict[str, Any]:
    return {
        "triples": list(map(_triple_json, cause.triples)),
        "byQuery": cause.by_query,
        "minimal": cause.is_minimal,
        "mirrored": cause.is_mirrored,
    }


def _triple_json(changed: ChangedTriple) -> dict[str, Any]:
    more = {
        "sentences": by_passage(changed.sentences),
        "words": by_passage(changed.words),
        "note": changed.note,
        "followsFrom": list(map(_triple_json, changed.follows_from)),
    }
    return {
        "sign": changed.sign,
        **triple_json(changed.triple),
        "removed": list(changed.removed),
        "added": list(changed.added),
        "basis": changed.basis,
        "paragraphs": list(changed.paragraphs),
        **{name: value for name, value in more.items() if value},
    }


# Text


def text(change: AnswerChange) -> str:
    """Write for people: rows that are gone (-) and new (+), those with the same cause above it."""
    return "\n".join([_head(change), *_blocks(change), *([_PROOF] if change else [])]) + "\n"


def _head(change: AnswerChange) -> str:
    gone, new = _counts(change)
    counts = f"rows: {gone} gone, {new} new"
    columns = f"columns {' '.join(change.columns)}; " if change.columns else ""
    parts = [
        f"{_line(change.query)}, from {change.before} to {change.after}: {columns}{counts}.",
        f"Only {change.only_in} has this query; both are asked its text." * bool(change.only_in),
        f"{change.left_out} more rows changed; their causes were not looked for."
        * bool(change.left_out),
    ]
    return "\n".join(filter(None, parts)) + "\n"


def _counts(change: AnswerChange) -> tuple[int, int]:
    """How many rows are gone, and how many new, each as often as it came."""
    by_sign = Counter({"-": 0, "+": 0})
    for row in change.rows:
        by_sign[row.sign] += abs(row.after - row.before)
    return by_sign["-"], by_sign["+"]


def _blocks(change: AnswerChange) -> Iterator[str]:
    """The rows with each cause, the most rows first, and the cause below them."""
    if change.order is not None:
        yield "\n".join(["~ the same rows in another order", *_because(change.order), ""])
    for cause, rows in _by_cause(change.rows):
        lines = [_cut(_row(row)) for row in rows[:SHOWN]]
        more = [f"  and {len(rows) - SHOWN} more rows"] if len(rows) > SHOWN else []
        yield "\n".join([*lines, *more, *_because(cause), ""])


def _by_cause(rows: Iterable[ChangedRow]) -> list[tuple[Cause | None, list[ChangedRow]]]:
    """Rows with the same triples together, in the order of their first ones."""
    groups: dict[Any, list[ChangedRow]] = defaultdict(list)
    for row in rows:
        cause = row.cause
        groups[cause and (cause.triples, cause.by_query)].append(row)
    return [(some[0].cause, some) for some in groups.values()]


def _row(changed: ChangedRow) -> str:
    times = f" ({changed.before} → {changed.after} times)"
    is_several = max(changed.before, changed.after) > 1
    cells = ", ".join(f"{name} {_cell(term)}" for name, term in changed.row.items())
    return f"{changed.sign} {cells or 'the empty row'}{times * is_several}"


def _cell(term: Term) -> str:
    if isinstance(term, ox.NamedNode):
        return compact(term.value)
    if isinstance(term, ox.Literal):
        return json.dumps(term.value, ensure_ascii=False)
    return sentence(term) if isinstance(term, ox.Triple) else turtle_term(term)


def _because(cause: Cause | None) -> Iterator[str]:
    if cause is None:
        yield f"    {_NONE}"
        return
    if cause.by_query:
        yield f"    ~ {_BY_QUERY}"
    for triple in cause.triples[:SHOWN]:
        yield from _triple(triple, "    ")
    if len(cause.triples) > SHOWN:
        yield f"    and {len(cause.triples) - SHOWN} more triples"
    if not cause.is_minimal:
        yield "    (enough, but perhaps not all of them are needed: they are too many to try)"
    if not cause.is_mirrored and cause.triples:
        yield "    (other changes would do as well: without these alone the row is there nevertheless)"


def _triple(changed: ChangedTriple, indent: str) -> Iterator[str]:
    yield f"{indent}{changed.sign} {_cut(sentence(changed.triple))}  [{_known(changed)}]"
    for premise in changed.follows_from:
        yield from _triple(premise, f"{indent}    ")


def _known(changed: ChangedTriple) -> str:
    """How it is known, in which sentences of which passages, and by which words."""
    named = by_passage(changed.sentences, changed.paragraphs).items()
    places = [
        compact(iri) + (f" (sentence {', '.join(map(str, numbers))})" if numbers else "")
        for iri, numbers in named
    ]
    words = "".join(f": “{words}”" for _, words in changed.words)
    known = f"{_KNOWN[changed.basis][bool(places)]} {', '.join(places)}{words}".strip()
    return "; ".join(filter(None, (known, _where(changed))))


def _where(changed: ChangedTriple) -> str:
    """Where it has changed, if it is not gone or new altogether."""
    gone, new = (", ".join(map(_graph, each)) for each in (changed.removed, changed.added))
    if gone and new:
        return f"from {gone} to {new}"
    is_default = ("",) in (changed.removed, changed.added)
    return f"{'gone from' if gone else 'newly in'} the default graph alone" if is_default else ""


def _graph(iri: str) -> str:
    return compact(iri).removeprefix("graph:") or "default"


def _line(text: str) -> str:
    return _cut(" ".join(text.split()))


def _cut(line: str) -> str:
    return line if len(line) <= _WIDTH else f"{line[:_WIDTH]}…"


# Markdown


def markdown(changes: Iterable[AnswerChange], notes: Iterable[str] = ()) -> str:
    """Write a comment: a table of the queries whose answers changed, and a section that opens for each.

    *notes* are sentences more. What does not fit into a comment is left out, and that is said.
    """
    some = [change for change in changes if change]
    parts = [*_table(some), *(f"\n{note}\n" for note in notes)]
    room = _LONGEST - sum(map(len, parts))
    for number, change in enumerate(some):
        # Each may take its share of what is left, so that none is left out for those before it.
        section = _section(change, room // (len(some) - number))
        parts.append(section)
        room -= len(section)
    return "".join(parts)


def _table(changes: list[AnswerChange]) -> Iterator[str]:
    if not changes:
        yield "No answer changes.\n"
        return
    yield f"From {_code(changes[0].before)} to {_code(changes[0].after)} these answers change. "
    yield f"{_PROOF}\n\n| Query | Gone | New | Columns |\n| --- | ---: | ---: | --- |\n"
    for each in changes:
        cells = (_code(_line(each.query)), *_counts(each), " ".join(each.columns))
        yield f"| {' | '.join(map(str, cells))} |\n"


def _section(change: AnswerChange, room: int) -> str:
    """A section with what the text says of the rows, as far as there is *room*; else empty."""
    title = f"<summary>{escape(_line(change.query), quote=False)}</summary>"
    blocks = list(_blocks(change))
    while blocks:
        text = "\n".join(blocks)
        fence = "`" * max(3, 1 + max(map(len, _TICKS.findall(text)), default=0))
        section = f"\n<details>{title}\n\n{fence}diff\n{text}\n{fence}\n\n</details>\n"
        if len(section) <= room:
            return section
        blocks = [*blocks[: len(blocks) // 2], _MORE] if len(blocks) > 2 else []
    return ""


def _code(text: str) -> str:
    mark = "``" if "`" in text else "`"
    return f"{mark}{text.replace('|', chr(92) + '|')}{mark}"

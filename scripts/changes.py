"""Draft the entry of a release in ``data/changes.toml`` from the data; its words are written by hand.

``python scripts/changes.py 0.3.0 0.4.0 >draft`` compares two kept releases. A test compares the counts
and names of each entry with what is drafted here.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gbagraph.dataset.loader import queries_of
from gbagraph.features.releases import answer_diff, diff
from gbagraph.features.releases.diff import Difference, Side
from gbagraph.queries.catalog import local_queries
from gbagraph.rdf.namespaces import BASE, compact, expand

if TYPE_CHECKING:
    from collections.abc import Iterable

    Named = dict[str, list[str] | int]

_NAMED: Final = 12
"""Things of a kind up to which they are named; of more there is the number."""


def of_data(before: str, after: str) -> dict[str, Any]:
    """What is new, gone and renamed, by prefixed names; *before* is empty for the first release."""
    sides = diff.read(before) if before else Side("", {}), diff.read(after)
    things = [{_iri(quad.subject) for quad in side.quads.values()} for side in sides]
    kinds = {_iri(node): kind for side in sides for node, kind in diff.kinds_of(side).items()}
    return {
        # In the first release everything is new.
        "added": _by_kind(things[1] - things[0], kinds, _NAMED if before else 0),
        "gone": _by_kind(things[0] - things[1], kinds, _NAMED),
        "renamed": _renamed(Difference(*sides)),
    }


def _by_kind(things: Iterable[str], kinds: dict[str, str], named: int) -> Named:
    by_kind = defaultdict(list)
    for thing in sorted(things):
        by_kind[compact(kinds.get(thing, ""))].append(compact(thing))
    return {
        kind: names if len(names) <= named else len(names)
        for kind, names in sorted(by_kind.items())
    }


def _renamed(difference: Difference) -> dict[str, list[str]]:
    successors = defaultdict(list)
    for line in difference.added:
        quad = difference.after.quads[line]
        name = _iri(quad.subject)
        if name.startswith(BASE) and quad.predicate.value == expand("dcterms:isReplacedBy"):
            successors[compact(name)].append(compact(_iri(quad.object)))
    return dict(successors)


def _iri(term: object) -> str:
    return str(getattr(term, "value", ""))


def of_answers(before: str, after: str) -> dict[str, Any]:
    """Which canned queries are new, gone, changed (rows removed, added) or reshaped (columns)."""
    if not before:
        return {"new": sorted(local_queries(queries_of([Path(after)])))}
    rows = {row.query: row for row in answer_diff.compare(before, after)}
    of: dict[str, Any] = {
        status: {name: row for name, row in rows.items() if row.status == status}
        for status in ("new", "gone", "changed", "reshaped")
    }
    return {
        "new": list(of["new"]),
        "gone": list(of["gone"]),
        "changed": {n: [len(row.removed), len(row.added)] for n, row in of["changed"].items()},
        "reshaped": {n: [*row.columns, *row.parameters] for n, row in of["reshaped"].items()},
    }


def written(version: str, parts: dict[str, Any]) -> str:
    """An entry in TOML, with a place for what was corrected, and why."""
    lines = ["[[release]]", f"version = {json.dumps(version)}"]
    tables = {f"release.{name}": table for name, table in parts.items()}
    queries = tables["release.queries"]
    for name in [name for name, value in queries.items() if isinstance(value, dict)]:
        tables[f"release.queries.{name}"] = queries.pop(name)
    for name, table in tables.items():
        lines += [
            "",
            f"[{name}]",
            *(f"{json.dumps(k)} = {json.dumps(v)}" for k, v in table.items()),
        ]
    fields = ('about = ["id:…"]', 'en = "…"', 'zh-Hans = "…"', 'why.en = "…"', 'why.zh-Hans = "…"')
    return "\n".join([*lines, "", "[[release.corrected]]", *fields, ""])


if __name__ == "__main__":
    *former, newer = sys.argv[1:]
    older = former[0] if former else ""
    draft = {**of_data(older, newer), "queries": of_answers(older, newer)}
    print(written(newer, draft))

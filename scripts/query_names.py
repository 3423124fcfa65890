"""Write src/gbagraph/api/names.py: the names of the canned queries by form, for type checkers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from gbagraph.queries.catalog import all_queries

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gbagraph.rdf.formats import Kind

_NAMES: Final[dict[Kind, str]] = {
    "solutions": "SelectName",
    "boolean": "AskName",
    "graph": "ConstructName",
}
PLACE: Final = Path(__file__).parents[1] / "src" / "gbagraph" / "api" / "names.py"
_HEAD: Final = '''\
"""The canned queries by form: type checkers know what each answers, and editors complete its name.

Made by ``python scripts/query_names.py``. A query that is not listed runs as well: its answer is of one
of the three kinds, and a type checker does not know of which.
"""

from typing import Literal
'''


def names() -> dict[str, list[str]]:
    """The names of all canned queries, by the name of their kind."""
    by_kind: dict[str, list[str]] = {name: [] for name in _NAMES.values()}
    for query in all_queries().values():
        by_kind[_NAMES[query.kind]].append(query.name)
    return by_kind


def text() -> str:
    """The whole module."""
    return _HEAD + "".join(_literal(kind, found) for kind, found in names().items() if found)


def _literal(kind: str, queries: Iterable[str]) -> str:
    listed = [f'"{name}"' for name in queries]
    if len(listed) == 1:
        return f"\n{kind} = Literal[{listed[0]}]\n"
    return f"\n{kind} = Literal[\n" + "".join(f"    {name},\n" for name in listed) + "]\n"


if __name__ == "__main__":
    PLACE.write_text(text(), encoding="utf-8")

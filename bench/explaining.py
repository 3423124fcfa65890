"""What explaining costs: the index of names, and the naive queries of the tests."""

from __future__ import annotations

import statistics
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import gbagraph
from bench.records import values
from gbagraph.features.diagnostics.diagnosis import Explainer
from gbagraph.names.names import Names
from gbagraph.rdf.namespaces import declarations

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.records import Record

_NAIVE: Final = (
    Path(__file__).resolve().parent.parent / "tests/features/diagnostics/naive/article.tsv"
)


def run(rounds: int, log: Callable[[str], None]) -> list[Record]:
    """Milliseconds of the processor: for the index, and for each query once it is there."""
    store = gbagraph.open().store
    rows: list[Record] = []
    for number in range(rounds):
        log(f"explain, round {number + 1}")
        explainer = Explainer(store)
        explainer.diagnose("SELECT ?x { ?x a <urn:none> }")
        rows.append({"what": "index", "ms": _milliseconds(partial(_index, Names(store)))})
        rows += [
            {"what": "query", "ms": _milliseconds(partial(explainer.diagnose, query))}
            for query in _queries()
        ]
    return rows


def _index(names: Names) -> None:
    for kind in ("class", "property", "thing"):
        names.nearest("nothing", kind)  # type: ignore[arg-type]


def _queries() -> list[str]:
    lines = _NAIVE.read_text(encoding="utf-8").splitlines()
    queries = [line.split("\t")[1] for line in lines if line and not line.startswith("#")]
    return [q[1:] if q.startswith("!") else declarations() + q for q in queries]


def _milliseconds(function: Callable[[], object]) -> float:
    began = time.process_time()
    function()
    return 1000 * (time.process_time() - began)


def report(rows: list[Record]) -> str:
    """Median, nine in ten, and most, of what was measured."""
    if not rows:
        return ""
    found = values(rows, "ms", what="query")
    ninth = statistics.quantiles(found, n=10)[-1]
    index = statistics.median(values(rows, "ms", what="index"))
    return "\n".join(
        (
            "## Explaining\n",
            "Milliseconds of the processor for `/sparql/explain`, in process, over the naive queries of",
            "the tests. The index of names is built once in a worker.\n",
            "| Index of names | a query: median | nine in ten within | most |",
            "| ---: | ---: | ---: | ---: |",
            f"| {index:.0f} | {statistics.median(found):.1f} | {ninth:.1f} | {max(found):.1f} |\n",
        )
    )

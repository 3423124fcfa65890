"""Score the explanations of strangers' queries, and write what is wrong into reports/explain.md.

The graphs are ours, two small ones of the tests, two out of wheels of PyPI (Brick and a grid in CIM),
and a large one that is generated. ``--only PATTERN`` takes the files whose names match, ``--large N`` so
many triples in the large graph.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

ROOT: Final = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests")]

from gbagraph.features.diagnostics.diagnosis import Explainer  # noqa: E402
from support.corpus import GOOD, Judged, corpus, judge  # noqa: E402
from support.corpus_graphs import store_of  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterable

REPORT: Final = ROOT / "reports" / "explain.md"


def main() -> None:
    """Score all files of the corpus, or those that are named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="*")
    parser.add_argument("--large", type=int, default=300_000)
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    by_graph = defaultdict(list)
    for query in corpus(options.only):
        by_graph[query.graph].append(query)
    judged: list[Judged] = []
    for graph, queries in by_graph.items():
        explainer = Explainer(store_of(graph, options.large))
        explainer.diagnose("SELECT ?x { ?x a <urn:x> }")  # what is learnt of the graph once
        judged += (judge(explainer, query) for query in queries)
    print(table(judged))
    if options.verbose:
        print(misses(judged))
    if options.only == "*":
        REPORT.parent.mkdir(exist_ok=True)
        REPORT.write_text(
            f"# Explanations that miss\n\n{table(judged)}\n\n{misses(judged)}", "utf-8"
        )


def table(judged: Iterable[Judged]) -> str:
    """Return the score by file, as a Markdown table; times are the median and the ninth tenth."""
    by_file = defaultdict(list)
    for each in judged:
        by_file[each.query.file].append(each)
    rows = [
        "| File | Queries | Right or explained | Repaired | Wrong | Unexplained | False alarms | ms |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, some in [*by_file.items(), ("all", [e for each in by_file.values() for e in each])]:
        count = Counter(each.verdict for each in some)
        times = sorted(each.seconds * 1000 for each in some)
        share = sum(each.verdict in GOOD for each in some) / len(some)
        middle, most = statistics.median(times), times[int(len(times) * 0.9)]
        rows.append(
            f"| {name} | {len(some)} | {share:.1%} | {count['repaired']} | {count['wrong']} | "
            f"{count['unexplained']} | {count['false alarm']} | {middle:.0f}, {most:.0f} |"
        )
    return "\n".join(rows)


def misses(judged: Iterable[Judged]) -> str:
    """Return what was not good, each with what was said."""
    parts = []
    for each in judged:
        if each.verdict not in GOOD:
            query = each.query
            said = "\n".join(f"- {line}" for line in each.said) or "- nothing"
            text = query.text.rpartition("PREFIX")[2].partition("\n")[2] or query.text
            parts.append(
                f"## {query.file}: {query.name} ({each.verdict})\n\n{query.wants} {each.reason}\n\n"
                f"```sparql\n{text.strip()}\n```\n\n{said}\n"
            )
    return "\n".join(parts)


if __name__ == "__main__":
    main()

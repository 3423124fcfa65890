"""A corpus of strangers' queries, each with what is right, and the judgement of what explains them.

A file of ``tests/features/diagnostics/corpus`` is for one graph: ``graph``, ``prefixes`` that stand
before each query that is not ``bare``, and queries. One is ``right``, or a mistake: ``asks`` is the same
question asked rightly, in one or more ways; ``says`` lists what an explanation has to say, in a message
or in what a step leaves out or keeps, of each list one text; ``never`` are sentences that would mislead;
``repair = "none"`` says that no other query keeps the question. ``with`` is what is sent beside it.
"""

import re
import time
import tomllib
from collections import Counter
from dataclasses import dataclass, field
from itertools import islice, permutations
from pathlib import Path
from typing import Any, Literal, NamedTuple

import pyoxigraph as ox

from gbagraph.dataset.view import inferring
from gbagraph.features.diagnostics.asked import Graphs
from gbagraph.features.diagnostics.diagnosis import Explainer
from gbagraph.features.diagnostics.told import sides
from gbagraph.rdf.namespaces import base_iri, in_full
from gbagraph.sparql.parsed import ParsedQuery

FOLDER = Path(__file__).parents[1] / "features" / "diagnostics" / "corpus"
Verdict = Literal["quiet", "false alarm", "repaired", "explained", "wrong", "unexplained"]
GOOD = ("quiet", "repaired", "explained")
_ROWS = 5_000


@dataclass(frozen=True)
class Stranger:
    """A query as it was sent, and what is to be said of it."""

    graph: str
    file: str
    name: str
    wants: str
    text: str
    asks: tuple[str, ...] = ()
    says: tuple[tuple[str, ...], ...] = ()
    never: tuple[str, ...] = ()
    repair: str = ""
    right: bool = False
    sent: dict[str, str] = field(default_factory=dict)


class Judged(NamedTuple):
    """What came of a query: a verdict, its reason where it is not good, what was said, and the time."""

    query: Stranger
    verdict: Verdict
    reason: str
    said: tuple[str, ...]
    seconds: float


def corpus(pattern: str = "*") -> list[Stranger]:
    """Read the queries of the files whose names match."""
    queries = []
    for path in sorted(FOLDER.glob(f"{pattern}.toml")):
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        for row in content["query"]:
            prefixes = content.get("prefixes", "")
            head = "" if row.get("bare") else prefixes
            queries.append(
                Stranger(
                    content["graph"],
                    path.stem,
                    row["name"],
                    row["wants"],
                    head + row["text"],
                    tuple(prefixes + each for each in row.get("asks", ())),
                    tuple(map(tuple, row.get("says", ()))),
                    tuple(row.get("never", ())),
                    row.get("repair", ""),
                    row.get("right", False),
                    row.get("with", {}),
                )
            )
    return queries


def judge(explainer: Explainer, query: Stranger) -> Judged:
    """Explain a query, and judge what is said."""
    infer = {"true": True, "false": False}.get(query.sent.get("infer", ""))
    language = "zh-Hans" if query.sent.get("language") == "zh" else "en"
    named = {
        name: (in_full(query.sent[name]),) if name in query.sent else ()
        for name in ("default-graph-uri", "named-graph-uri")
    }
    graphs = Graphs(*named.values()) if any(named.values()) else None
    began = time.process_time()
    with inferring(explainer.store, infer):
        found = explainer.diagnose(query.text, graphs=graphs, language=language)
        seconds = time.process_time() - began
        said = tuple(
            f"{each.severity} {each.code}: {each.message}"
            + (f" [{each.suggestion}]" if each.suggestion else "")
            for each in found
        )
        said += tuple(line for step in found.steps for line in sides(step, language))
        repairs = dict.fromkeys(each.query for each in found if each.query)
        verdict, reason = _verdict(explainer, query, said, list(repairs))
    return Judged(query, verdict, reason, said, seconds)


def _verdict(
    explainer: Explainer, query: Stranger, said: tuple[str, ...], repairs: list[str]
) -> tuple[Verdict, str]:
    told = "\n".join(said)
    if query.right:
        is_warned = repairs or re.search(r"^(error|warning) ", told, re.MULTILINE)
        return ("false alarm", "a right query is warned of") if is_warned else ("quiet", "")
    wrong = _wrong(explainer, query, told, repairs)
    if wrong:
        return "wrong", wrong
    if repairs and query.asks:
        return "repaired", ""
    lowered = told.lower()
    missing = [each for each in query.says if not any(text.lower() in lowered for text in each)]
    if missing or not said:
        return "unexplained", f"it does not say {' or '.join(missing[0]) if missing else 'it'}"
    return "explained", ""


def _wrong(explainer: Explainer, query: Stranger, told: str, repairs: list[str]) -> str:
    """What misleads: a sentence, or a repair that asks another question; nothing if nothing does."""
    for pattern in query.never:
        if re.search(pattern, told, re.IGNORECASE):
            return f"it says {pattern!r}"
    if repairs and query.repair == "none":
        return f"a repair changes the question: {repairs[0][-300:]}"
    wanted = [answer(explainer, each) for each in query.asks]
    for each in repairs if wanted else ():
        rows = answer(explainer, each)
        if not any(_same(rows, one) for one in wanted):
            return f"a repair gives other rows: {each[-300:]}"
    return ""


def answer(explainer: Explainer, query: str) -> Any:
    """The rows of a query, each as a tuple of texts; a boolean; what went wrong."""
    try:
        text = ParsedQuery(query).silenced.normalized.text
        found = explainer.store.query(text, base_iri=base_iri())
        if isinstance(found, ox.QueryBoolean):
            return bool(found)
        return Counter(tuple(map(_cell, row)) for row in islice(found, _ROWS))
    except (SyntaxError, ValueError, OSError, RuntimeError) as problem:
        return str(problem)


def _cell(term: Any) -> str:
    return "_:" if isinstance(term, ox.BlankNode) else str(term)


def _same(rows: Any, others: Any) -> bool:
    """Whether two answers are the same, in whatever order their columns stand."""
    if rows == others or not isinstance(rows, Counter) or not isinstance(others, Counter):
        return bool(rows == others)
    widths = {len(row) for row in (*rows, *others)}
    if len(widths) != 1 or (width := widths.pop()) > 5 or rows.total() != others.total():
        return False
    return any(
        Counter({tuple(row[i] for i in order): n for row, n in rows.items()}) == others
        for order in permutations(range(width))
    )

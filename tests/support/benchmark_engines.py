"""The reference questions asked of other engines; what of it differs is in ``reports/benchmark.md``."""

import json
import re

import httpx
import pyoxigraph as ox

from gbagraph.dataset.loader import load as load_dataset
from gbagraph.features.benchmark.answers import table
from gbagraph.features.benchmark.graphs import COMPANION, companion, without_service
from gbagraph.features.benchmark.questions import load, own
from gbagraph.features.benchmark.scoring import agree
from support import ROOT
from support.behind import DEFAULT, hold
from support.engines import answers
from support.installed import Virtuoso

DOCUMENT = ROOT / "reports" / "benchmark.md"
SAME = ("pyoxigraph", "rdflib", "Jena")
"""The engines whose rows are those of the gold answers."""
RESULTS = {"accept": "application/sparql-results+json"}


def gold():
    """The gold answers of the present version, by the question."""
    return json.loads(max(own().glob("gold/*.json")).read_text())["answers"]


def queries():
    """All accepted queries as an engine is asked them that has the companion as a named graph."""
    return {
        f"{each.id}.{number}": (each, without_service(query))
        for each in load(own())
        for number, query in enumerate(each.queries)
    }


def dataset():
    """The dataset with the companion."""
    store, _ = load_dataset()
    store.load(path=own() / COMPANION, to_graph=ox.NamedNode(companion()))
    return store


def outcome(name, question, results):
    """What an engine's answer is: ``same``, ``rows`` or ``order``."""
    _, number = name.rsplit(".", 1)
    wanted, found = table(gold()[question.id][int(number)]), table(results)
    if agree(wanted, found, order=question.order):
        return "same"
    return "order" if agree(wanted, found, order=False) else "rows"


def outcomes(engine, folder):
    """What the answers of an engine of :mod:`support.engines` are, by the query; *folder* is empty."""
    asked = queries()
    for part in ("data", "queries"):
        (folder / part).mkdir()
    dataset().dump(folder / "data" / "all.nq", ox.RdfFormat.N_QUADS)
    for name, (_, text) in asked.items():
        (folder / "queries" / f"{name}.rq").write_text(text)
    return {
        row["name"]: row.get("error", "")[:200]
        or outcome(row["name"], asked[row["name"]][0], row["results"])
        for row in answers(engine, folder)
    }


def outcomes_of_virtuoso(folder):
    """What the answers of Virtuoso are, by the query; its database is in *folder*."""
    with Virtuoso(folder) as there:
        hold(there, dataset())
        return {
            name: _asked(there.sparql, name, question, text)
            for name, (question, text) in queries().items()
        }


def _asked(url, name, question, text):
    # With a default graph, it has no named ones; without it, that is all of them together.
    given = {"query": text, **({} if "GRAPH" in text else {"default-graph-uri": DEFAULT})}
    found = httpx.post(url, data=given, headers=RESULTS, timeout=60)
    if found.is_error:
        return str(found.status_code)
    return outcome(name, question, found.json())


def listed():
    """What of Virtuoso's answers differs, by the query, as the report has it."""
    return dict(re.findall(r"^\| `([\w.-]+)` \| (\w+) \|", DOCUMENT.read_text(), re.MULTILINE))

"""Other engines asked the canned queries, and the table of it in ``reports/engines.md``.

``PYTHONPATH=tests python -m support.engines`` writes that file anew.
"""

import json
import os
import re
import sys
import tempfile
from functools import partial
from pathlib import Path

import pyoxigraph as ox

from gbagraph.dataset.loader import load
from gbagraph.features.testing.comparison import differ
from gbagraph.features.testing.reading import read, read_file
from gbagraph.queries.catalog import local_queries
from support import ROOT, processes

PROGRAMS = ROOT / "tests" / "interoperability" / "programs"
CLIENTS = ROOT / ".clients"
DOCUMENT = ROOT / "reports" / "engines.md"

PYTHON = (sys.executable, "-W", "ignore", PROGRAMS / "ask_engine.py")
ENGINES = {
    "pyoxigraph": (*PYTHON, "pyoxigraph"),
    "rdflib": (*PYTHON, "rdflib"),
    "Jena": (CLIENTS / "bin" / "jena", PROGRAMS / "JenaQueries.java"),
    "oxilite": (*PYTHON, "oxilite"),
    "sparq-rdf": (*PYTHON, "sparq"),
}
"""The engines, and how each is asked."""

_TEXT = """\
# The canned queries on other engines

The canned queries below, with their example values, were asked of the whole dataset on five engines:
pyoxigraph, with which the server answers; rdflib and Apache Jena, which share no code with it; and two
young ones from PyPI, oxilite and sparq-rdf. *equal* says that the rows are those of
`queries/expected`, in the same order; numbers are compared by their values, as `1259259259` and
`1259259259.0` are the same decimal. {summary}

`PYTHONPATH=tests .venv/bin/python -m support.engines` writes this page, after `make clients`; a test
compares it with what the engines answer. Queries that call other endpoints are left out. The
versions are those in `tests/interoperability/install-programs` and `constraints.txt`, and for Jena that
of Debian.

"""


def is_installed(engine):
    """Whether *engine* can be asked."""
    places = {"Jena": "bin/jena", "oxilite": "engines/oxilite", "sparq-rdf": "engines/sparq"}
    return engine not in places or (CLIENTS / places[engine]).exists()


def compared():
    """The canned queries whose answers are compared here, by name: those with rows, or a boolean."""
    return {name: query for name, query in local_queries().items() if query.kind != "graph"}


def listed():
    """The names of the queries that the page lists: one that is new may not be there yet."""
    return re.findall(r"^\| `([\w-]+)` \|", DOCUMENT.read_text(), re.MULTILINE)


def write_suite(folder, names):
    """Write the canned queries of these *names*, bound, and the dataset as N-Quads."""
    for name in ("queries", "data"):
        (folder / name).mkdir()
    store, _ = load()
    store.dump(folder / "data" / "all.nq", ox.RdfFormat.N_QUADS)
    for query in (compared()[name] for name in names):
        (folder / "queries" / f"{query.name}.rq").write_text(query.bind(query.examples.items()))


def answers(engine, folder):
    """What *engine* answers to each query of a suite in a *folder*: its name, results or an error."""
    path = os.pathsep.join([str(CLIENTS / "engines"), os.environ.get("PYTHONPATH", "")])
    done = processes.run(
        [*map(str, ENGINES[engine]), str(folder)],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=1200,
    )
    assert done.returncode == 0, done.stderr
    return map(json.loads, done.stdout.splitlines())


def outcomes(engine, folder):
    """For each query by its name: ``equal``, or how the answer of *engine* is another one."""
    return {line["name"]: _outcome(line) for line in answers(engine, folder)}


def _outcome(line):
    if "error" in line:
        return f"error: {line['error'][:100]}"
    expected, found = read_file(local_queries()[line["name"]].expected), read(line["results"])
    compare = partial(differ, expected, found, numeric="term", prefixes={})
    if compare(order="ordered") is None:
        return "equal"
    return "other order" if compare(order="bag") is None else "other rows"


def document(found):
    """The page, from the outcomes of each engine."""
    equal = sum(row == "equal" for each in found.values() for row in each.values())
    total = sum(map(len, found.values()))
    what = "All answers are equal." if equal == total else f"{equal} of {total} answers are equal."
    return _TEXT.format(summary=what) + table(found)


def table(found):
    """A row for each query that an engine was asked."""
    asked = set().union(*found.values())
    lines = [
        "| Query | Rows | " + " | ".join(found) + " |",
        "| --- | ---: |" + " --- |" * len(found),
    ]
    for name, query in compared().items():
        if name not in asked:
            continue
        rows = len(read_file(query.expected).rows) or 1
        cells = " | ".join(each.get(name, "no answer") for each in found.values())
        lines.append(f"| `{name}` | {rows} | {cells} |")
    return "\n".join(lines) + "\n"


def main():
    with tempfile.TemporaryDirectory() as folder:
        write_suite(Path(folder), compared())
        found = {engine: outcomes(engine, folder) for engine in ENGINES}
    DOCUMENT.write_text(document(found))


if __name__ == "__main__":
    main()

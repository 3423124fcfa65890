"""Asks an engine from PyPI all queries of a suite, each of the whole dataset.

Called as ``ask_engine.py ENGINE FOLDER``: the folder has ``queries/*.rq`` and ``data/*.nq``. It prints a
line of JSON for each query: its name, and the results or the error.
"""

import json
import sys
from pathlib import Path


def pyoxigraph(data, module="pyoxigraph"):
    """By pyoxigraph, and by what has its interface."""
    ox = __import__(module)
    store = ox.Store()
    store.load(data.encode(), format=ox.RdfFormat.N_QUADS)

    def ask(query):
        return store.query(query).serialize(format=ox.QueryResultsFormat.JSON)

    return ask


def oxilite(data):
    return pyoxigraph(data, "oxilite")


def sparq(data):
    import sparq as engine  # noqa: PLC0415  only where it is asked

    graph = engine.Graph.load(data, format="nquads")

    def ask(query):
        if query.lstrip().upper().startswith("ASK") or "\nASK" in query.upper():
            return json.dumps({"head": {}, "boolean": graph.ask(query)})
        return graph.query_json(query)

    return ask


def rdflib(data):
    import rdflib as engine  # noqa: PLC0415  only where it is asked

    dataset = engine.Dataset()
    dataset.parse(data=data, format="nquads")

    def ask(query):
        return dataset.query(query).serialize(format="json")

    return ask


def main(engine, folder):
    files = sorted(Path(folder, "data").glob("*.nq"))
    ask = globals()[engine]("".join(path.read_text() for path in files))
    for path in sorted(Path(folder, "queries").glob("*.rq")):
        try:
            outcome = {"results": json.loads(ask(path.read_text()))}
        except Exception as problem:  # noqa: BLE001  whatever it is, it is the outcome
            outcome = {"error": f"{type(problem).__name__}: {problem}"}
        print(json.dumps({"name": path.stem, **outcome}), flush=True)  # noqa: T201


main(*sys.argv[1:])

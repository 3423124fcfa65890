"""pyoxigraph without a server: a process that reads queries as lines of JSON and answers likewise.

It is a process of its own because the engine can end it.
"""

import json
import sys
from typing import Any

import pyoxigraph as ox


def main() -> None:
    """Load the file named in the arguments, then answer queries from standard input."""
    store = ox.Store()
    store.load(path=sys.argv[1], format=ox.RdfFormat.N_QUADS)
    for line in sys.stdin:
        request = json.loads(line)
        sys.stdout.write(json.dumps(_answer(store, request["query"], request["accept"])) + "\n")
        sys.stdout.flush()


def _answer(store: ox.Store, query: str, accept: str) -> dict[str, Any]:
    """What a server would answer: status, media type and body."""
    try:
        media_type, body = _serialized(store.query(query), accept)
    except SyntaxError as problem:
        return {"status": 400, "type": "text/plain", "body": str(problem)}
    except (OSError, RuntimeError, ValueError) as problem:
        return {"status": 500, "type": "text/plain", "body": str(problem)}
    return {"status": 200, "type": media_type.partition(";")[0], "body": body.decode()}


def _serialized(found: Any, accept: str) -> tuple[str, bytes]:
    if isinstance(found, ox.QueryTriples):
        rdf_format = ox.RdfFormat.from_media_type(accept) or ox.RdfFormat.TURTLE
        return rdf_format.media_type, found.serialize(format=rdf_format) or b""
    results_format = ox.QueryResultsFormat.from_media_type(accept) or ox.QueryResultsFormat.JSON
    return results_format.media_type, found.serialize(format=results_format) or b""


if __name__ == "__main__":
    main()

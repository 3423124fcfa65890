"""The entrances of this package that read what others wrote: what is tried at each, and what must hold.

At each, any bytes are read or refused with an error of the package's own, in a time that grows no
faster than the input. Where what was read can be written again, it reads the same.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

from fuzzing.entrances import files, http, results, sparql, terms
from gbagraph.errors import GbaGraphError


class Entrance(NamedTuple):
    """What takes the bytes, and the modules whose coverage is told; *longest* is in bytes."""

    try_: Callable[[bytes], str]
    modules: tuple[str, ...]
    longest: int = 1000


_QUERIES: Final = ("sparql/tokens", "sparql/dialect", "sparql/binding", "sparql/parsed")

ENTRANCES: Final = {
    "accept": Entrance(http.accept, ("sparql/negotiation", "endpoint/response")),
    "answers of endpoints": Entrance(
        results.of_endpoints, ("features/federation/messages", "features/federation/endpoints")
    ),
    "answers of engines": Entrance(results.of_engines, ("features/remote/questions",)),
    "answers of servers": Entrance(
        results.of_servers, ("api/remote", "api/answer", "sparql/sources")
    ),
    "bodies in JSON": Entrance(http.json, ("features/reconcile/reconciliation",)),
    "claims files": Entrance(
        files.claims_file,
        tuple(f"features/claims/{name}" for name in ("form", "names", "expansion", "writing")),
    ),
    "conditions": Entrance(http.conditions, ("endpoint/response", "web/context")),
    "explanations": Entrance(sparql.explained, ("features/diagnostics/diagnosis",), 400),
    "filters and orders": Entrance(sparql.modified, ("queries/modifiers",), 200),
    "forwarding": Entrance(http.forwarding, ("endpoint/request",)),
    "frames": Entrance(results.frames, ("engine/wire",)),
    "names": Entrance(
        terms.names, ("names/matching", "names/texts", "features/reconcile/candidates")
    ),
    "parameters": Entrance(http.parameters, ("sparql/protocol", "endpoint/evaluation")),
    "proposals": Entrance(files.proposed, ("features/claims/proposals",)),
    "queries rewritten": Entrance(
        sparql.rewritten, (*_QUERIES, "sparql/reader", "sparql/expressions", "sparql/failures"), 400
    ),
    "patches": Entrance(results.patches, ("features/changes/mirror",)),
    "query files": Entrance(files.query_file, ("queries/parse", "queries/canned")),
    "RDF files": Entrance(files.rdf_file, ("dataset/loader", "dataset/files")),
    "settings files": Entrance(files.toml_file, ("cli/project", "setting")),
    "terms": Entrance(terms.terms, ("sparql/terms", "features/reconcile/identifiers")),
    "tokens": Entrance(sparql.tokens_of, ("sparql/tokens",), 400),
    "values of parameters": Entrance(terms.values, ("queries/types",), 200),
    "writing": Entrance(terms.written, ("web/jobs", "rdf/result_formats", "rdf/results")),
}
"""Each takes bytes, asserts what must hold, and says what came of them."""


def tried(entrance: str, data: bytes) -> str:
    """What comes of *data*: what the entrance says of it, or the error that it is refused with."""
    try:
        return ENTRANCES[entrance].try_(data)
    except GbaGraphError as problem:
        return type(problem).__name__ if problem.message else "an error without a word"


def folder_of(entrance: str) -> str:
    """The name of the folder with the corpus of an entrance."""
    return entrance.lower().replace(" ", "-")

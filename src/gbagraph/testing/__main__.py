"""``python -m gbagraph.testing``: reports about query files with expected answers, without pytest."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from gbagraph.errors import GbaGraphError
from gbagraph.testing.asking import Endpoint, open_graph
from gbagraph.testing.competency import unasked_terms
from gbagraph.testing.mutation import mutants
from gbagraph.testing.query_files import query_files


def main(arguments: list[str] | None = None) -> int:
    """Run a report; 0 if it was made, 1 if it was not."""
    given = _parser().parse_args(arguments)
    try:
        sys.stdout.write(_report(given).rstrip() + "\n")
    except GbaGraphError as problem:
        sys.stderr.write(f"{problem.message}\n")
        return 1
    return 0


def _report(given: argparse.Namespace) -> str:
    if given.report == "terms" and given.endpoint:
        graph = Endpoint(given.endpoint)
    else:
        graph = open_graph(given.data or ())  # type: ignore[assignment]
    if given.report == "terms":
        terms = unasked_terms(graph, query_files(given.queries))
        return terms.as_json() if given.format == "json" else terms.text()
    found = mutants(
        graph,
        given.queries or None,
        graphs=given.graph or (),
        changes=not given.no_changes,
        most=given.most,
    )
    return found.as_json() if given.format == "json" else found.text()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m gbagraph.testing", description=__doc__)
    reports = parser.add_subparsers(dest="report", required=True)
    terms = reports.add_parser("terms", help="terms of the ontology that no query asks")
    terms.add_argument("--endpoint", help="ask this endpoint for the terms")
    facts = reports.add_parser("mutants", help="facts that no expected answer guards")
    facts.add_argument("--graph", action="append", help="take the facts of this graph only")
    facts.add_argument("--most", type=int, help="take at most so many facts, spread over all")
    facts.add_argument("--no-changes", action="store_true", help="drop facts, do not change them")
    for report in (terms, facts):
        report.add_argument(
            "queries", nargs="*", type=Path, help="folders of query files, or files"
        )
        report.add_argument("--data", action="append", help="RDF files, or a release")
        report.add_argument("--format", choices=("text", "json"), default="text")
    return parser


if __name__ == "__main__":
    sys.exit(main())

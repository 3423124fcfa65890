"""The command lookup: the things that identifiers of other sites name."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from gbagraph import publication
from gbagraph.cli.answering import DEFAULTS, DataOption, TimeoutOption, answer, engine
from gbagraph.cli.output import USAGE, chosen, fail
from gbagraph.features.reconcile.jobs import Lookup
from gbagraph.rdf.formats import JSON
from gbagraph.sparql.terms import iri


def lookup(
    iris: Annotated[
        list[str],
        typer.Argument(
            metavar="IRI",
            help="Identifiers: IRIs, items of Wikidata such as Q16572, numbers of GeoNames.",
        ),
    ],
    *,
    output: Annotated[str, typer.Option("--format", "-f", help="json.")] = "json",
    query_timeout: TimeoutOption = DEFAULTS.query_timeout,
    data: DataOption = None,
) -> None:
    """Say which things identifiers of other sites are.

    The answer is JSON, with the links that say so. Exit code 2 if one is no identifier.
    """
    chosen(output, {"json": JSON})
    over = engine(data, None, query_timeout)
    languages = dict.fromkeys((publication.current().language, "en"))
    result = answer(Lookup(tuple(map(_meant, iris)), tuple(languages)), over)
    faults = [each for each in json.loads(result.body)["results"] if "error" in each]
    if faults:
        fail("\n".join(f"{each['iri']}: {each['error']}" for each in faults), USAGE)


def _meant(text: str) -> str:
    """Return the IRI that is meant; what is none as it is, for which there are suggestions."""
    if text.isdecimal():
        return f"https://sws.geonames.org/{text}/"
    try:
        return iri(text).value
    except ValueError:
        return text

"""The command lookup: the things that identifiers of other sites name."""

from __future__ import annotations

from typing import Annotated

import typer

from gbagraph import publication
from gbagraph.cli.answering import DEFAULTS, DataOption, TimeoutOption, answer, engine
from gbagraph.features.reconcile.jobs import Lookup


def lookup(
    iris: Annotated[
        list[str], typer.Argument(metavar="IRI", help="Identifiers of other sites, in full.")
    ],
    *,
    query_timeout: TimeoutOption = DEFAULTS.query_timeout,
    data: DataOption = None,
) -> None:
    """Say which things identifiers of other sites are.

    The answer is JSON, with the links that say so.
    """
    over = engine(data, None, query_timeout)
    languages = dict.fromkeys((publication.current().language, "en"))
    answer(Lookup(tuple(iris), tuple(languages)), over)

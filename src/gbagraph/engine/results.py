"""The result of a query, written in the format that the job asks for."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

import pyoxigraph as ox

from gbagraph.errors import NotAcceptable, RequestError
from gbagraph.rdf.formats import QUERY_FORMS, AskFormat, Format, Kind, RowsFormat, narrowed
from gbagraph.rdf.labels import with_labels
from gbagraph.rdf.result_formats import ALL, OFFERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gbagraph.engine.answer import Tally
    from gbagraph.engine.query import Query
    from gbagraph.rdf.dataset import Dataset
    from gbagraph.rdf.formats import Rows


def kind_of(found: object) -> Kind:
    """The kind of a result of the engine."""
    if isinstance(found, ox.QuerySolutions):
        return "solutions"
    return "boolean" if isinstance(found, ox.QueryBoolean) else "graph"


def format_for(job: Query, kind: Kind) -> Format:
    """The format in which *job* wants a result of this *kind*.

    Raises:
        NotAcceptable: it wants none that fits this kind, or labels in a format without room for them.
        RequestError: it wants labels, and the result has no rows, or rows with evidence.
    """
    if job.labels and job.evidence:
        raise RequestError(
            "Rows come with evidence or with labels, not with both. Ask for one of them."
        )
    if job.labels and kind != "solutions":
        raise RequestError(
            "Labels stand beside the IRIs in the rows of a SELECT query, and this one is of the form "
            f"{QUERY_FORMS[kind]}. Ask without labels."
        )
    if kind not in job.formats:
        raise _not_acceptable(kind)
    written_in = job.format(kind)
    if job.labels and not narrowed(written_in, RowsFormat).takes_labels:
        raise _no_room_for_labels(written_in)
    return written_in


def _not_acceptable(kind: Kind) -> NotAcceptable:
    available = [offer.media_type for offer in OFFERS[kind] if offer.standard]
    names = dict.fromkeys(offer.name for offer in ALL[kind])
    return NotAcceptable(
        f"None of the requested formats can represent the result of a {QUERY_FORMS[kind]} query. "
        f"Available: {', '.join(available)}; by name: {', '.join(names)}.",
        available=available,
    )


def _no_room_for_labels(written_in: Format) -> NotAcceptable:
    offers = [offer for offer in ALL["solutions"] if narrowed(offer, RowsFormat).takes_labels]
    names = dict.fromkeys(offer.name for offer in offers)
    return NotAcceptable(
        f"{written_in.label} has no room for labels here. Ask without labels, or for one of "
        f"{', '.join(names)}.",
        available=list(dict.fromkeys(offer.media_type for offer in offers if offer.standard)),
    )


def write_solutions(  # noqa: PLR0913  what is written, where, and what else is wanted
    found: ox.QuerySolutions,
    written_in: Format,
    file: IO[bytes],
    tally: Tally,
    store: Dataset,
    *,
    labels: Sequence[str],
) -> None:
    """Write the rows of a SELECT query to *file*, each as it is found.

    Args:
        found: the rows, of which nothing has been read.
        written_in: the format.
        file: where to write.
        tally: counts the rows.
        store: where labels are looked up.
        labels: the languages of labels beside IRIs, the preferred first; without any, there are none.
    """
    offer = narrowed(written_in, RowsFormat)
    if offer.engine and not labels:
        through = tally.through(file, offer.engine.counter())
        found.serialize(through, offer.engine.serializer)
        return
    names = [variable.value for variable in found.variables]
    rows: Rows = map(tuple, tally.of(found))
    if labels:
        names, rows = with_labels(store, labels, names, rows)
    for part in offer.rows(names, rows):
        file.write(part)


def write_boolean(found: ox.QueryBoolean, written_in: Format, file: IO[bytes]) -> None:
    """Write the answer to ASK to *file*."""
    file.write(narrowed(written_in, AskFormat).boolean(bool(found)))

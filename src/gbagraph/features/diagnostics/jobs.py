"""The job to explain a query."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from gbagraph.engine.jobs import QueryJob
from gbagraph.rdf.formats import JSON, TEXT, Format, Kind
from gbagraph.sparql.parsed import ParsedQuery

if TYPE_CHECKING:
    from gbagraph.rdf.dataset import Dataset


class Explain(QueryJob, frozen=True):
    """Find what is wrong or misleading in a query, as JSON or as text.

    With *calls*, the endpoints that it calls with SERVICE are asked, to tell what comes of that.
    *default_graphs* and *named_graphs* are the dataset that the request gives, as for a query.
    Its sentences are in *language*, one of those of the pages.
    """

    evaluator: ClassVar[str] = "gbagraph.features.diagnostics.diagnosis:run"

    infer: bool | None = None
    media_type: str = JSON.media_type
    calls: bool = True
    default_graphs: tuple[str, ...] | None = None
    named_graphs: tuple[str, ...] | None = None
    language: str = "en"

    @classmethod
    def prepare(cls, store: Dataset | None) -> None:
        """Import the analysis, and read the catalogues of its sentences: a worker can open no file."""
        super().prepare(store)
        from gbagraph.sparql import message  # noqa: PLC0415  a declaration needs no sentence

        for language in message.TRANSLATED:
            message.catalogue(language)

    def format(self, kind: Kind) -> Format:  # noqa: ARG002  it has no result of another kind
        """Return the format of the diagnostics."""
        return TEXT if self.media_type == TEXT.media_type else JSON

    @property
    def needs_names(self) -> bool:
        """Names are compared with those in the query."""
        return True

    @property
    def calls_services(self) -> bool:
        """Whether it has SERVICE in it, and is to call."""
        return self.calls and ParsedQuery(self.text).calls_services

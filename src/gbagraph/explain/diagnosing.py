"""Diagnostics in a worker: the index of names is made once, when it is first needed."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

from gbagraph.dataset.default_graph import holds_inferred, inferring
from gbagraph.explain import indexed
from gbagraph.explain.diagnostics import Diagnostic, Explainer, Services
from gbagraph.explain.naming import names_of
from gbagraph.feature import hook
from gbagraph.rdf.formats import TEXT

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gbagraph.engine.worker import Work
    from gbagraph.explain.diagnostic_jobs import Explain
    from gbagraph.explain.indexed import Index
    from gbagraph.rdf.dataset import Dataset


def run(job: Explain, work: Work) -> None:
    """Send what is wrong or misleading in a query."""
    allowed, explain = tuple(work.services.values()), hook("service explained")
    ask = partial(explain, work=work) if allowed and job.calls and explain else None
    with inferring(work.store, job.infer):
        found = explainer_of(work.store).diagnose(job.text, services=Services(allowed, ask))
    work.send(job, text(found) if job.format("graph") == TEXT else json_text(found))


def explainer_of(store: Dataset) -> Explainer:
    """What explains queries to *store*; what it learns of it is kept, with and without what follows."""
    return _explainer(store, holds_inferred(store), indexed.current())


@lru_cache(maxsize=2)
def _explainer(store: Dataset, _: bool | None, __: Index | None) -> Explainer:
    return Explainer(store, names_of(store))


def json_text(found: Iterable[Diagnostic]) -> bytes:
    """Diagnostics as a JSON object with the one member ``diagnostics``."""
    return _json({"diagnostics": [asdict(each) for each in found]})


def text(found: Sequence[Diagnostic]) -> bytes:
    """Diagnostics for people: one paragraph each, the repaired query below it."""
    written = "\n\n".join(map(paragraph, found))
    return f"{written or 'Nothing is wrong with the query as far as can be told.'}\n".encode()


def paragraph(found: Diagnostic) -> str:
    """One diagnostic as text."""
    said = f"{found.line}:{found.column} {found.severity} {found.code}: {found.message}"
    return f"{said}\nRepaired:\n{found.query.rstrip()}" if found.query else said


def _json(content: dict[str, Any]) -> bytes:
    return f"{json.dumps(content, ensure_ascii=False)}\n".encode()

"""What people read: HTML pages, tables, and errors in words."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from gbagraph import __version__, ontology_docs
from gbagraph.errors import GbaGraphError, RequestError, UnknownResource
from gbagraph.formats import GRAPH, HTML, Format
from gbagraph.linked_data import Value, local_path, value_of
from gbagraph.vocabulary import BASE, ONTOLOGY, PREFIXES, compact

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gbagraph.answers import Named
    from gbagraph.canned import CannedQuery
    from gbagraph.dataset import Description

SHOWN_DUMPS: Final = ("gbagraph.trig", "gbagraph.nq")

PROBLEM_FORMATS: Final = (
    Format("application/problem+json", "json", "problem details"),
    Format("application/json", "json", "problem details", standard=False),
    Format("text/plain", "txt", "text"),
    HTML,
)


@dataclass(frozen=True, slots=True)
class Table:
    """Solutions as a page shows them; ``text`` in place of rows for a graph or a boolean."""

    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Value | None, ...], ...] = ()
    text: str = ""


@cache
def _environment() -> Environment:
    found = Environment(
        loader=PackageLoader("gbagraph"),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters.update(
        compact=compact, local_path=local_path, query_string=urlencode, embedded=_embedded
    )
    found.filters.update(is_term=_is_term)
    found.globals.update(
        software_version=__version__, base=BASE, kinds_of_terms=ontology_docs.KINDS
    )
    return found


def _embedded(value: object) -> Markup:
    """*value* as JSON that stands in a script element: no text in it can end the element."""
    text = json.dumps(value, ensure_ascii=False)
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704  nothing in it means anything to HTML now


def _is_term(iri: str) -> bool:
    return iri.startswith(PREFIXES["gba"])


def render(template: str, **values: Any) -> str:  # noqa: ANN401  what a template shows
    """A page from its template; a value that the template needs and does not get is an error."""
    return _environment().get_template(template).render(**values)


def shown(offers: Sequence[Format]) -> list[Format]:
    """The formats that a page links to."""
    return [
        offer for offer in offers if offer.standard and offer.extension not in ("trig", "nq", "n3")
    ]


def table(answer: Named) -> Table:
    """The answer of a canned query as a page shows it."""
    if not answer.content_type.startswith("application/sparql-results+json"):
        return Table(text=answer.body.decode())
    results = json.loads(answer.body)
    if "boolean" in results:
        return Table(text=str(results["boolean"]).lower())
    return _solutions(results)


def _solutions(results: dict[str, Any]) -> Table:
    columns = tuple(results["head"]["vars"])
    rows = (
        tuple(value_of(row[column]) if column in row else None for column in columns)
        for row in results["results"]["bindings"]
    )
    return Table(columns, tuple(rows))


@lru_cache(maxsize=4)
def ontology(answers: tuple[tuple[str, bytes], ...], root: str, dataset: Description) -> str:
    """The documentation of the ontology, from the answers to its questions by name.

    It is kept: to make it takes a few tenths of a second, and it is the same for everybody.
    """
    found = dict(answers)
    examples = {
        row.name: (row, _solutions(json.loads(found[row.name])))
        for row in ontology_docs.examples()
        if row.name in found
    }
    return render(
        "ontology.html",
        root=root,
        dataset=dataset,
        iri=ONTOLOGY,
        docs=ontology_docs.read(found),
        examples=examples,
        offers=[offer for offer in GRAPH if offer.standard],
    )


def boolean(answer: Named) -> bool:
    """The answer of an ASK query."""
    return json.loads(answer.body)["boolean"] is True


def queries_json(queries: Iterable[CannedQuery]) -> str:
    """The list of canned queries for programs."""
    rows = [
        {
            "name": query.name,
            "summary": query.summary,
            "description": query.description,
            "tags": query.tags,
            "terms": sorted(filter(_is_term, query.iris)),
            "path": f"/queries/{query.name}",
            "changes_with_inference": query.changes_with_inference,
            "parameters": [
                {
                    "name": row.name,
                    "type": row.type,
                    "required": row.required,
                    "description": row.description,
                    "expects": row.expects,
                    "example": row.default,
                }
                for row in query.parameters
            ],
        }
        for query in queries
    ]
    return json.dumps({"queries": rows}, ensure_ascii=False, indent=1)


def problem(error: GbaGraphError, chosen: Format | None) -> tuple[str, str]:
    """An error as (body, content type): problem details, or text."""
    if chosen is not None and chosen.extension == "txt":
        extra = error.details.get("excerpt", "")
        return f"{error.title}\n{error.message}\n{extra}\n", chosen.content_type
    fields = {
        "type": f"{BASE}problem/{error.name}",
        "title": error.title,
        "status": error.status,
        "detail": error.message,
        **error.details,
    }
    media_type = chosen.media_type if chosen else PROBLEM_FORMATS[0].media_type
    return json.dumps(fields, ensure_ascii=False), media_type


def from_http(status: int, detail: str) -> GbaGraphError:
    """An error of the web framework's in our form."""
    if status == UnknownResource.status:
        return UnknownResource("There is nothing at this address.")
    return RequestError(f"The request cannot be read: {detail}.")

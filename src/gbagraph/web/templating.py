"""HTML pages from templates, and results as tables."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from gbagraph import __version__, publication
from gbagraph.rdf import namespaces
from gbagraph.rdf.formats import GRAPHS
from gbagraph.rdf.namespaces import ONTOLOGY, PREFIXES, compact
from gbagraph.rdf.results import Value, value_of
from gbagraph.web import ontology_docs

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gbagraph.dataset.identity import Description
    from gbagraph.endpoint.result_cache import Result
    from gbagraph.queries.canned import CannedQuery
    from gbagraph.queries.parameters import Parameter


@dataclass(frozen=True, slots=True)
class Table:
    """Solutions as a page shows them; ``text`` instead of rows for a graph or a boolean.

    ``evidence`` has for each row what it rests on, or nothing at all.
    """

    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Value | None, ...], ...] = ()
    text: str = ""
    evidence: tuple[RowSources, ...] = ()


@dataclass(frozen=True, slots=True)
class RowSources:
    """The paragraphs on which a row rests, and a sentence on what else it rests on."""

    paragraphs: tuple[Value, ...]
    note: str = ""


@cache
def _environment() -> Environment:
    found = Environment(
        loader=PackageLoader("gbagraph.web"),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters.update(
        compact=compact, local_path=_local_path, query_string=urlencode, embedded=_embedded
    )
    found.filters.update(is_term=_is_term)
    found.filters.update(licence=_licence)
    found.globals.update(
        software_version=__version__,
        publication=publication.current,
        brand=_brand,
        base=namespaces.base,
        declarations=namespaces.declarations,
        kinds_of_terms=ontology_docs.KINDS,
    )
    return found


def _embedded(value: object) -> Markup:
    """*value* as JSON for a script element: no text in it can end the element."""
    text = json.dumps(value, ensure_ascii=False)
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704  there is no HTML syntax left in it


def _brand() -> str:
    """What the head and the titles of pages call the site."""
    site = publication.current()
    return "gbagraph" if site.is_own else site.title or "Dataset"


def _licence(iri: str) -> str:
    """What people call a licence of Creative Commons; of any other, its IRI."""
    found = re.match(
        r"https?://creativecommons\.org/(licenses|publicdomain)/([a-z\-]+)/([0-9.]+)", iri
    )
    if found is None:
        return iri
    kind = {"zero": "CC0", "mark": "Public Domain Mark"}.get(found[2], f"CC {found[2].upper()}")
    return f"{kind} {found[3]}"


def _local_path(iri: str) -> str | None:
    """The path of the page about an IRI on the running server; None for IRIs of other sites.

    Where the dataset has no base, every IRI may be one of its own. What has a fragment has no path of
    its own; of our ontology, the page has the fragment as an anchor.
    """
    base = namespaces.base()
    is_part = "#" in iri.removeprefix(base) and not iri.startswith(f"{ONTOLOGY}#")
    is_part = is_part and iri.startswith(base)
    if not base or is_part:
        return f"/doc?{urlencode({'iri': iri})}"
    return "/" + iri.removeprefix(base) if iri.startswith(base) else None


def _is_term(iri: str) -> bool:
    return iri.startswith(PREFIXES["gba"])


def render(template: str, **values: Any) -> str:  # noqa: ANN401  any value that a template shows
    """A page from a template; a value that the template needs but does not get is an error."""
    return _environment().get_template(template).render(**values)


def table(result: Result) -> Table:
    """The result of a canned query as a page shows it."""
    if result.format.extension != "srj":
        return Table(text=result.body.decode())
    results = json.loads(result.body)
    if "boolean" in results:
        return Table(text=str(results["boolean"]).lower())
    return _solutions(results)


def _solutions(results: dict[str, Any]) -> Table:
    columns = tuple(results["head"]["vars"])
    rows = (
        tuple(value_of(row[column]) if column in row else None for column in columns)
        for row in results["results"]["bindings"]
    )
    evidence = tuple(map(_sources, results["results"].get("evidence", ())))
    return Table(columns, tuple(rows), evidence=evidence)


def _sources(row: dict[str, Any]) -> RowSources:
    paragraphs = (value_of({"type": "uri", "value": iri}) for iri in row["paragraphs"])
    return RowSources(tuple(paragraphs), row.get("note", ""))


@lru_cache(maxsize=4)
def ontology(answers: tuple[tuple[str, bytes], ...], root: str, dataset: Description) -> str:
    """The page of the ontology's documentation, from the answers to its queries by name.

    It is cached: rendering takes a few tenths of a second, and the page is the same for all clients.
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
        docs=ontology_docs.documentation(found),
        examples=examples,
        offers=GRAPHS,
    )


def boolean(result: Result) -> bool:
    """The result of an ASK query."""
    return json.loads(result.body)["boolean"] is True


def queries_json(queries: Iterable[CannedQuery]) -> str:
    """The list of canned queries as JSON."""
    rows = [
        {
            "name": query.name,
            "summary": query.summary,
            "description": query.description,
            "tags": query.tags,
            "terms": sorted(filter(_is_term, query.iris)),
            "path": f"/queries/{query.name}",
            "parameters": list(map(_parameter_json, query.parameters)),
        }
        for query in queries
    ]
    return json.dumps({"queries": rows}, ensure_ascii=False, indent=1)


def _parameter_json(row: Parameter) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": row.name,
        "type": row.type.name,
        "required": row.required and row.default is None,
        "list": row.is_list,
        "description": row.description,
        "expects": row.expects,
        "default": row.default,
        "example": row.default if row.example is None else row.example,
    }
    if row.choices:
        found["choices"] = [{"value": value, "label": label} for value, label in row.choices]
    if row.drawn is not None and row.drawn.query:
        given = f"?{urlencode(row.drawn.given)}" if row.drawn.given else ""
        found["choicesFrom"] = {
            "path": f"/queries/{row.drawn.query}{given}",
            "value": row.drawn.value,
            "label": row.drawn.label,
        }
    return found

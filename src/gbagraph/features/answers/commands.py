"""The command cite: a citation of the dataset, of a thing, or of an answer with a link to check it."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated, Final

import typer

from gbagraph import publication
from gbagraph.cli import project
from gbagraph.cli.answering import DEFAULTS, DataOption, TimeoutOption, engine, pair, query_text
from gbagraph.cli.output import chosen
from gbagraph.endpoint.request import Addresses
from gbagraph.endpoint.result_cache import ResultCache
from gbagraph.engine import Query
from gbagraph.errors import BadParameter
from gbagraph.features.answers import citation
from gbagraph.features.answers.asking import answer
from gbagraph.features.answers.permalink import Permalink, label_query
from gbagraph.features.versions.history import history
from gbagraph.queries.catalog import all_queries
from gbagraph.queries.parameters import Parameter
from gbagraph.queries.types import TYPES
from gbagraph.rdf import namespaces
from gbagraph.rdf.formats import TEXT
from gbagraph.rdf.result_formats import TABLES
from gbagraph.rdf.results import rows

if TYPE_CHECKING:
    from gbagraph.engine import Engine
    from gbagraph.features.answers.citation import Citation

_FORMS: Final = {"text": TEXT, "bibtex": citation.BIBTEX, "csl": citation.CSL}


def cite(  # noqa: PLR0913  one option each
    what: Annotated[
        str | None,
        typer.Argument(
            help="A query (also @FILE, or - for standard input), the name of a canned query, or a "
            "thing as `run` takes it; by default the dataset."
        ),
    ] = None,
    values: Annotated[
        list[str] | None,
        typer.Argument(metavar="NAME=VALUE", help="Parameters of a canned query."),
    ] = None,
    *,
    output: Annotated[
        str, typer.Option("--format", "-f", help=f"One of {', '.join(_FORMS)}.")
    ] = "text",
    base: Annotated[
        str,
        typer.Option(
            help="Address of the server that links to answers lead to; by default public_url or base of "
            "the settings."
        ),
    ] = "",
    query_timeout: TimeoutOption = DEFAULTS.query_timeout,
    data: DataOption = None,
) -> None:
    """Cite the dataset, a thing or an answer.

    A citation is a sentence, BibTeX or CSL-JSON. That of an answer has a link by which anybody can ask
    again and see whether it is the same.
    """
    form, text = chosen(output, _FORMS), query_text(what or "")
    if what is not None and not text.strip():
        raise BadParameter("Name a query or a thing, or leave it out for the dataset.")
    over = engine(data, None, query_timeout)
    citation_of = asyncio.run(_citation(over, text, values or [], base or _published_at()))
    sys.stdout.write(citation_of.written(form))


def _published_at() -> str:
    """Return the address at which the dataset is published; empty if nothing says it."""
    base = str(project.settings().public_url or namespaces.base())
    return base if base.startswith("http") else ""


def _require_address(address: str) -> None:
    if not address:
        raise BadParameter("Say with --base at which address the data are published.")


async def _citation(over: Engine, text: str, values: list[str], base: str) -> Citation:
    async with over:
        dataset = over.description
        version = next(each for each in history(dataset) if each.is_present)
        if not text:
            address = citation.address_of(version, base.rstrip("/"))
            _require_address(publication.current().about.doi or address.strip("/"))
            return citation.of_dataset(dataset, version, address)
        if "{" not in text and text not in all_queries():
            iri = await _thing(over, text, values)
            label = await _label(over, iri)
            return citation.of_dataset(dataset, version, iri, part=label)
        _require_address(base)
        link = await _linked(over, text, values, version.name, version.hash)
        about = citation.answer_title(link)
        address = f"{base.rstrip('#/')}/{link.address}"
        note = citation.note(link)
        return citation.of_dataset(dataset, version, address, part=about, note=note)


async def _thing(over: Engine, text: str, values: list[str]) -> str:
    """Return the IRI of the thing that *text* names, as parameters of canned queries do."""
    if values:
        raise BadParameter(f"{text!r} is no canned query, and takes no parameters.")
    wanted = Parameter("thing", "thing", TYPES["iri"], required=True).reference(text)
    query = f"SELECT ?thing {{ VALUES ?thing {{ {wanted.term} }} }}"
    job = Query(query, {"solutions": TABLES[0].media_type}, references=(wanted,))
    try:
        answered = await over.answer(job)
    except BadParameter as problem:
        near = get_close_matches(text, all_queries(), n=1)
        hint = f" Did you mean the query {near[0]}?" if near else ""
        raise BadParameter(f"{problem.message}{hint}") from None
    return str(rows(await answered.read())[0]["thing"]["value"])


async def _linked(over: Engine, text: str, values: list[str], version: str, data: str) -> Permalink:
    if text in all_queries():
        path, asked = f"queries/{text}", tuple(pair(each) for each in values)
    else:
        path, asked = "sparql", (("query", text),)
    request = Addresses().request("GET", "/", b"", (), peer=None, local=None)
    answered = await answer(ResultCache(over, 0), request, path, asked)
    return Permalink(
        path, asked, version, data, answered.hash, datetime.now(UTC).date().isoformat()
    )


async def _label(over: Engine, iri: str) -> str:
    answered = await over.answer(Query(label_query(iri), {"solutions": TABLES[0].media_type}))
    return citation.label_in(await answered.read(), iri)

"""The reference questions about the built-in dataset: a page, and files in the formats of others.

What reads and writes them is imported when it is asked for: most servers are never asked.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from importlib import import_module
from typing import TYPE_CHECKING, Final

from gbagraph import publication
from gbagraph.errors import UnknownResource
from gbagraph.paths import resource
from gbagraph.rdf.formats import HTML, JSON
from gbagraph.web.context import Context, choose, content, language_of

if TYPE_CHECKING:
    from pathlib import Path

    from gbagraph.endpoint.request import Request
    from gbagraph.endpoint.response import Response
    from gbagraph.features.benchmark.formats import Form
    from gbagraph.features.benchmark.questions import Question


_MEDIA_TYPES: Final = {".ttl": "text/turtle", ".md": "text/markdown; charset=utf-8"}


def addresses() -> list[str]:
    """Return the address of the page, which data of others have not."""
    return ["/questions-benchmark"] if publication.current().is_own else []


async def page(context: Context, request: Request) -> Response:
    """The reference questions."""
    if choose(request, (JSON, HTML), "the reference questions") is JSON:
        return await file(context, request, "questions.json")
    asked, forms = await _read()
    return context.page(
        request,
        "questions-benchmark.html",
        questions=asked,
        kinds=Counter(each.kind for each in asked),
        traps=Counter(each.trap for each in asked if each.trap),
        files=[*forms, *(name for name in _kept() if name != "companion")],
        spoken=language_of(request),
    )


async def file(context: Context, request: Request, name: str) -> Response:
    """A file of them, or the companion."""
    asked, forms = await _read()
    kept, gold = _kept(), f"{context.dataset.version}.json"
    if path := kept.get(name):
        return content(path.read_bytes(), _MEDIA_TYPES.get(path.suffix, JSON.media_type))
    form = forms.get(name)
    if form is None or gold not in kept:
        raise UnknownResource(
            f"There is no file {name[:80]} with gold answers of version {context.dataset.version}. "
            f"There are {', '.join((*kept, *forms))}, of versions from 0.4.0 on."
        )
    answers = json.loads(kept[gold].read_bytes())["answers"]
    return content(await asyncio.to_thread(form.write, asked, answers), form.media_type)


def _kept() -> dict[str, Path]:
    """Return the files that are published as they are kept, by their names; and the companion's IRI."""
    folder = resource("bench", "questions")
    companion = folder / "companion.ttl"
    paths = (companion, folder / "README.md", *sorted(folder.glob("gold/*.json")))
    return {"companion": companion, **{path.name: path for path in paths}}


async def _read() -> tuple[list[Question], dict[str, Form]]:
    """Return the questions, and their formats by the names of the files."""
    if not publication.current().is_own:
        raise UnknownResource(
            "The reference questions are about the built-in dataset, and other data are served."
        )
    reading, formats = (
        import_module(f"gbagraph.features.benchmark.{name}") for name in ("questions", "formats")
    )
    forms = {form.file: form for form in formats.FORMATS.values()}
    return await asyncio.to_thread(reading.load, reading.own()), forms

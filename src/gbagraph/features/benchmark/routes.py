"""The reference questions about the built-in dataset: a page, and files in the formats of others.

What reads and writes them is imported when it is asked for: most servers are never asked.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from importlib import import_module
from typing import TYPE_CHECKING

from gbagraph import publication
from gbagraph.errors import UnknownResource
from gbagraph.paths import resource
from gbagraph.rdf.formats import HTML, JSON
from gbagraph.web.context import Context, choose, content, language_of

if TYPE_CHECKING:
    from gbagraph.endpoint.request import Request
    from gbagraph.endpoint.response import Response
    from gbagraph.features.benchmark.formats import Form
    from gbagraph.features.benchmark.questions import Question


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
        files=forms,
        spoken=language_of(request),
    )


async def file(context: Context, request: Request, name: str) -> Response:
    """A file of them, or the companion."""
    asked, forms = await _read()
    folder, version = resource("bench", "questions"), context.dataset.version
    if name in ("companion", "companion.ttl"):
        return content((folder / "companion.ttl").read_bytes(), "text/turtle")
    form, gold = forms.get(name), folder / "gold" / f"{version}.json"
    if form is None or not gold.is_file():
        raise UnknownResource(
            f"There is no file {name[:80]} with gold answers of version {version}. There are "
            f"companion.ttl, {', '.join(forms)}, of versions from 0.4.0 on."
        )
    answers = json.loads(gold.read_bytes())["answers"]
    return content(await asyncio.to_thread(form.write, asked, answers), form.media_type)


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

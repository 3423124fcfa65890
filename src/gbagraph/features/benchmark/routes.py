"""The reference questions about the built-in dataset: a page, and files in the formats of others."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from typing import TYPE_CHECKING

from gbagraph import publication
from gbagraph.errors import UnknownResource
from gbagraph.features.benchmark.formats import FORMATS
from gbagraph.features.benchmark.graphs import COMPANION
from gbagraph.features.benchmark.questions import load, own
from gbagraph.rdf.formats import HTML, JSON
from gbagraph.web.context import Context, choose, content, language_of

if TYPE_CHECKING:
    from gbagraph.endpoint.request import Request
    from gbagraph.endpoint.response import Response


def addresses() -> list[str]:
    """Return the address of the page, which data of others have not."""
    return ["/questions-benchmark"] if publication.current().is_own else []


async def page(context: Context, request: Request) -> Response:
    """The questions, how many there are of each kind, and how to use them; as JSON with gold answers."""
    _require_own()
    if choose(request, (JSON, HTML), "the reference questions") is JSON:
        return await file(context, request, FORMATS["json"].file)
    asked = await asyncio.to_thread(load, own())
    return context.page(
        request,
        "questions-benchmark.html",
        questions=asked,
        kinds=Counter(each.kind for each in asked),
        traps=Counter(each.trap for each in asked if each.trap),
        files=FORMATS,
        companion=COMPANION,
        spoken=language_of(request),
    )


async def file(context: Context, request: Request, name: str) -> Response:
    """The questions in one of the formats, with the gold answers of what is served; or the companion."""
    _require_own()
    if name in (COMPANION, COMPANION.partition(".")[0]):
        return content((own() / COMPANION).read_bytes(), "text/turtle")
    form = next((each for each in FORMATS.values() if each.file == name), None)
    gold = own() / "gold" / f"{context.dataset.version}.json"
    if form is None or not gold.is_file():
        names = ", ".join((COMPANION, *(each.file for each in FORMATS.values())))
        raise UnknownResource(
            f"There is no file {name[:80]} with gold answers of version {context.dataset.version}. "
            f"There are {names}, of versions from 0.4.0 on."
        )
    answers = json.loads(gold.read_bytes())["answers"]
    asked = await asyncio.to_thread(load, own())
    return content(await asyncio.to_thread(form.write, asked, answers), form.media_type)


def _require_own() -> None:
    if not publication.current().is_own:
        raise UnknownResource(
            "The reference questions are about the built-in dataset, and other data are served."
        )

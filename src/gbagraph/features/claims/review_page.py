"""The page on which one person decides on proposed claims: the words of the text beside each claim."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast
from urllib.parse import parse_qsl, quote

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from gbagraph.errors import GbaGraphError, UnknownResource
from gbagraph.features.claims import ClaimsSettings, decisions, text
from gbagraph.features.claims.decisions import AlreadyDecided
from gbagraph.features.verify.selectors import sentence, sentences
from gbagraph.web.addresses import static_files
from gbagraph.web.context import language_of
from gbagraph.web.templating import render

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from starlette.requests import Request

    from gbagraph.features.claims.decisions import Item, Outcome, Shown
    from gbagraph.features.claims.text import Passage
    from gbagraph.settings import Settings

_LARGEST: Final = 64 * 1024
"""Bytes of a form at most."""


def application(settings: Settings, by: str) -> Starlette:
    """Return the application that shows the proposals of a project, on which *by* decides."""
    desk = _Desk(settings, by)
    return Starlette(
        routes=[
            Route("/", desk.show),
            Route("/decide", desk.decide, methods=["POST"]),
            Route("/text", desk.text),
            Route("/static/{name}", _file),
        ]
    )


async def _file(request: Request) -> Response:
    """A style sheet, script or icon of the house."""
    found = static_files().find(request.path_params["name"])
    if found is None:
        raise HTTPException(404)
    return Response(found[0].body, media_type=found[0].media_type)


async def _form(request: Request) -> dict[str, str]:
    """Return the fields of the form that is sent.

    Raises:
        HTTPException: it is too large.
    """
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > _LARGEST:
            raise HTTPException(413, f"A form has at most {_LARGEST} bytes.")
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


class _Desk:
    """What the page shows and does. It does one thing at a time, for there is one person."""

    def __init__(self, settings: Settings, by: str) -> None:
        self._settings, self._by = settings, by

    async def show(self, request: Request) -> Response:
        """Show the proposal that the address names, or the first."""
        return self._page(request, request.query_params.get("at", ""))

    async def decide(self, request: Request) -> Response:
        """Decide as a form says and lead to the next; or show what is wrong beside what was written."""
        form = await _form(request)
        try:
            following = self._decide(form)
        except (GbaGraphError, OSError) as problem:
            return self._page(request, form.get("id", ""), form, problem)
        return RedirectResponse(f"/?at={following}", 303)

    def _decide(self, form: Mapping[str, str]) -> str:
        """Decide as a form says, and return the id of the next proposal."""
        waiting, id = decisions.pending(self._settings), form.get("id", "")
        place = _place(waiting, id)
        written, outcome = _plain(form.get("line", "")), cast("Outcome", "rejected")
        if form.get("decision") == "accept":
            is_as_it_was = not waiting or written == _plain(waiting[place].text)
            outcome = "accepted" if is_as_it_was else "corrected"
        decisions.decide(
            self._settings,
            id,
            outcome,
            by=self._by,
            text=written if outcome == "corrected" else "",
            reason=form.get("choice") or form.get("reason", ""),
        )
        return waiting[(place + 1) % len(waiting)].proposal.id

    def _page(
        self,
        request: Request,
        at: str,
        form: Mapping[str, str] | None = None,
        problem: GbaGraphError | OSError | None = None,
    ) -> Response:
        """Return the page of a proposal; of a *form* that had a *problem*, with what was written."""
        every, form = decisions.items(self._settings), form or {}
        waiting = [each for each in every if each.decision is None]
        place = _place(waiting, at)
        item, passages = waiting[place] if waiting else None, self._passages()
        is_here = item is not None and item.proposal.id == form.get("id")
        field = "line" if form.get("decision") == "accept" else "reason"
        said = {field: str(problem)} if problem and is_here else {}
        page = render(
            "claims-review.html",
            language_of(cast("Any", request)),  # it reads the header fields alone
            root="",
            count=len(waiting),
            position=place + 1,
            item=item,
            previous=waiting[place - 1].proposal.id if waiting else "",
            following=waiting[(place + 1) % len(waiting)].proposal.id if waiting else "",
            passages=[_view(shown, passages) for shown in item.passages] if item else [],
            line=form["line"] if is_here and "line" in form else item.text if item else "",
            reason=form.get("reason", "") if is_here else "",
            faults={"reason": "", "line": item.fault if item else ""} | said,
            lost={"problem": str(problem), "line": form.get("line", "")} if problem and not is_here else None,
            others=_others(every, item) if item else [],
            text_language=self._settings.language,
        )
        return HTMLResponse(page, getattr(problem, "status", 500) if problem else 200)

    async def text(self, request: Request) -> Response:
        """Show the whole text."""
        page = render(
            "claims-text.html",
            language_of(cast("Any", request)),
            root="",
            passages=self._passages(),
            text_language=self._settings.language,
        )
        return HTMLResponse(page)

    def _passages(self) -> tuple[Passage, ...]:
        path = self._settings.of(ClaimsSettings).claims_text
        return text.read(path) if path else ()


def _place(waiting: Sequence[Item], id: str) -> int:
    """Return which of the proposals has this id; the first if none has."""
    return next((n for n, each in enumerate(waiting) if each.proposal.id == id), 0)


def _plain(written: str) -> str:
    """Return lines as a file has them: a form ends them otherwise."""
    return "\n".join(line.rstrip() for line in written.splitlines()).strip()


class _Run(NamedTuple):
    """A part of a passage: whether it is among the words of a claim, and in a sentence that has some."""

    text: str
    is_marked: bool
    is_near: bool


class _View(NamedTuple):
    """A passage as it is shown: with its heading, and the sentences around it of the passages beside."""

    name: str
    heading: str
    before: str
    runs: tuple[_Run, ...]
    after: str


def _view(shown: Shown, passages: Sequence[Passage]) -> _View:
    """Return how a passage is shown; of the passages beside it, where the words are at its edge."""
    place = next((n for n, each in enumerate(passages) if each.name == shown.name), -1)
    runs = tuple(_runs(shown))
    above = [each.text for each in passages[: max(place, 0)] if each.level]
    before = passages[place - 1 : place] if place > 0 and runs[0].is_near else ()
    after = passages[place + 1 : place + 2] if place >= 0 and runs[-1].is_near else ()
    return _View(
        shown.name,
        above[-1] if above else "",
        "".join(each.sentences()[-1] for each in before if not each.level),
        runs,
        "".join(each.sentences()[0] for each in after if not each.level),
    )


def _runs(shown: Shown) -> Iterator[_Run]:
    """Yield the parts of a passage, which end where a sentence or words of the claim do."""
    spans = shown.spans or ((0, len(shown.text)),)
    near = {
        number
        for start, end in spans
        for number in range(sentence(shown.text, start), sentence(shown.text, end - 1) + 1)
    }
    edges = {edge for span in spans for edge in span} | {*sentences(shown.text), len(shown.text)}
    for start, end in pairwise(sorted(edges | {0})):
        is_marked = any(first <= start < last for first, last in shown.spans)
        yield _Run(shown.text[start:end], is_marked, sentence(shown.text, start) in near)


def _others(items: Sequence[Item], item: Item) -> list[Item]:
    """Return the other proposals on the same thing that nobody has rejected."""
    return [
        each
        for each in items
        if each.proposal.subject == item.proposal.subject
        and each is not item
        and (each.decision is None or each.decision.decision != "rejected")
    ]

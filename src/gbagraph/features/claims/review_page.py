"""The page on which one person decides on proposed claims: the words of the text beside each claim."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from gbagraph.errors import GbaGraphError
from gbagraph.features.claims import decisions
from gbagraph.features.claims.form import write
from gbagraph.features.claims.model import Claim, Place
from gbagraph.features.claims.project import load
from gbagraph.features.claims.proposing import Draft, Drafting, Shown
from gbagraph.features.verify.selectors import sentence, sentences
from gbagraph.web.addresses import static_files
from gbagraph.web.context import language_of
from gbagraph.web.templating import render

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from starlette.requests import Request

    from gbagraph.features.claims.decisions import Item
    from gbagraph.features.claims.proposals import Outcome
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
        return self._proposal(request, {"id": request.query_params.get("at", "")})

    async def decide(self, request: Request) -> Response:
        """Decide as a form says and lead to the next; or show what is wrong beside what was written."""
        form = await _form(request)
        try:
            return RedirectResponse(f"/?at={self._decide(form)}", 303)
        except (GbaGraphError, OSError) as problem:
            return self._proposal(request, form, problem)

    async def text(self, request: Request) -> Response:
        """Show the whole text, with all words marked that speak of the thing that the address names."""
        try:
            told = self._told(request.query_params.get("of", ""))
            passages = load(self._settings).passages.passages.values()
        except (GbaGraphError, OSError) as problem:
            return self._failed(request, problem)
        rows = [(each, _runs(_all_words(each, told))) for each in passages]
        return self._page(request, "claims-text.html", passages=rows)

    def _decide(self, form: Mapping[str, str]) -> str:
        """Decide as a form says, and return the id of the next proposal."""
        waiting, name = decisions.pending(self._settings), form.get("id", "")
        place, written = _place(waiting, name), _plain(form.get("line", ""))
        outcome: Outcome = "rejected"
        if form.get("decision") == "accept":
            is_as_it_was = not waiting or written == _plain(waiting[place].text)
            outcome = "accepted" if is_as_it_was else "corrected"
        decisions.decide(
            self._settings,
            name,
            outcome,
            by=self._by,
            text=written if outcome == "corrected" else "",
            reason=form.get("choice") or form.get("reason", "").strip(),
        )
        return waiting[(place + 1) % len(waiting)].proposal.id

    def _proposal(
        self, request: Request, form: Mapping[str, str], problem: Exception | None = None
    ) -> Response:
        """Return the page of the proposal that a *form* names, or of the first.

        Where there was a *problem* with the form, it has that and all that was written.
        """
        try:
            waiting = decisions.pending(self._settings)
            passages = load(self._settings).passages.passages.values()
        except (GbaGraphError, OSError) as failure:
            return self._failed(request, failure, form)
        place = _place(waiting, form.get("id", ""))
        if problem and (not waiting or waiting[place].proposal.id != form.get("id")):
            return self._failed(request, problem, form)
        if not waiting:
            return self._page(request, "claims-none.html")
        item = waiting[place]
        return self._page(
            request,
            "claims-review.html",
            getattr(problem, "status", 500) if problem else 200,
            count=len(waiting),
            position=place + 1,
            item=item,
            previous=waiting[place - 1].proposal.id,
            following=waiting[(place + 1) % len(waiting)].proposal.id,
            passages=[_view(shown, [*passages]) for shown in item.passages],
            line=form.get("line", item.text.rstrip()),
            reason=form.get("reason", ""),
            faults={"line": item.fault, "reason": ""} | _faults(form, problem),
            others=[
                each
                for each in self._told(item.proposal.subject)
                if each.proposal != item.proposal.id
            ],
        )

    def _failed(
        self, request: Request, problem: Exception, form: Mapping[str, str] | None = None
    ) -> Response:
        """Return the page that says why nothing can be shown, with the line that was written."""
        status, line = getattr(problem, "status", 500), (form or {}).get("line", "")
        return self._page(request, "claims-desk.html", status, problem=str(problem), line=line)

    def _page(self, request: Request, template: str, status: int = 200, **values: Any) -> Response:  # noqa: ANN401  any value that a template shows
        language = language_of(cast("Any", request))  # it reads the header fields alone
        values |= {"root": "", "text_language": self._settings.language}
        return HTMLResponse(render(template, language, **values), status)

    def _told(self, thing: str) -> list[_Told]:
        """Return what the claims and the proposals that wait say of a thing."""
        project = load(self._settings)
        drafting, lines = Drafting(project), defaultdict[Place, list[Claim]](list)
        for claim in project.claims:
            if claim.subject.value == project.names.base + thing:
                lines[claim.place._replace(column=1)].append(claim)
        written = [Draft(write(line, project.names), tuple(line)) for line in lines.values()]
        waiting = decisions.pending(self._settings)
        return [
            *(_Told(_properties(each.text), drafting.shown(each)) for each in written),
            *(
                _Told(_properties(each.text), each.passages, each.proposal.id)
                for each in waiting
                if each.proposal.subject == thing
            ),
        ]


class _Told(NamedTuple):
    """What is said of a thing, and on which passages it rests; of a proposal, its id."""

    line: str
    passages: tuple[Shown, ...]
    proposal: str = ""


def _faults(form: Mapping[str, str], problem: Exception | None) -> dict[str, str]:
    """Return what is wrong, by the field in which it is."""
    field = "line" if form.get("decision") == "accept" else "reason"
    return {field: str(problem)} if problem else {}


def _all_words(passage: Passage, told: Sequence[_Told]) -> Shown:
    """Return a passage with all words on which that rests which is *told*."""
    shown = (each for row in told for each in row.passages if each.name == passage.name)
    spans = tuple(span for each in shown for span in each.spans)
    return Shown(passage.name, passage.text, spans)


def _place(waiting: Sequence[Item], name: str) -> int:
    """Return which of the proposals has this id; the first if none has."""
    return next((n for n, each in enumerate(waiting) if each.proposal.id == name), 0)


def _properties(written: str) -> str:
    """Return the lines of a thing without its head, or that alone."""
    head, *lines = written.splitlines()
    return "\n".join(line.strip() for line in lines or [head])


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

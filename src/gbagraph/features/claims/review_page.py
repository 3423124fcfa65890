"""The page on which one person decides on proposed claims: the words of the text beside each claim."""

from __future__ import annotations

from collections import defaultdict
from itertools import islice, pairwise
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from gbagraph.errors import BadParameter, GbaGraphError, RequestTooLarge, UnknownResource
from gbagraph.features.claims import decisions
from gbagraph.features.claims.project import Project, load
from gbagraph.features.claims.proposing import Draft, Drafting, Shown
from gbagraph.features.claims.writing import write
from gbagraph.features.verify.selectors import sentence, sentences
from gbagraph.web.addresses import static_files
from gbagraph.web.context import language_of
from gbagraph.web.templating import render

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from starlette.requests import Request

    from gbagraph.features.claims.proposals import Outcome
    from gbagraph.settings import Settings

_LARGEST: Final = 64 * 1024
"""Bytes of a form at most."""
_MOST: Final = 50
"""Other proposals on a thing that are shown: each takes milliseconds to read."""


def application(settings: Settings, by: str) -> Starlette:
    """Return the application that shows the proposals of a project, on which *by* decides."""
    desk = _Desk(settings, by)
    return Starlette(
        routes=[
            Route("/", desk.show),
            Route("/decide", desk.decide, methods=["POST"]),
            Route("/text", desk.text),
            Route("/static/{name}", _file),
        ],
        exception_handlers={GbaGraphError: desk.failed, OSError: desk.failed},
    )


async def _file(request: Request) -> Response:
    """A style sheet, script or icon of the house."""
    found = static_files().find(request.path_params["name"])
    if found is None:
        raise UnknownResource(f"There is nothing at {request.url.path}.")
    return Response(found[0].body, media_type=found[0].media_type)


async def _read(request: Request) -> None:
    """Keep the fields of the form that is sent in the state of its request.

    Raises:
        RequestTooLarge: it is too large.
    """
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > _LARGEST:
            raise RequestTooLarge(f"A form has at most {_LARGEST} bytes.")
    request.state.form = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


def _language(request: Request) -> str:
    return language_of(cast("Any", request))  # it reads the header fields alone


class _Desk:
    """What the page shows and does. It does one thing at a time, for there is one person."""

    def __init__(self, settings: Settings, by: str) -> None:
        self._settings, self._by = settings, by

    async def show(self, request: Request) -> Response:
        """Show the proposal that the address names, or the first."""
        return self._proposal(request, {"id": request.query_params.get("at", "")}, {})

    async def decide(self, request: Request) -> Response:
        """Decide as a form says and lead to the next; or show what is wrong beside what was written."""
        await _read(request)
        form = request.state.form
        try:
            return RedirectResponse(f"/?at={self._decide(form)}", 303)
        except BadParameter as problem:
            field = "line" if form.get("decision") == "accept" else "reason"
            return self._proposal(request, form, {field: problem.message})

    async def text(self, request: Request) -> Response:
        """Show the whole text, with all words marked that speak of the thing that the address names."""
        project, thing = load(self._settings), request.query_params.get("of", "")
        shown = [each for _, passages in self._lines_on(project, thing) for each in passages]
        rows = [
            (
                each,
                _runs(each.text, [s for one in shown if one.name == each.name for s in one.spans]),
            )
            for each in project.passages.passages.values()
        ]
        return self._page(request, "claims-text.html", passages=rows)

    async def failed(self, request: Request, problem: Exception) -> Response:
        """Tell why nothing can be shown or done, with what was written."""
        form: Mapping[str, str] = getattr(request.state, "form", {})
        return self._page(
            request,
            "claims-desk.html",
            getattr(problem, "status", 500),
            problem=problem,
            written=[form[name] for name in ("line", "reason") if form.get(name)],
        )

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
            text=written,
            reason=form.get("choice") or form.get("reason", "") if outcome == "rejected" else "",
        )
        return waiting[(place + 1) % len(waiting)].proposal.id

    def _proposal(
        self, request: Request, form: Mapping[str, str], faults: Mapping[str, str]
    ) -> Response:
        """Return the page of the proposal that a *form* names, or of the first, with *faults*."""
        waiting, project = decisions.pending(self._settings), load(self._settings)
        if not waiting:
            return self._page(request, "claims-none.html")
        place = _place(waiting, form.get("id", ""))
        item = waiting[place]
        return self._page(
            request,
            "claims-review.html",
            BadParameter.status if faults else 200,
            count=len(waiting),
            position=place + 1,
            item=item,
            previous=waiting[place - 1].proposal.id,
            following=waiting[(place + 1) % len(waiting)].proposal.id,
            passages=[_view(shown, project) for shown in item.passages],
            line=form.get("line", item.text.rstrip()),
            reason=form.get("reason", ""),
            faults={"line": item.fault, "reason": "", **faults},
            others=self._lines_on(project, item.proposal.subject, item.proposal.id),
        )

    def _page(self, request: Request, template: str, status: int = 200, **values: Any) -> Response:  # noqa: ANN401  any value that a template shows
        values |= {"root": "", "text_language": self._settings.language}
        return HTMLResponse(render(template, _language(request), **values), status)

    def _lines_on(
        self, project: Project, thing: str, but: str = ""
    ) -> list[tuple[str, tuple[Shown, ...]]]:
        """Return the lines on a thing, of claims and of proposals *but* one, and their passages."""
        drafting, lines = Drafting(project), defaultdict(list)
        for claim in project.claims:
            if claim.subject.value == project.names.base + thing:
                lines[claim.place._replace(column=1)].append(claim)
        return [
            *(
                (write(claims, project.names), drafting.shown(Draft("", (*claims,))))
                for claims in lines.values()
            ),
            *islice(
                (
                    (each.text, each.passages)
                    for each in decisions.pending(self._settings)
                    if each.proposal.subject == thing and each.proposal.id != but
                ),
                _MOST,
            ),
        ]


def _place(waiting: Sequence[decisions.Item], name: str) -> int:
    """Return which of the proposals has this id; the first if none has."""
    return next((n for n, each in enumerate(waiting) if each.proposal.id == name), 0)


def _plain(written: str) -> str:
    """Return lines as a file has them: a form ends them otherwise."""
    return "\n".join(line.rstrip() for line in written.splitlines()).strip()


def _view(shown: Shown, project: Project) -> dict[str, Any]:
    """Return how a passage is shown; of the passages beside it, where the words are at its edge."""
    passages = [*project.passages.passages.values()]
    place = [each.name for each in passages].index(shown.name)
    runs, above = [*_runs(shown.text, shown.spans)], passages[:place]
    before = above[-1:] if runs[0][2] else []
    after = passages[place + 1 : place + 2] if runs[-1][2] else []
    return {
        "name": shown.name,
        "heading": next((each.text for each in reversed(above) if each.level), ""),
        "before": "".join(each.sentences()[-1] for each in before if not each.level),
        "runs": runs,
        "after": "".join(each.sentences()[0] for each in after if not each.level),
    }


def _runs(text: str, spans: Sequence[tuple[int, int]]) -> Iterator[tuple[str, bool, bool]]:
    """Yield the parts of a passage: whether each is among the words, and in a sentence that has some."""
    near = {
        number
        for start, end in spans or [(0, len(text))]
        for number in range(sentence(text, start), sentence(text, end - 1) + 1)
    }
    edges = {edge for span in spans for edge in span} | {*sentences(text), len(text)}
    for start, end in pairwise(sorted(edges)):
        is_marked = any(first <= start < last for first, last in spans)
        yield text[start:end], is_marked, sentence(text, start) in near

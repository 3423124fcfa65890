"""What comes of the SERVICE clauses of a query: each endpoint is called, and its answer reported."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import pyoxigraph as ox

from gbagraph.dataset.view import View, view
from gbagraph.errors import (
    GbaGraphError,
    ServiceFailed,
    ServiceLoop,
    ServiceNotAllowed,
    UnsupportedService,
)
from gbagraph.features.diagnostics.finding import Called, Edit, Finding, Repair, edited
from gbagraph.features.federation.clauses import FederatedView, clauses
from gbagraph.features.federation.evaluation import MOST_PARTS, Calls
from gbagraph.features.federation.messages import through
from gbagraph.sparql.expressions import NotRead
from gbagraph.sparql.message import Message, say
from gbagraph.sparql.parsed import ParsedQuery
from gbagraph.sparql.restated import NamedQuery
from gbagraph.sparql.tokens import is_service, service_clauses

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gbagraph.api.explanations import Severity
    from gbagraph.engine.worker import Work
    from gbagraph.features.federation.clauses import Clause
    from gbagraph.features.federation.evaluation import Ask, Solved
    from gbagraph.features.federation.messages import Row, Term
    from gbagraph.rdf.dataset import Answer, Dataset
    from gbagraph.setting import AllowedService
    from gbagraph.sparql.sources import Source


_OWN_CODES: Final = ("service-not-allowed", "service-unsupported")
_LONGEST: Final = 800
"""Characters of a query that is shown; of a longer one, the beginning and the end."""
_SHOWN: Final = 2
"""Values that are shown of each side."""
_LOOKED_AT: Final = 200
"""Things of which it is looked up where they lead."""


def explained(
    query: ParsedQuery, store: Dataset, services: Mapping[str, AllowedService], ask: Ask
) -> Called:
    """Return what comes of the calls of *query*, asked of *store*; arguments as of :func:`evaluated`."""
    return _Report(query, store, services, ask).made()


class _Report:
    """The calls of a query, with what is to be said of them."""

    def __init__(
        self, query: ParsedQuery, store: Dataset, services: Mapping[str, AllowedService], ask: Ask
    ) -> None:
        self._query, self._store, self._services, self._ask = query, store, services, ask
        self._starts = _services(query)
        self._found: dict[tuple[str, int], Finding] = {}
        self._solved: dict[int, Solved] = {}
        self._clauses: dict[int, Clause] = {}

    def made(self) -> Called:
        """Make the calls, and report what came of each."""
        query = self._query.standard
        try:
            calls = Calls(query, view(self._store, query), self._services, self._ask)
        except UnsupportedService as problem:
            self._add("service-unsupported", "error", problem.reason, self._starts[0])
            return Called(tuple(self._found.values()), is_known=False)
        self._places = [
            self._starts[bisect_right(_services(query), endpoint.start) - 1]
            for endpoint in calls.endpoints
        ]
        if not self._solve(calls):
            return Called(tuple(self._found.values()), is_known=False)
        self._explain(calls)
        have_solutions = all(solved.rows for solved in self._solved.values())
        return Called(
            tuple(self._found.values()),
            self._answer(),
            have_solutions,
            sources=tuple(calls.view.called),
        )

    def _add(
        self,
        code: str,
        severity: Severity,
        message: Message,
        start: int,
        repair: Repair | None = None,
    ) -> None:
        if (event := self._found.pop((code, start), None)) is not None:
            # A variable names several endpoints: what is said of one place is one finding.
            message = event.message + message
            repair = event.repair or repair
        self._found[code, start] = Finding(code, severity, message, start, repair)

    # The calls

    def _solve(self, calls: Calls) -> bool:
        """Make the calls in order; false if one cannot be made, or fails and is not SILENT."""
        try:
            calls.require_allowed()
            for number, clause in calls.in_order():
                self._solved[number] = calls.solve(number, clause)
                self._clauses[number] = clause
        except (ServiceNotAllowed, UnsupportedService, ServiceFailed, ServiceLoop) as problem:
            code = problem.name if problem.name in _OWN_CODES else "service-failed"
            self._add(code, "error", _reason_of(problem), self._place_of(calls, problem))
            return False
        return True

    def _place_of(self, calls: Calls, problem: GbaGraphError) -> int:
        """Where the clause begins that an error names by its line and column."""
        named = problem.details.get("line"), problem.details.get("column")
        places = (at for number, at in enumerate(self._places) if calls.place(number) == named)
        return next(places, self._starts[0])

    # What is said

    def _explain(self, calls: Calls) -> None:
        is_empty = not _has_solution(calls)
        for number, solved in sorted(self._solved.items()):
            for source in solved.sources:
                self._of_source(calls, number, source, is_empty=is_empty)

    def _of_source(self, calls: Calls, number: int, source: Source, *, is_empty: bool) -> None:
        at = self._places[number]
        if source.endpoint not in self._services and not calls.endpoints[number].is_free:
            return  # that is seen in the text, and said already
        if source.failure:
            message = say(
                "SERVICE SILENT passes over a failure: %(failure)s", failure=source.failure
            )
            message += say("So the clause gives one empty solution, in which nothing is bound.")
            code = "service-failed" if source.endpoint in self._services else "service-not-allowed"
            self._add(code, "warning", message, at)
        elif not source.queries:
            message = say(
                "%(endpoint)s was not called: what the clause is joined with has no solution here, so "
                "there were no values to send.",
                endpoint=source.shown,
            )
            self._add("service-not-called", "info", message, at)
        else:
            meeting = self._meeting(calls, number, source, is_empty=is_empty)
            if meeting is not None:
                self._without_match(calls, number, source, meeting)
            elif not source.rows:
                severity: Severity = "warning" if is_empty else "info"
                sent = say("It was sent: %(query)s", query=_short(source.queries[0]))
                self._add("service-empty", severity, _called(source) + sent, at)
            else:
                self._add("service-called", "info", _called(source), at)

    # Solutions that do not meet

    def _meeting(
        self, calls: Calls, number: int, source: Source, *, is_empty: bool
    ) -> Meeting | None:
        """The values here and there, where none that are joined are the same; else None."""
        solved, clause = self._solved[number], self._clauses[number]
        names = calls.common(clause)
        # With bindings only what has a match is given; without, it shows in the whole alone.
        is_lost = not solved.rows if source.bindings else is_empty and bool(solved.rows)
        if not names or not is_lost:
            return None
        columns, there = solved.names, solved.rows
        if source.bindings:
            columns = calls.binder.visible(clause)
            try:
                there = calls.sample(source.endpoint, clause, columns)
            except GbaGraphError:
                return None
        places = [columns.index(name) for name in names]
        rows = [tuple(row[place] for place in places) for row in there]
        meeting = Meeting(names, calls.bindings(clause, names) or [], rows)
        return meeting if meeting.is_in_vain else None

    def _without_match(self, calls: Calls, number: int, source: Source, meeting: Meeting) -> None:
        repair, said = None, Message()
        link = meeting.link(calls.view.store)
        if link is not None:
            edits = _linked(self._query, self._places[number], meeting.variable, link)
            if self._is_answered(edited(self._query.text, edits)):
                said = say("%(link)s leads here from the one to the other.", link=link)
                repair = Repair(f"{meeting.variable} {link}", edits)
        self._add(
            "service-without-match",
            "warning",
            say(
                "%(endpoint)s has solutions of this pattern, and none goes with what it is joined with.",
                endpoint=source.shown,
            )
            + meeting.words
            + said,
            self._places[number],
            repair,
        )

    def _is_answered(self, query: str) -> bool:
        """Whether a query has a solution; false also if an endpoint that it calls fails."""
        standard = ParsedQuery(query).standard
        try:
            calls = Calls(standard, view(self._store, standard), self._services, self._ask)
            for number, clause in calls.in_order():
                calls.solve(number, clause)
            return _has_solution(calls)
        except (GbaGraphError, SyntaxError):
            return False

    # What else is asked of the query

    def _answer(self) -> Any:  # noqa: ANN401  a function of the text of a query
        """The function that evaluates a text of the query's own parts, with the solutions of clauses."""
        known = FederatedView(View(self._store))
        try:
            parsed = NamedQuery(self._query, MOST_PARTS)
        except NotRead:
            return None
        for number, clause in enumerate(clauses(parsed.query)):
            solved = self._solved[number]
            known.put(parsed.written(clause.service), solved.names, solved.rows)

        def answer(text: str) -> Answer:
            return known.query(ParsedQuery(known.answered(text)).silenced.normalized.text)

        return answer


def _linked(query: ParsedQuery, start: int, variable: str, link: str) -> tuple[Edit, ...]:
    """Edits by which the clause at *start* has another variable, to which *link* leads."""
    tokens = query.words
    index = next(place for place, word in enumerate(tokens) if word.start == start)
    clause = next(each for each in service_clauses(tokens) if each.keyword.start == start)
    fresh = f"{variable}There"
    while fresh in query.text:
        fresh += "_"
    dot = "" if tokens[index - 1].text in (".", "{", "}") else ". "
    inner = (
        word for word in tokens[index + 2 :] if word.start < clause.end and word.kind == "variable"
    )
    uses = (word for word in inner if word.text[1:] == variable[1:])
    return (
        Edit(start, start, f"{dot}{variable} {link} {fresh} . "),
        *(Edit(word.start, word.end, fresh) for word in uses),
    )


def _services(query: ParsedQuery) -> list[int]:
    """Where each SERVICE begins."""
    return [word.start for word in query.words if is_service(word)]


def _has_solution(calls: Calls) -> bool:
    """Whether the pattern of the query has a solution, now that all clauses have theirs."""
    query = calls.parsed.query
    values = calls.parsed.written(query.values) if query.values else ""
    where = f"{calls.parsed.written(query.where)[1:-1]} {values}"
    return bool(calls.view.query(f"{calls.parsed.prologue}\nASK {{ {where} }}"))


def _reason_of(problem: GbaGraphError) -> Message:
    """What an error says, without the place, which a finding has itself."""
    if isinstance(problem.reason, Message):
        return problem.reason
    return say("%(failure)s", failure=problem.message)


def _called(source: Source) -> Message:
    """What an endpoint was asked, and what it gave."""
    number = len(source.queries)
    bindings = say(
        "1 binding" if source.bindings == 1 else "%(number)s bindings",
        number=f"{source.bindings:,}",
    )
    how = say("asked for %(bindings)s", bindings=bindings) if source.bindings else say("asked")
    if number > 1:
        how = say("%(asked)s in %(number)s queries", asked=how, number=number)
    solutions = say("%(number)s solutions", number=f"{source.rows:,}")
    if source.rows < 2:
        solutions = say("1 solution") if source.rows else say("no solution")
    values: dict[str, object] = {"endpoint": source.shown, "asked": how, "solutions": solutions}
    values["time"] = source.retrieved if source.is_cached else f"{source.seconds:.2f}"
    return say(
        "%(endpoint)s, %(asked)s, gave %(solutions)s as it answered at %(time)s, which is kept."
        if source.is_cached
        else "%(endpoint)s, %(asked)s, gave %(solutions)s in %(time)s seconds.",
        **values,
    )


def _short(text: str) -> str:
    half = _LONGEST // 2
    return text if len(text) <= _LONGEST else f"{text[:half]} … {text[-half:]}"


class Meeting:
    """The values of *names* in what is asked *here*, and in what an endpoint has *there*."""

    def __init__(self, names: Sequence[str], here: Sequence[Row], there: Sequence[Row]) -> None:
        self._names, self._here, self._there = names, here, there

    @property
    def is_in_vain(self) -> bool:
        """Whether there are values on both sides, and no row here goes with one there."""
        return bool(self._here and self._there) and set(self._here).isdisjoint(self._there)

    @property
    def _place(self) -> int:
        """The place of the first variable without a value in common, or of the first."""
        columns = zip(zip(*self._here, strict=True), zip(*self._there, strict=True), strict=True)
        differing = (i for i, (here, there) in enumerate(columns) if set(here).isdisjoint(there))
        return next(differing, 0)

    @property
    def variable(self) -> str:
        """The variable whose values differ."""
        return self._names[self._place]

    @property
    def words(self) -> Message:
        """What stands on each side, in a sentence."""
        here, there = self._some(self._here), self._some(self._there)
        said = say(
            "%(name)s is %(here)s here, and %(there)s there.",
            name=self.variable,
            here=_listed(here),
            there=_listed(there),
        )
        return said + (_difference(here[0], there[0]) if here and there else Message())

    def _some(self, rows: Sequence[Row]) -> list[Term]:
        return [
            term for term in dict.fromkeys(row[self._place] for row in rows) if term is not None
        ]

    def link(self, store: Dataset) -> str | None:
        """Return the property, or its inverse, that leads from values here to such as are there."""
        spaces = {_namespace(term) for term in self._some(self._there) if _is_iri(term)}
        counts: Counter[str] = Counter()
        for term in self._some(self._here)[:_LOOKED_AT]:
            if isinstance(term, ox.NamedNode):
                counts.update(set(_ways(store, term, spaces)))
        return counts.most_common(1)[0][0] if counts else None


def _ways(store: Dataset, term: ox.NamedNode, spaces: set[str]) -> Iterator[str]:
    for quad in store.quads_for_pattern(term, None, None, ox.DefaultGraph()):
        if _is_iri(quad.object) and _namespace(quad.object) in spaces:
            yield str(quad.predicate)
    for quad in store.quads_for_pattern(None, None, term, ox.DefaultGraph()):
        if _is_iri(quad.subject) and _namespace(quad.subject) in spaces:
            yield f"^{quad.predicate}"


def _is_iri(term: object) -> bool:
    return isinstance(term, ox.NamedNode)


def _namespace(term: object) -> str:
    """What stands before the last ``#`` or ``/`` of an IRI."""
    iri = term.value if isinstance(term, ox.NamedNode) else ""
    return iri[: max(iri.rfind("#"), iri.rfind("/")) + 1]


def _listed(terms: Sequence[Term]) -> str:
    shown = ", ".join(str(term)[:120] for term in terms[:_SHOWN])
    return f"{shown}, …" if len(terms) > _SHOWN else shown


def _difference(one: Term, other: Term) -> Message:
    """A sentence on how two values differ, if that can be said."""
    if _is_iri(one) != _is_iri(other):
        return say("On one side stand IRIs, on the other none.")
    if isinstance(one, ox.Literal) and isinstance(other, ox.Literal):
        if one.language != other.language:
            return say("The texts have different languages, or one has none.")
        if one.datatype != other.datatype:
            return say("The literals have different datatypes.")
    elif _namespace(one) != _namespace(other):
        return say("Both name things by IRIs of their own.")
    return Message()


def explain(query: ParsedQuery, work: Work) -> Called:
    """Return what comes of the calls of *query*; the answer names the endpoints."""
    report = explained(query, work.store, work.services, through(work))
    work.note_sources(report.sources)
    return report

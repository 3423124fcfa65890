"""A query that calls other endpoints, evaluated: first their answers, then the query over the own data.

Each SERVICE clause is asked of its endpoint, and its solutions take its place in the query. So the
standard defines it (SPARQL 1.1 Federated Query, section 2.4): the solutions of a clause are those of the
endpoint, joined like any others.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

import pyoxigraph as ox

from gbagraph.errors import ServiceFailed, ServiceNotAllowed, UnsupportedService
from gbagraph.features.federation import messages
from gbagraph.features.federation.clauses import (
    Binder,
    FederatedView,
    asked_for,
    clauses,
    pattern,
    services_in,
    with_endpoint,
    without_gaps,
)
from gbagraph.features.federation.messages import Call, Reply
from gbagraph.setting import distinct
from gbagraph.sparql.expressions import NotRead
from gbagraph.sparql.message import Message, say
from gbagraph.sparql.nodes import Filter, Optional, Triple
from gbagraph.sparql.parsed import ParsedQuery
from gbagraph.sparql.restated import NamedQuery
from gbagraph.sparql.sources import Source
from gbagraph.sparql.tokens import is_service, line_and_column

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from gbagraph.dataset.view import View
    from gbagraph.engine.worker import Work
    from gbagraph.features.federation.clauses import Clause
    from gbagraph.features.federation.messages import Row, Term
    from gbagraph.setting import AllowedService
    from gbagraph.sparql.nodes import Group, Service

    Ask = Callable[[Call], Sequence[Reply]]
    """Has another process call an endpoint, and waits for all replies."""


_MARK: Final = "tag:w3id.org,2026:gbagraph:service:"
_MOST_BINDINGS: Final = 10_000
"""Bindings up to which they are sent along; with more, the pattern is asked as it is."""
_SAMPLE: Final = 20
"""Solutions that are looked at to see what those of an endpoint are like."""
MOST_PARTS: Final = 30_000
"""Parts of the longest query that is read, mostly values: ten thousand rows of VALUES, for instance."""


def evaluated(
    query: ParsedQuery, view: View, services: Mapping[str, AllowedService], ask: Ask
) -> tuple[ParsedQuery, FederatedView]:
    """Return *query* with a mark in each clause, and the view of which it can be asked.

    Args:
        query: a query that the engine takes.
        view: what is asked of the own data.
        services: the endpoints that may be called, by IRI.
        ask: how they are called.

    Raises:
        ServiceNotAllowed: a clause names an endpoint that may not be called.
        UnsupportedService: a clause cannot be evaluated.
        ServiceFailed: an endpoint gave no answer, and its clause is not SILENT.
    """
    calls = Calls(query, view, services, ask)
    calls.require_allowed()
    for number, clause in calls.in_order():
        calls.solve(number, clause)
    return calls.marked, calls.view


class Solved(NamedTuple):
    """The solutions of a clause, the values of *names*, and how its endpoints were called."""

    names: tuple[str, ...]
    rows: list[Row]
    sources: tuple[Source, ...]


class _Sent(NamedTuple):
    """Bindings that are sent along: the *rows* of *names*, without which nothing is said of them."""

    names: tuple[str, ...] = ()
    rows: Sequence[Row] = ((),)


class Calls:
    """The calls of one query, which is *marked* in the *view*; made by :func:`evaluated`."""

    def __init__(
        self, query: ParsedQuery, view: View, services: Mapping[str, AllowedService], ask: Ask
    ) -> None:
        self._query, self._services, self._ask = query, services, ask
        self.view = FederatedView(view)
        self.endpoints = [clause.service.endpoint for clause in clauses(self._read(query).query)]
        self._base = query.base
        self.marked = self._with_marks()
        self.parsed = self._read(self.marked)
        self.binder = Binder(self.parsed)
        self._prefixes = {each.name: each.iri for each in self.parsed.query.prefixes}

    def _read(self, query: ParsedQuery) -> NamedQuery:
        try:
            return NamedQuery(query, MOST_PARTS)
        except NotRead as why:
            said = say("A query with SERVICE cannot be evaluated here: %(why)s.", why=why.reason)
            raise UnsupportedService(str(said), reason=said) from None

    def _with_marks(self) -> ParsedQuery:
        """The query in which each clause names another endpoint, so that no two clauses are the same."""
        text = self._query.text
        for number, endpoint in reversed(list(enumerate(self.endpoints))):
            text = f"{text[: endpoint.start]}<{_MARK}{number}>{text[endpoint.end :]}"
        return ParsedQuery(text)

    def require_allowed(self) -> None:
        """Raise an error if a clause cannot be evaluated, or names an endpoint that may not be called.

        Raises:
            ServiceNotAllowed, UnsupportedService: as :func:`evaluated` does.
        """
        called = clauses(self.parsed.query)
        self._require_all_found([clause.service for clause in called])
        for number, clause in enumerate(called):
            self._require_supported(number, clause)
            if not self.endpoints[number].is_free and not clause.service.is_silent:
                self._require_allowed(self.endpoints[number].value, number, clause)

    def in_order(self) -> Iterator[tuple[int, Clause]]:
        """Yield the clauses to solve, each once there is something to send along, else in order."""
        waiting = list(enumerate(clauses(self.parsed.query)))
        while waiting:
            chosen = next((each for each in waiting if self.binder.shared(each[1])), waiting[0])
            waiting.remove(chosen)
            yield chosen

    def common(self, clause: Clause) -> tuple[str, ...]:
        """Return the variables that the pattern shares with what the clause is joined with."""
        return tuple(
            name for name in self.binder.visible(clause) if self.binder.binds(clause, name)
        )

    # What may be called

    def _require_all_found(self, known: Sequence[Service]) -> None:
        inner = sum(1 for service in known for _ in services_in(service.group))
        if sum(map(is_service, self._query.words)) > len(known) + inner:
            said = say(
                "SERVICE stands in an expression of SELECT, GROUP BY, HAVING or ORDER BY. Put it "
                "into the pattern."
            )
            raise UnsupportedService(str(said), reason=said)

    def _require_supported(self, number: int, clause: Clause) -> None:
        if clause.in_exists and not self.binder.is_closed_under_substitution(clause.service.group):
            raise self._unsupported(
                number,
                say(
                    "A SERVICE in EXISTS may hold patterns, unions, and filters over the variables that "
                    "these bind. Put it outside, and test with EXISTS what it gives."
                ),
            )

    def _unsupported(self, number: int, why: Message) -> UnsupportedService:
        line, column = self.place(number)
        return UnsupportedService(
            f"Line {line}, column {column}: {why}", line=line, column=column, reason=why
        )

    def _require_allowed(self, iri: str, number: int, clause: Clause) -> AllowedService:
        service = self._services.get(iri)
        if service is None:
            what = say(
                "SERVICE calls %(endpoint)s, which this server does not call.", endpoint=f"<{iri}>"
            )
            raise self._refusal(what, iri, number)
        for inner in services_in(clause.service.group):
            if inner.endpoint.is_free or inner.endpoint.value not in service.inner:
                what = say(
                    "SERVICE calls %(endpoint)s with a SERVICE %(inner)s in it, which is not allowed "
                    "there.",
                    endpoint=service.shown,
                    inner=inner.endpoint.text,
                )
                raise self._refusal(what, iri, number)
        return service

    def _refusal(self, what: Message, iri: str, number: int) -> ServiceNotAllowed:
        line, column = self.place(number)
        allowed = sorted(each.iri for each in distinct(self._services.values()))
        reason = what + say(
            "It calls %(endpoints)s. Who runs it can allow more with --allow-service IRI. With SERVICE "
            "SILENT the rest of the query is answered.",
            endpoints=tuple(f"<{each}>" for each in allowed),
        )
        return ServiceNotAllowed(
            f"Line {line}, column {column}: {reason}",
            line=line,
            column=column,
            endpoint=iri,
            allowed=allowed,
            reason=reason,
        )

    def place(self, number: int) -> tuple[int, int]:
        """Line and column of the endpoint of a clause."""
        return line_and_column(self._query.text, self.endpoints[number].start)

    # One clause

    def solve(self, number: int, clause: Clause) -> Solved:
        """Ask for the solutions of a clause, and put them into the view.

        Raises:
            ServiceNotAllowed, UnsupportedService, ServiceFailed: as :func:`evaluated` does.
        """
        names = self.binder.visible(clause)
        endpoint = self.endpoints[number]
        own = f"?{endpoint.value}" if endpoint.is_free else ""
        columns = tuple(dict.fromkeys((*names, *([own] if own else []))))
        rows: list[Row] = []
        sources: list[Source] = []
        for target, sent in self._targets(number, clause, own):
            iri = target.value if isinstance(target, ox.NamedNode) else str(target)
            solutions, source = self._answer(iri, number, clause, names, sent)
            sources.append(source)
            value = None if isinstance(target, str) else target
            rows += with_endpoint(solutions, names, own, value)
        text = self.parsed.written(clause.service)
        self.view.put(text, columns, rows)
        self.view.credit(f"{_MARK}{number}", sources, own)
        if not any(source.failure for source in sources):
            self.binder.ready.append(clause.service)
        return Solved(columns, rows, tuple(sources))

    def sample(self, iri: str, clause: Clause, names: Sequence[str]) -> list[Row]:
        """Return a few solutions of an endpoint for a clause's pattern, whatever that is joined with.

        Raises:
            ServiceFailed: it gives none that can be used.
        """
        text = f"{self._text(clause.service.group, names, (), ())} LIMIT {_SAMPLE}"
        service = self._services[iri]
        (reply,) = self._ask(Call(iri, (text,)))
        return messages.read(reply, names, service.shown, iri)

    def _targets(
        self, number: int, clause: Clause, own: str
    ) -> Iterator[tuple[Term | str | None, _Sent]]:
        """The endpoints of a clause, each with the bindings to send along."""
        shared = self.binder.shared(clause)
        if not own:
            bindings = without_gaps(self.bindings(clause, shared)) if shared else None
            # As it stands: what is no IRI is not called either.
            yield (
                self.endpoints[number].value,
                _Sent() if bindings is None else _Sent(shared, bindings),
            )
            return
        if not self.binder.binds(clause, own):
            raise self._unsupported(
                number,
                say(
                    "Nothing before SERVICE %(name)s binds it to an endpoint. Name it, or bind it in "
                    "the same group, for instance by VALUES %(name)s { … }.",
                    name=own,
                ),
            )
        others = tuple(name for name in shared if name != own)
        sent = without_gaps(self.bindings(clause, (own, *others)))
        if sent is None:
            sent, others = self.bindings(clause, (own,)), ()
        if sent is None:
            said = say(
                "%(name)s has more than %(most)s values.", name=own, most=f"{_MOST_BINDINGS:,}"
            )
            raise self._unsupported(number, said)
        yield from _by_endpoint(sent, others)

    def bindings(self, clause: Clause, names: Sequence[str]) -> list[Row] | None:
        """Return the bindings of *names* in what the clause is joined with; None if they are too many.

        Those with a blank node are left out: no node of another endpoint is the same.
        """
        question = self.binder.question(clause, names, _MOST_BINDINGS + 1)
        solutions = [tuple(solution) for solution in self.view.query(question)]  # type: ignore[union-attr]
        if len(solutions) > _MOST_BINDINGS:
            return None
        return [row for row in solutions if not any(isinstance(cell, ox.BlankNode) for cell in row)]

    def _answer(
        self,
        iri: str,
        number: int,
        clause: Clause,
        names: Sequence[str],
        sent: _Sent,
    ) -> tuple[list[Row], Source]:
        """The solutions of an endpoint, and how it was called; for SILENT, one solution if it fails."""
        try:
            service = self._require_allowed(iri, number, clause)
            return self._called(service, clause, names, sent)
        except (ServiceFailed, ServiceNotAllowed) as problem:
            if not clause.service.is_silent:
                line, column = self.place(number)
                problem.details |= {"line": line, "column": column}
                raise
            known = self._services.get(iri)
            failed = Source(iri, known.name if known else "", failure=problem.message)
            return [(None,) * len(names)], failed

    def _called(
        self, service: AllowedService, clause: Clause, names: Sequence[str], sent: _Sent
    ) -> tuple[list[Row], Source]:
        size = service.batch
        batches = [sent.rows[at : at + size] for at in range(0, len(sent.rows), size)]
        if not batches:
            return [], Source(service.iri, service.name)
        group = clause.service.group
        texts = tuple(self._text(group, names, sent.names, batch) for batch in batches)
        replies = self._ask(Call(service.iri, texts))
        rows: list[Row] = []
        for reply in sorted(replies, key=lambda each: each.number):
            solutions = messages.read(reply, names, service.shown, service.iri)
            rows += asked_for(solutions, names, sent.names, batches[reply.number])
        return rows, Source(
            service.iri,
            service.name,
            texts,
            min(reply.retrieved for reply in replies),
            len(rows),
            bindings=len(sent.rows) if sent.names else 0,
            seconds=max(reply.seconds for reply in replies),
            is_cached=all(reply.is_cached for reply in replies),
        )

    # What is sent

    def _text(
        self, group: Group, names: Sequence[str], shared: Sequence[str], rows: Sequence[Row]
    ) -> str:
        """The query for an endpoint: the solutions of *group* that go with *rows* of *shared*."""
        where = pattern(self.parsed.written(group), self._base, self._prefixes)
        if shared:
            cells = " ".join(f"({' '.join(map(str, row))})" for row in rows)
            inner = where[1:-1] if self._takes_values(group, set(shared)) else where
            where = f"{{ VALUES ({' '.join(shared)}) {{ {cells} }} {inner} }}"
        return f"SELECT {' '.join(names) or '*'} WHERE {where}"

    def _takes_values(self, group: Group, shared: set[str]) -> bool:
        """Whether VALUES may stand in *group* itself, where engines make most of it.

        That is so if its patterns bind these variables before anything may depend on whether they are.
        """
        bound: set[str] = set()
        for part in group.elements:
            if isinstance(part, Optional) and not shared <= bound:
                return False
            if not isinstance(part, Triple | Filter | Optional):
                return False
            bound |= self.parsed.scopes.certain(part)
        return True


def _by_endpoint(
    bindings: Sequence[Row], others: tuple[str, ...]
) -> Iterator[tuple[Term | None, _Sent]]:
    """Each endpoint of the first column of *bindings*, with the rest of its rows: those of *others*."""
    by_endpoint: dict[Term | None, list[Row]] = defaultdict(list)
    for endpoint, *rest in bindings:
        by_endpoint[endpoint].append(tuple(rest))
    for term, rows in by_endpoint.items():
        yield term, _Sent(others, rows)


def evaluate(query: ParsedQuery, view: View, work: Work) -> tuple[ParsedQuery, FederatedView]:
    """Return what is left of *query* once its endpoints have answered, and what it is asked of.

    Raises:
        SyntaxError: it is no query; then no endpoint is called.
        GbaGraphError: as :func:`evaluated` does.
    """
    query = query.standard
    query.require_valid()
    query, federated = evaluated(query, view, work.services, messages.through(work))
    work.note_sources(federated.called)
    return query, federated

"""Aggregates, each with some of the solutions that it is taken over, and what stands beside these."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from itertools import islice, pairwise
from typing import TYPE_CHECKING, Any, Final

import pyoxigraph as ox

from gbagraph.features.diagnostics.case import ROWS
from gbagraph.features.diagnostics.finding import (
    TYPE,
    Finding,
    Repair,
    last_property,
)
from gbagraph.features.diagnostics.schema import (
    DATES,
    NUMBERS,
    STRING,
    is_text,
    kind_of,
)
from gbagraph.names.texts import local_name, words
from gbagraph.rdf.dataset import access
from gbagraph.sparql.message import Message, say
from gbagraph.sparql.nodes import (
    NAMES,
    Aggregate,
    Bind,
    Call,
    Expression,
    Filter,
    InGraph,
    Optional,
    Sequence,
    SubSelect,
    Term,
    Triple,
    Union,
    groups_in,
    parts,
    variables,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from gbagraph.api.explanations import Severity
    from gbagraph.features.diagnostics.case import Case
    from gbagraph.features.diagnostics.finding import Advice, Scope
    from gbagraph.features.diagnostics.schema import Role
    from gbagraph.sparql.nodes import Element

    ColumnRule = Callable[["Column"], Iterator[Finding]]
    Beside = list[tuple[str, Any]]

SAID: Final = 6
"""Values or things that a message shows at most."""


FUTURE: Final = frozenset(
    {"planned", "plan", "proposed", "intended", "draft", "future", "expected",
     "announced", "pending", "projected", "forecast", "predicted"}
)  # fmt: skip
"""Words in the name of a status of what has not happened."""

OUTDATED: Final = frozenset({"deprecated", "superseded"})
"""Words in the name of a rank of statements that are outdated or wrong."""

_OWN: Final = 200
"""Triples of a thing that are looked at."""


COMPARED: Final = "COMPARED"
"""What stands for the name of an aggregate where values are put in order, or compared with a number."""

_ORDERS: Final = frozenset({"<", ">", "<=", ">="})


class Sample:
    """Up to :data:`ROWS` solutions that the aggregates of a SELECT are taken over.

    Paths are parted into steps there, so that what stands between is known, too. A solution has the
    values of variables by their names, and each IRI that is a subject by itself.
    """

    def __init__(self, case: Case, scope: Scope) -> None:
        self.case, self.scope, query = case, scope, scope.query
        self.elements = [*stepwise(scope.group.elements)]
        self.triples = [*_triples(self.elements)]
        self.names = [*NAMES.visible(*self.elements)]
        self.keys = {term.value for item in query.keys for term in variables(item.expression)}
        values = case.written(query.values) if query.values else ""
        self.pattern = f"{case.rendered(self.elements)} {values}"
        roots = (*(item.expression for item in query.items or ()), *query.having, *query.order)
        found = (part for root in roots for part in parts(root) if isinstance(part, Aggregate))
        aggregates = [*{case.written(part): part for part in found}.values()]
        taken = {f"__k{i}": item.expression for i, item in enumerate(query.keys)}
        taken |= {f"__v{i}": a.argument for i, a in enumerate(aggregates) if a.argument}
        self.groups = [name for name in taken if name.startswith("__k")]
        self.rows = self._read({name: case.written(part) for name, part in taken.items()})
        self.all_of = cache(self._all_of)
        self.columns = [Column(self, each, f"__v{i}") for i, each in enumerate(aggregates)]
        self.columns += [Column(self, each, name) for name, each in self._compared()]

    def _compared(self) -> Iterator[tuple[str, Aggregate]]:
        """The variables by which solutions are put in order, or which are compared with a number."""
        filters = (each.expression for each in self.elements if isinstance(each, Filter))
        calls = (part for root in filters for part in parts(root) if isinstance(part, Call))
        chosen = [
            (one, other) for call in calls if call.name in _ORDERS
            for one, other in (call.arguments, call.arguments[::-1])
        ]  # fmt: skip
        query = self.scope.query
        order = [] if query.is_aggregated else query.order
        named = [*chosen, *((each, None) for each in order)]
        seen = set[str]()
        for one, other in named:
            is_number = other is None or getattr(other, "datatype", "") in NUMBERS
            if isinstance(one, Term) and one.value in {*self.names} - seen and is_number:
                seen.add(one.value)
                yield one.value, Aggregate(one.start, one.end, COMPARED, False, one)

    def _read(self, taken: Mapping[str, str]) -> list[dict[str, Any]]:
        names = [*self.names, *taken]
        select = " ".join(f"?{name}" for name in names) or "(1 AS ?__one)"
        binds = " ".join(f"BIND({text} AS ?{name})" for name, text in taken.items())
        ends = (end for triple in self.triples for end in (triple.subject, triple.object))
        constant = {end.value: ox.NamedNode(end.value) for end in ends if end.kind == "iri"}
        self.taken = f"{self.pattern} {binds}"
        is_known = self.case.services.answer or not self.case.query.calls_services
        rows = self.case.rows(select, self.taken, f"LIMIT {ROWS}") if is_known else []
        return [constant | {name: row[i] for i, name in enumerate(names)} for row in rows]

    def group(self, row: Mapping[str, Any]) -> tuple[Any, ...]:
        """The group that a solution is in."""
        return tuple(row[name] for name in self.groups)

    def asks(self, role: Role) -> bool:
        """Whether the query asks for a property of *role*, and uses what it gives."""
        case = self.case
        found = ((spot.triple.object, last_property(spot.triple)) for spot in case.spots)
        values = [value for value, iri in found if iri and case.schema.has_role(iri, role)]
        return any(not value.is_free or case.uses(value.value) > 1 for value in values)

    def prefetch(self, names: Iterable[str]) -> None:
        """Read at once what things have, where each would be a question."""
        nodes = (row.get(name) for name in names for row in self.rows)
        forms = ((node, None, None) for node in nodes if is_node(node))
        access(self.case.schema.store).prefetch_forms(forms)

    def _all_of(self, node: Any) -> Beside:  # noqa: ANN401  a term
        """The properties that *node* has, with their values."""
        quads = (
            quad
            for place in (self.case.places(self.scope) if is_node(node) else ())
            for quad in islice(
                self.case.schema.store.quads_for_pattern(node, None, None, place), _OWN
            )
        )
        return [(quad.predicate.value, quad.object) for quad in quads]

    def beside(self, node: Any, role: Role) -> Beside:  # noqa: ANN401  a term
        """The properties of *role* that *node* has, with their values; a class is a status, too."""
        schema = self.case.schema
        return [
            (iri, value)
            for iri, value in self.all_of(node)
            if schema.has_role(iri, role) or (role == "status" and iri == TYPE)
        ]

    def marked(
        self, role: Role, called: frozenset[str], nodes: Iterable[Any]
    ) -> dict[str, Any] | None:
        """How many *nodes* there are, and how many have a value so *called* of a property of *role*.

        None if there is none, or if the query asks for it.
        """
        beside = {node: self.beside(node, role) for node in nodes if is_node(node)}
        of_classes = called - {"plan", "draft"}  # documents that are there
        chosen = [
            [(iri, v) for iri, v in pairs if is_called(v, of_classes if iri == TYPE else called)]
            for pairs in beside.values()
        ]
        by = min((iri for pairs in chosen for iri, _ in pairs), key=TYPE.__eq__, default="")
        values = [[value for iri, value in pairs if iri == by] for pairs in chosen]
        found, n = [value for each in values for value in each], sum(map(bool, values))
        is_named = by == TYPE and {value.value for value in found} & self.case.query.iris
        if not found or is_named or (by == TYPE and n == len(beside)) or self.asks(role):
            return None
        named = {"values": shown(self.case, found), "property": self.case.named(by)}
        return {"n": n, "all": len(beside), **named}


class Column:
    """An aggregate and what it takes of each solution: None is an error, or no value.

    ``variable`` is the one that it depends on, if it is one; ``owners`` are the names of what has the
    value, then of what has that; of COUNT, of what is counted if it is said to have a certain value.
    """

    def __init__(self, sample: Sample, aggregate: Aggregate, name: str) -> None:
        self.sample, self.case, self.aggregate, self.name = sample, sample.case, aggregate, name
        self.text = self.case.written(aggregate)
        self.values = [row.get(name) for row in sample.rows]
        binds = [element for element in sample.elements if isinstance(element, Bind)]
        self.variable = _only(aggregate.argument, {b.variable.value: b.expression for b in binds})
        self.path = next((t for t in sample.triples if t.object.value == self.variable), None)
        chosen = (t.subject for t in sample.triples if t.object.kind == "iri")
        things = (each.value for each in chosen if each.kind == "variable")
        counted = [name for name in things if self.variable in ("", name)][:1]
        # Numbers that only a condition chooses, such as 1 and 0, have no unit.
        given = variables(aggregate.argument, ("IF",)) if aggregate.argument else ()
        is_count = aggregate.name == "COUNT" or not [*given]
        self.is_chosen = not is_count or bool(counted)
        owners = [*_owners(sample.triples, self.variable)]
        if is_count:
            owners = counted or [self.variable] * bool(self.variable and aggregate.name == "COUNT")
        self.owners = owners
        sample.prefetch(self.owners)

    def own_owners(self) -> list[str]:
        """The owners up to the first of which several have the same one."""
        own = self.owners[:1]
        for near, far in pairwise(self.owners):
            pairs = {*zip(self.nodes(near), self.nodes(far), strict=True)}
            if len({one for one, _ in pairs}) < len(pairs):
                break
            own.append(far)
        return own

    def nodes(self, name: str) -> list[Any]:
        """What a variable, or an IRI, stands for in each solution."""
        return [row.get(name) for row in self.sample.rows]

    def finding(
        self,
        code: str,
        message: Message,
        severity: Severity = "warning",
        repair: Repair | None = None,
        start: int | None = None,
        *advice: Advice,
    ) -> Finding:
        """What is found of it, told where the aggregate begins."""
        if len(self.sample.rows) == ROWS:
            message += say("This is what the first %(n)s solutions have.", n=ROWS)
        return Finding(code, severity, message, start or self.aggregate.start, repair, advice)


def stepwise(elements: Iterable[Element]) -> Iterator[Element]:
    """Yield *elements* with each path that is a sequence as its steps, by variables of their own."""
    for number, element in enumerate(elements):
        if not isinstance(element, Triple):
            yield element
            continue
        path = element.path
        steps = path.parts if isinstance(path, Sequence) else (path,)
        between = [_named(f"n{number}x{index}") for index in range(len(steps) - 1)]
        nodes = [_free(element.subject), *between, _free(element.object)]
        for index, step in enumerate(steps):
            yield Triple(element.start, element.end, nodes[index], step, nodes[index + 1])


def _named(name: str) -> Term:
    return Term(0, 0, "variable", f"__{name}", f"?__{name}")


def _free(term: Term) -> Term:
    """A blank node as a variable."""
    return _named("b" + re.sub(r"\W", "_", term.value)) if term.kind == "blank" else term


def _triples(elements: Iterable[Element]) -> Iterator[Triple]:
    """The triple patterns that bind what is aggregated."""
    for element in elements:
        if isinstance(element, Triple):
            yield element
        for group in groups_in(element) if isinstance(element, InGraph | Optional | Union) else ():
            yield from _triples(group.elements)


def _only(expression: Expression | None, binds: dict[str, Expression]) -> str:
    """The one variable that an expression depends on; empty if there are several, or none."""
    names = {term.value for term in variables(expression)} if expression else set[str]()
    name = min(names) if len(names) == 1 else ""
    return _only(binds.pop(name), binds) if name in binds else name


def _owners(triples: Iterable[Triple], name: str) -> Iterator[str]:
    """What has the value *name*, then what has that."""
    above = {t.object.value: t.subject.value for t in reversed([*triples]) if t.object.is_free}
    while name in above:
        name = above.pop(name)
        yield name


def is_node(term: Any) -> bool:  # noqa: ANN401  a term
    """Whether a term is a thing."""
    return isinstance(term, ox.NamedNode | ox.BlankNode)


def aggregates(case: Case, rules: Mapping[str, tuple[ColumnRule, ...]]) -> Iterator[Finding]:
    """Yield what *rules*, by the name of an aggregate, have to say, up to the first error of each.

    Aggregates over an inner SELECT are not looked at. What is put in order, or compared with a number,
    has the rules of :data:`COMPARED`.
    """
    for scope in () if case.is_heavy else case.scopes:
        is_plain = not any(isinstance(each, SubSelect) for each in scope.group.elements)
        if not is_plain or scope.group is not scope.query.where or not _compares(scope):
            continue
        for column in Sample(case, scope).columns:
            for rule in rules.get(column.aggregate.name, ()) if column.values else ():
                found = [*rule(column)]
                yield from found
                if any(finding.severity == "error" for finding in found):
                    break


def _compares(scope: Scope) -> bool:
    """Whether a SELECT aggregates values, puts them in order, or compares them with others."""
    filters = (each.expression for each in scope.group.elements if isinstance(each, Filter))
    calls = (part for root in filters for part in parts(root) if isinstance(part, Call))
    query = scope.query
    return query.is_aggregated or bool(query.order) or any(c.name in _ORDERS for c in calls)


def shown(case: Case, values: Iterable[Any]) -> str:
    """Some different values for a reader, the commonest first, texts in quotation marks."""
    texts = Counter(
        case.named(v.value) if isinstance(v, ox.NamedNode) else _text(v) for v in values
    )
    return ", ".join(text for text, _ in texts.most_common(SAID)) + " …" * (len(texts) > SAID)


def _text(term: Any) -> str:  # noqa: ANN401  a term
    known = {STRING: f'"{term.value}"', "blank": "[]"}
    return known.get(kind_of(term), str(term.value))


def is_called(term: Any, called: frozenset[str]) -> bool:  # noqa: ANN401  a term
    """Whether one of these words stands in the name of a thing, or in a text."""
    return not called.isdisjoint(words(short(term)))


def short(term: Any) -> str:  # noqa: ANN401  a term
    """The local name of a thing, or a text."""
    value = str(getattr(term, "value", ""))
    return local_name(value) if isinstance(term, ox.NamedNode) else value


def family(value: Any) -> str:  # noqa: ANN401  a term
    """The kind of a value, with all numbers, texts and dates as one."""
    kind = kind_of(value)
    named = {
        "number": kind in NUMBERS,
        "text": is_text(kind),
        "date": kind in DATES,
    }
    return next((name for name, fits in named.items() if fits), kind)

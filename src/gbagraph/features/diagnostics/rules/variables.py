"""Variables that are not bound where they are used."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from gbagraph.features.diagnostics.finding import Finding, Repair, Scope, instead
from gbagraph.names.texts import likeness, words
from gbagraph.rdf.namespaces import LABELS
from gbagraph.sparql.message import say
from gbagraph.sparql.nodes import (
    NAMES,
    Aggregate,
    Bind,
    Expression,
    Filter,
    Optional,
    Query,
    Term,
    parts,
    variables,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gbagraph.api.explanations import Severity
    from gbagraph.features.diagnostics.case import Case


_NAMES: Final = frozenset({"l", "label", "name", "title", "n", "labels"})
_FEW: Final = 20
"""Things that are looked at for what their names are values of."""
_MAY_BE_UNBOUND: Final = ("BOUND", "COALESCE")
"""Functions whose arguments need no value."""


def unbound(case: Case) -> Iterator[Finding]:
    """Variables that nothing binds: in columns, conditions, keys, templates and FILTERs."""
    findings = [
        *(f for query in case.queries for f in (*_of_query(case, query), *_having(case, query))),
        *(f for scope in case.scopes for f in _of_group(case, scope)),
    ]
    first: dict[int, Finding] = {}
    for finding in findings:
        first.setdefault(finding.start, finding)
    yield from first.values()


def _bound_by(query: Query) -> set[str]:
    given = (query.values,) if query.values else ()
    return set(NAMES.visible(*query.where.elements, *given))


def _of_query(case: Case, query: Query) -> Iterator[Finding]:
    bound = _bound_by(query)
    items = query.items or ()
    keys = {item.variable.value for item in query.keys if item.variable}
    aliases = {item.variable.value for item in items if item.variable}
    for item in (*items, *query.keys):
        own = {item.variable.value} if item.variable else set()  # its own expression cannot use it
        yield from _uses(case, item.expression, bound | keys | (aliases - own), bound)
    for expression in query.order:
        yield from _uses(case, expression, bound | keys | aliases, bound | aliases)
    for triple in query.template if query.form == "CONSTRUCT" else ():
        for term in (triple.subject, triple.path, triple.object):
            if isinstance(term, Term):
                yield from _uses(case, term, bound, bound)
    for term in query.described:
        yield from _uses(case, term, bound, bound)


def _uses(
    case: Case, expression: Expression, bound: set[str], nearest: set[str]
) -> Iterator[Finding]:
    """The variables in an expression that nothing binds; what stands in BOUND or COALESCE may be so."""
    for part in variables(expression, _MAY_BE_UNBOUND):
        if part.value not in bound:
            yield _unbound(case, part, nearest, is_plain=part is expression)


def _unbound(case: Case, term: Term, bound: Iterable[str], *, is_plain: bool = True) -> Finding:
    """A variable without a value, *is_plain* where it stands by itself and not in an expression."""
    taken = _taken(case, term)
    every = sorted(
        (name for name in bound if not name.startswith("_blank_")),
        key=lambda n: (-likeness(n, term.value), n),
    )
    named = [name for name in every if name not in taken]
    called = [name for name in every if _is_name_of(term.value, name)][-1:]
    near = [
        name for name in named if likeness(name, term.value) >= 0.5 or _begins(name, term.value)
    ]
    message = say(
        "Nothing in the query binds %(variable)s here, so it has no value.", variable=term.text
    )
    inner = next((q for q in case.queries if _is_hidden(q, term)), None)
    if inner is not None and inner.items:
        message = say(
            "%(variable)s has no value here: the inner SELECT that binds it does not give it; it is not "
            "among its columns.", variable=term.text,
        )  # fmt: skip
        last, is_plain = inner.items[-1], not (inner.is_aggregated or inner.is_distinct)
        text = f"{case.written(last)} {term.text}"
        given = instead(last, text) if is_plain else None
        return Finding("unbound-variable", "error", message, term.start, given)
    is_column = any(i.variable is term for query in case.queries for i in query.items or ())
    is_new = is_column and (called or not near)
    repair = _label_added(case, term, called or named) if is_new else None
    shown = ", ".join(f"?{name}" for name in (near[:1] or every[:6]))
    if repair is not None and called:
        pattern = repair.suggestion
        message += say("%(pattern)s asks for a name, as for any other value.", pattern=pattern)
    elif shown:
        message += say("Variables that have values: %(names)s.", names=shown)
    if repair is None and (near or (is_column and len(named) == 1)):
        repair = instead(term, f"?{(near or named)[0]}")
    severity: Severity = "error" if near or is_plain else "info"
    return Finding("unbound-variable", severity, message, term.start, repair)


def _is_hidden(inner: Query, term: Term) -> bool:
    """Whether a variable is bound in an inner SELECT that does not give it to what is around."""
    is_outside = not inner.where.start <= term.start < inner.where.end
    names = NAMES.visible(*inner.where.elements)
    return is_outside and term.value in names and term.value not in NAMES.columns(inner)


def _is_name_of(variable: str, thing: str) -> bool:
    """Whether *variable* is called as Wikidata's label service calls the name of *thing*."""
    end = variable.removeprefix(thing).strip("_").lower()
    return variable.startswith(thing) and end in _NAMES


def _taken(case: Case, term: Term) -> set[str]:
    """The columns beside a variable that is a column itself: none of them is meant."""
    for query in case.queries:
        plain = [
            i.variable.value for i in query.items or () if i.variable is i.expression and i.variable
        ]
        if any(item.variable is term for item in query.items or ()):
            return set(plain) - {term.value}
    return set()


def _label_added(case: Case, term: Term, bound: list[str]) -> Repair | None:
    """A pattern that binds a variable called like a name to the name of a thing."""
    if not _NAMES & set(words(term.value)):
        return None
    things = [name for name in bound if set(case.kinds(name, case.scopes[0])) == {"iri"}]
    places = {
        term.value: term.start
        for spot in case.spots[::-1]
        for term in (spot.triple.object, spot.triple.subject)
    }
    first = min(things, key=lambda name: places.get(name, 0), default=None)
    if first is None:
        return None
    some = [*islice(case.values(first, case.scopes[0]), _FEW)]
    for label in LABELS:
        tags = {getattr(v, "language", None) for t in some for v in case.schema.values_of(t, label)}
        if tags:
            text, declared = case.prefix(label)
            pattern = f"?{first} {text} {term.text} ."
            if _is_name_of(term.value, first) and "en" in tags and None not in tags:
                condition = f'FILTER(LANG({term.text}) = "en")'
                pattern = f"OPTIONAL {{ ?{first} {text} {term.text} {condition} }}"
            return Repair(pattern, (case.appended(case.tree.where, pattern), *declared))
    return None


def _begins(one: str, other: str) -> bool:
    """Whether one name begins with the other."""
    short, long = sorted((one.lower(), other.lower()), key=len)
    return long.startswith(short)


def _having(case: Case, query: Query) -> Iterator[Finding]:
    """HAVING is evaluated before the columns have their names (section 18.2.4)."""
    bound = _bound_by(query)
    aliases = {
        item.variable.value: item
        for item in query.items or ()
        if item.variable and item.expression is not item.variable
    }
    keys = {item.variable.value for item in query.keys if item.variable}
    for expression in query.having:
        for term in variables(expression):
            if term.value in bound | keys:
                continue
            item = aliases.get(term.value)
            if item is None:
                yield _unbound(case, term, bound | keys | set(aliases))
            # Some queries the engine takes so, and gives their rows.
            elif query is not case.tree or case.first_row() is None:
                text = case.written(item.expression)
                message = say(
                    "%(column)s is the name of a column, which HAVING does not know yet; write the "
                    "expression itself: %(expression)s.",
                    column=term.text,
                    expression=text,
                )
                yield Finding("having-on-alias", "error", message, term.start, instead(term, text))


def aggregated(scope: Scope) -> dict[str, Expression]:
    """The columns of a group's own query that are aggregates, by their names."""
    items = scope.query.items or () if scope.group is scope.query.where else ()
    return {
        item.variable.value: item.expression
        for item in items
        if item.variable and any(isinstance(part, Aggregate) for part in parts(item.expression))
    }


def _of_group(case: Case, scope: Scope) -> Iterator[Finding]:
    inside = set(NAMES.visible(*scope.group.elements))
    visible = inside | _from_outside(scope)
    if scope.query.values is not None and scope.group is scope.query.where:
        visible.update(NAMES.visible(scope.query.values))
    everywhere = _bound_by(scope.query)
    before: set[str] = set()
    for element in scope.group.elements:
        if isinstance(element, Filter):
            for term in variables(element.expression, _MAY_BE_UNBOUND):
                if term.value not in visible and term.value not in aggregated(scope):
                    yield _out_of_scope(case, scope, element, term, everywhere)
        elif isinstance(element, Bind):
            for term in variables(element.expression, _MAY_BE_UNBOUND):
                if term.value not in before | _from_outside(scope):
                    yield _too_early(case, scope, element, term, inside)
        before.update(NAMES.visible(element))


def _from_outside(scope: Scope) -> set[str]:
    """What the conditions of a group see around it: in OPTIONAL and EXISTS, what is bound there."""
    if not scope.above:
        return set()
    group, element = scope.above[-1]
    if isinstance(element, (Optional, Filter | Bind)):
        outer = set(NAMES.visible(*(e for e in group.elements if e is not element)))
        return outer | _from_outside(Scope(group, scope.query, None, scope.above[:-1]))
    return set()


def _out_of_scope(
    case: Case, scope: Scope, element: Filter, term: Term, everywhere: set[str]
) -> Finding:
    if term.value not in everywhere or not scope.above:
        return _unbound(case, term, set(NAMES.visible(*scope.group.elements)))
    outer = next(
        (
            g
            for g, e in reversed(scope.above)
            if term.value in NAMES.visible(*(x for x in g.elements if x is not e))
        ),
        scope.above[0][0],
    )
    return Finding(
        "filter-out-of-scope",
        "error" if scope.is_required else "info",
        say(
            "%(variable)s is bound outside these braces, and a FILTER sees only what its own group "
            "binds (SPARQL 1.1, section 18.2.1).",
            variable=term.text,
        ),
        term.start,
        case.moved(element, outer, say("the FILTER moved out of the braces")),
    )


def _too_early(case: Case, scope: Scope, element: Bind, term: Term, inside: set[str]) -> Finding:
    if term.value not in inside and scope.above and term.value in _bound_by(scope.query):
        return Finding(
            "bind-out-of-scope",
            "error" if scope.is_required else "info",
            say(
                "%(variable)s is bound outside these braces, and a BIND sees only what its own group "
                "binds.",
                variable=term.text,
            ),
            term.start,
            case.moved(element, scope.above[-1][0], say("the BIND moved out of the braces")),
        )
    if term.value not in inside:
        return _unbound(case, term, inside, is_plain=False)
    return Finding(
        "bind-too-early",
        "error",
        say(
            "%(variable)s is bound only after this BIND, which therefore gives %(target)s no value; put "
            "a BIND after what it needs.",
            variable=term.text,
            target=element.variable.text,
        ),
        term.start,
        case.moved(element, scope.group, say("the BIND moved to the end")),
    )

"""What a SELECT in braces does by itself (SPARQL 1.1, section 12), and an OFFSET that leaves nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gbagraph.features.diagnostics.finding import Advice, Edit, Finding, Repair, Scope
from gbagraph.sparql.message import say
from gbagraph.sparql.nodes import (
    NAMES,
    Aggregate,
    Call,
    Element,
    Filter,
    SubSelect,
    Triple,
    parts,
    variables,
)
from gbagraph.sparql.tokens import tokens

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gbagraph.api.explanations import Severity
    from gbagraph.features.diagnostics.case import Case
    from gbagraph.sparql.nodes import Query


def hidden(case: Case) -> Iterator[Finding]:
    """A variable of an inner SELECT that it does not give, and that is another one outside (section 12).

    It is told where nothing else joins that SELECT to the rest, and where its groups would be larger
    than one solution each: then a value for each is meant, and one for all is what comes.
    """
    for scope, element in _inner(case):
        query = element.query
        given, outer = {*NAMES.visible(element)}, NAMES.mentioned(*_beside(scope, element))
        inner = NAMES.mentioned(*query.where.elements) - given
        shared = sorted(name for name in inner & outer if not name.startswith("_blank_"))
        if given & outer or not (query.is_aggregated and shared) or case.takes_many(query):
            continue
        several = [name for name in shared if case.holds(_with_several(case, query, name))]
        # Each may have one, and what is shown beside it is the number of all.
        single = [name for name in shared if _is_counted_by(query, name)] if not several else []
        several += [n for n in single if _is_meant(case, scope, element, n)] * (len(single) == 1)
        for name in several[:1]:
            said = say(
                "%(name)s in this inner SELECT is not the %(name)s outside, since it does not "
                "give it: there is one result for all.", name=f"?{name}",
            )  # fmt: skip
            is_meant = len(several) == 1 and _is_meant(case, scope, element, name)
            advice = [*_grouped(query, name)]
            repair = Repair(f"GROUP BY ?{name}", advice[0].edits) if is_meant and advice else None
            severity: Severity = "warning" if repair else "info"
            yield Finding("inner-select", severity, said, element.start, repair, tuple(advice))


def _grouped(query: Query, name: str) -> Iterator[Advice]:
    """A hidden variable given, and each of its values a group."""
    if query.items and not query.keys:
        first, end = query.items[0].start, query.where.end
        edits = Edit(first, first, f"?{name} "), Edit(end, end, f" GROUP BY ?{name}")
        said = say(
            "With %(name)s as a column and GROUP BY %(name)s there is one for each.",
            name=f"?{name}",
        )
        yield Advice(said, edits)


def _is_counted_by(query: Query, name: str) -> bool:
    """Whether an inner SELECT gives nothing but a number of what is not *name* itself."""
    counts = [item.expression for item in query.items or ()]
    return bool(counts) and all(
        isinstance(each, Aggregate)
        and each.name == "COUNT"
        and each.argument is not None
        and name not in {term.value for term in variables(each.argument)}
        for each in counts
    )


def _is_meant(case: Case, scope: Scope, element: SubSelect, name: str) -> bool:
    """Whether a result for each is meant: the rest does not ask the same, nor reckon with it."""
    query, beside = element.query, _beside(scope, element)
    inside, outside = (
        {case.written(t.path) for t in triples if name in NAMES.mentioned(t)}
        for triples in (
            (e for e in query.where.elements if isinstance(e, Triple)),
            (e for e in beside if isinstance(e, Triple)),
        )
    )
    sorted_by = [term.value for each in scope.query.order for term in variables(each)]
    is_reckoned = any(
        case.uses(each) - sorted_by.count(each) > 2 for each in NAMES.columns(query)
    ) or any(
        isinstance(part, Call | Aggregate)
        for item in scope.query.items or ()
        for part in parts(item.expression)
    )
    return not (inside & outside or is_reckoned)


def _inner(case: Case) -> Iterator[tuple[Scope, SubSelect]]:
    """The SELECTs in braces, each with where it stands; none of a query that takes long."""
    for scope in () if case.is_heavy else case.scopes:
        yield from ((scope, each) for each in scope.group.elements if isinstance(each, SubSelect))


def _with_several(case: Case, query: Query, name: str) -> str:
    """What gives the values of a variable that several solutions of *query* have."""
    grouped = f"{{ {case.whole(query)} }} GROUP BY ?{name} HAVING(COUNT(*) > 1)"
    return f"{{ SELECT ?{name} {grouped} }}"


def _beside(scope: Scope, element: Element) -> list[Element]:
    """What the solutions of *element* are joined with: in its group, and in those around that."""
    joined = [each for each in scope.group.elements if each is not element]
    for group, outer in reversed(scope.above):
        if isinstance(outer, SubSelect):
            break
        joined += (each for each in group.elements if each is not outer)
    return [each for each in joined if not isinstance(each, Filter)]


def limited(case: Case) -> Iterator[Finding]:
    """LIMIT in an inner SELECT that is joined with things of which each has several rows there."""
    for scope, element in _inner(case):
        query, given = element.query, NAMES.visible(element)
        outer = NAMES.mentioned(*_beside(scope, element))
        is_apart = not query.is_aggregated or len(query.keys) > 1
        is_best = query.is_sliced and query.order and is_apart and not case.takes_many(query)
        for name in (n for n in given if is_best and n in outer):
            rows = case.rows(f"?{name}", _with_several(case, query, name), "LIMIT 2")
            if len(rows) > 1:
                said = say(
                    "LIMIT in this inner SELECT holds for all its rows together, not for each "
                    "%(name)s: it is evaluated once, before the rest. GROUP BY %(name)s with MIN "
                    "or MAX gives one row for each.", name=f"?{name}",
                )  # fmt: skip
                yield Finding("inner-select", "info", said, element.start)
                break


def offsets(case: Case) -> Iterator[Finding]:
    """An OFFSET that leaves nothing."""
    tree = case.tree
    if not tree.offset or case.is_heavy or case.is_empty or case.first_row() is not None:
        return
    message = say(
        "The answer has not more than %(number)s rows, so after this OFFSET there are none.",
        number=tree.offset,
    )
    start = [each.start for each in tokens(case.query.text) if each.text.upper() == "OFFSET"]
    yield Finding("offset-too-large", "info", message, start[-1])

"""What a SELECT in braces does by itself (SPARQL 1.1, section 12), and an OFFSET that leaves nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gbagraph.features.diagnostics.finding import Finding, Scope
from gbagraph.sparql.message import say
from gbagraph.sparql.nodes import NAMES, Element, Filter, SubSelect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gbagraph.features.diagnostics.case import Case


def hidden(case: Case) -> Iterator[Finding]:
    """A variable of an inner SELECT that it does not give, and that is another one outside (section 12).

    It is told where nothing else joins that SELECT to the rest, and where its groups would be larger
    than one solution each: then a value for each is meant, and one for all is what comes.
    """
    for scope in () if case.is_heavy else case.scopes:
        for element in (e for e in scope.group.elements if isinstance(e, SubSelect)):
            query = element.query
            given, outer = {*NAMES.visible(element)}, NAMES.mentioned(*_beside(scope, element))
            inner = NAMES.mentioned(*query.where.elements) - given
            shared = sorted(name for name in inner & outer if not name.startswith("_blank_"))
            if given & outer or not (query.is_aggregated and shared) or case.takes_many(query):
                continue
            for name in shared:
                grouped = f"{{ {case.whole(query)} }} GROUP BY ?{name} HAVING(COUNT(*) > 1)"
                if case.holds(f"{{ SELECT ?{name} {grouped} }}"):
                    said = say(
                        "%(name)s in this inner SELECT is not the %(name)s outside, since it does not "
                        "give it: there is one result for all. With %(name)s as a column and GROUP "
                        "BY %(name)s there is one for each.", name=f"?{name}",
                    )  # fmt: skip
                    yield Finding("inner-select", "info", said, element.start)
                    break


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
    for scope in () if case.is_heavy else case.scopes:
        for element in (e for e in scope.group.elements if isinstance(e, SubSelect)):
            query, given = element.query, NAMES.visible(element)
            outer = NAMES.mentioned(*_beside(scope, element))
            is_apart = not query.is_aggregated or len(query.keys) > 1
            is_best = query.is_sliced and query.order and is_apart and not case.takes_many(query)
            for name in (n for n in given if is_best and n in outer):
                grouped = f"{{ {case.whole(query)} }} GROUP BY ?{name} HAVING(COUNT(*) > 1)"
                rows = case.rows(f"?{name}", f"{{ SELECT ?{name} {grouped} }}", "LIMIT 2")
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
    start = case.query.text.upper().rindex("OFFSET")
    yield Finding("offset-too-large", "info", message, start)

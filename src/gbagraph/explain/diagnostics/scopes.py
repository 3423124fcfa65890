"""Where the parts of a query stand: its groups, what each binds, and what a pattern says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gbagraph.rdf.namespaces import expand
from gbagraph.sparql.syntax.nodes import (
    Bind,
    Element,
    Exists,
    Filter,
    Group,
    InGraph,
    Inverse,
    Minus,
    Optional,
    Path,
    Query,
    Sequence,
    Service,
    SubSelect,
    Term,
    Triple,
    Union,
    Values,
    groups_in,
    parts,
    steps,
    variables,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

TYPE: Final = expand("rdf:type")


@dataclass(frozen=True, slots=True)
class Scope:
    """A group of the query, where it stands, and the graph that it is matched in.

    ``above`` are the elements that it stands in, outermost first, each with the group it is part of.
    """

    group: Group
    query: Query
    graph: Term | None = None
    above: tuple[tuple[Group, Element], ...] = ()

    @property
    def is_required(self) -> bool:
        """Whether no solution is there without one of this group."""
        return all(isinstance(element, InGraph | SubSelect) for _, element in self.above)

    @property
    def triples(self) -> list[Triple]:
        """The triple patterns of the group itself."""
        return [element for element in self.group.elements if isinstance(element, Triple)]


@dataclass(frozen=True, slots=True)
class Spot:
    """A triple pattern and where it stands."""

    triple: Triple
    scope: Scope


def variables_of(element: Element) -> set[str]:
    """The names of all variables that an element can bind or needs, blank nodes too."""
    if isinstance(element, SubSelect) and element.query.items is not None:
        return {item.variable.value for item in element.query.items if item.variable}
    found = {term.value for term in _terms_of(element) if term.is_free}
    for group in groups_in(element):
        for inner in group.elements:
            found |= variables_of(inner)
    return found


def _terms_of(element: Element) -> Iterator[Term]:
    """The terms that stand in an element itself."""
    if isinstance(element, Triple):
        terms = (element.subject, element.path, element.object)
        yield from (term for term in terms if isinstance(term, Term))
    elif isinstance(element, Filter | Bind):
        yield from variables(element.expression)
        yield from (element.variable,) if isinstance(element, Bind) else ()
    elif isinstance(element, Values):
        yield from element.variables
    elif isinstance(element, InGraph | Service):
        yield element.name if isinstance(element, InGraph) else element.endpoint


def connected(elements: Iterable[Element]) -> list[list[Element]]:
    """*elements* parted into those that share variables, directly or by others."""
    islands: list[tuple[set[str], list[Element]]] = []
    for element in elements:
        names = variables_of(element)
        touching = [island for island in islands if island[0] & names]
        rest = [island for island in islands if not island[0] & names]
        members = [each for island in touching for each in island[1]] + [element]
        islands = [*rest, (names.union(*(island[0] for island in touching)), members)]
    return [members for names, members in islands if names]


def binds(element: Element) -> set[str]:
    """The variables that an element can bind (SPARQL 1.1, section 18.2.1)."""
    if isinstance(element, Filter | Minus):
        return set()
    if isinstance(element, Bind):
        return {element.variable.value}
    if isinstance(element, Optional | InGraph | Service | Union):
        found = set[str]().union(*(binds(e) for g in groups_in(element) for e in g.elements))
        name = getattr(element, "name", None) or getattr(element, "endpoint", None)
        return found | ({name.value} if name and name.kind == "variable" else set())
    if isinstance(element, SubSelect) and element.query.items is None:
        return set[str]().union(*map(binds, element.query.where.elements))
    return variables_of(element)


def ends(triple: Triple) -> tuple[Term, str, Term] | None:
    """The subject, the property and the object that a pattern with one property means."""
    path: Path = triple.path
    if isinstance(path, Term) and path.kind == "iri":
        return triple.subject, path.value, triple.object
    if isinstance(path, Inverse) and isinstance(path.path, Term):
        return triple.object, path.path.value, triple.subject
    return None


def last_property(triple: Triple) -> str | None:
    """The property whose value the object of *triple* is, if there is one alone."""
    path = triple.path
    while isinstance(path, Sequence):
        path = path.parts[-1]
    return path.value if isinstance(path, Term) and path.kind == "iri" else None


def first_property(triple: Triple) -> str | None:
    """The property that the subject of *triple* has, if there is one alone."""
    path = triple.path
    while isinstance(path, Sequence):
        path = path.parts[0]
    return path.value if isinstance(path, Term) and path.kind == "iri" else None


def properties_of(triple: Triple) -> list[tuple[Term, bool]]:
    """The properties in the path of a pattern, and whether each is taken backward."""
    return [step for step in steps(triple.path) if step[0].kind == "iri"]


def scopes_in(scope: Scope) -> Iterator[Scope]:
    """A group and those in it, outer ones first; not what is asked of another endpoint."""
    yield scope
    for element in scope.group.elements:
        graph = element.name if isinstance(element, InGraph) else scope.graph
        query = element.query if isinstance(element, SubSelect) else scope.query
        above = (*scope.above, (scope.group, element))
        if isinstance(element, Service):
            continue
        for group in groups_in(element):
            yield from scopes_in(Scope(group, query, graph, above))


def exists_in(query: Query) -> Iterator[Exists]:
    """The EXISTS of columns, keys and conditions of a query."""
    expressions = [
        *(item.expression for item in (*(query.items or ()), *query.keys)),
        *query.having,
        *query.order,
    ]
    for expression in expressions:
        yield from (part for part in parts(expression) if isinstance(part, Exists))

"""The parts of a query, each with its place in the text, and the variables that each binds or names.

Variables are those of SPARQL 1.1, section 18.2.1. A blank node of a query is one too, but no column.
"""

from __future__ import annotations

from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator


Kind = Literal["iri", "literal", "variable", "blank"]


@dataclass(frozen=True, slots=True)
class Node:
    """A piece of the text of a query."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Term(Node):
    """A term or a variable.

    ``value`` is the whole IRI, the lexical form, or the name without its sign; ``text`` how it stands
    in the query. A blank node is a variable that is not asked for.
    """

    kind: Kind
    value: str
    text: str
    language: str = ""
    datatype: str = ""

    @property
    def is_free(self) -> bool:
        """Whether it stands for any term: a variable, or a blank node."""
        return self.kind in ("variable", "blank")


@dataclass(frozen=True, slots=True)
class Inverse(Node):
    """A path backward."""

    path: Path


@dataclass(frozen=True, slots=True)
class Sequence(Node):
    """Paths one after another."""

    parts: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Alternative(Node):
    """One path or another."""

    parts: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Repeat(Node):
    """A path some times: ``?``, ``*`` or ``+``."""

    path: Path
    modifier: str


@dataclass(frozen=True, slots=True)
class Negated(Node):
    """Any property but these."""

    parts: tuple[Path, ...]


Path = Term | Inverse | Sequence | Alternative | Repeat | Negated


@dataclass(frozen=True, slots=True)
class Triple(Node):
    """A triple pattern; where its subject is not repeated, its place is that of the rest."""

    subject: Term
    path: Path
    object: Term


@dataclass(frozen=True, slots=True)
class Call(Node):
    """A function or an operator with its arguments; ``name`` is upper case, a sign, or an IRI."""

    name: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Aggregate(Node):
    """COUNT and its like; ``argument`` is None for ``COUNT(*)``."""

    name: str
    is_distinct: bool
    argument: Expression | None


@dataclass(frozen=True, slots=True)
class Exists(Node):
    """EXISTS or NOT EXISTS."""

    group: Group
    is_negated: bool


Expression = Term | Call | Aggregate | Exists


@dataclass(frozen=True, slots=True)
class Filter(Node):
    """FILTER."""

    expression: Expression


@dataclass(frozen=True, slots=True)
class Bind(Node):
    """BIND."""

    expression: Expression
    variable: Term


@dataclass(frozen=True, slots=True)
class Values(Node):
    """VALUES; a cell that is UNDEF is None."""

    variables: tuple[Term, ...]
    rows: tuple[tuple[Term | None, ...], ...]


@dataclass(frozen=True, slots=True)
class Optional(Node):
    """OPTIONAL."""

    group: Group


@dataclass(frozen=True, slots=True)
class Minus(Node):
    """MINUS."""

    group: Group


@dataclass(frozen=True, slots=True)
class InGraph(Node):
    """GRAPH."""

    name: Term
    group: Group


@dataclass(frozen=True, slots=True)
class Service(Node):
    """SERVICE."""

    endpoint: Term
    group: Group
    is_silent: bool


@dataclass(frozen=True, slots=True)
class Union(Node):
    """Groups with UNION between them; one alone is a group in a group."""

    groups: tuple[Group, ...]


@dataclass(frozen=True, slots=True)
class SubSelect(Node):
    """A SELECT in a group."""

    query: Query


Element = Triple | Filter | Bind | Values | Optional | Minus | InGraph | Service | Union | SubSelect


@dataclass(frozen=True, slots=True)
class Group(Node):
    """A group graph pattern, from brace to brace."""

    elements: tuple[Element, ...]


@dataclass(frozen=True, slots=True)
class Item(Node):
    """A column or a key: an expression, and the variable that it is AS."""

    expression: Expression
    variable: Term | None


@dataclass(frozen=True, slots=True)
class Prefix(Node):
    """A declaration; ``place`` is that of its IRI."""

    name: str
    iri: str
    place: int


@dataclass(frozen=True, slots=True)
class From(Node):
    """FROM or FROM NAMED."""

    graph: Term
    is_named: bool


@dataclass(frozen=True, slots=True)
class Query(Node):
    """A query or a SELECT within one; ``items`` is None for ``*`` and for what has no columns."""

    form: str
    items: tuple[Item, ...] | None
    where: Group
    prefixes: tuple[Prefix, ...] = ()
    dataset: tuple[From, ...] = ()
    template: tuple[Triple, ...] = ()
    described: tuple[Term, ...] = ()
    keys: tuple[Item, ...] = ()
    having: tuple[Expression, ...] = ()
    order: tuple[Expression, ...] = ()
    values: Values | None = None
    offset: int = 0
    is_distinct: bool = False
    body: int = 0
    is_sliced: bool = False

    @property
    def is_aggregated(self) -> bool:
        """Whether its solutions are groups of others."""
        items = self.items or ()
        return bool(self.keys) or any(
            isinstance(part, Aggregate)
            for expression in (*(item.expression for item in items), *self.having)
            for part in parts(expression)
        )


def parts(expression: Expression, but: Container[str] = ()) -> Iterator[Expression]:
    """An expression and those in it; not what stands in EXISTS, nor in calls of what *but* names."""
    if isinstance(expression, Call) and expression.name in but:
        return
    yield expression
    if isinstance(expression, Call):
        for part in expression.arguments:
            yield from parts(part, but)
    elif isinstance(expression, Aggregate) and expression.argument is not None:
        yield from parts(expression.argument, but)


def groups_in(element: Element) -> tuple[Group, ...]:
    """The groups that an element of a group is made of."""
    if isinstance(element, Optional | Minus | InGraph | Service):
        return (element.group,)
    if isinstance(element, Union):
        return element.groups
    if isinstance(element, SubSelect):
        return (element.query.where,)
    expression = element.expression if isinstance(element, Filter | Bind) else None
    return tuple(exists.group for exists in exists_in(expression))


def variables(expression: Expression, but: Container[str] = ()) -> Iterator[Term]:
    """The variables of an expression, each time that one stands in it, as :func:`parts` has them."""
    for part in parts(expression, but):
        if isinstance(part, Term) and part.kind == "variable":
            yield part


def exists_in(expression: Expression | None) -> tuple[Exists, ...]:
    """Each EXISTS in an expression."""
    inner = parts(expression) if expression is not None else ()
    return tuple(part for part in inner if isinstance(part, Exists))


class Scopes:
    """The variables of the parts of queries, by the names that *name* gives to their terms."""

    def __init__(self, name: Callable[[Term], str]) -> None:
        self._name = name

    def columns(self, query: Query) -> tuple[str, ...]:
        """Return the variables that *query* gives, in order, each once."""
        return self._each_once(_columns(query))

    def visible(self, *parts: Element) -> tuple[str, ...]:
        """Return the variables that *parts* of a group can bind, in order, each once."""
        return self._each_once(term for part in parts for term in _visible(part))

    def _each_once(self, terms: Iterable[Term]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(map(self._name, terms)))

    def certain(self, *parts: Element) -> frozenset[str]:
        """Return variables that every solution of *parts* of a group binds; not always all of them."""
        return frozenset[str]().union(*map(self._certain, parts))

    def _certain(self, part: Element) -> frozenset[str]:
        if isinstance(part, Union):
            branches = (self.certain(*group.elements) for group in part.groups)
            return frozenset.intersection(*branches)
        if isinstance(part, SubSelect):
            query = part.query
            given = (query.values,) if query.values else ()
            return self.certain(*query.where.elements, *given).intersection(self.columns(query))
        own = frozenset(map(self._name, _certain_here(part)))
        if isinstance(part, InGraph) or (isinstance(part, Service) and not part.is_silent):
            return own | self.certain(*part.group.elements)
        return own

    def mentioned(self, *parts: Element) -> frozenset[str]:
        """Return the variables that *parts* of a group can bind or need, in EXISTS and MINUS too."""
        return frozenset[str]().union(*map(self._mentioned, parts))

    def _mentioned(self, part: Element) -> frozenset[str]:
        if isinstance(part, SubSelect):
            return frozenset(self.columns(part.query))
        needed = variables(part.expression) if isinstance(part, Filter | Bind) else ()
        own = frozenset(map(self._name, (*_own(part), *needed)))
        return own.union(*(self.mentioned(*group.elements) for group in groups_in(part)))


NAMES: Final = Scopes(attrgetter("value"))
"""Variables by their names, without a sign."""


def _columns(query: Query) -> Iterator[Term]:
    if query.items is not None:
        yield from (item.variable for item in query.items if item.variable)
        return
    given = (query.values,) if query.values else ()
    for part in (*query.where.elements, *given):
        yield from (term for term in _visible(part) if term.kind == "variable")


def _visible(part: Element) -> Iterator[Term]:
    """The variables that *part* can bind, each as often as it stands there."""
    if isinstance(part, SubSelect):
        yield from _columns(part.query)
    elif not isinstance(part, Filter | Minus):
        yield from _own(part)
        for group in groups_in(part) if not isinstance(part, Bind) else ():
            for each in group.elements:
                yield from _visible(each)


def _own(part: Element) -> tuple[Term, ...]:
    """The variables that *part* can bind beside those of groups in it."""
    terms: tuple[object, ...] = ()
    if isinstance(part, Triple):
        terms = (part.subject, part.path, part.object)
    elif isinstance(part, Bind):
        terms = (part.variable,)
    elif isinstance(part, Values):
        terms = part.variables
    elif isinstance(part, InGraph | Service):
        terms = (part.name if isinstance(part, InGraph) else part.endpoint,)
    return tuple(term for term in terms if isinstance(term, Term) and term.is_free)


def _certain_here(part: Element) -> Iterator[Term]:
    """Those of its own variables that every solution of *part* binds."""
    if isinstance(part, Triple) or (isinstance(part, InGraph) and _matches(part.group)):
        yield from _own(part)
    elif isinstance(part, Bind):
        is_constant = isinstance(part.expression, Term) and not part.expression.is_free
        yield from (part.variable,) if is_constant else ()
    elif isinstance(part, Values):
        for place, variable in enumerate(part.variables):
            if all(row[place] is not None for row in part.rows):
                yield variable


def _matches(group: Group) -> bool:
    """Whether each solution of *group* matches a pattern that stands in the group itself.

    Where a subquery or VALUES alone gives the solutions, pyoxigraph does not bind the variable of GRAPH,
    as the standard would have it (SPARQL 1.1, section 18.6).
    """
    return any(
        isinstance(part, Triple) or (isinstance(part, Union) and all(map(_matches, part.groups)))
        for part in group.elements
    )

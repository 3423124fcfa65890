"""What a query is made of. Each part has ``start`` and ``end``, its place in the text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

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

    @property
    def is_aggregated(self) -> bool:
        """Whether its solutions are groups of others."""
        items = self.items or ()
        return bool(self.keys) or any(
            isinstance(part, Aggregate)
            for expression in (*(item.expression for item in items), *self.having)
            for part in parts(expression)
        )


def parts(expression: Expression) -> Iterator[Expression]:
    """An expression and those in it; not what stands in EXISTS."""
    yield expression
    inner: tuple[Expression | None, ...] = ()
    if isinstance(expression, Call):
        inner = expression.arguments
    elif isinstance(expression, Aggregate):
        inner = (expression.argument,)
    for part in inner:
        if part is not None:
            yield from parts(part)


def steps(path: Path) -> Iterator[tuple[Term, bool]]:
    """Each property of a path, and whether it is taken backward."""
    if isinstance(path, Term):
        yield path, False
    elif isinstance(path, Inverse):
        yield from ((term, not backward) for term, backward in steps(path.path))
    elif isinstance(path, Repeat):
        yield from steps(path.path)
    else:
        for part in path.parts:
            yield from steps(part)


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


def variables(expression: Expression) -> Iterator[Term]:
    """The variables of an expression, each time that one stands in it; none of EXISTS."""
    for part in parts(expression):
        if isinstance(part, Term) and part.kind == "variable":
            yield part


def exists_in(expression: Expression | None) -> tuple[Exists, ...]:
    """Each EXISTS in an expression."""
    found = parts(expression) if expression is not None else ()
    return tuple(part for part in found if isinstance(part, Exists))

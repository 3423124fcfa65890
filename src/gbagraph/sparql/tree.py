"""The parts of a SELECT query: groups, patterns and paths, with what else stands in it as text.

Terms are kept as they are written; a variable is written ``?x``. What a blank node of the query stands
for is a variable here, too: it is one that is not asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Step:
    """A path of one triple, from its subject to its object, or *backward*."""

    iri: str
    backward: bool = False


@dataclass(frozen=True, slots=True)
class Sequence:
    """One path after another."""

    parts: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Alternative:
    """One path or another."""

    parts: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """A path as often as wanted: at least *least* times, and more than once if *many*."""

    path: Path
    least: int
    many: bool


@dataclass(frozen=True, slots=True)
class Negated:
    """A triple with any other predicate: forward unless one of *forward*, backward likewise.

    None stands for a direction in which there is no step.
    """

    forward: tuple[str, ...] | None
    backward: tuple[str, ...] | None


Path = Step | Sequence | Alternative | Repeat | Negated


@dataclass(frozen=True, slots=True)
class Pattern:
    """A triple pattern; ``path`` is None where the predicate is a variable or a plain IRI."""

    subject: str
    predicate: str
    object: str
    path: Path | None = None


@dataclass(frozen=True, slots=True)
class Triples:
    """Triple patterns that stand together."""

    patterns: tuple[Pattern, ...]


@dataclass(frozen=True, slots=True)
class Exists:
    """EXISTS or, if *negated*, NOT EXISTS. *is_whole*: nothing else stands in its FILTER."""

    group: Group
    negated: bool
    is_whole: bool = False


@dataclass(frozen=True, slots=True)
class Filter:
    """A FILTER, whole, as text."""

    text: str
    exists: tuple[Exists, ...] = ()


@dataclass(frozen=True, slots=True)
class Bind:
    """A BIND, whole, as text, and its variable."""

    text: str
    variable: str
    exists: tuple[Exists, ...] = ()


@dataclass(frozen=True, slots=True)
class Values:
    """A VALUES block, whole, as text, and its variables."""

    text: str
    variables: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Minus:
    """A MINUS, whole, as text."""

    text: str


@dataclass(frozen=True, slots=True)
class Branch:
    """A group that may have a part in a solution or not; ``mark`` is a variable of its own."""

    group: Group
    mark: str


@dataclass(frozen=True, slots=True)
class Optional:
    """OPTIONAL."""

    branch: Branch


@dataclass(frozen=True, slots=True)
class Union:
    """Groups with UNION between them; one alone is a group in a group."""

    branches: tuple[Branch, ...]


@dataclass(frozen=True, slots=True)
class InGraph:
    """GRAPH."""

    name: str
    group: Group


@dataclass(frozen=True, slots=True)
class SubSelect:
    """A SELECT in a group."""

    query: Select


Element = Triples | Filter | Bind | Values | Minus | Optional | Union | InGraph | SubSelect


@dataclass(frozen=True, slots=True)
class Group:
    """A group graph pattern: its parts in order, and its text with the braces."""

    elements: tuple[Element, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Item:
    """A column: a variable, and how it is written where it is computed: ``(expression AS ?x)``."""

    variable: str
    text: str = ""
    exists: tuple[Exists, ...] = ()


@dataclass(frozen=True, slots=True)
class Select:
    """A SELECT query, or a part of one.

    ``prologue`` has the declarations, ``text`` all but them. ``items`` is None for ``SELECT *``.
    ``keys`` are the conditions of GROUP BY, each with a variable. ``having`` is text, ``values`` stands
    at the query's end. ``own`` is how the variables begin that stand here and not in the query.
    """

    prologue: str
    text: str
    items: tuple[Item, ...] | None
    where: Group
    keys: tuple[Item, ...] = ()
    having: str = ""
    values: Values | None = None
    is_aggregated: bool = False
    own: str = "?__"

    @property
    def columns(self) -> tuple[str, ...]:
        """The variables that it gives."""
        if self.items is not None:
            return tuple(item.variable for item in self.items)
        given = self.values.variables if self.values else ()
        found = dict.fromkeys((*visible(self.where), *given))
        return tuple(name for name in found if not name.startswith(self.own))


def is_variable(term: str) -> bool:
    """Whether a term of a pattern is a variable."""
    return term[0] == "?"


def visible(group: Group) -> tuple[str, ...]:
    """The variables that a group can bind (SPARQL 1.1, section 18.2.1), each once."""
    return tuple(dict.fromkeys(name for part in group.elements for name in _visible(part)))


def _visible(part: Element) -> Iterator[str]:
    if isinstance(part, Triples):
        for pattern in part.patterns:
            yield from _variables(pattern)
    elif isinstance(part, Bind):
        yield part.variable
    elif isinstance(part, Values):
        yield from part.variables
    elif isinstance(part, SubSelect):
        yield from part.query.columns
    elif isinstance(part, InGraph) and is_variable(part.name):
        yield part.name
    for branch in branches(part):
        yield from visible(branch.group)


def _variables(pattern: Pattern) -> Iterator[str]:
    terms = (pattern.subject, pattern.predicate if pattern.path is None else "", pattern.object)
    return (term for term in terms if term and is_variable(term))


def branches(part: Element) -> tuple[Branch, ...]:
    """The groups in a part whose variables are those of the part."""
    if isinstance(part, Optional):
        return (part.branch,)
    if isinstance(part, Union):
        return part.branches
    return (Branch(part.group, ""),) if isinstance(part, InGraph) else ()


def certain(group: Group) -> frozenset[str]:
    """Variables that every solution of a group binds; not always all of them."""
    return frozenset[str]().union(*map(_certain, group.elements))


def _certain(part: Element) -> frozenset[str]:
    if isinstance(part, Triples):
        return frozenset(name for pattern in part.patterns for name in _variables(pattern))
    if isinstance(part, Union):
        return frozenset.intersection(*(certain(branch.group) for branch in part.branches))
    if isinstance(part, InGraph):
        return certain(part.group) | {name for name in (part.name,) if is_variable(name)}
    if isinstance(part, SubSelect):
        return certain(part.query.where) & set(part.query.columns)
    return frozenset()

"""What is found in a query, its repair, and where it stands: groups and patterns."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pyoxigraph as ox

from gbagraph.features.diagnostics.schema import STRING
from gbagraph.rdf.namespaces import expand, prefixed_name, prefixes, written
from gbagraph.sparql.nodes import (
    NAMES,
    Element,
    Group,
    InGraph,
    Inverse,
    Node,
    Path,
    Query,
    Repeat,
    Sequence,
    Service,
    SubSelect,
    Term,
    Triple,
    Union,
    groups_in,
)
from gbagraph.sparql.restated import steps

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from gbagraph.api.explanations import Severity
    from gbagraph.setting import AllowedService
    from gbagraph.sparql.message import Message
    from gbagraph.sparql.parsed import ParsedQuery
    from gbagraph.sparql.sources import Source
    from gbagraph.sparql.tokens import Token


class Edit(NamedTuple):
    """The text from *start* to *end* of a query becomes *text*."""

    start: int
    end: int
    text: str


class Repair(NamedTuple):
    """What to write instead, for a reader, and the edits that make it so.

    The repaired query asks the same question: for the same things of the same subjects. It may turn a
    pattern around, write a name or a literal as the data has it, or move a part; what asks for anything
    else is told in the words of the message, and is no repair.
    """

    suggestion: Message | str
    edits: tuple[Edit, ...]


class Advice(NamedTuple):
    """What words tell a reader to write, and the edits that this means; the answer has other rows then.

    With *is_more* it has more rows, with *is_fewer* fewer, but for aggregates; the variable *without*
    a value may have none. It is tried before it is said.
    """

    said: Message
    edits: tuple[Edit, ...]
    is_more: bool = False
    is_fewer: bool = False
    without: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong at *start*, and its repair, if there is one.

    To the message is added what *advice* works; without a message, there is no finding if none does.
    """

    code: str
    severity: Severity
    message: Message
    start: int
    repair: Repair | None = None
    advice: tuple[Advice, ...] = ()


def instead(part: Node | Token, text: str, *more: Edit) -> Repair:
    """Return the repair that *part* becomes *text*, with *more* edits."""
    return Repair(text, (Edit(part.start, part.end, text), *more))


def overlap(edits: Iterable[Edit], others: Iterable[Edit]) -> bool:
    """Whether two of these edits change the same text; what is only inserted changes none."""
    taken = list(others)
    return any(
        one.start < other.end and other.start < one.end
        for one in edits
        for other in taken
        if one != other
    )


def edited(text: str, edits: Iterable[Edit]) -> str:
    """*text* after *edits*, of which none overlap."""
    for edit in sorted(set(edits), reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


@dataclass(frozen=True, slots=True)
class Called:
    """What came of the calls of a query.

    *answer* evaluates a query whose SERVICE clauses have the solutions that endpoints gave, and
    *have_solutions* says whether each clause has one. Unless that *is_known*, nothing can be said of
    whatever a clause is a part of. *sources* are the endpoints that were called.
    """

    findings: tuple[Finding, ...] = ()
    answer: Callable[[str], Any] | None = None
    have_solutions: bool = False
    is_known: bool = True
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True)
class Services:
    """The endpoints that queries may call, and how a query has them called; by default nobody is."""

    allowed: tuple[AllowedService, ...] = ()
    ask: Callable[[ParsedQuery], Called] | None = None


NO_SERVICES: Final = Services()
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

    def is_apart(self, other: Scope) -> bool:
        """Whether it is in another branch of a UNION than *other*: no solution is of both."""
        below = ([*(group for group, _ in each.above), each.group][1:] for each in (self, other))
        for (_, one), (_, two), *branches in zip(self.above, other.above, *below, strict=False):
            if branches[0] is not branches[1]:
                return one is two and isinstance(one, Union)
        return False

    def around(self, pattern: str) -> str:
        """Return *pattern* as it is matched in the graph of this group."""
        return f"GRAPH {self.graph.text} {{ {pattern} }}" if self.graph else pattern

    @property
    def triples(self) -> list[Triple]:
        """The triple patterns of the group itself."""
        return [element for element in self.group.elements if isinstance(element, Triple)]


@dataclass(frozen=True, slots=True)
class Spot:
    """A triple pattern and where it stands."""

    triple: Triple
    scope: Scope


def connected(
    elements: Iterable[Element], around: frozenset[str] = frozenset()
) -> list[list[Element]]:
    """*elements* parted into those that share variables, directly, by others or by those *around*."""
    islands: list[tuple[frozenset[str], list[Element]]] = [(around, [])]
    for element in elements:
        names = NAMES.mentioned(element)
        touching = [island for island in islands if island[0] & names]
        rest = [island for island in islands if not island[0] & names]
        members = [each for island in touching for each in island[1]] + [element]
        islands = [*rest, (names.union(*(island[0] for island in touching)), members)]
    return [members for names, members in islands if names and members]


def ends(triple: Triple) -> tuple[Term, str, Term] | None:
    """The subject, the property and the object that a pattern with one property means."""
    path: Path = triple.path
    if isinstance(path, Term) and path.kind == "iri":
        return triple.subject, path.value, triple.object
    if isinstance(path, Inverse) and isinstance(path.path, Term):
        return triple.object, path.path.value, triple.subject
    return None


def of_repeated(triple: Triple) -> tuple[Term, str, Term] | None:
    """The ends of a path that repeats one property."""
    path = triple.path
    step = path.path if isinstance(path, Repeat) and path.modifier == "+" else None
    return ends(Triple(0, 0, triple.subject, step, triple.object)) if step is not None else None


def last_property(triple: Triple) -> str | None:
    """The property whose value the object of *triple* is, if there is one alone."""
    return _property(triple.path, -1)


def first_property(triple: Triple) -> str | None:
    """The property that the subject of *triple* has, if there is one alone."""
    return _property(triple.path, 0)


def _property(path: Path, place: int) -> str | None:
    while isinstance(path, Sequence):
        path = path.parts[place]
    return path.value if isinstance(path, Term) and path.kind == "iri" else None


def properties_of(triple: Triple) -> list[Term]:
    """The properties in the path of a pattern."""
    return [term for term in steps(triple.path) if term.kind == "iri"]


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


@dataclass(eq=False)
class QueryText:
    """A query as it is written, with its tree, and how its parts are written anew."""

    query: ParsedQuery
    tree: Query

    @cached_property
    def scopes(self) -> list[Scope]:
        """All groups of the query, outer ones first."""
        return list(scopes_in(Scope(self.tree.where, self.tree)))

    @cached_property
    def spots(self) -> list[Spot]:
        """All triple patterns."""
        return [Spot(triple, scope) for scope in self.scopes for triple in scope.triples]

    @cached_property
    def queries(self) -> list[Query]:
        """The query and the SELECTs in it."""
        inner = (e.query for s in self.scopes for e in s.group.elements if isinstance(e, SubSelect))
        return [self.tree, *inner]

    def written(self, part: Node) -> str:
        """How *part* stands in the query."""
        return self.query.text[part.start : part.end]

    def short(self, iri: str) -> str:
        """*iri* as it may be written in this query: with one of its prefixes, or in full."""
        return written(iri, {prefix.name: prefix.iri for prefix in self.tree.prefixes})

    def named(self, iri: str) -> str:
        """*iri* for a reader of a message: with a prefix of the query, or of the publisher's."""
        declared = {prefix.name: prefix.iri for prefix in self.tree.prefixes}
        others = {name: space for name, space in prefixes().items() if name not in declared}
        return prefixed_name(iri, declared) or written(iri, others)

    def term(self, value: Any) -> str:  # noqa: ANN401  a term
        """A term as it may stand in this query."""
        if isinstance(value, ox.NamedNode):
            return self.short(value.value)
        if isinstance(value, ox.Literal) and not value.language:
            datatype = value.datatype.value
            if datatype == expand("xsd:integer") or (
                datatype == expand("xsd:decimal") and "." in value.value
            ):
                return value.value
            if datatype != STRING:
                return f"{ox.Literal(value.value)}^^{self.short(datatype)}"
        return str(value)

    def shown(self, value: Any) -> str:  # noqa: ANN401  a term
        """A term for a reader of a message."""
        if isinstance(value, ox.NamedNode):
            return self.named(value.value)
        return "[]" if isinstance(value, ox.BlankNode) else self.term(value)

    def uses(self, name: str) -> int:
        """How often the query names a variable."""
        return len(re.findall(rf"[?$]{re.escape(name)}\b", self.query.text))

    def fresh(self, wanted: str) -> str:
        """A variable that the query does not have, called like *wanted*."""
        name, number = wanted, 1
        while f"?{name}" in self.query.text or f"${name}" in self.query.text:
            number += 1
            name = f"{wanted}{number}"
        return f"?{name}"

    @property
    def head(self) -> str:
        """The declarations of the query."""
        return self.query.text[: self.tree.body]

    @property
    def source(self) -> str:
        """The FROM clauses of the query."""
        return " ".join(map(self.written, self.tree.dataset))

    def rendered(self, elements: Iterable[Element], scope: Scope | None = None) -> str:
        """*elements* as a pattern that is asked by itself, in the graph of *scope*."""
        inner = " ".join(map(self.of_element, elements))
        return inner if scope is None else scope.around(inner)

    def of_element(self, element: Element) -> str:
        """An element as it can stand anywhere in a group."""
        if isinstance(element, Triple):
            path = getattr(element.path, "text", "") or self.written(element.path)
            return f"{element.subject.text} {path} {element.object.text} ."
        return self.written(element)

    def whole(self, query: Query) -> str:
        """The pattern of *query*, with the values after it."""
        values = self.written(query.values) if query.values else ""
        return f"{self.rendered(query.where.elements)} {values}"

    # Changes

    def replaced(self, part: Node, text: str) -> Edit:
        """*part* becomes *text*."""
        return Edit(part.start, part.end, text)

    def rewritten(
        self,
        group: Group,
        changes: dict[int, str],
        added: Iterable[str] = (),
        first: Iterable[str] = (),
    ) -> Edit:
        """A group with the elements at some places changed (empty: left out), and others added."""
        lines = [*first]
        for index, element in enumerate(group.elements):
            text = changes.get(index, self.of_element(element))
            lines += [text] if text else []
        return Edit(group.start, group.end, "{ " + " ".join([*lines, *added]) + " }")

    def appended(self, group: Group, text: str) -> Edit:
        """*text* as the last of a group."""
        before = self.query.text[group.start : group.end - 1].rstrip()
        last = group.elements[-1] if group.elements else None
        is_triple = text[0] in "?$<:_" or ":" in text.split(maxsplit=1)[0]
        needs_dot = is_triple and isinstance(last, Triple) and not before.endswith((".", "{", ";"))
        return Edit(group.end - 1, group.end - 1, f"{' .' if needs_dot else ''} {text} ")

    def moved(self, element: Element, group: Group, suggestion: Message | str) -> Repair:
        """*element* moved to the end of *group*."""
        edits = self.replaced(element, ""), self.appended(group, self.written(element))
        return Repair(suggestion, edits)

    def prefix(self, iri: str) -> tuple[str, tuple[Edit, ...]]:
        """How *iri* of a well-known namespace is written here, and the declaration it needs."""
        short = self.short(iri)
        name = next((name for name, space in prefixes().items() if iri.startswith(space)), "")
        declared = {prefix.name for prefix in self.tree.prefixes}
        if not name or not short.startswith("<") or name in declared:
            return short, ()
        line = f"PREFIX {name}: <{prefixes()[name]}>\n"
        return f"{name}:{iri.removeprefix(prefixes()[name])}", (Edit(0, 0, line),)


def as_term(literal: Term) -> ox.Literal:
    """A literal of the query as the store has it."""
    if literal.language:
        tag, _, way = literal.language.partition("--")
        direction = ox.BaseDirection(way) if way else None
        return ox.Literal(literal.value, language=tag, direction=direction)
    return ox.Literal(literal.value, datatype=ox.NamedNode(literal.datatype))

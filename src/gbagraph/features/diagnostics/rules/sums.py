"""Numbers that mean less than they seem: an aggregate is measured on some of its own solutions.

The solutions are read once for all aggregates of a SELECT. What stands beside a value, such as its unit,
its bound or its status, is read of what has the value and of the owners of that.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from itertools import compress, islice
from typing import TYPE_CHECKING, Any, Final

import pyoxigraph as ox

from gbagraph.features.diagnostics.case import ROWS
from gbagraph.features.diagnostics.finding import (
    TYPE,
    Finding,
    Repair,
    ends,
    instead,
    last_property,
)
from gbagraph.features.diagnostics.schema import (
    DATES,
    FUTURE,
    LIMITS,
    NUMBERS,
    STRING,
    XSD,
    kind_of,
)
from gbagraph.names.texts import local_name, words
from gbagraph.rdf.dataset import access
from gbagraph.rdf.namespaces import expand
from gbagraph.sparql.message import Message, say
from gbagraph.sparql.nodes import (
    NAMES,
    Aggregate,
    Bind,
    Call,
    Expression,
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
    from gbagraph.features.diagnostics.finding import Scope
    from gbagraph.features.diagnostics.schema import Role
    from gbagraph.sparql.nodes import Element

    ColumnRule = Callable[["Column"], Iterator[Finding]]
    Beside = list[tuple[str, Any]]

_FORMS: Final = {
    "integer": re.compile(r"\s*[+-]?\d+\s*"),
    "decimal": re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)\s*"),
    "double": re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*"),
}
"""How the texts are written that are numbers of a datatype, the narrowest first."""

_SAID: Final = 6
"""Values or things that a message shows at most."""

_OWN: Final = 200
"""Triples of a thing that are looked at."""

_NUMBERS: Final = ("SUM", "AVG")
_MARKS: Final[tuple[tuple[Role, frozenset[str], tuple[str, ...], str, str], ...]] = (
    (
        "bound",
        LIMITS,
        _NUMBERS,
        "bounds-as-exact",
        (
            "%(n)s of %(all)s values in %(column)s are limits, not exact numbers (%(values)s), so the "
            "result is a limit, too; %(property)s tells them apart."
        ),
    ),
    (
        "rank",
        frozenset({"deprecated", "superseded"}),
        (*_NUMBERS, "MIN", "MAX"),
        "mixed-ranks",
        (
            "%(n)s of %(all)s statements in %(column)s are %(values)s: the data holds them for outdated "
            "or wrong; %(property)s tells them apart."
        ),
    ),
    (
        "status",
        FUTURE,
        (*_NUMBERS, "COUNT"),
        "planned-counted",
        (
            "%(n)s of %(all)s things in %(column)s are %(values)s, so not yet fact; %(property)s tells "
            "them apart."
        ),
    ),
)
"""Properties whose values make a number another, the words that do, where, and what is said."""

_MIXED: Final[tuple[tuple[Role, tuple[str, ...], int, str, str], ...]] = (
    (
        "unit",
        (*_NUMBERS, "MIN", "MAX"),
        0,
        "mixed-units",
        (
            "%(column)s is taken over values of different units: %(values)s. The unit is the value of "
            "%(property)s: choose one, or GROUP BY it."
        ),
    ),
    (
        "rank",
        _NUMBERS,
        1,
        "mixed-ranks",
        (
            "%(column)s takes several values of one thing, of different ranks: %(values)s; %(property)s "
            "tells them apart."
        ),
    ),
)
"""Properties of which the values in a group, or of one thing (1), should be the same."""

_DOUBTS: Final = (
    (
        (
            f"VALUES ?__by {{ %(by)s }} ?__c <{expand('rdf:subject')}> %(subject)s ; ?__by ?__from ; "
            f"<{expand('rdf:predicate')}> %(property)s ; <{expand('rdf:object')}> %(value)s ."
        ),
        "%(property)s of %(things)s is inferred from the source, which does not say it.",
    ),
    (
        (
            "GRAPH ?__g { %(subject)s %(property)s ?__o } "
            "FILTER NOT EXISTS { %(subject)s %(property)s ?__o }"
        ),
        "Another graph has another %(property)s of %(things)s.",
    ),
)
"""Patterns of values that are doubtful, and what is said of them."""


_UNBOUND: Final = (
    "?%(name)s has no value in %(n)s of %(all)s solutions, and one such is enough; "
    "FILTER(BOUND(?%(name)s)) leaves them out."
)
_NO_NUMBERS: Final = (
    "%(n)s of %(all)s values of ?%(name)s are no numbers, but %(kinds)s: %(values)s."
)
_NO_TEXTS: Final = "%(n)s of %(all)s values of ?%(name)s are no texts: %(values)s."
_THINGS: Final = "%(n)s of %(all)s values of ?%(name)s are things, not numbers: %(values)s."
_NO_VALUE: Final = (
    "%(argument)s has no value in %(n)s of %(all)s solutions, where ?%(name)s is %(values)s."
)


class Sample:
    """Up to :data:`ROWS` solutions that the aggregates of a SELECT are taken over.

    Paths are parted into steps there, so that what stands between is known, too. A solution has the
    values of variables by their names, and each IRI that is a subject by itself.
    """

    def __init__(self, case: Case, scope: Scope) -> None:
        self.case, self.scope, query = case, scope, scope.query
        self.elements = [*_stepwise(scope.group.elements)]
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
        self.columns = [Column(self, each, f"__v{i}") for i, each in enumerate(aggregates)]
        self._beside: dict[Any, Beside] = {}

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
        forms = ((node, None, None) for node in nodes if _is_node(node))
        access(self.case.schema.store).prefetch_forms(forms)

    def all_of(self, node: Any) -> Beside:  # noqa: ANN401  a term
        """The properties that *node* has, with their values."""
        store = self.case.schema.store
        if node not in self._beside:
            quads = (
                quad
                for place in (self.case.places(self.scope) if _is_node(node) else ())
                for quad in islice(store.quads_for_pattern(node, None, None, place), _OWN)
            )
            self._beside[node] = [(quad.predicate.value, quad.object) for quad in quads]
        return self._beside[node]

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
        beside = {node: self.beside(node, role) for node in nodes if _is_node(node)}
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
        is_count = aggregate.name == "COUNT"
        self.owners = counted if is_count else [*_owners(sample.triples, self.variable)]
        sample.prefetch(self.owners)

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
    ) -> Finding:
        """What is found of it, told where the aggregate begins."""
        if len(self.sample.rows) == ROWS:
            message += say("This is what the first %(n)s solutions have.", n=ROWS)
        return Finding(code, severity, message, start or self.aggregate.start, repair)


def _stepwise(elements: Iterable[Element]) -> Iterator[Element]:
    """*elements* with each path that is a sequence as its steps, by variables of their own."""
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


def _is_node(term: Any) -> bool:  # noqa: ANN401  a term
    return isinstance(term, ox.NamedNode | ox.BlankNode)


def aggregates(case: Case, rules: Mapping[str, tuple[ColumnRule, ...]]) -> Iterator[Finding]:
    """Yield what *rules*, by the name of an aggregate, have to say, up to the first error of each.

    Aggregates over an inner SELECT are not looked at.
    """
    for scope in () if case.is_heavy else case.scopes:
        is_plain = not any(isinstance(each, SubSelect) for each in scope.group.elements)
        if not is_plain or scope.group is not scope.query.where or not scope.query.is_aggregated:
            continue
        for column in Sample(case, scope).columns:
            for rule in rules.get(column.aggregate.name, ()) if column.values else ():
                found = [*rule(column)]
                yield from found
                if any(finding.severity == "error" for finding in found):
                    break


def shown(case: Case, values: Iterable[Any]) -> str:
    """Some different values for a reader, the commonest first, texts in quotation marks."""
    texts = Counter(
        case.named(v.value) if isinstance(v, ox.NamedNode) else _text(v) for v in values
    )
    return ", ".join(text for text, _ in texts.most_common(_SAID))


def _text(term: Any) -> str:  # noqa: ANN401  a term
    known = {STRING: f'"{term.value}"', "blank": "[]"}
    return known.get(kind_of(term), str(term.value))


def is_called(term: Any, called: frozenset[str]) -> bool:  # noqa: ANN401  a term
    """Whether one of these words stands in the name of a thing, or in a text."""
    return not called.isdisjoint(words(_short(term)))


# The kinds of values


def kinds(column: Column) -> Iterator[Finding]:
    """Values that an aggregate cannot take: one is enough, and its group has no result."""
    sample, nodes = column.sample, column.nodes(column.variable)
    wanted = {"SUM": "number", "AVG": "number", "GROUP_CONCAT": "text"}.get(column.aggregate.name)
    families = [value is not None and _family(value) for value in column.values]
    groups = [*map(sample.group, sample.rows)]
    alive = {group for group, family in zip(groups, families, strict=True) if family}
    bad = [
        i
        for i, (group, family) in enumerate(zip(groups, families, strict=True))
        if wanted not in (None, family or wanted)
        or (not family and (nodes[i] is not None or group in alive))
    ]
    if not bad or not column.variable or not _is_lost(column):
        yield from _order(column)
        return
    lost = {groups[i] for i in bad}
    given = [nodes[i] for i in bad if nodes[i] is not None]
    argument = column.aggregate.argument
    values: dict[str, object] = {
        "column": column.text,
        "name": column.variable,
        "all": len(nodes),
        "lost": len(lost),
        "n": len(given) or len(bad),
        "groups": len({*groups}),
        "kinds": _kinds(column.case, given),
        "values": shown(column.case, given),
        "argument": column.case.written(argument or column.aggregate),
    }
    said = say("%(column)s has no result for %(lost)s of %(groups)s groups.", **values)
    said = said if len(lost) < len({*groups}) else say("%(column)s has no result.", **values)
    code = "aggregate-of-texts"
    if not given:
        code, template = "aggregate-of-unbound", _UNBOUND
    elif wanted == "number" and all(map(_is_node, given)):
        code, template = "aggregate-of-things", _THINGS
    elif isinstance(argument, Term):
        template = _NO_NUMBERS if wanted == "number" else _NO_TEXTS
    else:
        template = _NO_VALUE
    repair = _cast(column) if code == "aggregate-of-texts" else None
    more = _onward(column) if code == "aggregate-of-things" else Message()
    severity: Severity = "error" if len(lost) == len({*groups}) else "warning"
    yield column.finding(code, said + say(template, **values) + more, severity, repair)


def _is_lost(column: Column) -> bool:
    """Whether the engine gives no result for one of the groups of these solutions."""
    sample = column.sample
    keys = " ".join(f"?{name}" for name in sample.groups)
    some = f"{{ SELECT * {{ {sample.taken} }} LIMIT {ROWS} }}"
    rows = column.case.rows(f"({column.text} AS ?__r)", some, f"GROUP BY {keys}" * bool(keys))
    return any(row[0] is None for row in rows)


def _kinds(case: Case, values: Iterable[Any]) -> str:
    """The kinds of some values for a reader."""
    found = dict.fromkeys(map(kind_of, values))
    return ", ".join(case.named(kind) if ":" in kind else kind for kind in found)


def _family(value: Any) -> str:  # noqa: ANN401  a term
    """The kind of a value, with all numbers, texts and dates as one."""
    kind = kind_of(value)
    named = {
        "number": kind in NUMBERS,
        "text": kind == STRING or kind[0] == "@",
        "date": kind in DATES,
    }
    return next((name for name, fits in named.items() if fits), kind)


def _onward(column: Column) -> Message:
    """Where things have their numbers."""
    found = column.path
    number = f"?{column.variable} ?__q ?__v FILTER(ISNUMERIC(?__v))"
    longer = found and column.case.onward(found, f"{column.case.rendered([found])} {number}")
    return say("Its number is that of %(path)s.", path=longer.suggestion) if longer else Message()


def _cast(column: Column) -> Repair | None:
    """The argument as numbers, if each value is one though it is a text; for a cell as texts."""
    argument, case = column.aggregate.argument, column.case
    texts = [getattr(value, "value", "") for value in column.nodes(column.variable)]
    fitting = (name for name, form in _FORMS.items() if all(map(form.fullmatch, texts)))
    name = next(fitting, None)
    is_cast = isinstance(argument, Call) and argument.name.startswith(XSD)
    if argument and column.aggregate.name == "GROUP_CONCAT" and None not in column.values:
        return instead(argument, f"STR({case.written(argument)})")
    if argument is None or name is None or not (is_cast or isinstance(argument, Term)):
        return None
    cast, declared = case.prefix(XSD + name)
    return instead(argument, f"{cast}(?{column.variable})", *declared)


def _order(column: Column) -> Iterator[Finding]:
    """The least or the greatest of values that have no common order, or another than that of numbers."""
    case, sample, is_most = column.case, column.sample, column.aggregate.name == "MAX"
    repair = _cast(column) if is_most or column.aggregate.name == "MIN" else None
    groups = defaultdict[Any, list[Any]](list)
    for row, value in zip(sample.rows, column.values, strict=True):
        groups[sample.group(row)].append(value)
    for values in groups.values() if is_most or column.aggregate.name == "MIN" else ():
        found = {kind_of(v) if _family(v) == "date" else _family(v): v for v in values if v}
        texts = sorted(value.value for value in values if value and kind_of(value) == STRING)
        numbers = sorted(texts, key=float) if repair else texts
        if len(found) > 1:
            pairs = [
                f"{_kinds(case, [value])} ({shown(case, [value])})" for value in found.values()
            ]
            said = say(
                "%(column)s is taken over values of several kinds, which have no common order: "
                "%(kinds)s.", column=column.text, kinds=", ".join(pairs),
            )  # fmt: skip
            if "number" in found and repair is None and column.variable:
                said += say("FILTER(isNumeric(?%(name)s)) keeps the numbers.", name=column.variable)
        elif texts[-is_most:][:1] != numbers[-is_most:][:1]:
            said = say(
                '%(column)s compares texts letter by letter, and gives "%(text)s"; of numbers it is '
                "%(number)s.", column=column.text, text=texts[-is_most], number=numbers[-is_most],
            )  # fmt: skip
        else:
            continue
        start = column.aggregate.argument.start if column.aggregate.argument else None
        yield column.finding("order-of-mixed-kinds", said, "warning", repair, start)
        return


def equal_keys(column: Column) -> Iterator[Finding]:
    """Groups whose keys are the same number, written in two ways."""
    for name in column.sample.groups if column is column.sample.columns[0] else ():
        forms = defaultdict[float, set[str]](set)
        for value in {row[name] for row in column.sample.rows}:
            if _FORMS["double"].fullmatch(getattr(value, "value", "")):
                forms[float(value.value)].add(value.value)
        several = next((sorted(each) for each in forms.values() if len(each) > 1), None)
        if several is not None:
            said = say(
                "%(values)s are the same number, and two groups; GROUP BY a number, such as that of "
                "xsd:decimal(…), makes them one.", values=", ".join(f'"{text}"' for text in several),
            )  # fmt: skip
            yield column.finding("equal-groups", said)


# What stands beside a value


def marks(column: Column) -> Iterator[Finding]:
    """Values that are limits, plans or outdated, taken as if they were not."""
    for role, called, names, code, template in _MARKS:
        owners = [name for name in column.owners if name not in column.sample.keys]
        for owner in owners if column.aggregate.name in names else ():
            found = column.sample.marked(role, called, column.nodes(owner))
            if found:
                is_partial = found["n"] < found["all"] or role != "status"
                said = say(template, column=column.text, **found)
                yield column.finding(code, said, "warning" if is_partial else "info")
                break


def mixed(column: Column) -> Iterator[Finding]:
    """Values of different units or currencies in one group, or of different ranks of one thing."""
    sample = column.sample
    for role, names, depth, code, template in _MIXED:
        if (
            column.aggregate.name in names
            and column.owners[depth:]
            and (depth or not sample.asks(role))
        ):
            groups, found = defaultdict[Any, set[str]](set), _nearest(column, role)
            by = column.case.schema.special({iri for beside in found for iri, _ in beside})
            numbers = map("number".__eq__, map(_family, column.values))
            for row, beside in compress(zip(sample.rows, found, strict=True), numbers):
                own = {_short(value) for iri, value in beside if iri in by}
                whole = row[column.owners[1]] if depth else None
                groups[*sample.group(row), whole].add(" ".join(sorted(own)))
            several = next((sorted(labels) for labels in groups.values() if len(labels) > 1), None)
            if several is not None:
                values = ", ".join(each or "-" for each in several)
                listed = ", ".join(sorted(map(column.case.named, by)))
                said = say(template, column=column.text, values=values, property=listed)
                yield column.finding(code, said)


def _short(term: Any) -> str:  # noqa: ANN401  a term
    value = str(getattr(term, "value", ""))
    return local_name(value) if isinstance(term, ox.NamedNode) else value


def _nearest(column: Column, role: Role) -> list[Beside]:
    """For each solution the properties of *role* of the nearest owner of the value that has one."""
    if "number" not in map(_family, column.values):
        return [[] for _ in column.values]
    each = (
        (
            column.sample.beside(row[owner], role)
            for owner in column.owners
            if _is_of(column, row[owner])
        )
        for row in column.sample.rows
    )
    found: list[Beside] = [next(filter(None, beside), []) for beside in each]
    return found if any(found) else _restated(column, role)


def _is_of(column: Column, node: Any) -> bool:  # noqa: ANN401  a term
    """Whether what *node* has of units is of the number: the only one that it has, or called like it."""
    property_ = column.path and last_property(column.path)
    own = column.sample.beside(node, "unit")
    called = {word for iri, _ in own for word in words(local_name(iri))}
    numbers = {v for _, v in column.sample.all_of(node) if _family(v) == "number"}
    return len(numbers) < 2 or not called.isdisjoint(words(local_name(property_ or "")))


def _restated(column: Column, role: Role) -> list[Beside]:
    """The properties of *role* where a number stands again, two steps away by properties called alike.

    Wikibase has each number twice: by itself, and with its unit.
    """
    schema, path = column.case.schema, column.path
    name = local_name(last_property(path) or "") if path else ""
    others = [iri for iri in schema.properties if local_name(iri) == name]
    return [
        [
            pair
            for one in others
            for node in filter(_is_node, schema.values_of(row[column.owners[0]], one))
            for other in others
            for value in filter(_is_node, schema.values_of(node, other))
            if len(others) > 1 and schema.occurs(value, None, row[column.variable])
            for pair in column.sample.beside(value, role)
        ]
        for row in column.sample.rows
    ]


def parts_and_wholes(column: Column) -> Iterator[Finding]:
    """A thing and a part of it are both in one sum."""
    case, sample = column.case, column.sample
    for owner in column.owners:
        groups = defaultdict[Any, set[Any]](set)
        for row in sample.rows:
            groups[sample.group(row)].add(row[owner])
        found = [
            {
                "part": shown(case, [part]),
                "property": case.named(iri),
                "whole": shown(case, [whole]),
            }
            for things in groups.values()
            for part in things
            for iri, whole in sample.beside(part, "part")
            if whole in things - {part}
        ]
        if found:
            said = say(
                "%(part)s is a part of %(whole)s (%(property)s), and %(column)s takes both, so what "
                "the part has is taken twice.", column=column.text, **min(found, key=str),
            )  # fmt: skip
            yield column.finding("parts-and-wholes", said)


def doubts(column: Column) -> Iterator[Finding]:
    """Numbers that the data itself holds for inferred, or that another graph has otherwise."""
    case, names, said = column.case, {column.variable, *column.owners}, list[Message]()
    by = " ".join(f"<{iri}>" for iri in case.schema.with_role("inference"))
    for subject, iri, value in filter(None, map(ends, column.sample.triples)):
        for pattern, template in _DOUBTS if value.value in names and subject.is_free else ():
            asked = {"subject": subject.text, "property": f"<{iri}>", "value": value.text, "by": by}
            taken = f"{subject.text} {value.text} {{ {column.sample.pattern} }} LIMIT {ROWS}"
            whole = f"{{ SELECT {taken} }} {pattern % asked}"
            rows = case.rows(f"DISTINCT {subject.text}", whole, f"LIMIT {_SAID}")
            if rows:
                things = shown(case, (row[0] for row in rows))
                said.append(say(template, property=case.named(iri), things=things))
    if said:
        yield column.finding("doubtful-number", Message().joined(said), "info")

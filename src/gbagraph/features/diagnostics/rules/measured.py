"""What the expressions of a query give: each call in them, over the solutions that it is asked of."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, Literal

import pyoxigraph as ox

from gbagraph.features.diagnostics.case import ROWS
from gbagraph.features.diagnostics.finding import Advice, as_term, last_property
from gbagraph.features.diagnostics.schema import DATES, NUMBERS, STRING, kind_of
from gbagraph.names.texts import local_name, words
from gbagraph.rdf.results import NUMBERS as READERS
from gbagraph.sparql.message import Message, say
from gbagraph.sparql.nodes import (
    NAMES,
    Aggregate,
    Bind,
    Call,
    Exists,
    Expression,
    Filter,
    Item,
    Term,
    parts,
    variables,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gbagraph.features.diagnostics.case import Case
    from gbagraph.features.diagnostics.finding import Scope

Root = tuple[Expression, Literal["filter", "value", "order"]]
"""An expression, and whether it chooses solutions, gives a value, or puts solutions in order."""

Change = tuple[tuple[Expression, str], ...]
"""Parts of an expression, each with the text that it becomes."""

FAR: Final = 50_000
"""Solutions that are asked for one of which something is true, where the sample has none."""

_MOST: Final = 60
"""Calls of expressions over the same solutions that are looked at."""


@dataclass(eq=False)
class Solutions:
    """Some of the solutions that expressions are asked of, and what their calls and variables give.

    ``names`` are those of aggregates, which are columns of *pattern*.
    """

    case: Case
    scope: Scope
    pattern: str
    roots: list[Root]
    names: dict[Aggregate, str] = field(default_factory=dict)
    total: int = 0
    _columns: dict[Expression | str, list[Any]] = field(default_factory=dict)

    @property
    def is_sample(self) -> bool:
        """Whether there may be more solutions than those that are looked at."""
        return self.total >= ROWS

    def ask(self) -> Solutions:
        """Read the solutions, with a column for each call; all are read by one query."""
        asked = {
            _key(part): part
            for root, role in self.roots
            for part in (inside(root) if role != "order" else (root,))
            if not isinstance(part, Term) or part.kind == "variable"
        }
        chosen = dict(islice(asked.items(), _MOST))
        rows = self.rows(map(self.text, chosen.values())) if chosen else []
        self.total = len(rows)
        self._columns = {key: [row[i] for row in rows] for i, key in enumerate(chosen)}
        return self

    def rows(self, texts: Iterable[str], more: Iterable[str] = ()) -> list[Any]:
        """Return what *texts*, expressions also of *more* variables, give for each solution."""
        wanted = NAMES.mentioned(*(Filter(0, 0, root) for root, _ in self.roots)).union(more)
        inner = " ".join(sorted({*(f"?{name}" for name in wanted), *self.names.values()}))
        select = " ".join(f"({text} AS ?__{i})" for i, text in enumerate(texts))
        limited = f"{{ SELECT {inner or '(1 AS ?__one)'} {{ {self.pattern} }} LIMIT {ROWS} }}"
        return self.case.rows(select, limited)

    def text(self, part: Expression, change: Change = ()) -> str:
        """Return *part* with a *change*, and with names for its aggregates."""
        written = changed(self.case, part, change)
        for aggregate, name in self.names.items():
            written = written.replace(self.case.written(aggregate), name)
        return written

    def values(self, part: Expression) -> list[Any] | None:
        """Return what *part* gives for each solution, None in error or unbound; None: not known."""
        if isinstance(part, Term) and part.kind != "variable":
            constant = ox.NamedNode(part.value) if part.kind == "iri" else as_term(part)
            return [constant] * self.total
        return self._columns.get(_key(part))

    def gone(self, root: Expression) -> list[bool]:
        """Return which solutions another FILTER than *root* leaves out, unless that leaves none."""
        others = (each for each, role in self.roots if role == "filter" and each is not root)
        known = [[*map(true, found)] for each in others if (found := self.values(each))]
        gone = [False in row for row in zip(*known, strict=True)]
        return [False] * self.total if all(gone) else gone

    def kinds(self, part: Expression) -> Counter[str]:
        """Return the kinds of what *part* gives, with their numbers of solutions."""
        return Counter(kind_of(value) for value in self.values(part) or () if value is not None)

    def holds(self, text: str) -> bool:
        """Return whether *text* is true of one of the solutions, also of those beyond the sample."""
        return bool(self.case.holds(f"{self._far} FILTER({text})"))

    def start(self, part: Expression) -> int:
        """Return where the element begins that *part* stands in."""
        elements = self.scope.group.elements
        return next((e.start for e in elements if e.start <= part.start < e.end), part.start)

    def count(self, pattern: str) -> int:
        """Return of how many of the solutions *pattern* has some, also of those beyond the sample."""
        rows = self.case.rows("(COUNT(*) AS ?__n)", f"{self._far} {pattern}")
        return int(rows[0][0].value) if rows else 0

    def alike(self, part: Expression, texts: Iterable[str]) -> list[Any]:
        """Return the values of *part* that are one of *texts* in any case."""
        listed = ", ".join(str(ox.Literal(text.lower())) for text in texts)
        found = f"BIND({self.text(part)} AS ?__v) FILTER(LCASE(STR(?__v)) IN ({listed}))"
        rows = self.case.rows("DISTINCT ?__v", f"{self._far} {found}", "LIMIT 20")
        return [row[0] for row in rows]

    def some(self, part: Expression, pattern: str, most: int) -> list[Any]:
        """Return some of the values of *part* in those of the solutions that *pattern* has some for."""
        text = f"{self._far} {pattern} BIND({self.text(part)} AS ?__v)"
        return [row[0] for row in self.case.rows("DISTINCT ?__v", text, f"LIMIT {most}")]

    def ends(self, part: Expression) -> set[Any]:
        """Return the least and the greatest number that *part* is, if all solutions can be read.

        Without a number, those of dates of one datatype.
        """
        kinds = {*self.kinds(part)}
        if self.count("") >= FAR or not (kinds & NUMBERS or (len(kinds) == 1 and kinds <= DATES)):
            return set()
        is_of_these = "ISNUMERIC(?__v)" if kinds & NUMBERS else f"DATATYPE(?__v) = <{min(kinds)}>"
        numbers = f"BIND({self.text(part)} AS ?__v) FILTER({is_of_these})"
        rows = self.case.rows("(MIN(?__v) AS ?__a) (MAX(?__v) AS ?__b)", f"{self._far} {numbers}")
        return {value for row in rows for value in row if value is not None}

    def elsewhere(self, part: Expression, atom: Expression, *, is_equal: bool) -> Iterator[Advice]:
        """Yield where values are that *atom* can be asked of, or is true of: a path."""
        name = getattr(part, "value", None)
        triple = next((s.triple for s in self.case.spots if s.triple.object.value == name), None)
        if triple is None or last_property(triple) is None:
            return
        is_thing = set(self.kinds(part)) <= {"iri", "blank"}
        of = triple.object.text if is_thing else triple.subject.text
        tried = self.text(atom, tuple((v, "?__v") for v in variables(atom)))
        fits = "?__t" if is_equal else f"BOUND(?__t) && DATATYPE(?__v) != <{STRING}>"
        rows = self.case.rows(
            "?__q (COUNT(*) AS ?__k)",
            f"{{ SELECT DISTINCT {of} {{ {self.pattern} }} LIMIT 200 }} {of} ?__q ?__v "
            f"BIND(({tried}) AS ?__t) FILTER({fits})",
            "GROUP BY ?__q ORDER BY DESC(?__k) ?__q LIMIT 5",
        )
        found = self.case.schema.special(row[0].value for row in rows if row[1] == rows[0][1])
        if not is_thing:  # beside it: one that is called like it
            own, use = {*words(local_name(last_property(triple) or ""))}, self.case.schema.use
            found = [
                each for each in found
                if own & {*words(local_name(each))} or DATES & {*use(each).datatypes}
                if each not in self.case.query.iris
            ]  # fmt: skip
        before = f"{self.case.written(triple.path)}/" * is_thing
        for path in (before + self.case.short(each) for each in found[:1]):
            said = say("%(path)s has values of the kind that is needed.", path=path)
            yield Advice(said, (self.case.replaced(triple.path, path),))

    @property
    def _far(self) -> str:
        return f"{{ SELECT * {{ {self.pattern} }} LIMIT {FAR} }}"


def changed(case: Case, part: Expression, change: Change) -> str:
    """Return *part* as it stands in the query, with a *change*."""
    written = case.written(part)
    for node, text in sorted(change, key=lambda pair: -pair[0].start):
        if part.start <= node.start and node.end <= part.end:
            at, end = node.start - part.start, node.end - part.start
            written = written[:at] + text + written[end:]
    return written


def inside(expression: Expression) -> Iterator[Expression]:
    """Yield the parts of an expression, inner ones first; not what stands in an aggregate."""
    for part in expression.arguments if isinstance(expression, Call) else ():
        yield from inside(part)
    yield expression


def is_constant(part: Expression) -> bool:
    """Return whether *part* gives the same for all solutions."""
    return not any(
        isinstance(each, Aggregate | Exists) or (isinstance(each, Term) and each.kind == "variable")
        for each in inside(part)
    )


def _key(part: Expression) -> Expression | str:
    """Return what tells *part* from others: a variable is the same wherever it stands."""
    return part.value if isinstance(part, Term) else part


def true(value: Any) -> bool | None:  # noqa: ANN401  a term
    """Return the effective boolean value of a term (SPARQL 1.1, section 17.2.2); None: an error."""
    if not isinstance(value, ox.Literal) or value.language:
        return None
    if value.datatype.value == STRING:
        return bool(value.value)
    read = READERS.get(value.datatype.value)
    number = read(value.value) if read else None
    return None if number is None else bool(number) and not math.isnan(number)


def solutions_of(case: Case) -> Iterator[Solutions]:
    """Yield the solutions that the expressions of each group and each SELECT are asked of."""
    for scope in case.scopes:
        elements = scope.group.elements
        asked = [
            element
            for element in elements
            if isinstance(element, Filter | Bind)
            and not isinstance(element.expression, Exists)
            and not is_constant(element.expression)
        ]
        filters: list[Root] = [(e.expression, "filter") for e in asked if isinstance(e, Filter)]
        patterns = [e for e in elements if not isinstance(e, Filter)]
        if (
            scope.query.values
            and scope.group is scope.query.where
            and not scope.query.is_aggregated
        ):
            patterns.append(scope.query.values)
        if filters:
            yield Solutions(case, scope, case.in_context(scope, patterns), filters)
        for bind in asked:
            if isinstance(bind, Bind) and not isinstance(bind.expression, Term):
                before = patterns[: patterns.index(bind)]
                names = {*NAMES.visible(*before)}
                # What the conditions leave out is no matter, if they leave anything.
                kept = [e for e in asked if isinstance(e, Filter) and NAMES.mentioned(e) <= names]
                left = case.in_context(scope, [*before, *kept])
                pattern = left if kept and case.holds(left) else case.in_context(scope, before)
                yield Solutions(case, scope, pattern, [(bind.expression, "value")])
        if scope.group is scope.query.where:
            yield from _of_results(case, scope)


def _of_results(case: Case, scope: Scope) -> Iterator[Solutions]:
    """Yield the solutions that columns and keys are made of, and the groups of those unless many are."""
    query, items, pattern = scope.query, scope.query.items or (), case.whole(scope.query)
    pattern = scope.around(pattern)
    columns = [item for item in items if not isinstance(item.expression, Term)]
    order: list[Root] = [(each, "order") for each in query.order]
    if not query.is_aggregated:
        pattern += "".join(f" BIND{case.written(item)}" for item in columns)
        yield Solutions(case, scope, pattern, [*_values(columns), *order])
        return
    having: list[Root] = [(each, "filter") for each in query.having]
    after = [*_values(columns), *having, *order]
    found = (part for root, _ in after for part in parts(root) if isinstance(part, Aggregate))
    names = {part: f"?__a{number}" for number, part in enumerate(dict.fromkeys(found))}
    inner: list[Root] = [(each.argument, "value") for each in names if each.argument]
    yield Solutions(case, scope, pattern, [*inner, *_values(query.keys)])
    if case.takes_many(query):
        return
    given = [item.variable.text for item in query.keys if item.variable]
    given += [case.written(item) for item in columns if isinstance(item.expression, Aggregate)]
    given += [f"({case.written(each)} AS {name})" for each, name in names.items()]
    keys = f"GROUP BY {' '.join(map(case.written, query.keys))}" if query.keys else ""
    grouped = f"SELECT {' '.join(given)} {{ {pattern} }} {keys}"
    asked = [*_values(columns), *having] if having else after
    yield Solutions(case, scope, f"{{ {grouped} }}", asked, names)
    if having and order:  # only the groups that it leaves are put in order
        left = " ".join(f"({case.written(each)})" for each in query.having)
        yield Solutions(case, scope, f"{{ {grouped} HAVING {left} }}", order, names)


def _values(items: Iterable[Item]) -> list[Root]:
    return [(item.expression, "value") for item in items]


def sampled(solutions: Solutions) -> Message:
    """That not all solutions were looked at, if that is so."""
    if not solutions.is_sample:
        return Message()
    return say("Only the first %(n)s solutions were looked at.", n=solutions.total)


def kinds_of(case: Case, kinds: Counter[str]) -> tuple[Message | str, ...]:
    """The commonest kinds, as datatypes and language tags are written."""
    shown = (kind_named(case, kind) for kind, _ in kinds.most_common(4))
    return (*shown, *["…"] * (len(kinds) > 4))


def kind_named(case: Case, kind: str) -> Message | str:
    """A kind of values for a reader."""
    if kind in ("iri", "blank"):
        return "IRI" if kind == "iri" else say("blank node")
    return kind if kind[0] == "@" else case.named(kind)


def values_of(case: Case, values: Iterable[Any], most: int = 2) -> str:
    """Some of *values*."""
    given = dict.fromkeys(v for v in values if v is not None)
    shown = dict.fromkeys(map(case.shown, given))
    return ", ".join(map(line, [*shown][:most]))


def line(text: str) -> str:
    """*text* on one line, and not too long."""
    short = " ".join(text.split())
    return short if len(short) <= 100 else f"{short[:99]}…"

"""From the text of a query to its tree, with the place of every part.

The grammar is that of SPARQL 1.1 (section 19.8), taken a little more widely than it is: this is for
queries that the engine takes, and what is wrong with a text is not looked for here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from gbagraph.rdf.namespaces import expand
from gbagraph.sparql.diagnostics import nesting
from gbagraph.sparql.syntax.nodes import (
    Aggregate,
    Alternative,
    Bind,
    Call,
    Element,
    Exists,
    Expression,
    Filter,
    From,
    Group,
    InGraph,
    Inverse,
    Item,
    Minus,
    Negated,
    Optional,
    Path,
    Prefix,
    Query,
    Repeat,
    Sequence,
    Service,
    SubSelect,
    Term,
    Triple,
    Union,
    Values,
)
from gbagraph.sparql.tokens import Token, resolved, unescaped, words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_LEVELS: Final = 150
_PARTS: Final = 1500
_AGGREGATES: Final = frozenset({"COUNT", "SUM", "MIN", "MAX", "AVG", "SAMPLE", "GROUP_CONCAT"})
_MODIFIERS: Final = ("GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET", "VALUES")
_LEVELS_OF_OPERATORS: Final = (
    ("||",),
    ("&&",),
    ("=", "!=", "<", ">", "<=", ">="),
    ("+", "-"),
    ("*", "/"),
)
_NEWER: Final = frozenset({"<<", "{|", "~"})


class NotRead(Exception):
    """Why a query is not read, as the rest of a sentence."""


def read(query: str, base: str, most_parts: int = _PARTS) -> Query:
    """The tree of *query*, whose relative IRIs are resolved against *base*.

    It may have at most so many parts in a row, among which are the values of VALUES.

    Raises:
        NotRead: it is too large, is no SPARQL, or holds what SPARQL 1.1 does not have.
    """
    levels, parts = nesting(query)
    if levels > _LEVELS or parts > most_parts:
        raise NotRead("it is too large")
    try:
        return _Reader(query, base).query()
    except (IndexError, RecursionError):
        raise NotRead("it ends where more is expected") from None


class _Reader:
    """A place in the tokens of a query, moved forward by each method that takes a part."""

    def __init__(self, text: str, base: str) -> None:
        self._text = text
        self._tokens = [*words(text), Token("end", "", len(text))]
        self._at = 0
        self._base = base
        self._prefixes: list[Prefix] = []
        self._namespaces: dict[str, str] = {}
        self._blanks = 0

    # Tokens

    @property
    def _next(self) -> Token:
        return self._tokens[self._at]

    @property
    def _end(self) -> int:
        return self._tokens[self._at - 1].end

    def _take(self) -> Token:
        self._at += 1
        return self._tokens[self._at - 1]

    def _is(self, *texts: str) -> bool:
        return self._next.kind in ("word", "other") and self._next.text.upper() in texts

    def _skip(self, *texts: str) -> bool:
        found = self._is(*texts)
        self._at += found
        return found

    def _expect(self, text: str) -> None:
        if not self._skip(text):
            raise self._unread()

    def _unread(self) -> NotRead:
        if self._next.text in _NEWER:
            return NotRead("it uses what only SPARQL 1.2 has")
        return NotRead(f"{self._next.text[:40]!r} stands where something else is expected")

    # Queries

    def query(self) -> Query:
        """A whole query."""
        while self._is("BASE", "PREFIX", "VERSION"):
            self._declaration()
        return self._query()

    def _declaration(self) -> None:
        word = self._take()
        if word.text.upper() == "PREFIX":
            name, iri = self._take(), self._take()
            value = resolved(self._base, iri.text[1:-1])
            self._prefixes.append(Prefix(word.start, iri.end, name.text[:-1], value, iri.start))
            self._namespaces[name.text[:-1]] = value
        elif word.text.upper() == "BASE":
            self._base = resolved(self._base, self._take().text[1:-1])
        else:
            self._take()

    def _query(self, *, is_inner: bool = False) -> Query:
        start = self._next.start
        form = self._take().text.upper()
        if form not in ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE"):
            raise NotRead("it is no query")
        is_distinct = form == "SELECT" and self._is("DISTINCT", "REDUCED")
        self._at += is_distinct
        items, template, described = self._head(form)
        dataset = () if is_inner else tuple(self._dataset())
        self._skip("WHERE")
        where = self._where(form)
        if form == "CONSTRUCT" and not template:
            template = tuple(part for part in where.elements if isinstance(part, Triple))
        keys, having, order, values, offset = self._modifiers()
        return Query(
            start, self._end, form, items, where,
            () if is_inner else tuple(self._prefixes), dataset, template, described,
            keys, having, order, values, offset, is_distinct, start,
        )  # fmt: skip

    def _head(
        self, form: str
    ) -> tuple[tuple[Item, ...] | None, tuple[Triple, ...], tuple[Term, ...]]:
        """What stands between the form and the dataset: columns, a template, or what is described."""
        if form == "SELECT":
            return (None if self._skip("*") else tuple(self._items())), (), ()
        if form == "CONSTRUCT" and self._is("{"):
            return None, tuple(e for e in self._group().elements if isinstance(e, Triple)), ()
        described: list[Term] = []
        while form == "DESCRIBE" and self._next.kind in ("iri", "name", "variable"):
            described.append(self._term())
        self._at += form == "DESCRIBE" and self._is("*")
        return None, (), tuple(described)

    def _where(self, form: str) -> Group:
        if form == "DESCRIBE" and not self._is("{"):
            return Group(self._next.start, self._next.start, ())
        return self._group()

    def _items(self) -> Iterator[Item]:
        while self._next.kind == "variable" or self._is("("):
            yield self._item()

    def _item(self) -> Item:
        start = self._next.start
        if not self._skip("("):
            variable = self._term()
            return Item(start, self._end, variable, variable)
        expression = self._expression()
        name = self._term() if self._skip("AS") else None
        self._expect(")")
        return Item(start, self._end, expression, name)

    def _dataset(self) -> Iterator[From]:
        while self._is("FROM"):
            start = self._take().start
            is_named = self._skip("NAMED")
            graph = self._term()
            yield From(start, self._end, graph, is_named)

    def _modifiers(
        self,
    ) -> tuple[
        tuple[Item, ...], tuple[Expression, ...], tuple[Expression, ...], Values | None, int
    ]:
        keys: list[Item] = []
        having: list[Expression] = []
        order: list[Expression] = []
        values: Values | None = None
        offset = 0
        while self._is(*_MODIFIERS):
            if self._is("VALUES"):
                values = self._values()
                continue
            word = self._take().text.upper()
            self._skip("BY")
            while not self._is("}", *_MODIFIERS) and self._next.kind != "end":
                if word == "GROUP":
                    keys.append(self._key())
                elif word in ("HAVING", "ORDER"):
                    self._skip("ASC", "DESC")
                    (having if word == "HAVING" else order).append(self._primary())
                else:
                    number = self._take().text
                    offset = int(number) if word == "OFFSET" and number.isdigit() else offset
        return tuple(keys), tuple(having), tuple(order), values, offset

    def _key(self) -> Item:
        if self._is("(") or self._next.kind == "variable":
            return self._item()
        start, expression = self._next.start, self._primary()
        return Item(start, self._end, expression, None)

    # Groups

    def _group(self) -> Group:
        start = self._next.start
        self._expect("{")
        elements: list[Element] = []
        if self._is("SELECT"):
            inner = self._query(is_inner=True)
            elements.append(SubSelect(inner.start, inner.end, inner))
        while not self._is("}"):
            if not self._skip("."):
                self._element(elements)
        self._expect("}")
        return Group(start, self._end, tuple(elements))

    def _element(self, elements: list[Element]) -> None:
        taken: dict[str, Callable[[], Element]] = {
            "OPTIONAL": self._optional,
            "GRAPH": self._in_graph,
            "SERVICE": self._service,
            "FILTER": self._filter,
            "BIND": self._bind,
            "VALUES": self._values,
            "MINUS": self._minus,
            "{": self._union,
        }
        word = self._next.text.upper() if self._next.kind in ("word", "other") else ""
        if word in taken:
            elements.append(taken[word]())
        else:
            elements.extend(self._triples())

    def _optional(self) -> Optional:
        start = self._take().start
        group = self._group()
        return Optional(start, self._end, group)

    def _minus(self) -> Minus:
        start = self._take().start
        group = self._group()
        return Minus(start, self._end, group)

    def _in_graph(self) -> InGraph:
        start = self._take().start
        name, group = self._term(), self._group()
        return InGraph(start, self._end, name, group)

    def _service(self) -> Service:
        start = self._take().start
        is_silent = self._skip("SILENT")
        endpoint, group = self._term(), self._group()
        return Service(start, self._end, endpoint, group, is_silent)

    def _union(self) -> Union:
        start = self._next.start
        found = [self._group()]
        while self._skip("UNION"):
            found.append(self._group())
        return Union(start, self._end, tuple(found))

    def _filter(self) -> Filter:
        start = self._take().start
        expression = self._primary()
        return Filter(start, self._end, expression)

    def _bind(self) -> Bind:
        start = self._take().start
        item = self._item()
        if item.variable is None:
            raise self._unread()
        return Bind(start, self._end, item.expression, item.variable)

    def _values(self) -> Values:
        start = self._take().start
        in_parentheses = self._skip("(")
        names: list[Term] = []
        while self._next.kind == "variable":
            names.append(self._term())
        if in_parentheses:
            self._expect(")")
        self._expect("{")
        rows: list[tuple[Term | None, ...]] = []
        while not self._skip("}"):
            rows.append(self._row() if in_parentheses else (self._cell(),))
        return Values(start, self._end, tuple(names), tuple(rows))

    def _row(self) -> tuple[Term | None, ...]:
        self._expect("(")
        cells = []
        while not self._skip(")"):
            cells.append(self._cell())
        return tuple(cells)

    def _cell(self) -> Term | None:
        return None if self._skip("UNDEF") else self._term()

    # Triples

    def _triples(self) -> list[Triple]:
        found: list[Triple] = []
        if self._is("[", "("):
            subject = self._node(found)
            if self._is_verb():
                self._properties(subject, found)
        else:
            self._properties(self._term(), found)
        return found

    def _properties(self, subject: Term, found: list[Triple]) -> None:
        """Predicates with their objects, a semicolon between them."""
        start = subject.start
        while True:
            path = self._term() if self._next.kind == "variable" else self._path()
            while True:
                inner: list[Triple] = []
                target = self._node(inner)
                found.append(Triple(start, self._end, subject, path, target))
                found += inner
                if self._is("~", "{|"):
                    raise self._unread()
                start = self._tokens[self._at + 1].start
                if not self._skip(","):
                    break
            while self._skip(";"):
                start = self._next.start
            if not self._is_verb():
                return

    def _is_verb(self) -> bool:
        return self._next.kind in ("variable", "iri", "name") or self._is("A", "^", "!", "(")

    def _node(self, found: list[Triple]) -> Term:
        start = self._next.start
        if self._skip("["):
            subject = self._blank(start)
            if not self._is("]"):
                self._properties(subject, found)
            self._expect("]")
            return subject
        return self._list(start, found) if self._skip("(") else self._term()

    def _blank(self, start: int) -> Term:
        self._blanks += 1
        name = f"_blank_{self._blanks}"
        return Term(start, start + 1, "blank", name, f"?{name}")

    def _list(self, start: int, found: list[Triple]) -> Term:
        """A list in its RDF form (section 4.2.4)."""
        cells: list[Term] = []
        members: list[Term] = []
        while not self._skip(")"):
            cells.append(self._blank(self._next.start))
            members.append(self._node(found))
        nil = self._rdf("nil", start)
        for cell, member, rest in zip(cells, members, [*cells[1:], nil], strict=False):
            found.append(Triple(start, self._end, cell, self._rdf("first", start), member))
            found.append(Triple(start, self._end, cell, self._rdf("rest", start), rest))
        return cells[0] if cells else nil

    def _rdf(self, name: str, start: int) -> Term:
        iri = expand(f"rdf:{name}")
        return Term(start, start + 1, "iri", iri, f"<{iri}>")

    # Terms

    def _term(self) -> Term:
        token = self._take()
        start = token.start
        if token.kind == "variable":
            return Term(start, token.end, "variable", token.text[1:], token.text)
        if token.kind == "blank":
            # Not as that of one without a label, which goes on with a number.
            name = "_blank_n" + re.sub(r"\W", lambda sign: f"_{ord(sign[0])}_", token.text[2:])
            return Term(start, token.end, "blank", name, f"?{name}")
        if token.kind == "iri":
            iri = resolved(self._base, token.text[1:-1])
            return Term(start, token.end, "iri", iri, token.text)
        if token.kind == "name":
            return self._prefixed(token)
        self._at -= 1
        return self._literal()

    def _prefixed(self, token: Token) -> Term:
        prefix, _, local = token.text.partition(":")
        if prefix not in self._namespaces:
            raise NotRead(f"the prefix {prefix}: is not declared")
        iri = self._namespaces[prefix] + unescaped(local)
        return Term(token.start, token.end, "iri", iri, token.text)

    def _literal(self) -> Term:
        token = self._take()
        start, text = token.start, token.text
        if token.text in ("+", "-") and self._next.kind == "number":
            text += self._take().text
            return Term(start, self._end, "literal", text, text, datatype=_datatype(text))
        if token.kind == "number":
            return Term(start, token.end, "literal", text, text, datatype=_datatype(text))
        if token.kind == "word" and text.lower() in ("true", "false"):
            text = text.lower()
            return Term(start, token.end, "literal", text, text, datatype=expand("xsd:boolean"))
        if token.kind != "string":
            self._at -= 1
            raise self._unread()
        quotes = 3 if text[:3] in ('"""', "'''") and len(text) >= 6 else 1
        value, language, datatype = unescaped(text[quotes:-quotes]), "", expand("xsd:string")
        if self._next.kind == "language":
            language, datatype = self._take().text[1:].lower(), expand("rdf:langString")
            if self._is("-"):
                raise NotRead("it uses what only SPARQL 1.2 has")
        elif self._skip("^^"):
            datatype = self._term().value
        return Term(
            start, self._end, "literal", value, self._text[start : self._end], language, datatype
        )

    # Paths

    def _path(self) -> Path:
        parts, start = [self._sequence()], self._next.start
        start = parts[0].start
        while self._skip("|"):
            parts.append(self._sequence())
        return Alternative(start, self._end, tuple(parts)) if len(parts) > 1 else parts[0]

    def _sequence(self) -> Path:
        parts = [self._step()]
        while self._skip("/"):
            parts.append(self._step())
        return Sequence(parts[0].start, self._end, tuple(parts)) if len(parts) > 1 else parts[0]

    def _step(self) -> Path:
        start = self._next.start
        is_inverse = self._skip("^")
        path = self._path_primary()
        if self._is("?", "*", "+"):
            path = Repeat(path.start, self._next.end, path, self._take().text)
        return Inverse(start, self._end, path) if is_inverse else path

    def _path_primary(self) -> Path:
        start = self._next.start
        if self._skip("("):
            path = self._path()
            self._expect(")")
            return path
        return self._negated(start) if self._skip("!") else self._predicate()

    def _negated(self, start: int) -> Negated:
        if not self._skip("("):
            step = self._inverse_step()
            return Negated(start, self._end, (step,))
        found: list[Path] = []
        while not self._skip(")"):
            found.append(self._inverse_step())
            self._skip("|")
        return Negated(start, self._end, tuple(found))

    def _inverse_step(self) -> Path:
        start = self._next.start
        is_inverse = self._skip("^")
        step = self._predicate()
        return Inverse(start, self._end, step) if is_inverse else step

    def _predicate(self) -> Term:
        start = self._next.start
        if self._skip("A"):
            return Term(start, self._end, "iri", expand("rdf:type"), "a")
        return self._term()

    # Expressions

    def _expression(self, level: int = 0) -> Expression:
        if level == len(_LEVELS_OF_OPERATORS):
            return self._unary()
        start = self._next.start
        left = self._expression(level + 1)
        while True:
            if self._is(*_LEVELS_OF_OPERATORS[level]):
                sign = self._take().text
                right = self._expression(level + 1)
                left = Call(start, self._end, sign, (left, right))
            elif level == 2 and (self._is("IN") or self._is_not_in()):
                name = "NOT IN" if self._skip("NOT") else "IN"
                self._expect("IN")
                members = self._arguments()
                left = Call(start, self._end, name, (left, *members))
            else:
                return left

    def _is_not_in(self) -> bool:
        return self._is("NOT") and self._tokens[self._at + 1].text.upper() == "IN"

    def _unary(self) -> Expression:
        start = self._next.start
        if self._is("!", "-", "+") and self._tokens[self._at + 1].kind != "number":
            sign = self._take().text
            return Call(start, self._end, sign, (self._unary(),))
        return self._primary()

    def _primary(self) -> Expression:
        start = self._next.start
        if self._skip("("):
            found = self._expression()
            self._expect(")")
            return found
        if self._is("EXISTS", "NOT"):
            is_negated = self._skip("NOT")
            self._expect("EXISTS")
            group = self._group()
            return Exists(start, self._end, group, is_negated)
        if self._next.kind == "word" and self._tokens[self._at + 1].text == "(":
            return self._call(start)
        if self._next.kind in ("iri", "name") and self._tokens[self._at + 1].text == "(":
            name, arguments = self._term().value, self._arguments()
            return Call(start, self._end, name, arguments)
        return self._term()

    def _call(self, start: int) -> Expression:
        name = self._take().text.upper()
        if name not in _AGGREGATES:
            arguments = self._arguments()
            return Call(start, self._end, name, arguments)
        self._expect("(")
        is_distinct = self._skip("DISTINCT")
        argument = None if self._skip("*") else self._expression()
        if self._skip(";"):
            while not self._is(")"):
                self._take()
        self._expect(")")
        return Aggregate(start, self._end, name, is_distinct, argument)

    def _arguments(self) -> tuple[Expression, ...]:
        self._expect("(")
        self._skip("DISTINCT")
        found: list[Expression] = []
        while not self._skip(")"):
            found.append(self._expression())
            self._skip(",")
        return tuple(found)


def _datatype(number: str) -> str:
    """The datatype of a number as written (section 4.1.2)."""
    kind = "double" if "e" in number.lower() else "decimal" if "." in number else "integer"
    return expand(f"xsd:{kind}")

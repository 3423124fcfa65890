"""From the text of a query to its tree, with the place of every part.

The grammar is that of SPARQL 1.1 (section 19.8), taken a little more widely than it is: this is for
queries that the engine takes, and what is wrong with a text is not looked for here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gbagraph.rdf.namespaces import expand
from gbagraph.sparql.expressions import ExpressionReader, NotRead
from gbagraph.sparql.nodes import (
    Bind,
    Element,
    Expression,
    Filter,
    From,
    Group,
    InGraph,
    Item,
    Minus,
    Node,
    Optional,
    Prefix,
    Query,
    Service,
    SubSelect,
    Term,
    Triple,
    Union,
    Values,
)
from gbagraph.sparql.tokens import Token, nesting, resolved

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


_LEVELS: Final = 150
MOST_PARTS: Final = 1500
_MODIFIERS: Final = ("GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET", "VALUES")


def read(text: str, words: Sequence[Token], base: str, most_parts: int = MOST_PARTS) -> Query:
    """Return the tree of the query *text*, whose relative IRIs are resolved against *base*.

    *words* are its tokens without spaces and comments. It may have at most *most_parts* parts in a row,
    among which are the values of VALUES.

    Raises:
        NotRead: it is too large, is no SPARQL, or holds what SPARQL 1.1 does not have.
    """
    levels, parts = nesting(words)
    if levels > _LEVELS or parts > most_parts:
        raise NotRead("it is too large")
    try:
        return _Reader(text, words, base).query()
    except (IndexError, RecursionError):
        raise NotRead("it ends where more is expected") from None


class _Reader(ExpressionReader):
    """Reads queries, groups and triples; what these are made of, the class above."""

    def __init__(self, text: str, words: Sequence[Token], base: str) -> None:
        super().__init__(text, words, base)
        self._prefixes: list[Prefix] = []
        self._blanks = 0

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
        keys, having, order, values, offset, is_sliced = self._modifiers()
        return Query(
            start, self._end, form, items, where,
            () if is_inner else tuple(self._prefixes), dataset, template, described,
            keys, having, order, values, offset, is_distinct, start, is_sliced,
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
        tuple[Item, ...], tuple[Expression, ...], tuple[Expression, ...], Values | None, int, bool
    ]:
        keys: list[Item] = []
        having: list[Expression] = []
        order: list[Expression] = []
        values: Values | None = None
        offset, is_sliced = 0, False
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
                    is_sliced = True
        return tuple(keys), tuple(having), tuple(order), values, offset, is_sliced

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
        made_of: dict[str, tuple[Callable[..., Element], *tuple[Callable[[], Node], ...]]] = {
            "OPTIONAL": (Optional, self._group),
            "GRAPH": (InGraph, self._term, self._group),
            "FILTER": (Filter, self._primary),
            "MINUS": (Minus, self._group),
        }
        others: dict[str, Callable[[], Element]] = {
            "SERVICE": self._service,
            "BIND": self._bind,
            "VALUES": self._values,
            "{": self._union,
        }
        word = self._next.text.upper() if self._next.kind in ("word", "other") else ""
        if word in made_of:
            element, *parts = made_of[word]
            start, taken = self._take().start, [take() for take in parts]
            elements.append(element(start, self._end, *taken))
        elif word in others:
            elements.append(others[word]())
        else:
            elements.extend(self._triples())

    def _service(self) -> Service:
        start = self._take().start
        is_silent = self._skip("SILENT")
        endpoint, group = self._term(), self._group()
        return Service(start, self._end, endpoint, group, is_silent)

    def _union(self) -> Union:
        start = self._next.start
        groups = [self._group()]
        while self._skip("UNION"):
            groups.append(self._group())
        return Union(start, self._end, tuple(groups))

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
        rows = tuple(self._until("}", self._row if in_parentheses else self._row_of_one))
        return Values(start, self._end, tuple(names), rows)

    def _row(self) -> tuple[Term | None, ...]:
        self._expect("(")
        return tuple(self._until(")", self._cell))

    def _row_of_one(self) -> tuple[Term | None, ...]:
        return (self._cell(),)

    def _cell(self) -> Term | None:
        return None if self._skip("UNDEF") else self._term()

    # Triples

    def _triples(self) -> list[Triple]:
        triples: list[Triple] = []
        if self._is("[", "("):
            subject = self._node(triples)
            if self._is_verb():
                self._properties(subject, triples)
        else:
            self._properties(self._term(), triples)
        return triples

    def _properties(self, subject: Term, triples: list[Triple]) -> None:
        """Predicates with their objects, a semicolon between them."""
        start = subject.start
        while True:
            path = self._term() if self._next.kind == "variable" else self._path()
            while True:
                inner: list[Triple] = []
                target = self._node(inner)
                triples.append(Triple(start, self._end, subject, path, target))
                triples += inner
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

    def _node(self, triples: list[Triple]) -> Term:
        start = self._next.start
        if self._skip("["):
            subject = self._blank(start)
            if not self._is("]"):
                self._properties(subject, triples)
            self._expect("]")
            return subject
        return self._list(start, triples) if self._skip("(") else self._term()

    def _blank(self, start: int) -> Term:
        self._blanks += 1
        name = f"_blank_{self._blanks}"
        return Term(start, start + 1, "blank", name, f"?{name}")

    def _list(self, start: int, triples: list[Triple]) -> Term:
        """A list in its RDF form (section 4.2.4)."""
        cells: list[Term] = []
        members: list[Term] = []
        while not self._skip(")"):
            cells.append(self._blank(self._next.start))
            members.append(self._node(triples))
        nil = self._rdf("nil", start)
        for cell, member, rest in zip(cells, members, [*cells[1:], nil], strict=False):
            triples.append(Triple(start, self._end, cell, self._rdf("first", start), member))
            triples.append(Triple(start, self._end, cell, self._rdf("rest", start), rest))
        return cells[0] if cells else nil

    def _rdf(self, name: str, start: int) -> Term:
        iri = expand(f"rdf:{name}")
        return Term(start, start + 1, "iri", iri, f"<{iri}>")

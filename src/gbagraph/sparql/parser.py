"""From the text of a SELECT query to its parts (SPARQL 1.1, section 19.8).

Only for a query that the engine takes: what is wrong with a text is not looked for here. Expressions
are not taken apart, but for EXISTS; they are kept as text, to be asked again as they are. That needs
no grammar of theirs, takes a millisecond, and no library that would have to be loaded first.
"""

from __future__ import annotations

import re
from itertools import count
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from gbagraph.sparql.diagnostics import nesting
from gbagraph.sparql.tree import (
    Alternative,
    Bind,
    Branch,
    Element,
    Exists,
    Filter,
    Group,
    InGraph,
    Item,
    Minus,
    Negated,
    Optional,
    Path,
    Pattern,
    Repeat,
    Select,
    Sequence,
    Step,
    SubSelect,
    Triples,
    Union,
    Values,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_IN_NAME: Final = "\\w\\-\u00b7\u0300-\u036f\u203f\u2040"
_ESCAPED: Final = r"%[0-9A-Fa-f]{2}|\\."
_STRING: Final = r"""
    \"{3}(?:\"{0,2}(?:[^"\\]|\\.))*\"{3} | '{3}(?:'{0,2}(?:[^'\\]|\\.))*'{3}
  | "(?:[^"\\\r\n]|\\.)*" | '(?:[^'\\\r\n]|\\.)*'
"""
_TOKEN: Final = re.compile(
    rf"""
      (?P<space>\s+|\#[^\r\n]*)
    | (?P<iri><[^<>"{{}}|^`\x00-\x20]*>)
    | (?P<string>{_STRING})
    | (?P<variable>[?$]\w[\w\u00b7\u0300-\u036f\u203f\u2040]*)
    | (?P<blank>_:\w(?:[{_IN_NAME}.]*[{_IN_NAME}])?)
    | (?P<language>@[A-Za-z]+(?:-[A-Za-z0-9]+)*)
    | (?P<name>(?:[^\W\d_](?:[{_IN_NAME}.]*[{_IN_NAME}])?)?
        :(?:(?:[\w:]|{_ESCAPED})(?:(?:[{_IN_NAME}.:]|{_ESCAPED})*(?:[{_IN_NAME}:]|{_ESCAPED}))?)?)
    | (?P<word>[^\W\d_]\w*)
    | (?P<number>(?:\d+\.\d*|\.?\d+)[eE][+-]?\d+|\d*\.\d+|\d+)
    | (?P<other>\^\^|<<|>>|\{{\||\|\}}|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_AGGREGATES: Final = ("COUNT", "SUM", "MIN", "MAX", "AVG", "SAMPLE", "GROUP_CONCAT")
_AFTER_WHERE: Final = ("GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET", "VALUES")
_MODIFIERS: Final = {"?": (0, False), "*": (0, True), "+": (1, True)}
_RDF: Final = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#{}>"
_Found = TypeVar("_Found")
_LEVELS: Final = 75
_PARTS: Final = 750
"""Half of what the engine can follow: to ask a query again, more is put into it."""


class NotAnalysed(Exception):
    """Why a query is not taken apart, as the rest of a sentence."""


class _Token(NamedTuple):
    kind: str
    text: str
    start: int
    end: int


def parse(query: str) -> Select:
    """The parts of *query*, a SELECT query that the engine takes.

    Raises:
        NotAnalysed: it is of another form, too large, or holds what SPARQL 1.1 does not have.
    """
    levels, parts = nesting(query)
    if levels > _LEVELS or parts > _PARTS:
        raise NotAnalysed("it is too large")
    try:
        return _Parser(query).query()
    except (IndexError, RecursionError):
        raise NotAnalysed("it ends where more is expected") from None


class _Parser:
    """A place in the tokens of a query, moved forward by each method that takes a part."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = [token for token in _tokens(text) if token.kind != "space"]
        self._tokens.append(_Token("end", "", len(text), len(text)))
        self._at = 0
        self._prologue = ""
        self._own = "?__"
        while self._own[1:] in text:
            self._own += "_"
        self._numbers = count(1)

    # Tokens

    @property
    def _next(self) -> _Token:
        return self._tokens[self._at]

    def _take(self) -> _Token:
        self._at += 1
        return self._tokens[self._at - 1]

    def _is(self, *texts: str) -> bool:
        """Whether one of *texts*, keywords or signs, is next."""
        return self._next.kind in ("word", "other") and self._next.text.upper() in texts

    def _skip(self, *texts: str) -> bool:
        found = self._is(*texts)
        self._at += found
        return found

    def _expect(self, text: str) -> None:
        if not self._skip(text):
            raise NotAnalysed(f"{self._next.text[:40]!r} stands where {text!r} is expected")

    def _since(self, start: int) -> str:
        """The text from the token numbered *start* up to here."""
        return self._text[self._tokens[start].start : self._tokens[self._at - 1].end]

    def _new_variable(self) -> str:
        return f"{self._own}{next(self._numbers)}"

    # Queries

    def query(self) -> Select:
        """A whole query."""
        while self._is("BASE", "PREFIX", "VERSION"):
            self._at += 3 if self._is("PREFIX") else 2
        self._prologue = self._text[: self._next.start]
        if not self._is("SELECT"):
            raise NotAnalysed("it is no SELECT query")
        return self._select()

    def _select(self) -> Select:
        start = self._at
        self._expect("SELECT")
        self._skip("DISTINCT", "REDUCED")
        items, aggregates = self._items()
        while self._skip("FROM"):
            self._skip("NAMED")
            self._take()
        self._skip("WHERE")
        where = self.group()
        keys, having, values = self._after_where()
        return Select(
            self._prologue,
            self._since(start),
            items,
            where,
            keys,
            having,
            values,
            is_aggregated=bool(aggregates or keys or having),
            own=self._own,
        )

    def _items(self) -> tuple[tuple[Item, ...] | None, bool]:
        """The columns, and whether an aggregate computes one."""
        if self._skip("*"):
            return None, False
        start, items = self._at, []
        while self._next.kind == "variable" or self._is("("):
            items.append(self._item())
        return tuple(items), self._aggregates_since(start)

    def _item(self) -> Item:
        """A variable, or an expression in parentheses with AS and its variable."""
        start = self._at
        if self._next.kind == "variable":
            return Item(_variable(self._take()))
        exists = self._parentheses()
        return Item(_variable(self._tokens[self._at - 2]), self._since(start), exists)

    def _aggregates_since(self, start: int) -> bool:
        return any(
            token.kind == "word" and token.text.upper() in _AGGREGATES and after.text == "("
            for token, after in zip(
                self._tokens[start : self._at], self._tokens[start + 1 :], strict=False
            )
        )

    def _after_where(self) -> tuple[tuple[Item, ...], str, Values | None]:
        keys: tuple[Item, ...] = ()
        having, values = "", None
        while self._is(*_AFTER_WHERE):
            start = self._at
            if self._is("VALUES"):
                values = self._values()
                continue
            word = self._take().text.upper()
            self._skip("BY")
            if word == "GROUP":
                keys = tuple(self._conditions(self._key))
            else:
                list(self._conditions(self._condition))
                having = self._since(start) if word == "HAVING" else having
        return keys, having, values

    def _conditions(self, take: Callable[[], _Found]) -> Iterator[_Found]:
        while not self._is("}", *_AFTER_WHERE) and self._next.kind != "end":
            yield take()

    def _key(self) -> Item:
        """A condition of GROUP BY; what has no name gets one."""
        start = self._at
        has_name = self._is("(") and self._names_something()
        if self._next.kind == "variable" or has_name:
            return self._item()
        self._condition()
        name = self._new_variable()
        return Item(name, f"({self._since(start)} AS {name})")

    def _names_something(self) -> bool:
        """Whether the parentheses that open here hold AS."""
        start = self._at
        self._parentheses()
        end, self._at = self._at, start
        return self._tokens[end - 3].text.upper() == "AS"

    def _condition(self) -> None:
        """A condition of GROUP BY, HAVING or ORDER BY, or a number."""
        if self._is("ASC", "DESC"):
            self._take()
        if self._next.kind in ("variable", "number"):
            self._take()
        else:
            self._constraint()

    # Groups

    def group(self) -> Group:
        """A group graph pattern, or a SELECT in braces."""
        start = self._at
        self._expect("{")
        elements: list[Element] = []
        if self._is("SELECT"):
            elements.append(SubSelect(self._select()))
        while not self._is("}"):
            if not self._skip("."):
                elements.append(self._element())
        self._expect("}")
        return Group(tuple(elements), self._since(start))

    def _element(self) -> Element:
        parts: dict[str, Callable[[], Element]] = {
            "OPTIONAL": self._optional,
            "GRAPH": self._in_graph,
            "FILTER": self._filter,
            "BIND": self._bind,
            "VALUES": self._values,
            "MINUS": self._minus,
            "{": self._union,
        }
        if self._next.kind in ("word", "other"):
            return parts.get(self._next.text.upper(), self._triples)()
        return self._triples()

    def _branch(self) -> Branch:
        return Branch(self.group(), self._new_variable())

    def _optional(self) -> Optional:
        self._expect("OPTIONAL")
        return Optional(self._branch())

    def _in_graph(self) -> InGraph:
        self._expect("GRAPH")
        return InGraph(self._term(), self.group())

    def _union(self) -> Union:
        found = [self._branch()]
        while self._skip("UNION"):
            found.append(self._branch())
        return Union(tuple(found))

    def _minus(self) -> Minus:
        start = self._at
        self._expect("MINUS")
        self.group()
        return Minus(self._since(start))

    def _filter(self) -> Filter:
        start = self._at
        self._expect("FILTER")
        is_whole = self._is("EXISTS", "NOT")
        found = self._constraint()
        if is_whole:
            found = tuple(Exists(each.group, each.negated, is_whole=True) for each in found)
        return Filter(self._since(start), found)

    def _bind(self) -> Bind:
        start = self._at
        self._expect("BIND")
        exists = self._parentheses()
        return Bind(self._since(start), _variable(self._tokens[self._at - 2]), exists)

    def _values(self) -> Values:
        start = self._at
        self._expect("VALUES")
        names = []
        while not self._is("{"):
            token = self._take()
            names += [_variable(token)] if token.kind == "variable" else []
        while not self._skip("}"):
            if self._is("<<"):
                raise _of_newer_version()
            self._take()
        return Values(self._since(start), tuple(names))

    # Expressions

    def _constraint(self) -> tuple[Exists, ...]:
        """A call, EXISTS, or an expression in parentheses."""
        if self._is("EXISTS", "NOT"):
            return (self._exists(),)
        if not self._is("("):
            self._take()
        return self._parentheses()

    def _exists(self) -> Exists:
        negated = self._skip("NOT")
        self._expect("EXISTS")
        return Exists(self.group(), negated)

    def _parentheses(self) -> tuple[Exists, ...]:
        """Whatever stands in parentheses, up to where they close."""
        self._expect("(")
        found: list[Exists] = []
        while not self._skip(")"):
            if self._is("("):
                found += self._parentheses()
            elif self._is("EXISTS") or (self._is("NOT") and self._is_exists_after()):
                found.append(self._exists())
            else:
                self._take()
        return tuple(found)

    def _is_exists_after(self) -> bool:
        return self._tokens[self._at + 1].text.upper() == "EXISTS"

    # Triples

    def _triples(self) -> Triples:
        found: list[Pattern] = []
        if self._is("[", "("):
            subject = self._node(found)
            if self._is_verb():
                self._properties(subject, found)
        else:
            self._properties(self._term(), found)
        return Triples(tuple(found))

    def _properties(self, subject: str, found: list[Pattern]) -> None:
        """Predicates with their objects, a semicolon between them."""
        while True:
            verb, path = self._verb()
            while True:
                found.append(Pattern(subject, verb, self._node(found), path))
                if self._is("~", "{|"):
                    raise _of_newer_version()
                if not self._skip(","):
                    break
            while self._skip(";"):
                pass
            if not self._is_verb():
                return

    def _is_verb(self) -> bool:
        return self._next.kind in ("variable", "iri", "name") or self._is("A", "^", "!", "(")

    def _node(self, found: list[Pattern]) -> str:
        """A term; for a blank node with properties or a list, the variable that stands for it."""
        if self._skip("["):
            subject = self._new_variable()
            if not self._is("]"):
                self._properties(subject, found)
            self._expect("]")
            return subject
        return self._list(found) if self._skip("(") else self._term()

    def _list(self, found: list[Pattern]) -> str:
        """A list in its RDF form (section 4.2.4)."""
        nil = _RDF.format("nil")
        first = before = ""
        while not self._skip(")"):
            cell = self._new_variable()
            first = first or cell
            if before:
                found.append(Pattern(before, _RDF.format("rest"), cell))
            found.append(Pattern(cell, _RDF.format("first"), self._node(found)))
            before = cell
        if before:
            found.append(Pattern(before, _RDF.format("rest"), nil))
        return first or nil

    def _term(self) -> str:
        token = self._take()
        if token.kind == "variable":
            return _variable(token)
        if token.kind == "blank":
            return self._own + "_" + re.sub(r"\W", lambda sign: f"_{ord(sign[0])}_", token.text[2:])
        if token.kind == "string":
            return token.text + self._literal_end()
        is_boolean = token.kind == "word" and token.text.lower() in ("true", "false")
        if token.kind in ("iri", "name", "number") or is_boolean:
            return token.text
        if token.text in ("+", "-") and self._next.kind == "number":
            return token.text + self._take().text
        if token.text == "<<":
            raise _of_newer_version()
        raise NotAnalysed(f"{token.text[:40]!r} stands where a term is expected")

    def _literal_end(self) -> str:
        """The language or the datatype of a literal."""
        if self._next.kind == "language":
            language = self._take().text
            if self._is("-"):
                raise _of_newer_version()
            return language
        return "^^" + self._take().text if self._skip("^^") else ""

    # Paths

    def _verb(self) -> tuple[str, Path | None]:
        """A predicate as written, and what path it is, unless it is a variable or one IRI."""
        if self._next.kind == "variable":
            return _variable(self._take()), None
        start = self._at
        path = self._path()
        if isinstance(path, Step) and not path.backward:
            return path.iri, None
        return self._since(start), path

    def _path(self) -> Path:
        parts = [self._path_sequence()]
        while self._skip("|"):
            parts.append(self._path_sequence())
        return Alternative(tuple(parts)) if len(parts) > 1 else parts[0]

    def _path_sequence(self) -> Path:
        parts = [self._path_step()]
        while self._skip("/"):
            parts.append(self._path_step())
        return Sequence(tuple(parts)) if len(parts) > 1 else parts[0]

    def _path_step(self) -> Path:
        is_inverse = self._skip("^")
        path = self._path_primary()
        if self._is(*_MODIFIERS):
            path = Repeat(path, *_MODIFIERS[self._take().text])
        return _inverse(path) if is_inverse else path

    def _path_primary(self) -> Path:
        if self._skip("("):
            path = self._path()
            self._expect(")")
            return path
        return self._negated() if self._skip("!") else Step(self._predicate())

    def _negated(self) -> Negated:
        forward: list[str] = []
        backward: list[str] = []
        in_parentheses = self._skip("(")
        while not self._is(")"):
            (backward if self._skip("^") else forward).append(self._predicate())
            if not in_parentheses or not self._skip("|"):
                break
        if in_parentheses:
            self._expect(")")
        is_forward = bool(forward) or not backward
        return Negated(tuple(forward) if is_forward else None, tuple(backward) or None)

    def _predicate(self) -> str:
        if self._skip("A"):
            return _RDF.format("type")
        return self._term()


def _tokens(text: str) -> Iterator[_Token]:
    for found in _TOKEN.finditer(text):
        yield _Token(found.lastgroup or "other", found[0], *found.span())


def _variable(token: _Token) -> str:
    if token.kind != "variable":
        raise NotAnalysed(f"{token.text[:40]!r} stands where a variable is expected")
    return f"?{token.text[1:]}"


def _of_newer_version() -> NotAnalysed:
    return NotAnalysed("it uses what only SPARQL 1.2 has")


def _inverse(path: Path) -> Path:
    if isinstance(path, Step):
        return Step(path.iri, not path.backward)
    if isinstance(path, Sequence):
        return Sequence(tuple(map(_inverse, reversed(path.parts))))
    if isinstance(path, Alternative):
        return Alternative(tuple(map(_inverse, path.parts)))
    if isinstance(path, Repeat):
        return Repeat(_inverse(path.path), path.least, path.many)
    return Negated(path.backward, path.forward)

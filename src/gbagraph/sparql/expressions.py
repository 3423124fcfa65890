"""From tokens to terms, paths and expressions: half of the grammar (SPARQL 1.1, section 19.8)."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeVar

from gbagraph.rdf.namespaces import expand
from gbagraph.sparql.nodes import (
    Aggregate,
    Alternative,
    Call,
    Exists,
    Expression,
    Group,
    Inverse,
    Negated,
    Path,
    Repeat,
    Sequence,
    Term,
)
from gbagraph.sparql.tokens import AGGREGATES, Token, TokenReader, inner, resolved, unescaped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from gbagraph.sparql.message import Message

T = TypeVar("T")

_LEVELS_OF_OPERATORS: Final = (
    ("||",),
    ("&&",),
    ("=", "!=", "<", ">", "<=", ">="),
    ("+", "-"),
    ("*", "/"),
)
_NEWER: Final = frozenset({"<<", "{|", "~"})


class NotRead(Exception):
    """Why a query is not read: the *template* of the rest of a sentence, and its *values*."""

    def __init__(self, template: str, /, **values: str) -> None:
        super().__init__(template % values)
        self._sentence = template, values

    @property
    def reason(self) -> Message:
        """That sentence, for a reader of any language."""
        from gbagraph.sparql.message import Message  # noqa: PLC0415  what declares jobs says nothing

        return Message((self._sentence,))


class ExpressionReader(TokenReader, ABC):
    """Reads terms, paths and expressions."""

    def __init__(self, text: str, words: Iterable[Token], base: str) -> None:
        super().__init__(text, words)
        self._base = base
        self._namespaces: dict[str, str] = {}

    @abstractmethod
    def _group(self) -> Group:
        """Take a group graph pattern, as EXISTS has one."""

    # Tokens

    def _skip(self, *texts: str) -> bool:
        is_next = self._is(*texts)
        self._at += is_next
        return is_next

    def _expect(self, text: str) -> None:
        if not self._skip(text):
            raise self._unread()

    def _unread(self) -> NotRead:
        if self._next.text in _NEWER:
            return NotRead("it uses what only SPARQL 1.2 has")
        said = "%(token)s stands where something else is expected"
        return NotRead(said, token=repr(self._next.text[:40]))

    def _until(self, closing: str, take: Callable[[], T], between: str = "") -> Iterator[T]:
        """Take parts up to *closing*, which is taken too; *between* them this may stand."""
        while not self._skip(closing):
            yield take()
            self._skip(between)

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
            raise NotRead("the prefix %(prefix)s: is not declared", prefix=prefix)
        iri = self._namespaces[prefix] + unescaped(local)
        return Term(token.start, token.end, "iri", iri, token.text)

    def _literal(self) -> Term:
        token = self._take()
        start, text = token.start, token.text
        is_signed = token.text in ("+", "-") and self._next.kind == "number"
        if is_signed or token.kind == "number":
            text += self._take().text if is_signed else ""
            return Term(start, self._end, "literal", text, text, datatype=_datatype(text))
        if token.kind == "word" and text.lower() in ("true", "false"):
            text = text.lower()
            return Term(start, token.end, "literal", text, text, datatype=expand("xsd:boolean"))
        if token.kind != "string":
            self._at -= 1
            raise self._unread()
        value, language, datatype = inner(text), "", expand("xsd:string")
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
        return self._chained("|", self._sequence, Alternative)

    def _sequence(self) -> Path:
        return self._chained("/", self._step, Sequence)

    def _chained(
        self, sign: str, take: Callable[[], Path], path: type[Alternative | Sequence]
    ) -> Path:
        """Take paths with *sign* between them; one alone stays itself."""
        start, parts = self._next.start, [take()]
        while self._skip(sign):
            parts.append(take())
        return path(start, self._end, tuple(parts)) if len(parts) > 1 else parts[0]

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
            # Its text is a path wherever it is put only with its parentheses.
            return replace(path, start=start, end=self._end)
        return self._negated(start) if self._skip("!") else self._predicate()

    def _negated(self, start: int) -> Negated:
        if not self._skip("("):
            step = self._inverse_step()
            return Negated(start, self._end, (step,))
        steps = tuple(self._until(")", self._inverse_step, "|"))
        return Negated(start, self._end, steps)

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
            part = self._unary()
            return Call(start, self._end, sign, (part,))
        return self._primary()

    def _primary(self) -> Expression:
        start = self._next.start
        if self._skip("("):
            inner = self._expression()
            self._expect(")")
            return inner
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
        if name not in AGGREGATES:
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
        return tuple(self._until(")", self._expression, ","))


def _datatype(number: str) -> str:
    """The datatype of a number as written (section 4.1.2)."""
    kind = "double" if "e" in number.lower() else "decimal" if "." in number else "integer"
    return expand(f"xsd:{kind}")

"""How values and things are called in a table: by their names, their labels, or what they are."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import pyoxigraph as ox

from gbagraph.features.diagnostics.finding import TYPE
from gbagraph.features.diagnostics.glosses import label
from gbagraph.features.diagnostics.schema import kind_of
from gbagraph.names.texts import local_name
from gbagraph.rdf.dataset import access
from gbagraph.rdf.namespaces import expand
from gbagraph.sparql.message import Message, say

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gbagraph.features.diagnostics.case import Case

_LONGEST: Final = 48
"""Characters of a value that are shown."""
BESIDE: Final = " · "
"""What stands between two values of one solution: no sign of the language."""
_SHORT: Final = 9
"""Characters of a name that says nothing, which stand beside a label that looks like a value."""
TOGETHER: Final = 3
"""Values of one thing, or of one solution, that are shown."""
_BARE: Final = frozenset(
    map(expand, ("xsd:decimal", "xsd:double", "xsd:date", "xsd:dateTime", "xsd:boolean"))
)
"""Datatypes of what cannot be taken for a text where it stands without quotation marks."""
_BLANK: Final = re.compile(r"\?_blank_\d+")


_OF_MODELS: Final = tuple(map(expand, ("owl:", "rdfs:", "rdf:", "sh:")))
"""Namespaces of classes of terms, which tell nothing of things."""


def says_little(kind: str | tuple[str, ...] | None) -> bool:
    """Whether a thing is better called by its name than by its classes."""
    return isinstance(kind, tuple) and all(each.startswith(_OF_MODELS) for each in kind)


class Worded:
    """How the values of a query are told, in a language."""

    def __init__(self, case: Case, language: str) -> None:
        self._case, self._language = case, language
        self._special = cache(lambda classes: tuple(sorted(case.schema.special(classes))))

    def _combined(self, names: list[str], values: tuple[Any, ...]) -> str:
        """Values of one solution, by the names of what they are."""
        return BESIDE.join(
            self._in(say("%(name)s has no value", name=name)) if each is None else self._text(each)
            for name, each in zip(names, values, strict=False)
        )

    def _kinds(self, terms: Iterable[Any]) -> dict[Any, str | tuple[str, ...]]:
        """The kinds of literals, and the classes of things: those asked for, or the special ones."""
        schema, asked_for, kinds = self._case.schema, self._case.query.iris, dict[Any, Any]()
        access(schema.store).prefetch(terms, (ox.NamedNode(TYPE),))
        for term in terms:
            if isinstance(term, ox.Literal):
                kinds[term] = kind_of(term)
                continue
            is_node = isinstance(term, ox.NamedNode | ox.BlankNode)  # and not a triple
            classes = tuple(schema.classes_of(term) if is_node else ())
            asked = tuple(sorted(asked_for.intersection(classes)))
            special = () if asked else self._special(classes)
            kinds[term] = asked or tuple(c for c in special if not says_little((c,))) or special
        return kinds

    def _others(self, members: Iterable[Any]) -> dict[Any, tuple[str, ...]]:
        """The classes of each of the *members* of one that not all have; of those with the same, one."""
        every = {each: set(self._case.schema.classes_of(each)) for each in members}
        names = sorted(set[str]().union(*every.values()))
        having = {frozenset(m for m in every if name in every[m]): name for name in names}
        told = {name for some, name in having.items() if len(some) < len(every)}
        wider = {name: set(self._case.schema.wider(name)) for name in told}
        # What is of a narrower class is of the wider one, too.
        return {
            each: tuple(sorted(n for n in names & told if wider[n].isdisjoint(names & told)))
            for each, names in every.items()
        }

    def _kind(self, name: str, kind: str | tuple[str, ...] | None) -> str:
        """A kind of literal, or classes of what a variable stands for; None if it is not described."""
        if isinstance(kind, str):
            return kind if kind[0] == "@" else self._case.named(kind)
        named, name = " + ".join(map(self._case.named, kind or ())), _BLANK.sub("[]", name)
        if kind is None:
            return self._in(say("%(name)s not described here", name=name))
        return f"{name} a {named}" if named else self._in(say("%(name)s of no class", name=name))

    def _other(self, name: str, classes: tuple[str, ...]) -> str:
        """What classes a thing has beside the one that is asked for."""
        named = " + ".join(map(self._case.named, classes))
        also = say("%(name)s also a %(classes)s", name=name, classes=named)
        return self._in(also if named else say("others"))

    def _together(self, path: str, terms: tuple[Any, ...] | str) -> str:
        """Some values that one thing has by a path, or what is said in their place."""
        if isinstance(terms, str):
            return terms
        more = ["…"] * (len(terms) > TOGETHER)
        return f"{path} {BESIDE.join([*map(self._text, terms[:TOGETHER]), *more])}"

    def _text(self, value: Any) -> str:  # noqa: ANN401  a term
        if isinstance(value, ox.Literal) and len(value.value) > _LONGEST:
            value = ox.Literal(f"{value.value[: _LONGEST - 1]}…", language=value.language)
        text = self._case.shown(value)
        if isinstance(value, ox.Literal) and value.datatype.value in _BARE:
            text = value.value
        elif isinstance(value, ox.Literal):
            text = text.replace(str(value.datatype), self._case.named(value.datatype.value))
        # A label says more than a part of an IRI.
        if text[0] == "<" and isinstance(value, ox.NamedNode):
            name = local_name(value.value)
            text = label(self._case.names, self._case.schema.store, value.value)
            # A name without a label is seen to be one.
            sign = value.value[-len(name) - 1 :][:1]
            text = text if text != name else f"<…{sign}{name}>"
            text = text if re.search(r"[^\W\d_]", text) else f"{name[:_SHORT]}… ({text})"
        is_whole = isinstance(value, ox.Literal) or len(text) <= _LONGEST
        return text if is_whole else f"{text[: _LONGEST - 1]}…"

    def _in(self, said: Message) -> str:
        return said.text(self._language)

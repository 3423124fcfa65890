"""Triples as people write them, as JSON has them, and as a reader is shown them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

import pyoxigraph as ox

from gbagraph.errors import BadParameter
from gbagraph.rdf import results
from gbagraph.rdf.namespaces import PREFIXES, base_iri, in_full, things
from gbagraph.sparql.tokens import resolved, unescaped

if TYPE_CHECKING:
    from collections.abc import Callable

    Fact = tuple[str, str, str]
    Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple


_IRI: Final = r"[^\x00-\x20<>\"{}|^`\\]"
_IN_BRACKETS: Final = re.compile(rf"<({_IRI}*)>\Z")
_ABSOLUTE: Final = re.compile(rf"[A-Za-z][A-Za-z0-9+.\-]*:{_IRI}*\Z")
_WIKIDATA: Final = re.compile(r"Q[1-9][0-9]{0,11}\Z")
_NAME: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z")
_QUOTED: Final = re.compile(
    r'"((?:[^"\\]|\\.)*+)"(?:@(?P<language>[A-Za-z0-9\-]+)|\^\^(?P<datatype>\S+))?\Z', re.DOTALL
)
_NUMBERS: Final = {
    "xsd:integer": re.compile(r"[+-]?[0-9]+\Z"),
    "xsd:decimal": re.compile(r"[+-]?[0-9]*\.[0-9]+\Z"),
    "xsd:double": re.compile(r"[+-]?(?:[0-9]+\.?|[0-9]*\.[0-9]+)[0-9]*[eE][+-]?[0-9]+\Z"),
}


def read(  # noqa: PLR0913  a triple, and how its object is written
    subject: str,
    predicate: str,
    value: str,
    *,
    language: str = "",
    datatype: str = "",
    names: tuple[str, str, str] = ("s", "p", "o"),
) -> ox.Triple:
    """The triple that these texts write, which are called *names* where they are given.

    An IRI is written as :func:`iri` reads it; ``a`` as *predicate* is rdf:type. A literal as *value* is
    written as in N-Triples, its datatype also with a prefix; or its text alone, with *language* or
    *datatype*. Without either, and without quotes, what looks like an IRI or an item of Wikidata is one,
    a number is one as in Turtle (section 2.5.2), and any other text is a plain string.

    Raises:
        BadParameter: a text is no term that can stand in its place.
    """
    parts: tuple[tuple[str, Callable[[], Any]], ...] = (
        (subject, lambda: iri(subject)),
        (predicate, lambda: _named("rdf:type" if predicate == "a" else predicate)),
        (value, lambda: _object(value, language, datatype)),
    )
    given = zip(names, parts, strict=True)
    return ox.Triple(*(_read(name, *part, is_value=name == names[2]) for name, part in given))


def term(name: str, text: str) -> ox.NamedNode | ox.Literal:
    """The term that *text* writes, as :func:`read` has it for a value, for the variable *name*.

    Raises:
        BadParameter: it is no term.
    """
    try:
        return _object(text, "", "")
    except ValueError:
        raise BadParameter(
            f"The value {text[:200]!r} for ?{name} is no term. {_EXPECTED}; or a literal such as "
            '2020, "bridge"@en or "2020"^^xsd:gYear.',
            parameter=name,
            value=text[:200],
        ) from None


_EXPECTED: Final = (
    "Give an IRI in full, in angle brackets or not, or with a prefix, such as rdf:type"
)


def _read(name: str, text: str, term: Callable[[], Any], *, is_value: bool) -> Any:  # noqa: ANN401
    try:
        return term()
    except ValueError:
        literal = '; or a literal such as "bridge"@en or "2020"^^xsd:gYear' if is_value else ""
        raise BadParameter(
            f"The parameter {name} has the value {text[:200]!r}, which is no term that can stand "
            f"there. {_EXPECTED}{literal}.",
            parameter=name,
            value=text[:200],
        ) from None


def iri(text: str) -> ox.NamedNode:
    """Return the IRI that people mean by *text*, wherever they give one.

    It stands in full, in angle brackets (also relative, as in a query) or not, or with a prefix; or it
    is an item of Wikidata, such as Q42, or the end of the IRI of a thing of this dataset.

    Raises:
        ValueError: it is none of these.
    """
    if (match := _IN_BRACKETS.match(text)) is not None:
        return ox.NamedNode(resolved(base_iri(), match[1]))
    if _WIKIDATA.match(text):
        return ox.NamedNode(PREFIXES["wd"] + text)
    if things() and _NAME.match(text):
        return ox.NamedNode(things() + text)
    if not _ABSOLUTE.match(text):
        raise ValueError(text)
    return ox.NamedNode(in_full(text))


def _named(text: str) -> ox.NamedNode:
    """Return a property or a datatype, which is not meant by the end of an IRI alone."""
    if _NAME.match(text):
        raise ValueError(text)
    return iri(text)


def _object(text: str, language: str, datatype: str) -> ox.NamedNode | ox.Literal:
    if language and datatype:
        raise ValueError(text)
    if language or datatype:
        return _literal(text, language, datatype)
    if (match := _QUOTED.match(text)) is not None:
        return _literal(unescaped(match[1]), match["language"] or "", match["datatype"] or "")
    if text.startswith('"'):
        raise ValueError(text)
    if not (text.startswith("<") or _ABSOLUTE.match(text) or _WIKIDATA.match(text)):
        number = (name for name, pattern in _NUMBERS.items() if pattern.match(text))
        return _literal(text, "", next(number, ""))
    return iri(text)


def _literal(text: str, language: str, datatype: str) -> ox.Literal:
    if language:
        tag, marks, direction = language.partition("--")
        return ox.Literal(
            text, language=tag, direction=ox.BaseDirection(direction) if marks else None
        )
    return ox.Literal(text, datatype=_named(datatype)) if datatype else ox.Literal(text)


def fact_of(triple: ox.Triple) -> Fact:
    """*triple* as a tuple of terms in N-Triples syntax."""
    return str(triple.subject), str(triple.predicate), str(triple.object)


def triple_of(fact: Fact) -> ox.Triple:
    """The triple that :func:`fact_of` wrote so."""
    (quad,) = ox.parse(f"{' '.join(fact)} .", format=ox.RdfFormat.N_TRIPLES)
    return ox.Triple(quad.subject, quad.predicate, quad.object)


def sentence(triple: ox.Triple) -> str:
    """A triple for a reader, on one line; rdf:type is ``a`` as in Turtle."""
    subject, predicate, value = map(results.turtle_term, triple)
    return f"{subject} {'a' if predicate == 'rdf:type' else predicate} {value}"


def from_json(term: dict[str, Any]) -> ox.NamedNode | ox.Literal | None:
    """The term that SPARQL JSON results have so; None for one that has no name and is no literal."""
    return None if term["type"] in ("bnode", "triple") else results.from_json(term)


def triple_json(triple: ox.Triple) -> dict[str, Any]:
    """A triple as SPARQL JSON results have it: an object with a term for each part."""
    return cast("dict[str, Any]", results.as_json(triple)["value"])


OF_LABEL: Final = "urn:x-label:"
"""How an IRI begins that stands for a label, and that nothing has."""


class Reference(NamedTuple):
    """A value that only the data can check: the parameter, the value, and the term it is bound as.

    An IRI must be that of something, or stand for the thing that has the *value* as its label. *among*,
    if not empty, is a query whose column *column* has all terms that are allowed.
    """

    parameter: str
    value: str
    term: str
    among: str = ""
    column: str = ""

    @property
    def is_label(self) -> bool:
        """Whether the value cannot be an IRI, so that it must be a label."""
        return self.term.startswith(f"<{OF_LABEL}")

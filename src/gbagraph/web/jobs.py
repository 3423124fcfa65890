"""Jobs of pages: JSON-LD in the words of the ontology, and pages that a worker makes.

There a page can be limited and stopped, and holds up nobody else.

A document in JSON-LD 1.1 reads as plain JSON; its context makes it RDF. The thing that it is about is at
the top, all other things are below ``@included``. It contains the part of the context that it uses, so a
reader needs no second request.
"""

from __future__ import annotations

import json
import pickle
import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

import pyoxigraph as ox

from gbagraph.engine.jobs import Job
from gbagraph.errors import NotAcceptable
from gbagraph.feature import resolve
from gbagraph.paths import own_query
from gbagraph.rdf.formats import HTML
from gbagraph.rdf.namespaces import PREFIXES, compact, expand
from gbagraph.rdf.namespaces import prefixes as known

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gbagraph.engine.worker import Work
    from gbagraph.rdf.dataset import Dataset
    from gbagraph.rdf.formats import Format, Kind

    Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple


class Rendering(Job, frozen=True):
    """Have a *function*, named as ``module:name``, make a page of what is *given* to it, pickled."""

    evaluator: ClassVar[str] = f"{__name__}:render"
    is_page: ClassVar[bool] = True

    function: str
    given: bytes

    def format(self, kind: Kind) -> Format:  # noqa: ARG002  there is only one
        """Return the format of pages."""
        return HTML


def rendering(function: str, *given: object) -> Rendering:
    """Return the job that has *function* make a page of what is *given* to it."""
    return Rendering(function, pickle.dumps(given))


def render(job: Rendering, work: Work) -> None:
    """Send the page."""
    given = pickle.loads(job.given)  # noqa: S301  the server has written it
    work.send(job, resolve(job.function)(*given).encode())


class JsonLdDocument(Job, frozen=True):
    """Write the result of a CONSTRUCT query as a JSON-LD document about *iri*."""

    evaluator: ClassVar[str] = f"{__name__}:write_document"

    text: str
    iri: str


class JsonLdContext(Job, frozen=True):
    """Write the JSON-LD context of the ontology."""

    evaluator: ClassVar[str] = f"{__name__}:write_context"

    @classmethod
    def prepare(cls, store: Dataset | None) -> None:
        """Read the query for the terms of the ontology."""
        super().prepare(store)
        own_query("web", "context-terms")


def write_document(job: JsonLdDocument, work: Work) -> None:
    """Send the document."""
    triples: Any = work.store.query(job.text)
    work.send(job, document(job.iri, triples, context(work.store)))


def write_context(job: JsonLdContext, work: Work) -> None:
    """Send the context."""
    work.send(job, context(work.store).as_json())


_TYPE: Final = expand("rdf:type")
_LINKS: Final = (
    *("rdf:subject", "rdf:predicate", "owl:sameAs", "gba:closeMatch"),
    *("skos:closeMatch", "skos:exactMatch", "skos:inScheme", "skos:broader"),
    *("rdfs:subClassOf", "rdfs:subPropertyOf", "rdfs:isDefinedBy"),
)
_TEXTS: Final = (
    *("rdfs:label", "rdfs:comment", "skos:altLabel", "skos:prefLabel", "skos:definition"),
    *("skos:example", "dcterms:title", "dcterms:description"),
)
_DATES: Final = tuple(PREFIXES["xsd"] + name for name in ("date", "gYear", "gYearMonth"))
_INTEGER: Final = re.compile(r"(?:0|-?[1-9][0-9]{0,15})\Z")
"""An integer as JSON writes it; what is written otherwise, such as 01, is another literal."""
_EXACT: Final = 2**53
"""Up to here, all JSON parsers read integers exactly."""


@dataclass(frozen=True, slots=True)
class Context:
    """Short names for terms: ``names`` by IRI, and ``definitions`` by name, as in JSON-LD."""

    names: dict[str, str]
    definitions: dict[str, dict[str, str]]

    def as_json(self) -> bytes:
        """Return the context document, with all prefixes."""
        prefixes = {name: iri for name, iri in known().items() if name not in self.definitions}
        document = {"@context": {**prefixes, **self.definitions}}
        return json.dumps(document, ensure_ascii=False, indent=1).encode()


def context(store: Dataset) -> Context:
    """Return the context of the ontology in *store*: links are IRIs, texts language maps, dates typed.

    Where a property and a prefix have the same name, it means the property; where properties of two
    vocabularies have the same local name, it means ours.
    """
    definitions = {_local(iri): {"@id": iri, "@type": "@id"} for iri in map(expand, _LINKS)}
    definitions["object"] = {"@id": expand("rdf:object")}
    rows: Any = store.query(own_query("web", "context-terms"))
    for row in rows:
        iri = row["term"].value
        range_ = row["range"].value if row["range"] and row["n"].value == "1" else ""
        definitions[_local(iri)] = {"@id": iri, **_coercion(row["type"].value, range_)}
    for iri in map(expand, _TEXTS):
        definitions[_local(iri)] = {"@id": iri, "@container": "@language"}
    names = {definition["@id"]: name for name, definition in definitions.items()}
    return Context(names, definitions)


def _local(iri: str) -> str:
    return iri.rpartition("#")[2].rpartition("/")[2]


def _coercion(kind: str, range_: str) -> dict[str, str]:
    if kind == expand("owl:ObjectProperty"):
        return {"@type": "@id"}
    if range_ == PREFIXES["rdf"] + "langString":
        return {"@container": "@language"}
    return {"@type": range_} if range_ in _DATES else {}


def document(iri: str, triples: Iterable[ox.Triple], terms: Context) -> bytes:
    """Return *triples* as a JSON-LD document about *iri*.

    Raises:
        NotAcceptable: a term is of RDF 1.2, which JSON-LD 1.1 cannot represent.
    """
    by_subject: dict[Term, list[ox.Triple]] = defaultdict(list)
    for triple in dict.fromkeys(triples):
        by_subject[triple.subject].append(triple)
    writer = _Writer(terms, by_subject)
    top = writer.node(ox.NamedNode(iri))
    others = sorted((s for s in by_subject if s != ox.NamedNode(iri)), key=str)
    included = [writer.node(subject) for subject in others]
    body = {**top, **({"@included": included} if included else {})}
    return json.dumps({"@context": writer.used(), **body}, ensure_ascii=False, indent=1).encode()


class _Writer:
    """Writes nodes with the short names of a context, and records which names it has used."""

    def __init__(self, terms: Context, by_subject: dict[Term, list[ox.Triple]]) -> None:
        self._terms = terms
        self._by_subject = by_subject
        self._used: dict[str, str | dict[str, str]] = {}
        self._schemes = {
            term.value.partition(":")[0]
            for triples in by_subject.values()
            for triple in triples
            for term in (triple.subject, triple.predicate, triple.object)
            if isinstance(term, ox.NamedNode)
        }

    def used(self) -> dict[str, str | dict[str, str]]:
        """Return the part of the context that the nodes written so far need."""
        return dict(sorted(self._used.items()))

    def node(self, subject: Term) -> dict[str, Any]:
        """Return a node object (JSON-LD 1.1, section 9.2) with all triples about *subject*."""
        node: dict[str, Any] = {"@id": self._name(subject)}
        for triple in self._by_subject[subject]:
            if triple.predicate.value == _TYPE and isinstance(triple.object, ox.NamedNode):
                node.setdefault("@type", []).append(self._type(triple.object.value))
            else:
                self._add(node, triple.predicate.value, triple.object)
        return {key: _single(value) for key, value in sorted(node.items(), key=_order)}

    def _add(self, node: dict[str, Any], predicate: str, value: Term) -> None:
        term = self._terms.names.get(predicate)
        definition = self._terms.definitions[term] if term else {}
        written = self._value(value, definition)
        if term is None or not _fits(value, definition):
            # A prefixed name has no definition, so the value is written in full.
            node.setdefault(self._short(predicate), []).append(self._value(value, {}))
            return
        self._used[term] = definition
        if isinstance(value, ox.Literal) and "@container" in definition:
            texts = node.setdefault(term, {})
            texts.setdefault(value.language, []).append(written)
        else:
            node.setdefault(term, []).append(written)

    def _value(self, value: Term, definition: dict[str, str]) -> Any:  # noqa: ANN401  any JSON
        if not isinstance(value, ox.Literal):
            name = self._name(value)
            return name if definition.get("@type") == "@id" else {"@id": name}
        if definition.keys() & {"@container", "@type"}:
            return value.value
        return _literal(value)

    def _name(self, term: Term) -> str:
        if isinstance(term, ox.Triple):
            raise _not_in_json_ld()
        return self._short(term.value) if isinstance(term, ox.NamedNode) else str(term)

    def _type(self, iri: str) -> str:
        name = self._terms.names.get(iri)
        if name is None:
            return self._short(iri)
        self._used[name] = self._terms.definitions[name]
        return name

    def _short(self, iri: str) -> str:
        """*iri* as a prefixed name, unless the prefix has another meaning in this document."""
        short = compact(iri)
        prefix = short.partition(":")[0]
        if short == iri or prefix in self._schemes or prefix in self._terms.definitions:
            return iri
        self._used[prefix] = known()[prefix]
        return short


def _fits(value: Term, definition: dict[str, str]) -> bool:
    """Whether a term with this definition can have *value*."""
    if "@container" in definition:
        return isinstance(value, ox.Literal) and value.language is not None
    kind = definition.get("@type")
    if kind == "@id":
        return not isinstance(value, ox.Literal)
    return kind is None or (isinstance(value, ox.Literal) and value.datatype.value == kind)


def _literal(value: ox.Literal) -> Any:  # noqa: ANN401  a value object or a JSON value
    if value.direction is not None:
        raise _not_in_json_ld()
    if value.language is not None:
        return {"@value": value.value, "@language": value.language}
    kind = compact(value.datatype.value)
    if kind == "xsd:string":
        return value.value
    if kind == "xsd:integer" and _INTEGER.match(value.value) and abs(int(value.value)) < _EXACT:
        return int(value.value)
    return {"@value": value.value, "@type": value.datatype.value}


def _not_in_json_ld() -> NotAcceptable:
    return NotAcceptable(
        "The document contains a triple term or a text with a direction (RDF 1.2), which JSON-LD 1.1 "
        "cannot represent. Ask for Turtle or N-Triples.",
        available=["text/turtle", "application/n-triples"],
    )


def _single(value: Any) -> Any:  # noqa: ANN401  any JSON
    """A list of one value as that value, in language maps as well."""
    if isinstance(value, dict) and not any(key.startswith("@") for key in value):
        return {key: _single(inner) for key, inner in value.items()}
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _order(entry: tuple[str, Any]) -> tuple[bool, bool, str]:
    """The sort key of an entry: keywords first, then the label, then all others alphabetically."""
    return not entry[0].startswith("@"), entry[0] != "label", entry[0]

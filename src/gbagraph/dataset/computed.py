"""Graphs that are computed at load: of the claims, and of the canned queries.

graph/evidence says on what every asserted triple rests: one claim each, all of the same form.

Each claim on the article is written (data/evidence.ttl). Of other sources the files say it once,
where it is shortest: a node with a date or a number names its source itself, a plain link has an
``ev:Claim``. From that, each triple of the facts gets one claim with
``rdf:subject``, ``rdf:predicate``, ``rdf:object`` and what it rests on (``ev:statedIn``,
``ev:inferredFrom`` or ``ev:wordedFrom``), so that one pattern finds the evidence of anything. A triple
rests on the first of these that there is:

1. a claim about it that is written by hand;
2. for a bound of a date, the claim about that date;
3. what its subject names; 4. what its object names;
5. for what describes a source or a passage: that document;
6. the passages on which the other facts about its subject rest. So rests the kind of a thing: it is our
   reading of these passages, hence inferred.

Names and remarks are words of ours, made from what they rest on, unless a claim by hand says otherwise.

graph/queries has the canned queries as RDF, so that tools find them as examples.

Terms: SHACL-AF for executable queries and their parameters (sections 5.2 and 8), schema.org for keywords
and the endpoint, and spex:federatesWith for each endpoint that SERVICE names, as the SIB's collections
of examples have them. A query is named by an IRI below ``/query/``, a parameter by a fragment of it; the
local name of its path is its variable.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pyoxigraph as ox

from gbagraph import publication
from gbagraph.dataset.identity import EVIDENCE, INFERRED, queries_graph
from gbagraph.dataset.void import Statement, facts, name
from gbagraph.queries.catalog import all_queries
from gbagraph.queries.texts import Said, said_of
from gbagraph.rdf import namespaces
from gbagraph.rdf.namespaces import BASE, ONTOLOGY, expand, graph_iri

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from gbagraph.queries.canned import CannedQuery
    from gbagraph.queries.parameters import Parameter
    from gbagraph.rdf.formats import Kind

    Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple
    Key = tuple[Term, Term, Term]
    _Statement = tuple[ox.NamedNode, Term]


_FACTS: Final = tuple(ox.NamedNode(graph_iri(name)) for name in ("article", "context", "links"))
_ONTOLOGY: Final = ox.NamedNode(graph_iri("ontology"))
_DIFFERING: Final = ox.NamedNode(graph_iri("differing"))


def _terms(*curies: str) -> tuple[ox.NamedNode, ...]:
    return tuple(ox.NamedNode(expand(curie)) for curie in curies)


_TYPE, _SUBJECT, _PREDICATE, _OBJECT = _terms(
    "rdf:type", "rdf:subject", "rdf:predicate", "rdf:object"
)
_CLAIM, _STATED, _INFERRED, _WORDED = _terms(
    "ev:Claim", "ev:statedIn", "ev:inferredFrom", "ev:wordedFrom"
)
_WORDING: Final = _terms("rdfs:label", "skos:altLabel", "skos:prefLabel", "rdfs:comment")
"""The properties of names and remarks."""
(_ABOVE,) = _terms("rdfs:subPropertyOf")
_BASES: Final = (_STATED, _INFERRED, _WORDED)
_QUALIFIERS: Final = (*_BASES, *_terms("ev:note", "ev:resolves", "ev:relativeTo"))
_BOUNDS: Final[Mapping[Term, tuple[ox.NamedNode, ...]]] = dict(
    zip(
        _terms("gba:earliest", "gba:latest"),
        (
            _terms("gba:date", "gba:start", "gba:deadline"),
            _terms("gba:date", "gba:end", "gba:deadline"),
        ),
        strict=True,
    )
)
"""The bounds of a date, and the properties with the date that each can be the bound of."""
_DOCUMENT: Final = frozenset(_terms("gba:SourceDocument"))
_PASSAGE: Final = frozenset(_terms("gba:Paragraph", "gba:Section"))


class _Reason(NamedTuple):
    """What a triple rests on: the claim written by hand, if there is one, and what it says."""

    says: tuple[_Statement, ...]
    claim: Term | None = None


def add_claims(store: ox.Store) -> None:
    """Add the claims about the facts in *store* to graph/evidence.

    What is said in graph/differing has its claims there, for it is not to be met by chance. What
    follows from a claim by the ontology, that it rests on a passage and is derived from it, is added
    to graph/inferred, where the rest of what follows is.
    """
    named = set(store.named_graphs())
    by_graph = [_by_subject(_quads(store, graph)) for graph in _FACTS if graph in named]
    everywhere: dict[Term, list[_Statement]] = defaultdict(list)
    for by_subject in by_graph:
        for subject, statements in by_subject.items():
            everywhere[subject] += statements
    written = dict(_claims(_by_subject(_quads(store, EVIDENCE))))
    for by_subject in by_graph:
        _write(store, EVIDENCE, _Facts(by_subject, everywhere, written))
    if _DIFFERING in named:
        differing = _by_subject(_quads(store, _DIFFERING))
        _write(store, _DIFFERING, _Facts(differing, everywhere, {}))
    _conclude(store)


def _conclude(store: ox.Store) -> None:
    for basis in _BASES:
        wider = _wider(store, basis)
        store.extend(
            ox.Quad(quad.subject, predicate, quad.object, INFERRED)
            for quad in list(store.quads_for_pattern(None, basis, None, EVIDENCE))
            for predicate in wider
        )


def _wider(store: ox.Store, term: ox.NamedNode) -> list[ox.NamedNode]:
    """The properties above *term*, at any height (rule prp-spo1 of OWL 2 RL)."""
    wider: list[ox.NamedNode] = []
    for quad in store.quads_for_pattern(term, _ABOVE, None, _ONTOLOGY):
        if isinstance(quad.object, ox.NamedNode) and quad.object not in wider:
            wider += [quad.object, *_wider(store, quad.object)]
    return wider


def _quads(store: ox.Store, graph: ox.NamedNode) -> list[ox.Quad]:
    # The store gives the last first.
    return list(store.quads_for_pattern(None, None, None, graph))[::-1]


def _write(store: ox.Store, graph: ox.NamedNode, facts: _Facts) -> None:
    quads: list[ox.Quad] = []
    for key, reason in facts.reasons():
        claim: Any = reason.claim or claim_name(key)
        quads += (
            ox.Quad(claim, predicate, value, graph)
            for predicate, value in (
                *zip((_TYPE, _SUBJECT, _PREDICATE, _OBJECT), (_CLAIM, *key), strict=True),
                *reason.says,
            )
        )
    store.extend(quads)


def claim_name(key: Iterable[Term], folder: str = f"{BASE}claim/") -> ox.NamedNode:
    """Return the IRI of the computed claim about a triple: the same for the same triple, for ever."""
    key = tuple(key)
    digest = hashlib.sha256(" ".join(map(str, key)).encode()).hexdigest()[:12]
    ends = (re.sub(r"^.*[/#]", "", getattr(term, "value", "")) for term in key[:2])
    return ox.NamedNode(f"{folder}{'.'.join([*ends, digest])}")


def _by_subject(quads: Iterable[ox.Quad]) -> dict[Term, list[_Statement]]:
    by_subject: dict[Term, list[_Statement]] = defaultdict(list)
    for quad in quads:
        by_subject[quad.subject].append((quad.predicate, quad.object))
    return dict(by_subject)


def _claims(by_subject: Mapping[Term, list[_Statement]]) -> Iterator[tuple[Key, _Reason]]:
    """The claims that are written by hand, by the triple that each is about."""
    for claim, statements in by_subject.items():
        if (_TYPE, _CLAIM) in statements:
            parts = dict(statements)
            key = (parts.get(_SUBJECT), parts.get(_PREDICATE), parts.get(_OBJECT))
            rest = tuple(
                row for row in statements if row[0] not in (_TYPE, _SUBJECT, _PREDICATE, _OBJECT)
            )
            if None not in key:
                yield key, _Reason(rest, claim)  # type: ignore[misc]


class _Facts:
    """The triples of one graph, and what each of them rests on."""

    def __init__(
        self,
        by_subject: Mapping[Term, list[_Statement]],
        everywhere: Mapping[Term, list[_Statement]],
        written: Mapping[Key, _Reason],
    ) -> None:
        self._by_subject, self._everywhere = by_subject, everywhere
        self._claims = {**written, **dict(_claims(by_subject))}
        self._dated = {key[:2]: reason for key, reason in self._claims.items()}

    def reasons(self) -> Iterator[tuple[Key, _Reason]]:
        """Each triple that is a fact, with what it rests on."""
        left: list[Key] = []
        about: dict[Term, dict[Term, None]] = defaultdict(dict)
        for key in self._triples():
            reason = self._own_reason(key)
            if reason is None:
                left.append(key)
                continue
            yield key, _worded(key, reason)
            passages = dict.fromkeys(value for basis, value in reason.says if basis in _BASES)
            about[key[0]] |= passages
            about[key[2]] |= passages
        for key in sorted(left, key=lambda key: not about.get(key[0])):
            passages = about.get(key[0], {})
            about[key[2]] |= passages
            yield key, _worded(key, _Reason(tuple((_INFERRED, each) for each in passages)))

    def _triples(self) -> Iterator[Key]:
        for subject, statements in self._by_subject.items():
            if (_TYPE, _CLAIM) not in statements:
                for predicate, value in statements:
                    if predicate not in _QUALIFIERS:
                        yield subject, predicate, value

    def _own_reason(self, key: Key) -> _Reason | None:
        subject, predicate, value = key
        if key in self._claims:
            return self._claims[key]
        for date in _BOUNDS.get(predicate, ()):
            if (subject, date) in self._dated:
                return _Reason(_qualifiers(self._dated[subject, date].says))
        # What the same graph says of the two comes first: a link that another source adds to a node
        # of the article does not rest on the article.
        for graph in (self._by_subject, self._everywhere):
            for node in (subject, value):
                says = _qualifiers(graph.get(node, ()))
                if any(basis in _BASES for basis, _ in says):
                    return _Reason(says)
        return self._description(subject)

    def _said(self, node: Term) -> Iterable[_Statement]:
        return self._by_subject.get(node) or self._everywhere.get(node) or ()

    def _description(self, subject: Term) -> _Reason | None:
        """Return what a document says of itself, and of what it is made of."""
        kinds = {value for predicate, value in self._said(subject) if predicate == _TYPE}
        if kinds & _DOCUMENT:
            return _Reason(((_STATED, subject),))
        if kinds & _PASSAGE:
            return _Reason(((_STATED, self._document(subject)),))
        return None

    def _document(self, passage: Term) -> Term:
        above = _terms("gba:inSection", "gba:inDocument")
        for predicate, value in self._said(passage):
            if predicate in above:
                return self._document(value)
        return passage


def _worded(key: Key, reason: _Reason) -> _Reason:
    """*reason*; of a name or a remark, that the words are ours, unless that is said by hand."""
    if key[1] not in _WORDING or reason.claim is not None:
        return reason
    return _Reason(tuple((_WORDED, value) for basis, value in reason.says if basis in _BASES))


def _qualifiers(said: Iterable[_Statement]) -> tuple[_Statement, ...]:
    return tuple(row for row in said if row[0] in _QUALIFIERS)


_FORMS: Final[dict[Kind, tuple[str, str]]] = {
    "solutions": ("sh:SPARQLSelectExecutable", "sh:select"),
    "boolean": ("sh:SPARQLAskExecutable", "sh:ask"),
    "graph": ("sh:SPARQLConstructExecutable", "sh:construct"),
}


def add_queries(store: ox.Store) -> None:
    """Add the canned queries to their graph in *store*; where nothing has a base, they have no IRIs."""
    if namespaces.base():
        store.extend(
            ox.Quad(ox.NamedNode(subject), name(curie), value, queries_graph())
            for query in all_queries().values()
            for subject, curie, value in _described(query)
        )


def query_iri(query: CannedQuery) -> str:
    """The IRI of a canned query."""
    return f"{namespaces.folder()}query/{query.name}"


def _described(query: CannedQuery) -> Iterator[Statement]:
    subject, (form, text) = query_iri(query), _FORMS[query.kind]
    params = {row.name: row.description for row in query.parameters}
    said = {"en": Said(query.summary, query.description, params), **said_of(query)}
    prefixes = ox.NamedNode(ONTOLOGY) if publication.current().is_own else None
    yield from facts(
        subject,
        ("rdf:type", name("sh:SPARQLExecutable")),
        ("rdf:type", name(form)),
        ("rdfs:label", ox.Literal(query.name, language="en")),
        *_in_languages("rdfs:comment", {tag: each.summary for tag, each in said.items()}),
        *_in_languages("schema:description", {tag: each.description for tag, each in said.items()}),
        (text, query.body),
        ("sh:prefixes", prefixes),
        ("schema:target", ox.NamedNode(f"{namespaces.folder()}sparql")),
        *(("spex:federatesWith", ox.NamedNode(service)) for service in query.services),
        *(("schema:keywords", tag) for tag in query.tags),
    )
    for row in query.parameters:
        texts = {tag: each.params.get(row.name, "") for tag, each in said.items()}
        yield from _parameter(subject, row, texts)


def _in_languages(curie: str, texts: Mapping[str, str]) -> Iterator[tuple[str, ox.Literal]]:
    """Yield a property with its texts, each with its language."""
    for language, text in texts.items():
        if text:
            yield curie, ox.Literal(text, language=language.lower())


def _parameter(query: str, row: Parameter, texts: Mapping[str, str]) -> Iterator[Statement]:
    subject = f"{query}#{row.name}"
    yield Statement(query, "sh:parameter", ox.NamedNode(subject))
    yield from facts(
        subject,
        ("sh:path", ox.NamedNode(f"{query}#{row.variable}")),
        ("sh:name", row.name),
        *_in_languages("sh:description", texts),
        ("sh:optional", not row.required or row.default is not None),
        _kind_of_values(row),
        ("sh:defaultValue", None if row.default is None else row.type.term(row.default)),
    )


def _kind_of_values(row: Parameter) -> tuple[str, ox.NamedNode | None]:
    """Return the statement on the values that a parameter takes."""
    if row.type.name == "iri":
        return "sh:nodeKind", name("sh:IRI")
    if row.type.language:
        return "sh:datatype", name("rdf:langString")
    return "sh:datatype", ox.NamedNode(row.type.datatype) if row.type.datatype else None

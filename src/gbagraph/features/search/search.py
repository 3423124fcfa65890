"""Search in a worker: what a text may mean, as JSON with all that a list of results shows."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

import pyoxigraph as ox

from gbagraph.names import index
from gbagraph.names.index import names_of
from gbagraph.names.matching import Entry, Found, Hit, Kind, Name
from gbagraph.names.names import TEXTS
from gbagraph.names.texts import spaced
from gbagraph.queries.catalog import find
from gbagraph.queries.texts import said_of
from gbagraph.rdf import namespaces
from gbagraph.rdf.dataset import Dataset, access
from gbagraph.rdf.namespaces import PREFIXES, compact, document_path, expand, local_path, prefixes
from gbagraph.setting import distinct

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gbagraph.engine.worker import Work
    from gbagraph.features.search.jobs import Completions, Search
    from gbagraph.names.names import Names
    from gbagraph.setting import AllowedService


_TYPE: Final = ox.NamedNode(expand("rdf:type"))
_WIDER: Final = ox.NamedNode(expand("rdfs:subClassOf"))
_OF_LANGUAGE: Final = tuple(PREFIXES[name] for name in ("rdf", "rdfs", "owl"))
_TEXTS: Final = tuple(map(ox.NamedNode, TEXTS))
_LONGEST: Final = 200
"""Letters of a snippet."""
_NEAREST: Final = 5
_TYPED: Final = ("thing", "paragraph")


def run(job: Search, work: Work) -> None:
    """Send what a text may mean."""
    work.send(job, search(work.store, job))


def search(store: Dataset, asked: Search) -> bytes:
    """Return what the text of *asked* may mean, as a JSON object: results, and how many of each kind.

    Of no text, it is all that there is, by name. Where nothing is found, the object has ``suggestions``;
    where only exact names are, ``index`` says why: the index of the store is ``building`` or ``off``.
    """
    text, languages, end = asked.text, asked.languages, asked.offset + asked.limit
    names = names_of(store)
    found = names.finder.find(text) if text else Found(names.finder.listed())
    hits = [hit for hit in found.hits if not asked.kinds or hit.entry.kind in asked.kinds]
    if not text:
        hits.sort(key=lambda hit: _place(hit, names, languages))
    content = {
        "query": text,
        "results": [_row(hit, names, store, languages) for hit in hits[asked.offset : end]],
        "total": len(hits),
        "counts": found.counts(),
        "words": found.words,
        **({"slips": found.slips} if found.slips else {}),
        **({"index": why} if (why := index.state()) else {}),
    }
    if not found.hits:
        near = names.finder.nearest(text, _NEAREST)
        content["suggestions"] = [_row(hit, names, store, languages) for hit in near]
    return f"{json.dumps(content, ensure_ascii=False)}\n".encode()


def _place(hit: Hit, names: Names, languages: tuple[str, ...]) -> tuple[bool, str]:
    """Where something stands in a list: by its label, documents after what they are about."""
    is_document = hit.entry.kind == "thing" and names.is_source(hit.entry.iri)
    return is_document, spaced(_shown(hit, languages).text)


def _shown(hit: Hit, languages: Iterable[str]) -> Name:
    """The label of what was found, in the first of *languages* that it has one in."""
    labels = [name for name in hit.names if name.language]
    default = next((name for name in labels if name.text == hit.entry.label), Name(hit.entry.label))
    return _preferred(labels, languages) or default


def _preferred(labels: Sequence[Name], languages: Iterable[str]) -> Name | None:
    return next(
        (n for tag in languages for n in labels if f"{n.language}-".lower().startswith(f"{tag}-")),
        None,
    )


def _row(hit: Hit, names: Names, store: Dataset, languages: tuple[str, ...]) -> dict[str, Any]:
    entry, shown = hit.entry, _shown(hit, languages)
    is_other = hit.name and names.simplified(hit.name.text) != names.simplified(shown.text)
    match = hit.name if hit.name and is_other else shown
    snippet = _snippet(entry, store, languages)
    others = [label for label in hit.names[1:] if label.text != match.text]
    row = {
        **entry._asdict(),
        "label": shown.text,
        "labelLanguage": shown.language,
        "snippet": short(snippet.text),
        "snippetLanguage": snippet.language,
        "name": compact(entry.iri),
        "address": address(entry, store),
        "match": match.text,
        "language": match.language,
        "names": [label._asdict() for label in others],
        "score": round(hit.score, 3),
    }
    types = _types(entry, names, store, languages)
    return {**row, "types": types} if types else row


def _snippet(entry: Entry, store: Dataset, languages: tuple[str, ...]) -> Name:
    """What is said of something in a sentence, in the first of *languages* in which it is said."""
    default = Name(entry.snippet, "en")
    if entry.kind == "query":
        said = {tag.lower(): row.description for tag, row in said_of(find(entry.iri)).items()}
        return next((Name(said[tag], tag) for tag in languages if said.get(tag)), default)
    if not entry.snippet or entry.kind == "prefix":
        return default
    node = ox.NamedNode(entry.iri)
    quads = (q for name in _TEXTS for q in store.quads_for_pattern(node, name, None, None))
    texts = [
        Name(q.object.value, q.object.language or "")
        for q in quads
        if isinstance(q.object, ox.Literal)
    ]
    return _preferred(texts, languages) or default


def short(text: str, longest: int = _LONGEST) -> str:
    """Return *text* on one line, cut between words."""
    line = " ".join(text.split())
    return line if len(line) <= longest else f"{line[:longest].rpartition(' ')[0]} …"


def _types(entry: Entry, names: Names, store: Dataset, languages: tuple[str, ...]) -> list[str]:
    """What the classes of a thing are called."""
    if entry.kind not in _TYPED:
        return []
    classes = types_of(entry.iri, store)
    names_of_each = (
        (_preferred(names.names_of(each), languages), names.label_of(each)) for each in classes
    )
    return list(dict.fromkeys(name.text if name else label for name, label in names_of_each))


def led(entry: Entry, store: Dataset) -> dict[str, Any]:
    """Return the ``address`` of the page about *entry*, and its classes as ``types``, for lists."""
    is_typed = entry.kind in _TYPED
    return {
        "address": address(entry, store),
        "types": types_of(entry.iri, store) if is_typed else [],
    }


def types_of(iri: str, store: Dataset) -> list[str]:
    """Return the classes of a thing: the narrowest, and of the dataset's own if it has any."""
    classes = _objects(iri, _TYPE, store)
    others = [each for each in classes if not each.startswith(_OF_LANGUAGE)]
    own = [each for each in others if each.startswith(namespaces.base() or "\n")] or others
    wider = {above for each in own for above in _objects(each, _WIDER, store) if above != each}
    return [each for each in own if each not in wider]


def _objects(iri: str, predicate: ox.NamedNode, store: Dataset) -> list[str]:
    quads = store.quads_for_pattern(ox.NamedNode(iri), predicate, None, None)
    return sorted({q.object.value for q in quads if isinstance(q.object, ox.NamedNode)})


def address(entry: Entry, store: Dataset) -> str:
    """Return where the page about *entry* is, relative to the address of the search."""
    if entry.kind == "query":
        return f"queries/{entry.iri}"
    if entry.kind == "prefix":
        return "prefixes?format=json"
    is_ours = entry.iri.startswith(namespaces.base() or "\n")
    if entry.kind == "graph" and not (is_ours and _is_told(entry, store)):
        return f"graphs?{urlencode({'graph': entry.iri})}"
    path = local_path(entry.iri)
    if not path:  # of another site; of a term of which nothing is said, it is the page of all
        path = document_path(entry.iri) if _is_told(entry, store) else "/ontology"
    return path.removeprefix("/")


def _is_told(entry: Entry, store: Dataset) -> bool:
    node = ox.NamedNode(entry.iri)
    patterns = (node, None, None, None), (None, None, node, None)
    return any(next(store.quads_for_pattern(*pattern), None) for pattern in patterns)


MOST: Final = 5000
"""Terms and things that are listed at most."""
COUNTED: Final = 1_000_000
"""Triples in which uses are counted: of a larger graph, in so many of its triples."""

_KINDS: Final[tuple[Kind, ...]] = ("class", "property", "thing", "paragraph")
_TERMS: Final = ("class", "property")
_COMPLETIONS_LONGEST: Final = 80
"""Letters of a definition."""
_COUNTS: Final[dict[Kind, str]] = {
    "class": "?s a ?x",
    "property": "?s ?x ?o",
    "thing": "{ ?x ?p ?o } UNION { ?s ?p ?x }",
}
_ENDS: Final = {
    "parents": (expand("rdfs:subClassOf"),),
    "domain": (expand("rdfs:domain"), expand("schema:domainIncludes")),
    "range": (expand("rdfs:range"), expand("schema:rangeIncludes")),
}


def run_completions(job: Completions, work: Work) -> None:
    """Send what can be completed."""
    work.send(job, document(work.store, work.services.values()))


def document(store: Dataset, services: Iterable[AllowedService] = ()) -> bytes:
    """Return the prefixes, and the classes, properties and things of *store* as a JSON object.

    Each has its ``kind``, its ``name`` with a prefix (its IRI, if none fits), its ``labels`` by
    language and the number of its ``uses``; a term a short ``definition``, a class its ``parents``, a
    property its ``domain`` and ``range``. The most used of a kind come first. ``complete`` is false
    where not all are listed. The endpoints that queries may call are ``services``, each with its ``iri``
    and its ``name``.
    """
    names = names_of(store)
    uses = {kind: names.uses(kind) or _uses(store, pattern) for kind, pattern in _COUNTS.items()}
    ordered = sorted(
        (_KINDS.index(entry.kind), -uses.get(entry.kind, uses["thing"]).get(entry.iri, 0), entry)
        for entry in names.finder.entries()
        if entry.kind in _KINDS and _is_worth_it(entry, names)
    )
    terms = (ox.NamedNode(entry.iri) for *_, entry in ordered if entry.kind in _TERMS)
    access(store).prefetch(terms, [ox.NamedNode(each) for ends in _ENDS.values() for each in ends])
    content = {
        "complete": len(ordered) <= MOST and sum(uses["property"].values()) < COUNTED,
        "prefixes": dict(prefixes()),
        "services": [{"iri": each.iri, "name": each.name} for each in distinct(services)],
        "terms": [_term(entry, -less, names, store) for _, less, entry in ordered[:MOST]],
    }
    return f"{json.dumps(content, ensure_ascii=False, separators=(',', ':'))}\n".encode()


def _is_worth_it(entry: Entry, names: Names) -> bool:
    """Whether *entry* is a term, or a thing that somebody would name in a query."""
    if entry.kind in _TERMS:
        return True
    base, things = namespaces.base(), namespaces.things()
    is_about_data = entry.kind == "thing" and bool(base) and entry.iri.startswith(base)
    is_about_data = is_about_data and not entry.iri.startswith(things)
    return not is_about_data and (bool(names.names_of(entry.iri)) or not names.has_labels)


def _uses(store: Dataset, pattern: str) -> dict[str, int]:
    """How often what is in the place of ``?x`` is there."""
    chosen = f"SELECT ?x {{ {pattern} FILTER (ISIRI(?x)) }} LIMIT {COUNTED}"
    rows: Any = store.query(f"SELECT ?x (COUNT(*) AS ?n) {{ {{ {chosen} }} }} GROUP BY ?x")
    return {row["x"].value: int(row["n"].value) for row in rows}


def _term(entry: Entry, uses: int, names: Names, store: Dataset) -> dict[str, Any]:
    row = {
        "kind": entry.kind,
        "name": compact(entry.iri),
        "labels": _by_language(names.names_of(entry.iri)),
        "definition": _definition(entry.snippet) if entry.kind in _TERMS else "",
        "uses": uses,
        **(_ends(entry.iri, store) if entry.kind in _TERMS else {}),
    }
    return {key: value for key, value in row.items() if value not in ("", {}, [])}


def _by_language(names: Sequence[Name]) -> dict[str, list[str]]:
    by_language = defaultdict(list)
    for name in names:
        by_language[name.language].append(name.text)
    return dict(by_language)


def _definition(text: str) -> str:
    """Return the first sentence of *text*, cut between words."""
    first = " ".join(text.split()).partition(". ")[0].rstrip(".")
    return short(first, _COMPLETIONS_LONGEST)


def _ends(iri: str, store: Dataset) -> dict[str, list[str]]:
    """What a property is said to lead from, and to; of a class, the wider ones."""
    return {
        name: sorted(
            {
                compact(quad.object.value)
                for told in properties
                for quad in store.quads_for_pattern(
                    ox.NamedNode(iri), ox.NamedNode(told), None, None
                )
                if isinstance(quad.object, ox.NamedNode)
            }
        )
        for name, properties in _ENDS.items()
    }

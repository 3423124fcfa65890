"""What is told of a thing, as a record: the questions that it takes, and how their answers are read.

No part of it asks anybody: whoever has a graph, here or elsewhere, answers each question.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gbagraph.api.asking import Evaluate, Search
from gbagraph.api.solutions import ExplainedSolutions, Solutions
from gbagraph.errors import UnknownResource
from gbagraph.feature import hook
from gbagraph.features.things import facts, nested, page, passages
from gbagraph.features.things import nodes as nodes_of
from gbagraph.features.things.record import Teller
from gbagraph.names.texts import plain
from gbagraph.rdf.evidence import WAYS, read_ways
from gbagraph.rdf.formats import BRIEF
from gbagraph.rdf.namespaces import expand
from gbagraph.rdf.results import rows
from gbagraph.sparql.terms import iri as iri_of
from gbagraph.web.kinds import about, of_dataset, read_kinds, read_schema

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

    from gbagraph.api.asking import Question
    from gbagraph.features.things.facts import Fact
    from gbagraph.features.things.record import Told

    Record = dict[str, Any]
    Asking = Generator[Question[Any], Any, Any]
    """Yields questions, and is sent their answers."""

_KINDS: Final = ("thing", "class", "property", "paragraph")
_MOST_CLASSES: Final = 20_000
_EXPLAINED: Final = 300
"""Facts for which it is asked on what they rest."""
_NEAR: Final = 5
_NO_ROWS: Final = b'{"results":{"bindings":[]}}'
_LINKS: Final = tuple(map(expand, ("owl:sameAs", "skos:exactMatch", "skos:closeMatch")))


def describe(name: str, languages: tuple[str, ...] = ("en",)) -> Asking:
    """Yield the questions that tell what *name* is, to be sent their answers; return a record.

    *name* is an IRI, in full or with a prefix, the end of one, or a label in any language; texts are in
    the first of *languages* in which there are any. The record has the ``iri``, ``label``, ``kind``
    (thing, class, property or paragraph), ``types``, ``summary``, ``names`` and ``identifiers`` of the
    thing; its ``facts``, its ``neighbours``, which have it as a value, and what ``differs``, each by
    property; what ``rests`` on it, and the ``uses`` of a property; and the ``passages`` on which all
    that rests. *more* says that it is not all. Of a name that means several things, the record has
    these as ``candidates``.

    Raises:
        UnknownResource: nothing has that name; the nearest names are its ``suggestions``.
    """
    iri, found = yield from _meant(name.strip(), languages)
    if not iri:
        return {"asked": name, "candidates": list(map(_candidate, found))}
    told = yield from _told(iri, found, languages)
    return {"asked": name, **told}


# --- What a name means ---------------------------------------------------------------------------


def _meant(name: str, languages: tuple[str, ...]) -> Asking:
    """Return the IRI that *name* means and what is said of it; or none, and what it may mean."""
    try:
        iri = iri_of(name).value
    except ValueError:
        iri = ""
    said, more = (yield from _facts(iri, languages)) if iri else ([], False)
    here = [fact.value.iri for fact in said if fact.term in _LINKS]
    if here and not any(fact.forward for fact in said):
        iri = here[0]  # the name was that of another site
        said, more = yield from _facts(iri, languages)
    if not said:
        iri, found = yield from _called(name)
        if not iri:
            return "", found
        said, more = yield from _facts(iri, languages)
    return iri, (said, more)


def _facts(iri: str, languages: tuple[str, ...]) -> Asking:
    said = yield from _rows(facts.facts_query(iri, 1, languages[0]), languages)
    return facts.read_facts(said, {})


def _called(name: str) -> Asking:
    """Return the IRI of the one thing that is called *name*; or none, and those that are."""
    answer = yield Search(name)
    found = [row for row in answer["results"] if row["kind"] in _KINDS]
    same = [row for row in found if plain(name) in map(plain, _names_of(row))]
    if same:
        return (same[0]["iri"] if len(same) == 1 else ""), same
    near = [row for row in (*found, *answer.get("suggestions", ())) if row["kind"] in _KINDS]
    listed = ", ".join(f"{row['name']} ({row['label']})" for row in near[:_NEAR])
    raise UnknownResource(
        f"Nothing here is called {name!r}.{f' The nearest names are: {listed}.' if near else ''}",
        suggestions=list(map(_candidate, near[:_NEAR])),
    )


def _names_of(row: Record) -> list[str]:
    return [row["label"], row["match"], *(each["text"] for each in row["names"])]


def _candidate(row: Record) -> Record:
    return {name: row[name] for name in ("iri", "label", "kind")}


# --- What is told of a thing ---------------------------------------------------------------------


def _rows(text: str, languages: tuple[str, ...] = ()) -> Asking:
    """Return the rows of a query in SPARQL results JSON, with labels in *languages*."""
    answer: Solutions = yield Evaluate(False, text, {}, Solutions, languages)
    return answer.serialize(format="json")


def _told(iri: str, said: tuple[list[Fact], bool], languages: tuple[str, ...]) -> Asking:
    """Return the record of *iri*, of which *said* are the facts, and whether there are more."""
    statements, more = said
    found = rows((yield from _rows(WAYS)))
    ways = read_ways((row["known"]["value"], row["term"]["value"]) for row in found)
    classes = f"{of_dataset('web', 'superclasses')} LIMIT {_MOST_CLASSES}"
    kinds = read_kinds(_NO_ROWS, (yield from _rows(classes)), languages)
    properties = yield from _rows(of_dataset("web", "properties"), languages)
    schema = read_schema(properties, kinds, languages)
    around = yield from _rows(nodes_of.around_query(iri, schema), languages)
    nodes = nodes_of.read_nodes(around, schema)
    if unnamed := nodes_of.unnamed(statements):
        beside = yield from _rows(about("features/things", "thing-nested", iri), languages)
        nodes = nodes_of.tell_of_unnamed(statements, nodes, nested.read(beside, unnamed))
    for fact in statements:
        fact.is_evidence = fact.term in ways.of_things
    thing = page.thing(iri, statements, nodes, schema, languages)
    supports = passages.supports_query(iri, 1, ways, languages[0])
    supported = passages.supported(iri, (yield from _rows(supports, languages)), schema, {})
    uses = yield from _rows(about("features/things", "thing-uses", iri), languages)
    shown = (line.fact.triple(iri) for lines in thing.every for line in lines.lines)
    evidence = yield from _evidence(each for each in shown if each)
    teller = Teller(thing, evidence)
    return teller.record(supported, passages.uses(uses), more or supported.more)


def _evidence(triples: Iterable[tuple[str, str, str]]) -> Asking:
    """Return on what the first of *triples* rest, where there is a way to tell."""
    named = [each for each in triples if not any(term.startswith(("_:", "<<")) for term in each)]
    told: Told = {}
    if named and hook("row evidence"):
        values = " ".join(f"({' '.join(each)})" for each in named[:_EXPLAINED])
        text = f"SELECT ?s ?p ?o {{ VALUES (?s ?p ?o) {{ {values} }} ?s ?p ?o }}"
        answer: ExplainedSolutions = yield Evaluate(BRIEF, text, {}, Solutions)
        told = {tuple(map(str, row)): row.evidence for row in answer}
    return told

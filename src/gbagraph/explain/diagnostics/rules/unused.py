"""Names that are there, but not so: a class used as a property, a term without data, another label."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from gbagraph.explain.diagnostics.finding import Finding, Repair
from gbagraph.explain.diagnostics.rules.instead import about_term, as_text, best_fitting, nearest
from gbagraph.explain.diagnostics.scopes import TYPE, Spot
from gbagraph.explain.names import LABELS
from gbagraph.explain.spelling import local_name, words
from gbagraph.rdf.namespaces import PREFIXES, expand

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gbagraph.explain.diagnostics.case import Case
    from gbagraph.explain.diagnostics.rules.mentions import Mention

_NAMING: Final = frozenset({"label", "name", "title", "caption", "called", "fn", "labels", "names"})

_OF_STATEMENTS: Final = frozenset(map(expand, ("rdf:subject", "rdf:predicate", "rdf:object")))


def wrong_use(case: Case, mention: Mention) -> Finding | None:
    """It is there, but as something else: a class as a property, a thing as a class."""
    iri, spot = mention.term.value, mention.spot
    if spot is None or mention.role not in ("property", "class"):
        return None
    node, places = ox.NamedNode(iri), case.places(mention.scope)
    schema = case.schema
    if mention.role == "class" and schema.occurs(None, iri, places=places):
        message = f"{mention.term.text} is a property, so nothing is an instance of it."
        owners = schema.use(iri, places)
        chosen = schema.special(owners.subjects)[:2]
        near = nearest(case, mention, "class")
        return about_term(case, mention, "not-a-class", message, [*near, *chosen])
    if mention.role == "class" and schema.occurs(None, None, node, places):
        by = _joining(case, node)
        if by and not nearest(case, mention, "class", least=0.85):
            short = case.short(by)
            path = spot.triple.path
            message = (
                f"{mention.term.text} is a thing, not a class: nothing is an instance of it. It is the "
                f"value of {case.named(by)}."
            )
            repairs = (Repair(short, (case.replaced(path, short),)),)
            return Finding("not-a-class", "error", message, mention.term.start, repairs)
    if mention.role == "property" and schema.occurs(None, TYPE, node, places):
        message = f"{mention.term.text} is a class, so no triple has it as its property."
        leading = _leading_to(case, spot, iri)
        return about_term(
            case,
            mention,
            "not-a-property",
            message,
            [*nearest(case, mention, "property"), *leading],
        )
    return None


def _joining(case: Case, node: ox.NamedNode) -> str | None:
    counted: dict[str, int] = defaultdict(int)
    for quad in case.schema.store.quads_for_pattern(None, None, node, *case.places()):
        if quad.predicate.value not in _OF_STATEMENTS:
            counted[quad.predicate.value] += 1
    return max(counted, key=lambda iri: (counted[iri], iri), default=None)


def _leading_to(case: Case, spot: Spot, cls: str) -> list[str]:
    """Properties from the subject of a pattern to instances of a class."""
    subject = spot.triple.subject.text
    near = " ".join(case.of_element(e) for e in case.neighbours(spot.triple, spot.scope))
    rows = case.rows("DISTINCT ?__p", f"{near} {subject} ?__p ?__o . ?__o a <{cls}>", "LIMIT 20")

    def share(iri: str) -> tuple[float, int]:
        use = case.schema.use(iri)
        return (use.objects[cls] / use.triples if use.triples else 0.0, use.triples)

    return sorted((row[0].value for row in rows), key=share, reverse=True)[:3]


def without_data(case: Case, mention: Mention) -> Finding | None:
    """It is declared, but the data does not use it."""
    iri = mention.term.value
    if mention.role not in ("property", "class") or not case.schema.is_declared(iri):
        return None
    instead = list(_instead(case, mention))
    what = "property" if mention.role == "property" else "class"
    has = "no triple has it as its property" if what == "property" else "it has no instances"
    message = f"{mention.term.text} is a {what} of the ontology, but {has} here."
    if instead:
        message += f" Ask {as_text(case, instead[0])}."
    elif case.schema.successors(iri):
        message += (
            f" In its place there is {', '.join(map(case.named, case.schema.successors(iri)))}."
        )
    return about_term(case, mention, f"{what}-without-data", message, instead)


def _instead(case: Case, mention: Mention) -> Iterator[str]:
    """What is used and means the same, or more, or less, or sounds alike."""
    iri, schema, places = mention.term.value, case.schema, case.places(mention.scope)

    def used(term: str) -> bool:
        if mention.role == "property":
            return schema.occurs(None, term, places=places)
        return schema.occurs(None, TYPE, ox.NamedNode(term), places)

    if mention.role == "property":
        yield from (f"^{inverse}" for inverse in schema.inverses(iri) if used(inverse))
        after = [each for each in schema.successors(iri) if used(each)]
        backward = [f"^{each}" for each in after]
        turned = any(_is_turned(iri, each) for each in after)
        yield from best_fitting(
            case, mention, [*backward, *after] if turned else [*after, *backward]
        )
    else:
        yield from filter(used, schema.successors(iri))
    yield from filter(used, schema.narrower(iri))
    yield from (term for term in schema.wider(iri) if used(term))
    yield from nearest(case, mention, "property" if mention.role == "property" else "class")


def _is_turned(one: str, other: str) -> bool:
    """Whether of two alike names one is passive: completes and completed in, issued by and issues."""
    names = [words(local_name(iri)) for iri in (one, other)]
    passive = [name[-1] in ("in", "by", "of") for name in names if name]
    first = [name[0] for name in names if name]
    return len(first) == 2 and passive[0] != passive[1] and first[0][:4] == first[1][:4]


def other_name_property(case: Case, mention: Mention) -> Finding | None:
    """A property for names that the data does not have: another one holds them."""
    spot = mention.spot
    if (
        mention.role != "property"
        or spot is None
        or not _NAMING & set(words(local_name(mention.term.value)))
    ):
        return None
    places = case.places(mention.scope)
    labels = [label for label in LABELS if case.schema.occurs(None, label, places=places)]
    found = best_fitting(case, mention, labels)
    if not found:
        return None
    message = f"The data has no {mention.term.text}; names are values of {case.named(found[0])}."
    repairs = []
    for label in found:
        name = next((n for n, ns in PREFIXES.items() if label.startswith(ns)), "")
        text, declared = case.prefix(label, name) if name else (case.short(label), ())
        repairs.append(Repair(text, (case.replaced(mention.term, text), *declared)))
    return Finding("label-property", "error", message, mention.term.start, tuple(repairs))

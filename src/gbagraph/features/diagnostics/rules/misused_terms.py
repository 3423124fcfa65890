"""Names that the data has, but in another role, in another graph or on another site."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from gbagraph.features.diagnostics.finding import (
    TYPE,
    Finding,
    Repair,
    Spot,
    first_property,
    instead,
)
from gbagraph.features.diagnostics.mentions import (
    SUBCLASS,
    Mention,
    about_term,
    as_text,
    as_used,
    best_fitting,
    forms_of,
    is_there,
    is_used,
    moved,
    nearest,
    outside,
    same_things,
)
from gbagraph.names.texts import likeness, local_name, words
from gbagraph.rdf.labels import LABELS
from gbagraph.rdf.namespaces import expand
from gbagraph.sparql.nodes import Triple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gbagraph.features.diagnostics.case import Case


NAMING: Final = frozenset({"label", "name", "title", "caption", "called", "fn", "labels", "names"})
"""Words in the names of properties whose values are names."""


_SHOWN: Final = 6


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
        owners = schema.special(schema.use(iri, places).subjects)
        others = nearest(case, mention, "class") or owners
        return about_term(case, mention, "not-a-class", message, others)
    if mention.role == "class" and schema.occurs(None, None, node, places):
        by = None if _meant(case, mention) else _joining(case, node)
        if by and not nearest(case, mention, "class", least=0.85):
            short = case.short(by)
            path = spot.triple.path
            message = (
                f"{mention.term.text} is a thing, not a class: nothing is an instance of it. It is the "
                f"value of {case.named(by)}."
            )
            repair = instead(path, short)
            return Finding("not-a-class", "error", message, mention.term.start, repair)
    if mention.role == "property" and schema.occurs(None, TYPE, node, places):
        message = f"{mention.term.text} is a class, so no triple has it as its property."
        others = nearest(case, mention, "property") or _leading_to(case, spot, iri)
        return about_term(case, mention, "not-a-property", message, others)
    if mention.role == "property" and _is_thing(case, node):
        message = f"{mention.term.text} is a thing, so no triple has it as its property."
        near = nearest(case, mention, "property")
        return about_term(case, mention, "not-a-property", message, near)
    return None


def _is_thing(case: Case, node: ox.NamedNode) -> bool:
    """Whether it has a class, and none of them is one of properties."""
    classes = [local_name(cls) for cls in case.schema.classes_of(node)]
    return bool(classes) and not any(name.endswith("Property") for name in classes)


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
    """It is declared, or known by what is said of others, but the data does not use it."""
    iri, role = mention.term.value, mention.role
    if role not in ("property", "class"):
        return None
    is_ours = case.schema.is_declared(iri)
    if not is_ours and not _meant(case, mention):
        return None
    used = next(_used_instead(case, mention), None)
    has = "no triple has it as its property" if role == "property" else "it has no instances"
    message = f"{mention.term.text} is a {role}{' of the ontology' * is_ours}, but {has} here."
    several = _several_below(case, mention)
    if several is not None:
        message += f" Ask {several.suggestion}: there are {_named(case, mention)}."
    elif used is not None:
        message += f" Ask {as_text(case, used)}."
    elif case.schema.successors(iri):
        message += (
            f" In its place there is {', '.join(map(case.named, case.schema.successors(iri)))}."
        )
    others = [used] if used is not None else []
    finding = about_term(case, mention, f"{role}-without-data", message, others)
    return finding if several is None else replace(finding, repair=several)


def _meant(case: Case, mention: Mention) -> list[str]:
    """What is used and lies below the term, or is said to match it, however its IRI is written.

    A form of its IRI that is used itself is what is meant, and that is told by another rule.
    """
    iris: list[str] = []
    forms = list(forms_of(mention.term.value))
    if any(is_used(case, mention, form) for form in forms):
        return iris
    for form in forms:
        near = sorted(
            case.schema.matches(form), key=lambda iri: -likeness(local_name(iri), local_name(form))
        )
        iris += (iri for iri in (*_below(case, mention, form), *near) if iri not in iris)
    return [iri for iri in iris if is_used(case, mention, iri)]


def _below(case: Case, mention: Mention, iri: str) -> list[str]:
    """The highest of the terms below one that are used."""
    used = [each for each in case.schema.narrower(iri) if is_used(case, mention, each)]
    return [each for each in used if not set(case.schema.wider(each)) & set(used)]


def _several_below(case: Case, mention: Mention) -> Repair | None:
    """Several classes lie below the one that is asked for: the path that finds the instances of all."""
    spot = mention.spot
    if (
        mention.role != "class"
        or spot is None
        or len(_below(case, mention, mention.term.value)) < 2
    ):
        return None
    by, declared = case.prefix(expand("rdfs:subClassOf"))
    path = f"{case.written(spot.triple.path)}/{by}*"
    if first_property(spot.triple) != TYPE or not case.fits(
        spot, f"{spot.triple.subject.text} {path} {mention.term.text} ."
    ):
        return None
    return instead(spot.triple.path, path, *declared)


def _named(case: Case, mention: Mention) -> str:
    below = _below(case, mention, mention.term.value)
    return ", ".join(map(case.named, below[:_SHOWN])) + (" …" if len(below) > _SHOWN else "")


def _used_instead(case: Case, mention: Mention) -> Iterator[str]:
    """What is used and means the same, or more, or less, or sounds alike."""
    iri, schema = mention.term.value, case.schema

    used = partial(is_used, case, mention)
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
    meant = _meant(case, mention)
    yield from best_fitting(case, mention, meant) if mention.role == "property" else meant
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
        or not NAMING & set(words(local_name(mention.term.value)))
    ):
        return None
    places = case.places(mention.scope)
    labels = [label for label in LABELS if case.schema.occurs(None, label, places=places)]
    fitting = best_fitting(case, mention, labels)
    if not fitting:
        return None
    message = f"The data has no {mention.term.text}; names are values of {case.named(fitting[0])}."
    text, declared = case.prefix(fitting[0])
    repair = instead(mention.term, text, *declared)
    return Finding("label-property", "error", message, mention.term.start, repair)


def other_site(case: Case, mention: Mention) -> Finding | None:
    """The name that another site gives to a thing of which the data has its own."""
    if mention.role != "thing":
        return None
    ours = same_things(case, mention.term.value)
    if not ours:
        return None
    return about_term(
        case,
        mention,
        "iri-of-another-site",
        f"{mention.term.text} is the name of another site for {case.named(ours[0])}; the data says "
        "that they are the same, and says all else of its own IRI.",
        best_fitting(case, mention, ours),
    )


def other_graph(case: Case, mention: Mention) -> Finding | None:
    """It is there, in another graph than the one that is asked."""
    spot = mention.spot
    # What is asked for by another graph's property for names is a name: the one used here is told.
    is_naming = mention.role == "property" and NAMING & set(words(local_name(mention.term.value)))
    if mention.role == "graph" or (is_naming and mention.scope and mention.scope.graph is None):
        return None
    node = ox.NamedNode(mention.term.value)
    if mention.role != "thing":
        graphs = case.schema.graphs_with(*as_used(mention.role, node.value))
    else:
        graphs = case.schema.graphs_with(node) or case.schema.graphs_with(None, None, node)
    graphs = outside(case, mention.scope, graphs)
    graph = mention.scope.graph if mention.scope is not None else None
    in_default = graph is not None and _in_default(case, mention)
    if not graphs and not in_default:
        return None
    where = "the graph that is asked here" if graph else "the default graph"
    return Finding(
        "only-in-another-graph",
        "error",
        f"{mention.term.text} is not in {where} as a {mention.role}; it is in "
        + ", ".join([*["the default graph"] * in_default, *map(case.named, graphs[:3])])
        + ".",
        mention.term.start,
        moved(case, spot, graphs, in_default=in_default) if spot else None,
    )


def _in_default(case: Case, mention: Mention) -> bool:
    return is_there(case, Mention(mention.term, mention.role))


_BESIDE: Final = 3
"""Members of the other class that are named."""


def siblings(case: Case) -> Iterator[Finding]:
    """A class of two, of which the other has members too that stand in the link asked for."""
    for spot in case.spots:
        cls = spot.triple.object
        if (
            first_property(spot.triple) == TYPE
            and spot.triple.subject.is_free
            and cls.kind == "iri"
        ):
            yield from _beside(case, spot)


def _beside(case: Case, spot: Spot) -> Iterator[Finding]:
    """What is found beside the class of *spot*, unless the query names it, or the class above both."""
    subject, cls, schema = spot.triple.subject, spot.triple.object, case.schema
    rest = [e for e in spot.scope.group.elements if e is not spot.triple]
    links = (e for e in rest if isinstance(e, Triple) and e.object.kind == "iri")
    is_linked = any(each.subject.text == subject.text for each in links)
    if not is_linked or case.is_explained or case.is_heavy:
        return
    for above in schema.related(cls.value, SUBCLASS):
        others = {*schema.narrower(above)} - {cls.value, *schema.narrower(cls.value)}
        if len(others) != 1 or {above, *others} & case.query.iris:
            continue
        (other,) = others
        pattern = f"{subject.text} a <{other}> . {case.rendered(rest)}"
        rows = case.rows(f"DISTINCT {subject.text}", spot.scope.around(pattern), f"LIMIT {_BESIDE}")
        if rows:
            found = ", ".join(case.named(row[0].value) for row in rows)
            message = (
                f"Beside {cls.text} there is {case.named(other)}, and {case.named(above)} is both. "
                f"Of {case.named(other)} the rest of the pattern has {found}."
            )
            yield Finding(
                "class-beside", "info", message, cls.start, instead(cls, case.short(above))
            )

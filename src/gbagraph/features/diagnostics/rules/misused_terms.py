"""Names that the data has, but in another role, in another graph or on another site."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final, Literal

import pyoxigraph as ox

from gbagraph.features.diagnostics.finding import (
    TYPE,
    Advice,
    Finding,
    Repair,
    Spot,
    first_property,
    instead,
)
from gbagraph.features.diagnostics.mentions import (
    OF_STATEMENTS,
    Mention,
    about_term,
    as_used,
    asks_identity,
    best_fitting,
    fit,
    fitting_best,
    forms_of,
    is_naming,
    is_retired,
    is_there,
    is_used,
    links_of,
    links_to,
    listed,
    with_instead,
)
from gbagraph.features.diagnostics.schema import SUBCLASS
from gbagraph.features.diagnostics.suggestions import KINDS, candidates, nearest
from gbagraph.names.names import TEXTS
from gbagraph.names.texts import likeness, local_name, words
from gbagraph.rdf.namespaces import LABELS
from gbagraph.sparql.message import say

if TYPE_CHECKING:
    from collections.abc import Callable

    from gbagraph.features.diagnostics.case import Case

Kind = Literal["class", "property", "thing"]


_DESCRIBING: Final = frozenset({"description", "comment", "definition", "abstract", "summary"})
"""Words in the names of properties whose values are sentences about a thing."""


def wrong_use(case: Case, mention: Mention) -> Finding | None:
    """It is there, but as something else: a class as a property, a thing as a class."""
    is_by = mention.role == "thing" or (mention.role != "graph" and mention.spot is None)
    use = None if is_by else _used_as(case, mention)
    if use is None:
        return None
    near = nearest(case, mention, mention.role)
    sentence, more, others = _WRONG_USE[mention.role, use], *_BY[use]
    message = say(sentence, name=mention.term.text)
    kin = [] if near else others(case, mention)[:3]
    if kin:
        message += say(more, names=listed(case, kin))
    code = "unknown-graph" if mention.role == "graph" else f"not-a-{mention.role}"
    return about_term(case, mention, code, message, near)


_WRONG_USE: Final[dict[tuple[str, Kind], str]] = {
    ("class", "property"): "%(name)s is a property, so nothing is an instance of it.",
    ("class", "thing"): "%(name)s is a thing, not a class: nothing is an instance of it.",
    ("property", "class"): "%(name)s is a class, so no triple has it as its property.",
    ("property", "thing"): "%(name)s is a thing, so no triple has it as its property.",
    ("graph", "class"): "%(name)s is a class, not a graph: ?x a %(name)s finds its instances.",
}


def _used_as(case: Case, mention: Mention) -> Kind | None:
    """As what the data has the name: a class, a property or a thing, if not as it is used here."""
    iri, places, schema = mention.term.value, case.places(mention.scope), case.schema
    node = ox.NamedNode(iri)
    kinds = [local_name(cls) for cls in schema.classes_of(node)]
    if mention.role == "class":
        if schema.occurs(None, iri, places=places):
            return "property"
        is_thing = schema.occurs(None, None, node, places) and not schema.is_class(iri)
        return "thing" if is_thing and not _meant(case, mention) else None
    if mention.role == "graph":
        return "class" if schema.is_class(iri) else None
    if schema.occurs(None, TYPE, node, places):
        return "class"
    return "thing" if kinds and not any(kind.endswith("Property") for kind in kinds) else None


def _owners(case: Case, mention: Mention) -> list[str]:
    use = case.schema.use(mention.term.value, case.places(mention.scope))
    return case.schema.special(use.subjects)


def _leading_to(case: Case, mention: Mention) -> list[str]:
    """Properties from the subject of a pattern to instances of a class, the commonest first."""
    spot = mention.spot
    if spot is None:
        return []
    near = case.rendered(case.neighbours(spot.triple, spot.scope))
    rows = case.rows(
        "?__p (COUNT(*) AS ?__n)",
        f"{near} {spot.triple.subject.text} ?__p ?__o . ?__o a <{mention.term.value}>",
        "GROUP BY ?__p ORDER BY DESC(?__n) ?__p LIMIT 20",
    )
    return case.schema.special(row[0].value for row in rows if row[0].value not in OF_STATEMENTS)


_BY: Final[dict[Kind, tuple[str, Callable[[Case, Mention], list[str]]]]] = {
    "property": ("What has it is of: %(names)s.", _owners),
    "thing": (
        "It is a value of: %(names)s.",
        lambda case, mention: links_of(case, f"<{mention.term.value}>", mention.scope),
    ),
    "class": ("Its instances are values of: %(names)s.", _leading_to),
}


def without_data(case: Case, mention: Mention) -> Finding | None:
    """It is declared, or known by what is said of others, but the data does not use it."""
    iri, role = mention.term.value, mention.role
    if role not in ("property", "class"):
        return None
    is_known = case.schema.is_declared(iri) or _meant(case, mention)
    if not is_known and not any(is_used(case, mention, each) for each in case.schema.inverses(iri)):
        return None
    message = say(_WITHOUT_DATA[role], name=mention.term.text)
    after = case.schema.successors(iri)
    if after:
        message += say("It is replaced by %(names)s.", names=listed(case, after))
    several = _several_below(case, mention)
    same = [] if several else _same(case, mention)
    others = [] if several or same else _wider(case, mention)
    if same and same[0].removeprefix("^") not in after and _may_stand(case, mention, same[0]):
        backward, iri = "^" * same[0].startswith("^"), same[0].removeprefix("^")
        message += say("The data uses %(used)s.", used=backward + case.prefix(iri)[0])
    elif others and not after:
        message += say("More general, and used, is: %(names)s.", names=listed(case, others))
    elif not after and role == "property":
        message += candidates(case, mention)
    kinds = case.schema.related(iri, SUBCLASS, backward=True) if role == "class" else []
    if kinds and several is None and not same:
        message += say(KINDS, n=len(kinds), all=len(case.schema.narrower(iri)))
    finding = about_term(case, mention, f"{role}-without-data", message, same)
    if several is None:
        return finding
    below = say("Instances of the classes below it are found by %(path)s.", path=several.suggestion)
    return replace(finding, repair=several, advice=(Advice(below, several.edits, is_more=True),))


def retired(case: Case, mention: Mention) -> Finding | None:
    """A thing that is replaced by another, where nothing is said of it here."""
    after = case.schema.successors(mention.term.value)
    if mention.role not in ("thing", "class") or not is_retired(case, mention):
        return None
    message = say(
        "This pattern matches nothing. %(name)s is replaced by %(names)s.",
        name=mention.term.text,
        names=listed(case, after),
    )
    fits = best_fitting(case, mention, after)
    return about_term(case, mention, f"unknown-{mention.role}", message, fits[:1])


_WITHOUT_DATA: Final = {
    "property": "%(name)s is a property, but no triple has it here.",
    "class": "%(name)s is a class, but it has no instances here.",
}


def _meant(case: Case, mention: Mention) -> list[str]:
    """What is used and lies below the term, or is said to match it, if no form of its IRI is used."""
    iris: list[str] = []
    forms = list(forms_of(mention.term.value))
    if any(is_used(case, mention, form) for form in forms):
        return iris
    for form in forms:
        near = sorted(
            case.schema.matches(form), key=lambda iri: -likeness(local_name(iri), local_name(form))
        )
        iris += (iri for iri in (*_below(case, mention, form), *near) if iri not in iris)
    used = (iri for iri in iris if is_used(case, mention, iri))
    return [iri for iri in used if iri not in (TYPE, SUBCLASS) or _may_stand(case, mention, iri)]


def _may_stand(case: Case, mention: Mention, iri: str) -> bool:
    """Whether a property fits, as far as the rest of its pattern is right."""
    triple = mention.spot.triple if mention.spot else None
    if triple is None or triple.path is not mention.term or triple.object.kind != "iri":
        return True
    is_known = case.schema.mentions(ox.NamedNode(triple.object.value), (None,))
    return not is_known or bool(fit(case, mention, iri))


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
    by, declared = case.prefix(SUBCLASS)
    path = f"{case.written(spot.triple.path)}/{by}*"
    if first_property(spot.triple) != TYPE or not case.fits(
        spot, f"{spot.triple.subject.text} {path} {mention.term.text} ."
    ):
        return None
    return instead(spot.triple.path, path, *declared)


def _same(case: Case, mention: Mention) -> list[str]:
    """What is used and means the same: its inverse turned, its successor, what it is mapped to."""
    iri, schema = mention.term.value, case.schema
    used = partial(is_used, case, mention)
    inverses = [f"^{each}" for each in schema.inverses(iri) if used(each)]
    if mention.role == "property" and inverses:
        return inverses
    kin = (each(iri) for each in (schema.successors, schema.equivalents))
    for some in (*(list(filter(used, each)) for each in kin), _meant(case, mention)):
        turned = (f"^{each}" for each in some if each != TYPE)  # nobody means instances by it
        both = [*some, *turned] if mention.role == "property" else some
        if any(_is_turned(case, iri, each) for each in some):
            both.reverse()
        fitting = fitting_best(case, mention, both)
        # Of several that fit alike, which is meant is not known.
        if some and (len(some) == 1 or len(fitting) == 1):
            return fitting[:1]
    # A name that is there is no slip, but it may be in another namespace that is used.
    alike = nearest(case, mention, "property" if mention.role == "property" else "class")
    return [each for each in alike if local_name(each) == local_name(iri)]


def _wider(case: Case, mention: Mention) -> list[str]:
    """The terms above that are used, the most special first."""
    used = [each for each in case.schema.wider(mention.term.value) if is_used(case, mention, each)]
    return case.schema.special(used)[:3]


def _is_turned(case: Case, one: str, other: str) -> bool:
    """Whether *other* says backward what *one* says: that is told of it, or one name is passive."""
    if _TURNED.search(case.names.snippet_of(one)):
        return True
    names = [words(local_name(iri)) for iri in (one, other)]
    passive = [name[-1] in ("in", "by", "of") for name in names if name]
    first = [name[0] for name in names if name]
    return len(first) == 2 and passive[0] != passive[1] and first[0][:4] == first[1][:4]


_TURNED: Final = re.compile(r"from the other end|\binverse\b", re.IGNORECASE)


def other_name_property(case: Case, mention: Mention) -> Finding | None:
    """A property for names, or descriptions, that the data does not have: another one holds them."""
    spot, kind = mention.spot, _of_texts(mention)
    if spot is None or kind is None:
        return None
    properties, sentence = kind
    near = case.rendered(case.neighbours(spot.triple, spot.scope))
    if not case.holds(spot.scope.around(near)):
        alike = set(nearest(case, mention, "property")[:1]) - set(properties)
        if local_name(mention.term.value) in map(local_name, alike):
            return None
        near = ""
    fits = []
    for iri in properties:
        subject, path, _ = with_instead(case, mention, spot, iri)
        if case.holds(spot.scope.around(f"{near} {subject} {path} ?__name")):
            fits.append(iri)
    fits = best_fitting(case, mention, fits)
    if not fits:
        return None
    message = say("The data has no %(name)s here.", name=mention.term.text)
    is_sure = properties is LABELS or len(fits) == 1
    message += say(sentence, property=case.named(fits[0]) if is_sure else listed(case, fits))
    return about_term(case, mention, "label-property", message, fits if is_sure else ())


def _of_texts(mention: Mention) -> tuple[tuple[str, ...], str] | None:
    """The properties for such names as the one that is mentioned is for, or for such descriptions."""
    called = set(words(local_name(mention.term.value))) if mention.role == "property" else set()
    if called and is_naming(mention.term.value):
        return LABELS, "Names are values of %(property)s."
    if called & _DESCRIBING:
        return TEXTS, "Descriptions are values of %(property)s."
    return None


def other_site(case: Case, mention: Mention) -> Finding | None:
    """The name that another site gives to a thing of which the data has its own."""
    links = list(links_to(case, mention.term.value)) if mention.role == "thing" else []
    if links and asks_identity(mention):
        _, property_, form = links[0]
        if form == mention.term.value:
            return None
        message = say(
            "%(name)s is not in the data. %(form)s is, as a value of %(property)s.",
            name=mention.term.text,
            form=case.named(form),
            property=case.named(property_),
        )
        return about_term(case, mention, "iri-of-another-site", message, [form])
    ours = best_fitting(case, mention, dict.fromkeys(subject for subject, _, _ in links))
    if not ours:
        return None
    property_, form = next(link[1:] for link in links if link[0] == ours[0])
    message = say(
        "The graph links to %(other)s with %(property)s, but describes %(ours)s.",
        other=case.named(form),
        property=case.named(property_),
        ours=case.named(ours[0]),
    )
    return about_term(case, mention, "iri-of-another-site", message, ours)


def other_graph(case: Case, mention: Mention) -> Finding | None:
    """It is there, in another graph than the one that is asked."""
    spot = mention.spot
    # What is asked for by another graph's property for names is a name: the one used here is told.
    is_asked_by_default = mention.scope is not None and mention.scope.graph is None
    if mention.role == "graph" or (is_asked_by_default and other_name_property(case, mention)):
        return None
    node = ox.NamedNode(mention.term.value)
    if mention.role != "thing":
        graphs = case.schema.graphs_with(*as_used(mention.role, node.value))
    else:
        graphs = case.schema.graphs_with(node)
        graphs += (g for g in case.schema.graphs_with(None, None, node) if g not in graphs)
    graphs = case.outside(mention.scope, graphs)
    graph = mention.scope.graph if mention.scope is not None else None
    is_chosen = graph is not None or case.graphs is not None
    in_default = is_chosen and is_there(case.everywhere, Mention(mention.term, mention.role))
    if not graphs and not in_default:
        return None
    having = [graph for graph in graphs if spot is None or _has_it(case, spot, graph)]
    told = {"name": mention.term.text, "graphs": listed(case, (having or graphs)[:3])}
    message = say(_NOT_HERE[mention.role, is_chosen], **told)
    if graph is not None and not graph.is_free:
        message = say("%(graph)s does not have %(name)s.", graph=case.named(graph.value), **told)
    if graphs:
        message += say("It is in another graph: %(graphs)s.", **told)
    if graphs and not having:
        message += say("Even there, this pattern matches nothing.") + candidates(case, mention)
        return Finding("only-in-another-graph", "error", message, mention.term.start)
    if in_default and graph is not None:
        message += say("The default graph has it: that is asked without GRAPH.")
    elif in_default:
        message += say("The default graph has it: that is asked without FROM, or its parameter.")
    repair = case.in_graph(spot, having) if spot else None
    return Finding("only-in-another-graph", "error", message, mention.term.start, repair)


_NOT_HERE: Final = {
    ("property", True): "No graph that is asked here has the property %(name)s.",
    ("class", True): "No graph that is asked here has an instance of %(name)s.",
    ("thing", True): "No graph that is asked here has %(name)s.",
    ("property", False): "No triple of the default graph has the property %(name)s.",
    ("class", False): "The default graph has no instance of %(name)s.",
    ("thing", False): "The default graph does not have %(name)s.",
}


def _has_it(case: Case, spot: Spot, graph: str) -> bool:
    """Whether a graph has what the pattern asks."""
    pattern = case.rendered([spot.triple])
    return case.everywhere.holds(f"GRAPH <{graph}> {{ {pattern} }}") is True

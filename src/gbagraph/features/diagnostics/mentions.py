"""IRIs that a query mentions: whether the data has them, and which others may be meant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import pyoxigraph as ox

from gbagraph.features.diagnostics.finding import (
    TYPE,
    Finding,
    Scope,
    Spot,
    first_property,
    instead,
    last_property,
    properties_of,
)
from gbagraph.features.diagnostics.glosses import label
from gbagraph.features.diagnostics.schema import SAMPLE, SUBCLASS
from gbagraph.names.texts import local_name, plain, words
from gbagraph.rdf.namespaces import expand
from gbagraph.sparql.nodes import (
    Alternative,
    Bind,
    Call,
    Filter,
    InGraph,
    Negated,
    Path,
    Repeat,
    Term,
    Triple,
    Values,
    parts,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gbagraph.features.diagnostics.case import Case
    from gbagraph.sparql.message import Message


Role = Literal["property", "class", "thing", "graph"]


_FIRST: Final = expand("rdf:first")
_PREDICATE: Final = expand("rdf:predicate")

NAMING: Final = frozenset({"label", "name", "title", "caption", "called", "fn", "labels", "names"})
"""Words in the names of properties whose values are names."""

_OTHER: Final = frozenset(
    {"alt", "alternative", "alternate", "hidden", "given", "first", "family", "last"}
)
"""Words beside these of another name than the usual one, or of a part of it."""

OF_STATEMENTS: Final = frozenset(map(expand, ("rdf:subject", "rdf:predicate", "rdf:object")))
"""The properties of statements about triples."""


_SAME: Final = frozenset({"sameas", "exactmatch", "closematch", "sameasentity"})


_OTHER_FORMS: Final = (
    ("http://", "https://"),
    ("/wiki/", "/entity/"),
    ("/page/", "/resource/"),
    ("://www.", "://"),
    ("://www.geonames.org/", "://sws.geonames.org/"),
    ("https://www.wikidata.org/wiki/", "http://www.wikidata.org/entity/"),
    ("https://en.wikipedia.org/wiki/", "http://dbpedia.org/resource/"),
)
"""How one thing's IRI is written on the web and in data."""


@dataclass(frozen=True, slots=True)
class Mention:
    """An IRI in the query, what it is used as, and where.

    *by* is the pattern of a variable that has it as a value.
    """

    term: Term
    role: Role
    spot: Spot | None = None
    scope: Scope | None = None
    by: Spot | None = None


def mentions_in(case: Case) -> Iterator[Mention]:
    """Every IRI that is matched against the data."""
    placed = [*_placed(case)]
    free = [mention for mention in placed if mention.term.is_free]
    yield from (mention for mention in placed if mention.term.kind == "iri")
    for scope in case.scopes:
        variables: dict[str, Mention] = {}
        for mention in free:
            known = variables.get(mention.term.value)
            is_near = mention.scope is None or not scope.is_apart(mention.scope)
            if is_near and (known is None or known.role == "thing"):
                variables[mention.term.value] = mention
        yield from _of_values(scope, variables)


def _placed(case: Case) -> Iterator[Mention]:
    """The terms, variables too, that stand in patterns, with GRAPH, FROM and DESCRIBE."""
    for spot in case.spots:
        yield from _of_spot(spot)
    for scope in case.scopes:
        for element in scope.group.elements:
            if isinstance(element, InGraph):
                yield Mention(element.name, "graph")
    yield from (Mention(clause.graph, "graph") for clause in case.tree.dataset)
    yield from (Mention(term, "thing") for term in case.tree.described)


def _of_spot(spot: Spot) -> Iterator[Mention]:
    triple = spot.triple
    for term in properties_of(triple):
        yield Mention(term, "property", spot, spot.scope)
    if isinstance(triple.path, Term) and triple.path.kind == "variable":
        yield Mention(triple.path, "property", spot, spot.scope)
    last, first = last_property(triple), first_property(triple)
    role: Role = "class" if last in (TYPE, SUBCLASS) else "thing"
    if last == _PREDICATE:
        role = "property"
    yield Mention(triple.object, role, spot, spot.scope)
    yield Mention(triple.subject, "class" if first == SUBCLASS else "thing", spot, spot.scope)


def _of_values(scope: Scope, variables: dict[str, Mention]) -> Iterator[Mention]:
    query = scope.query
    given = (query.values,) if query.values and scope.group is query.where else ()
    for element in (*scope.group.elements, *given):
        if isinstance(element, Values):
            for row in element.rows:
                for name, cell in zip(element.variables, row, strict=False):
                    if cell is not None and cell.kind == "iri" and name.value in variables:
                        yield _value(cell, variables[name.value], scope)
        elif isinstance(element, Filter | Bind):
            for part in parts(element.expression):
                yield from _of_comparison(part, scope, variables)


def _of_comparison(part: object, scope: Scope, variables: dict[str, Mention]) -> Iterator[Mention]:
    if not isinstance(part, Call) or part.name not in ("=", "IN", "SAMETERM"):
        return
    names = [a.value for a in part.arguments if isinstance(a, Term) and a.value in variables]
    for argument in part.arguments:
        if isinstance(argument, Term) and argument.kind == "iri" and names:
            yield _value(argument, variables[names[0]], scope)


def _value(term: Term, variable: Mention, scope: Scope) -> Mention:
    return Mention(term, variable.role, None, scope, variable.spot)


def objects(spot: Spot) -> Iterator[tuple[Term, str]]:
    """The terms that must be an object of the pattern, and the property whose value they are."""
    property_ = last_property(spot.triple)
    if property_ is None or property_ == _FIRST:  # the members of a list are of any kind
        return
    yield from ((term, property_) for term in given(spot, spot.triple.object))


def given(spot: Spot, end: Term) -> Iterator[Term]:
    """The terms that an end of a pattern is, by itself, by BIND or by VALUES."""
    if end.kind in ("literal", "iri"):
        yield end
    for element in spot.scope.group.elements if end.kind == "variable" else ():
        if isinstance(element, Bind) and element.variable.value == end.value:
            if isinstance(element.expression, Term) and element.expression.kind == "literal":
                yield element.expression
        elif isinstance(element, Values):
            columns = zip(*element.rows, strict=False)
            for name, column in zip(element.variables, columns, strict=False):
                if name.value == end.value:
                    yield from (cell for cell in column if cell is not None)


def is_naming(iri: str) -> bool:
    """Whether the values of a property are the usual names, by what it is called."""
    called = {*words(local_name(iri))}
    return not called.isdisjoint(NAMING) and called.isdisjoint(_OTHER)


def is_there(case: Case, mention: Mention) -> bool:
    """Whether the data has what is named, used as it is used here."""
    iri, places, spot = mention.term.value, case.places(mention.scope), mention.spot or mention.by
    node = ox.NamedNode(iri)
    if mention.role == "graph":
        return is_in_dataset(case, mention) and case.schema.occurs(places=(node,))
    if mention.role == "thing":
        is_said = case.schema.mentions(node, places) or case.schema.occurs(None, iri, None, places)
        return is_said and not _is_elsewhere(case, mention) and not is_retired(case, mention)
    if mention.role == "class" and spot and SUBCLASS in _ends(spot):
        return case.schema.mentions(node, places) and not is_retired(case, mention)
    return is_used(case, mention, iri)


def is_retired(case: Case, mention: Mention) -> bool:
    """Whether a thing is replaced by another that has what the query asks, and it has not itself."""
    spot, after = mention.spot, case.schema.successors(mention.term.value)
    is_instances = mention.role == "class" and spot and SUBCLASS not in _ends(spot)
    if not after or spot is None or is_instances:
        return False
    has_it = case.holds(case.rendered([spot.triple], spot.scope))
    return has_it is False and any(fit(case, mention, each) for each in after)


def _ends(spot: Spot) -> tuple[str | None, str | None]:
    return first_property(spot.triple), last_property(spot.triple)


def is_in_dataset(case: Case, mention: Mention) -> bool:
    """Whether GRAPH can find a graph: FROM clauses and requests say which it can."""
    is_clause = any(clause.graph is mention.term for clause in case.tree.dataset)
    return is_clause or case.graphs is None or mention.term.value in case.graphs.named


def is_used(case: Case, mention: Mention, iri: str) -> bool:
    """Whether the data has *iri* as the property or class that is mentioned."""
    return case.schema.occurs(*as_used(mention.role, iri), case.places(mention.scope))


def as_used(role: Role, iri: str) -> tuple[None, str | None, ox.NamedNode | None]:
    """The subject, property and object of the triples of a property or a class."""
    return (None, iri, None) if role == "property" else (None, TYPE, ox.NamedNode(iri))


def _is_elsewhere(case: Case, mention: Mention) -> bool:
    """Whether a thing is only what something of ours is the same as, and that is not asked."""
    node, spot = ox.NamedNode(mention.term.value), mention.spot
    if case.schema.occurs(node, places=case.places(mention.scope)):
        return False
    if asks_identity(mention) or not any(links_to(case, node.value)):
        return False
    if spot is None or needs_no_triple(spot):
        return True
    return not case.holds(case.rendered([spot.triple], spot.scope))


def needs_no_triple(spot: Spot) -> bool:
    """Whether the path matches without any triple (SPARQL 1.1, section 9.1)."""
    path = spot.triple.path
    return isinstance(path, Repeat) and path.modifier in ("*", "?")


def may_be_left_out(case: Case, mention: Mention) -> bool:
    """Whether the path matches without the term: by another branch, or by no triple at all."""

    def is_free(path: Path) -> bool:
        inner: Sequence[Path] = getattr(path, "parts", None) or [
            *filter(None, [getattr(path, "path", 0)])
        ]
        own = [each for each in inner if each.start <= mention.term.start < each.end]
        others = [each for each in inner if each not in own and isinstance(path, Alternative)]
        return (
            isinstance(path, Negated)
            or (isinstance(path, Repeat) and path.modifier in ("*", "?"))
            or any(not isinstance(o, Term) or is_used(case, mention, o.value) for o in others)
            or any(map(is_free, own))
        )

    return mention.role == "property" and bool(mention.spot and is_free(mention.spot.triple.path))


def asks_identity(mention: Mention) -> bool:
    """Whether the query asks what is the same as this: then another site's IRI is right."""
    spot = mention.spot or mention.by
    terms = properties_of(spot.triple) if spot is not None else ()
    return any(is_identity(term.value) for term in terms)


def is_identity(iri: str) -> bool:
    """Whether a property says that things are the same, or nearly."""
    return local_name(iri).lower() in _SAME


def links_to(case: Case, iri: str) -> Iterator[tuple[str, str, str]]:
    """What the data has for *iri*, the property that says so, and how *iri* is written there."""
    for form in forms_of(iri):
        for quad in case.schema.store.quads_for_pattern(None, None, ox.NamedNode(form), None):
            if is_identity(quad.predicate.value) and isinstance(quad.subject, ox.NamedNode):
                yield quad.subject.value, quad.predicate.value, form


def forms_of(iri: str) -> Iterator[str]:
    """*iri*, and how else the same is written on the web and in data."""
    forms = [iri]
    for one, other in (*_OTHER_FORMS, *((b, a) for a, b in _OTHER_FORMS)):
        forms += [form.replace(one, other, 1) for form in forms if one in form]
    forms += [form.removesuffix("/") if form.endswith("/") else f"{form}/" for form in list(forms)]
    for form in dict.fromkeys(forms):
        try:
            ox.NamedNode(form)
        except ValueError:
            continue
        yield form


def about_term(
    case: Case, mention: Mention, code: str, message: Message, others: Iterable[str] = ()
) -> Finding:
    """A finding about a term, with IRIs (or paths) of which the first is to stand there instead."""
    first = next(iter(others), None)
    repair = None
    if first is not None:
        backward, iri = "^" * first.startswith("^"), first.removeprefix("^")
        is_full = mention.term.text.startswith("<")
        text, declared = (case.short(iri), ()) if is_full else case.prefix(iri)
        repair = instead(mention.term, backward + text, *declared)
    return Finding(code, "error", message, mention.term.start, repair)


def in_full(mention: Mention) -> str:
    """The term as it stands, and the whole IRI where that has a prefix."""
    text, iri = mention.term.text, f"<{mention.term.value}>"
    return text if text == iri else f"{text} ({iri})"


def links_of(case: Case, value: str, scope: Scope | None) -> list[str]:
    """The properties of which *value*, as the query writes it, is a value, the commonest first."""
    pattern = f"?__s ?__p {value}"
    rows = case.rows(
        "?__p (COUNT(*) AS ?__n)",
        f"{{ SELECT ?__p {{ {scope.around(pattern) if scope else pattern} }} LIMIT {SAMPLE} }}",
        "GROUP BY ?__p ORDER BY DESC(?__n) ?__p",
    )
    return case.schema.special(row[0].value for row in rows if row[0].value not in OF_STATEMENTS)


def with_label(case: Case, iri: str) -> str:
    """An IRI, and its label where that says more."""
    name, named = label(case.names, case.schema.store, iri), case.named(iri)
    is_more = plain(name) != plain(local_name(iri)) and not named.endswith(")")
    return named + f" ({name})" * is_more


def listed(case: Case, iris: Iterable[str]) -> str:
    """IRIs for a reader."""
    return ", ".join(case.named(iri) for iri in iris)


def best_fitting(case: Case, mention: Mention, iris: Iterable[str]) -> list[str]:
    """*iris* in the order in which they fit where the term stands."""
    return sorted(iris, key=lambda iri: -fit(case, mention, iri))


def fitting_best(case: Case, mention: Mention, iris: Iterable[str]) -> list[str]:
    """Those of *iris* that fit as well as any of them."""
    fits = {iri: fit(case, mention, iri) for iri in iris}
    return [iri for iri, fit in fits.items() if fit == max(fits.values())]


def fit(case: Case, mention: Mention, iri: str) -> int:
    """How well an IRI, or a path backward, fits where the term stands."""
    if mention.spot is None:
        return 0
    return case.fits(mention.spot, " ".join(with_instead(case, mention, mention.spot, iri)) + " .")


def with_instead(case: Case, mention: Mention, spot: Spot, iri: str) -> list[str]:
    """The subject, path and object of the pattern, with *iri* in place of the term."""
    triple, start = spot.triple, mention.term.start
    texts = []
    for part in (triple.subject, triple.path, triple.object):
        text = part.text if isinstance(part, Term) else case.written(part)
        if part.start <= start < part.end:
            at = start - part.start
            new = f"^<{iri[1:]}>" if iri.startswith("^") else f"<{iri}>"
            text = f"{text[:at]}{new}{text[at + len(mention.term.text) :]}"
        texts.append(text)
    return texts


def is_by_node(case: Case, iri: str) -> bool:
    """Whether a property leads to nodes that have a value by another one of the same name."""
    name = ox.Literal(f"/{local_name(iri)}")
    nodes = f"{{ SELECT ?__n {{ ?__s <{iri}> ?__n }} LIMIT {SAMPLE} }}"
    return bool(
        case.holds(f"{nodes} ?__n ?__q ?__v FILTER(?__q != <{iri}> && STRENDS(STR(?__q), {name}))")
    )


def met(case: Case, spot: Spot, names: list[str]) -> list[str]:
    """Those of *names* that are values where the other patterns match; all if they match nowhere."""
    rest = case.rendered(
        e for e in spot.scope.group.elements if isinstance(e, Triple) and e is not spot.triple
    )
    own = f"{rest} {spot.triple.subject.text} {case.written(spot.triple.path)} ?__v"
    rows = case.rows("DISTINCT ?__v", spot.scope.around(own), "LIMIT 200")
    met = {str(row[0].value) for row in rows}
    return [name for name in names if name in met] or names

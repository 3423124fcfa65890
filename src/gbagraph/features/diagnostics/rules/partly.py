"""Patterns that match only a part of what is meant, where the data says the rest in another way."""

from __future__ import annotations

from itertools import combinations, islice, zip_longest
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from gbagraph.dataset.identity import INFERRED
from gbagraph.features.diagnostics.finding import (
    TYPE,
    Advice,
    Finding,
    Spot,
    first_property,
    instead,
    properties_of,
)
from gbagraph.features.diagnostics.mentions import given, is_naming
from gbagraph.features.diagnostics.rules.alternatives import target
from gbagraph.features.diagnostics.schema import DEFAULT, SAMPLE, Place
from gbagraph.features.diagnostics.suggestions import is_name
from gbagraph.names.texts import local_name
from gbagraph.rdf.namespaces import PREFIXES, expand
from gbagraph.sparql.message import Message, say
from gbagraph.sparql.nodes import NAMES, Filter, Repeat, Sequence, Term, Values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gbagraph.api.explanations import Severity
    from gbagraph.features.diagnostics.case import Case

_TWINS: Final = {
    PREFIXES["dcterms"]: PREFIXES["dc"],
    PREFIXES["dc"]: PREFIXES["dcterms"],
    "https://schema.org/": "http://schema.org/",
    "http://schema.org/": "https://schema.org/",
}
"""Namespaces with properties of the same names and meanings."""
_SHOWN: Final = 4
"""Values that a sentence names at most."""


def _used(case: Case) -> Iterator[tuple[Spot, Term]]:
    """The properties of all paths in which no mistake is found yet."""
    for spot in case.spots:
        for term in properties_of(spot.triple):
            if not case.has_error(term.start, term.end):
                yield spot, term


def twins(case: Case) -> Iterator[Finding]:
    """A property of which nothing has a value here, and what has the same name in another namespace."""
    for spot, term, other in _twins(case):
        yield from _of_twin(case, spot, term, other)


def _twins(case: Case) -> Iterator[tuple[Spot, Term, str]]:
    """The properties that have one of the same name in another namespace, which the data has, too."""
    used = [*_used(case)]
    # A namespace that is told to be wrong is that of all its names.
    told = {edit for f in case.findings if f.repair for edit in f.repair.edits}
    places = {
        prefix.name for prefix in case.tree.prefixes if prefix.place in {e.start for e in told}
    }
    for spot, term in used:
        if term.text.partition(":")[0] in places:
            continue
        space = next(filter(term.value.startswith, _TWINS), "")
        other = _TWINS.get(space, "") + term.value.removeprefix(space)
        is_there = case.schema.occurs(None, other, places=case.places(spot.scope))
        is_single = spot.triple.path is term and not any(t.value == other for _, t in used)
        if space and is_single and is_there:
            yield spot, term, other


def _of_twin(case: Case, spot: Spot, path: Term, other: str) -> Iterator[Finding]:
    triple, around = spot.triple, spot.scope.around
    near = " ".join(map(case.of_element, case.neighbours(triple, spot.scope)))
    text, declared = case.prefix(other)
    with_other = f"{near} {triple.subject.text} <{other}> {target(triple)} ."
    told = {"property": path.text, "other": case.named(other)}
    is_there = case.holds(around(f"{near} {case.of_element(triple)}"))
    if not is_there and case.holds(around(with_other)):
        message = say(
            "With %(property)s nothing matches here; with %(other)s there is a match.", **told
        )
        # A text for the thing that it is the name of is told by another rule.
        texts = [t.value for t in given(spot, triple.object) if t.kind == "literal"]
        things = case.schema.use(path.value, case.places(spot.scope)).things if texts else ()
        is_text = any(is_name(case, iri, each) for iri in things for each in texts)
        repair = None if is_text else instead(path, text, *declared)
        severity: Severity = "info" if is_text else "error"
        yield Finding("wrong-namespace", severity, message, path.start, repair)


def with_twin(case: Case) -> Iterator[Finding]:
    """Things that have only the property of the same name; beside a mistake, that is no matter."""
    for spot, path, other in () if case.findings else _twins(case):
        triple, subject = spot.triple, spot.triple.subject
        if subject.is_free and triple.object.is_free and spot.scope.is_required:
            rest = case.rendered(e for e in spot.scope.triples if e is not triple)
            none = f"FILTER NOT EXISTS {{ {subject.text} {path.text} ?__p }}"
            only = f"{rest} {subject.text} <{other}> {target(triple)} {none}"
            if number := _number(case, subject.text, spot.scope.around(only)):
                yield _of_others(case, path, other, number, "asked-in-part")


def _of_others(case: Case, path: Term, other: str, number: int, code: str) -> Finding:
    told = say(
        "%(number)s more, with %(other)s and no %(property)s, are left out.",
        number=number, other=case.named(other), property=path.text,
    )  # fmt: skip
    return Finding(code, "info", told, path.start)


def other_names(case: Case) -> Iterator[Finding]:
    """A property for names that a part of the things does not have, and another that they have."""
    told = {each.start for each in case.findings}
    is_mistaken = case.is_empty or any(each.severity != "info" for each in case.findings)
    for spot, term in () if is_mistaken else _used(case):
        triple = spot.triple
        is_open = triple.subject.is_free and triple.object.is_free and spot.scope.is_required
        rest = [e for e in spot.scope.triples if e is not triple]
        is_joined = is_open and triple.subject.value in NAMES.mentioned(*rest)
        if (
            triple.path is not term
            or term.start in told
            or not (is_joined and is_naming(term.value))
        ):
            continue
        subject = triple.subject.text
        without = f"FILTER NOT EXISTS {{ {subject} {term.text} ?__q }}"
        if case.is_many(rest) or not case.holds(
            spot.scope.around(f"{case.rendered(rest)} {without}")
        ):
            continue
        naming = [iri for iri in case.schema.properties if is_naming(iri)]
        others = " ".join(f"<{iri}>" for iri in naming if iri not in case.query.iris)
        missed = f"{case.rendered(rest)} VALUES ?__p {{ {others} }} {subject} ?__p ?__n {without}"
        some = (
            f"{{ SELECT DISTINCT ?__p {subject} {{ {spot.scope.around(missed)} }} LIMIT {SAMPLE} }}"
        )
        rows = case.rows("?__p (COUNT(*) AS ?__k)", some, "GROUP BY ?__p ORDER BY DESC(?__k) ?__p")
        for other, number in [(row[0].value, row[1].value) for row in rows][:1]:
            yield _of_others(case, term, other, int(number), "label-property")


def _number(case: Case, names: str, pattern: str) -> int:
    """How many solutions there are, among the first."""
    some = f"{{ SELECT DISTINCT {names} {{ {pattern} }} LIMIT {SAMPLE} }}"
    rows = case.rows("(COUNT(*) AS ?__k)", some)
    return int(rows[0][0].value) if rows else 0


def inverses(case: Case) -> Iterator[Finding]:
    """A property whose links are partly stated only the other way, by its inverse."""
    used = {term.value: (spot, term) for spot, term in _used(case)}
    for spot, term in used.values():
        others = set(case.schema.inverses(term.value))
        for other in others - used.keys():
            ends = (spot.triple.subject, spot.triple.object) if spot.triple.path is term else ()
            names = [
                given.text if given is not None and given.kind == "iri" else free
                for given, free in zip_longest(ends, ("?__a", "?__b"))
            ]
            back = spot.scope.around(f"{names[1]} <{other}> {names[0]}")
            there = spot.scope.around(f"{names[0]} {term.text} {names[1]}")
            only = f"{{ SELECT * {{ {back} }} LIMIT {SAMPLE} }} FILTER NOT EXISTS {{ {there} }}"
            number = _number(case, " ".join(n for n in names if n[0] == "?") or "*", only)
            if number and case.holds(spot.scope.around(f"?__a {term.text} ?__b")):
                message = say(
                    "Links that are stated only the other way, with %(other)s: %(number)s.",
                    number=number,
                    other=case.short(other),
                )
                path = f"{term.text}|^{case.short(other)}"
                text = path if spot.triple.path is term else f"({path})"
                follows = say("%(path)s follows both.", path=path)
                edits = (case.replaced(term, text),)
                advice = (Advice(message + follows, edits, is_more=True),)
                yield Finding("reversed-direction", "info", Message(), term.start, None, advice)


def named_backward(case: Case) -> Iterator[Finding]:
    """A pattern whose variables are called like what stands at their other ends."""
    for spot, term in _used(case):
        subject, value = spot.triple.subject, spot.triple.object
        if spot.triple.path is not term or not (subject.is_free and value.is_free):
            continue
        use = case.schema.use(term.value, case.places(spot.scope))
        own, other = (
            {local_name(cls).lower() for cls in case.schema.special(classes)}
            for classes in (use.subjects, use.objects)
        )
        names = subject.value.lower(), value.value.lower()
        if names[0] in other - own and names[1] in own - other:
            message = say(
                "%(property)s points the other way: from %(object)s to %(subject)s.",
                property=case.named(term.value), subject=subject.text, object=value.text,
            )  # fmt: skip
            repair = instead(term, f"^{term.text}")
            yield Finding("reversed-direction", "warning", message, term.start, repair)


def lists(case: Case) -> Iterator[Finding]:
    """A property whose values here are RDF lists, where no member is asked for."""
    rest = expand("rdf:rest")
    yield from _written_lists(case, rest)
    is_asked = any(term.value in (rest, expand("rdf:first")) for _, term in _used(case))
    if is_asked or not case.schema.occurs(None, rest, places=(None,)):
        return
    for spot in (spot for spot in case.spots if spot.scope.is_required):
        subject, path, value = spot.triple.subject, spot.triple.path, spot.triple.object
        around = spot.scope.around
        steps = path.parts if isinstance(path, Sequence) else (path,)
        for step in steps[: None if value.is_free else -1]:
            some = f"{{ SELECT ?__n {{ ?__s {case.written(step)} ?__n }} LIMIT {SAMPLE} }}"
            way = f"{subject.text} {case.query.text[path.start : step.end]} ?__n"
            names = {value.text[1:]}
            others = case.rendered(t for t in spot.scope.triples if not NAMES.mentioned(t) & names)
            both = (some, f"{others} {way}")
            here = (case.holds(around(f"{each} . ?__n <{rest}> ?__r")) for each in both)
            if isinstance(step, Term) and step.kind == "iri" and all(here):
                message = say(
                    "Some values of %(property)s are RDF lists here.", property=case.written(step)
                )
                (after, declared), (first, _) = case.prefix(rest), case.prefix(expand("rdf:first"))
                way = f"{case.written(step)}/{after}*/{first}"
                leads = say("%(path)s leads to their members.", path=way)
                advice = (Advice(leads, (case.replaced(step, way), *declared)),)
                yield Finding("rdf-list", "info", message, step.start, None, advice)


def _written_lists(case: Case, rest: str) -> Iterator[Finding]:
    """Values in parentheses, which are an RDF list, of a property that has none."""
    first = expand("rdf:first")
    cells = {
        spot.triple.subject.value
        for spot in case.spots
        if isinstance(spot.triple.path, Term) and spot.triple.path.value == first
    }
    for spot in case.spots:
        value, path = spot.triple.object, spot.triple.path
        before = case.query.text[: value.start].rstrip()
        is_list = value.value in cells and before.endswith("(")
        if is_list and not (isinstance(path, Term) and path.value == rest):
            written = case.written(path)
            if case.holds(f"?__s {written} ?__n . ?__n <{rest}> ?__r") is False:
                said = (
                    "Parentheses in a triple are an RDF list, and %(property)s has none here. One of "
                    "several values is asked for by VALUES ?one { … }, with ?one in their place."
                )
                message = say(said, property=written)
                yield Finding("rdf-list", "error", message, len(before) - 1)


def alone(case: Case) -> Iterator[Finding]:
    """A path of any length that reaches nothing but the thing that it begins at."""
    for spot in case.spots:
        path, subject, value = spot.triple.path, spot.triple.subject, spot.triple.object
        if (
            isinstance(path, Repeat)
            and path.modifier != "+"
            and value.is_free
            and not subject.is_free
        ):
            step = case.written(path.path)
            if case.holds(spot.scope.around(f"{subject.text} {step} ?__v")) is False:
                message = say(
                    "This path reaches only %(thing)s itself, which has no %(property)s.",
                    thing=subject.text,
                    property=step,
                )
                yield Finding("no-solution", "info", message, path.start)


def pairs(case: Case) -> Iterator[Finding]:
    """Two names of each thing, in whatever languages: each is in a row with each other one."""
    for scope in case.scopes:
        tested = NAMES.mentioned(*(e for e in scope.group.elements if isinstance(e, Filter)))
        for one, two in combinations(scope.triples, 2):
            names = {one.object.value, two.object.value}
            is_same = one.subject == two.subject and case.written(one.path) == case.written(
                two.path
            )
            if (
                not is_same
                or len(names) < 2
                or names & tested
                or one.object.kind != two.object.kind
            ):
                continue
            tags = [kind[1:] for kind in case.kinds(two.object.value, scope) if kind[0] == "@"]
            if len(tags) > 1 and one.object.kind == "variable":
                text = f'FILTER(LANG({two.object.text}) = "{min(tags)}")'
                message = say(
                    "Each %(property)s is in a row with each other one, in whatever language.",
                    property=case.written(two.path),
                )
                kept = say("%(text)s keeps one language.", text=text)
                edits = (case.appended(scope.group, text),)
                advice = (Advice(kept, edits, is_fewer=True),)
                yield Finding("rows-multiplied", "info", message, two.path.start, None, advice)


def combined(case: Case) -> Iterator[Finding]:
    """Two variables that run through the same values, each with each other one, and with itself."""
    for scope in () if case.is_heavy or case.schema.is_large else case.scopes:
        tested = [NAMES.mentioned(e) for e in scope.group.elements if isinstance(e, Filter)]
        for one, two in combinations(scope.triples, 2):
            is_same = case.written(one.path) == case.written(two.path)
            ends = ((one.subject, two.subject), (one.object, two.object))
            shared = [a for a, b in ends if a.is_free and a.text == b.text]
            apart = [
                (a.text, b.text) for a, b in ends if a.is_free and b.is_free and a.text != b.text
            ]
            if not (is_same and shared and apart) or first_property(one) == TYPE:
                continue
            names = {name[1:] for name in apart[0]}
            whole = scope.around(case.rendered(scope.group.elements))
            both = f"{whole} FILTER(isIRI({apart[0][0]}) && {apart[0][0]} %s {apart[0][1]})"
            if not any(names <= each for each in tested) and all(
                case.holds(both % s) for s in ("=", "!=")
            ):
                message = say(
                    "%(one)s and %(two)s run through the values of %(path)s each by itself, so there "
                    "are all combinations. If both are to be the same, use one variable.",
                    one=apart[0][0], two=apart[0][1], path=case.written(two.path),
                )  # fmt: skip
                text = "FILTER({} != {})".format(*apart[0])
                left = say("%(text)s leaves out what is joined with itself.", text=text)
                advice = (Advice(left, (case.appended(scope.group, text),), is_fewer=True),)
                yield Finding("rows-multiplied", "info", message, two.path.start, None, advice)


def either(case: Case) -> Iterator[Finding]:
    """VALUES for a value that each thing may have several of: what has one of them is found."""
    for scope in () if case.is_heavy or case.schema.is_large else case.scopes:
        columns = {*NAMES.columns(scope.query)}
        for listed in (e for e in scope.group.elements if isinstance(e, Values)):
            cells = [row[0] for row in listed.rows if len(row) == 1 and row[0] is not None]
            name = listed.variables[0]
            triple = next((t for t in scope.triples if t.object.text == name.text), None)
            is_asked = 1 < len(cells) <= _SHOWN and name.value not in columns and triple
            if not is_asked or triple is None or triple.subject.value not in columns:
                continue
            path = case.written(triple.path)
            each = " ; ".join(f"{path} {cell.text}" for cell in cells)
            pattern = f"{triple.subject.text} {each}"
            message = say(
                "VALUES finds what has one of these or the other. What has all of them is found by: "
                "%(pattern)s.",
                pattern=pattern,
            )
            places = map(scope.group.elements.index, (listed, triple))
            changes = dict(zip(places, ("", f"{pattern} ."), strict=True))
            advice = (Advice(message, (case.rewritten(scope.group, changes),), is_fewer=True),)
            yield Finding("asked-in-part", "info", Message(), listed.start, None, advice)


_COUNTED: Final = 10_000
"""Triples that are counted at most."""


def partly_there(case: Case) -> Iterator[Finding]:
    """A property of which the graphs that are asked have little, for it mostly follows."""
    told: set[tuple[str, tuple[Place, ...]]] = set()
    for spot in case.spots:
        property_, places = first_property(spot.triple), case.places(spot.scope)
        if property_ in (None, TYPE) or places == DEFAULT or (property_, places) in told:
            continue
        told.add((property_, places))
        here, everywhere, inferred = (
            _count(case, property_, some) for some in (places, DEFAULT, (INFERRED,))
        )
        if here and inferred > here and everywhere > 2 * here:
            message = say(
                "%(graphs)s: here are %(here)s of the %(all)s triples with %(property)s in the default "
                "graph, which is asked without GRAPH and FROM. %(inferred)s follow by inference.",
                graphs=", ".join(map(str, places[:_SHOWN])),
                here=here,
                all=everywhere,
                property=case.named(property_),
                inferred=inferred,
            )
            yield Finding("partly-in-graph", "info", message, spot.triple.path.start)


def _count(case: Case, property_: str, places: tuple[Place, ...]) -> int:
    node = ox.NamedNode(property_)
    triples = (case.schema.store.quads_for_pattern(None, node, None, place) for place in places)
    return sum(1 for some in triples for _ in islice(some, _COUNTED))

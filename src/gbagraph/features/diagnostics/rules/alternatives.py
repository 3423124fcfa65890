"""What the data has in place of patterns that match nothing; what is said is asked before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pyoxigraph as ox

from gbagraph.features.diagnostics.finding import TYPE, Scope, first_property, last_property
from gbagraph.features.diagnostics.glosses import gloss
from gbagraph.features.diagnostics.mentions import with_label
from gbagraph.features.diagnostics.rules.links import is_chained
from gbagraph.features.diagnostics.schema import SAMPLE
from gbagraph.features.diagnostics.suggestions import meant_by, things_called
from gbagraph.features.diagnostics.synonyms import nearness
from gbagraph.names.texts import local_name, spaced, words
from gbagraph.rdf.namespaces import PREFIXES
from gbagraph.sparql.message import Message, say
from gbagraph.sparql.nodes import NAMES, Bind, Element, Filter, Sequence, Triple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from collections.abc import Sequence as Several

    from gbagraph.features.diagnostics.case import Case

_NOT_RDF: Final = f'FILTER(!STRSTARTS(STR(?__v), "{PREFIXES["rdf"]}"))'
_SHOWN: Final = 4
"""Values that a sentence names at most."""


def what_there_is(case: Case, scope: Scope, small: Several[Element]) -> Message:
    """Say that patterns match nothing, or never together, and what the data has in their place."""
    message = _of_several(case, scope, small) if small[1:] else _of_one(case, scope, small[0])
    if small[1:] and isinstance(last := small[-1], Triple):
        message += _of_steps(case, scope, last, case.in_context(scope, small[:-1]))
    if any(template == _NAMESAKES for template, _ in message.sentences):
        return message  # the name is another one, and the property right
    return message.joined(_in_place(case, scope, small))


def shown(case: Case, elements: Iterable[Element]) -> str:
    """Elements as a reader is shown them."""
    text = " ".join(" ".join(case.of_element(e).split()) for e in elements)
    return text if len(text) <= 300 else f"{text[:300]}…"


def target(triple: Triple) -> str:
    """The object of a pattern, or a variable for whatever it is."""
    return "?__o" if triple.object.is_free else triple.object.text


def _of_one(case: Case, scope: Scope, element: Element) -> Message:
    """A pattern that matches nothing by itself: what its subject has, or which values there are."""
    message = say("This pattern matches nothing: %(pattern)s", pattern=shown(case, [element]))
    if isinstance(element, Triple) and case.written(element.path).startswith(("?", "$")):
        # Any property has it.
        things = (
            things_called(case, element.object.value) if element.object.kind == "literal" else []
        )
        named = ", ".join(with_label(case, iri) for iri in things[:_SHOWN])
        return message + (
            say("The nearest name is that of %(thing)s.", thing=named) if named else Message()
        )
    if isinstance(element, Triple) and element.subject.kind == "iri":
        return message + _of_subject(case, scope, element)
    if isinstance(element, Triple) and isinstance(element.path, Sequence):
        found = _of_steps(case, scope, element)
        if found.sentences:
            return message + found
    if isinstance(element, Triple) and element.object.kind == "literal":
        return message + _of_text(case, scope, element)
    if isinstance(element, Triple) and element.object.kind == "iri":
        return message + _namesakes(case, scope, element)
    return message


def _of_text(case: Case, scope: Scope, triple: Triple) -> Message:
    """The values that contain a text, are in it, or share most words with it; else some of them."""
    path, text = case.written(triple.path), triple.object.value.lower()
    values, value = scope.around(f"?__s {path} ?__v"), "LCASE(STR(?__v))"
    told = {"property": path}
    whole = ox.Literal(text)
    alike = f"{values} FILTER(CONTAINS({value}, {whole}) || CONTAINS({whole}, {value}))"
    like = say("Values of %(property)s that contain this text, or are in it: %(values)s.", **told)
    all_of = _rows(case, "?__v", values)
    words = [w for w in spaced(text).split() if len(w) >= _WORD and w in text][:_WORDS]
    words = words if len(all_of) > _SHOWN else []
    has = [f"IF(CONTAINS({value}, {ox.Literal(word)}), 1, 0)" for word in words]
    counted = f"{values} BIND({' + '.join(has)} AS ?__n) FILTER(?__n > 0)"
    rows = case.rows(
        "DISTINCT ?__v ?__n",
        f"{{ SELECT ?__v ?__n {{ {counted} }} LIMIT {SAMPLE} }}",
        "ORDER BY DESC(?__n) STRLEN(STR(?__v)) ?__v LIMIT 40",
    ) if words else []  # fmt: skip
    rows = sorted(rows, key=lambda row: -nearness(words, spaced(row[0].value).split()))[:_SHOWN]
    is_whole = len(all_of) > _SHOWN and (len(words) < 2 or not rows)
    found = _facts(case, alike, like) if is_whole else Message()
    if found.sentences:
        return found
    if rows:
        akin = ", ".join(case.shown(row[0]) for row in rows)
        return say(
            "Values of %(property)s with words of this text: %(values)s.", values=akin, **told
        )
    subject = triple.subject.text
    near = [e for e in case.neighbours(triple, scope) if subject[1:] in NAMES.mentioned(e)]
    here = scope.around(f"{case.rendered(near)} {subject} {path} ?__v")
    own = say("Here, %(property)s of ?%(name)s is: %(values)s.", name=subject[1:], **told)
    known = _facts(case, here, own) if near else Message()
    if known.sentences:
        return known
    return _facts(case, values, say("Values of %(property)s are: %(values)s.", **told))


_WORD: Final = 3
"""Letters of a word that is looked for."""
_WORDS: Final = 6


def _of_steps(case: Case, scope: Scope, triple: Triple, context: str = "") -> Message:
    """How far a path of several steps leads in a *context*, and of which kinds is what is there."""
    subject, parts = triple.subject.text, getattr(triple.path, "parts", ())
    steps = [case.written(each) for each in parts if isinstance(triple.path, Sequence)]

    def there(path: str, value: str = "?__x") -> str:
        return f"{context} {scope.around(f'{subject} {path} {value}')} . "

    if not steps or case.holds(there("/".join(steps))):
        return Message()  # then it is the value that is not there
    for n in range(len(steps) - 1, 0, -1):
        far = "/".join(steps[:n])
        if not case.holds(there(far)):
            continue
        message = say("%(far)s has values here; none of them has %(step)s.", far=far, step=steps[n])
        if not case.holds(f"{there(far)} FILTER(!ISLITERAL(?__x))"):
            return message + say("They are literals, which have no properties.")
        kinds = [row.value for row in _rows(case, "?__k", f"{there(far)} ?__x a ?__k", 40)]
        return message + _kinds(case, say("They are of: %(values)s."), case.schema.special(kinds))
    return Message()


_NAMESAKES: Final = "Values of %(property)s with this name: %(values)s."


def _namesakes(case: Case, scope: Scope, triple: Triple) -> Message:
    """Values of a property that are called as the one that is asked for is."""
    path, name = case.written(triple.path), local_name(triple.object.value)
    called = f"REPLACE(LCASE(STR(?__v)), '^.*[/#:.]', '') = {ox.Literal(name.lower())}"
    found = f"?__s {path} ?__v FILTER({called})"
    told = say(_NAMESAKES, property=path)
    return _facts(case, scope.around(found), told)


def _of_subject(case: Case, scope: Scope, triple: Triple) -> Message:
    """What a thing has by a path; if nothing, which others of its kind have it."""
    subject, path = triple.subject, case.written(triple.path)
    classes = case.schema.special(case.schema.classes_of(ox.NamedNode(subject.value)))
    told = {"property": path, "thing": subject.text}
    if path == "a":
        return _kinds(case, say("%(thing)s is: %(values)s.", **told), classes)
    has = say("%(thing)s has these values of %(property)s: %(values)s.", **told)
    if (said := _facts(case, scope.around(f"{subject.text} {path} ?__v"), has)).sentences:
        return said
    kinds = " ".join(f"<{each}>" for each in classes)
    others = scope.around(f"VALUES ?__c {{ {kinds} }} ?__v a ?__c ; {path} []")
    # Sites, by what their IRIs begin with, to which the property leads.
    begins = 'REPLACE(STR(?__w), "[^/#]*$", "")'
    sites = scope.around(
        f"{{ SELECT DISTINCT ({begins} AS ?__site) {{ "
        f"{{ SELECT ?__w {{ ?__u {path} ?__w }} LIMIT 200 }} "
        f"FILTER(isIRI(?__w) && !STRSTARTS(STR({subject.text}), {begins})) }} }} "
        f"{subject.text} ?__v ?__o FILTER(STRSTARTS(STR(?__o), ?__site))"
    )
    values = scope.around(f"?__s ?__v {subject.text}")
    alike = _facts(case, others, say("Others of its kind have it: %(values)s."))
    return (
        say("%(thing)s has no %(property)s.", **told)
        + (alike if alike.sentences else _owners(case, scope, triple))
        + _facts(case, sites, say("It links to such values by: %(values)s."))
        + _facts(case, values, say("%(thing)s is a value of: %(values)s.", **told))
    )


def _owners(case: Case, scope: Scope, triple: Triple) -> Message:
    """Of which classes is what has a property."""
    path = case.written(triple.path)
    kinds = _rows(case, "?__k", scope.around(f"?__v {path} [] ; a ?__k"), 40)
    told = say("What has %(property)s is of: %(values)s.", property=path)
    return _kinds(case, told, case.schema.special(kind.value for kind in kinds))


def _kinds(case: Case, told: Message, classes: Several[str]) -> Message:
    return _with(told, ", ".join(map(case.named, classes[:_SHOWN]))) if classes else Message()


def _of_several(case: Case, scope: Scope, small: Several[Element]) -> Message:
    """Patterns that never match together: the values on which they do not meet."""
    message = say(
        "These patterns match, but never together: %(pattern)s", pattern=shown(case, small)
    )
    last, others = small[-1], small[:-1]
    rest = case.in_context(scope, others)
    shared = NAMES.mentioned(last) & NAMES.mentioned(*others)
    for name in sorted(name for name in shared if not name.startswith("_blank_"))[:1]:
        message += values_of(case, f"?{name}", rest)
        if not isinstance(last, Filter | Bind):
            message += _where_they_differ(case, scope, last, rest, name)
    return message


def _where_they_differ(case: Case, scope: Scope, last: Element, rest: str, name: str) -> Message:
    """What the things of the rest have by the property of the last pattern, or which things have it."""
    if isinstance(last, Triple) and not last.object.is_free and last.subject.is_free:
        path = case.written(last.path)
        of_rest = f"{rest} {scope.around(f'{last.subject.text} {path} ?__v')}"
        has = say("Here, %(property)s of ?%(name)s is: %(values)s.", property=path, name=name)
        found = _facts(case, of_rest, has)
        if found.sentences:
            return found
    there = case.in_context(scope, [last])
    if isinstance(last, Triple) and last.subject.value == name:
        kinds = _rows(case, "?__c", f"{there} ?{name} a ?__c", 40)
        given = " ".join(map(str, kinds))
        if kinds and not case.holds(f"{rest} VALUES ?__c {{ {given} }} ?{name} a ?__c"):
            told = say(
                "What has %(property)s is of: %(values)s.",
                property=case.written(last.path),
            )
            return _kinds(case, told, case.schema.special(kind.value for kind in kinds))
    told = say("In the last pattern ?%(name)s is: %(values)s.", name=name)
    return _facts(case, there, told, f"?{name}")


def _in_place(case: Case, scope: Scope, small: Several[Element]) -> Iterator[Message]:
    """Paths that match in place of that of a pattern, of the last that has some.

    Where what is asked could well be there, and is not, the answer is simply empty: then only more steps
    of the same are told.
    """
    for triple in reversed([e for e in small if isinstance(e, Triple)]):
        others = [e for e in small if e is not triple]
        subject, path, value = triple.subject, case.written(triple.path), triple.object
        rest, bound = case.in_context(scope, others), NAMES.mentioned(*others)
        # The ends that are given, by the query or by the other patterns.
        is_from, is_to = (not end.is_free or end.value in bound for end in (subject, value))
        plus = f"{rest} {scope.around(f'{subject.text} {path}+ {value.text}')}"
        paths = [f"{path}+"] * bool(is_chained(case, scope, triple) and case.holds(plus))
        is_own = is_to or not value.is_free  # else any value is asked for
        may_be = _may_be_there if is_own else _others_have_it
        if not (is_from and may_be(case, scope, triple, rest)):
            forms = _forms(case, triple, is_from=is_from, is_to=is_to, is_alone=not others)
            paths += _of_forms(case, scope, triple, rest, forms)
        if patterns := _of_one_node(case, scope, triple, others, paths):
            yield say("One node has both here: %(pattern)s.", pattern=patterns)
            return
        if paths:
            told = say("In place of %(property)s, these match here: %(values)s.", property=path)
            yield _with(told, ", ".join(dict.fromkeys(paths[:_SHOWN])))
            return


def _of_one_node(
    case: Case, scope: Scope, triple: Triple, others: list[Element], paths: list[str]
) -> str:
    """Patterns for one node that the path leads over, and that has the value of another pattern, too.

    A statement of Wikibase is such a node: over two paths, each value would be with those of all others.
    """
    path, value, name = case.written(triple.path), triple.object.text, case.fresh("node")
    step, behind, _ = (paths or [""])[0].partition(f"/{path}")
    beside = (e for e in scope.triples if e is not triple and behind and e.object.is_free)
    for other in beside:
        way = f"{triple.subject.text} {step} {name} . {name} {path} {value}"
        around = case.in_context(scope, [*dict.fromkeys((*others, other))])
        both = f"{around} {scope.around(f'{way} ; ?__v {other.object.text}')}"
        is_apart = other.subject.text == triple.subject.text and step[0] not in "^("
        for own in _steps(case, both)[:1] if is_apart else ():
            return f"{way} ; {case.short(own)} {other.object.text}"
    return ""


def _others_have_it(case: Case, scope: Scope, triple: Triple, rest: str) -> bool:
    """Whether things of the kind of what is asked have a property, and values of this same kind.

    Such a kind tells nothing of a property, as where all things are items: this one simply has it not.
    """
    subject, path = triple.subject.text, case.written(triple.path)
    kinds = f"{{ SELECT DISTINCT ?__k {{ {rest} {subject} a ?__k }} LIMIT {_SHOWN} }}"
    return bool(case.holds(f"{kinds} {scope.around(f'?__s a ?__k ; {path} ?__o . ?__o a ?__k')}"))


def _may_be_there(case: Case, scope: Scope, triple: Triple, rest: str) -> bool:
    """Whether what is asked of has other values, of the kind that is asked for, and they are values."""
    subject, path, value = triple.subject.text, case.written(triple.path), triple.object
    last = last_property(triple)
    if last in (None, TYPE):
        return bool(case.holds(scope.around(f"?__s {path} {value.text}")))
    if value.is_free:
        near = [e for e in case.neighbours(triple, scope) if isinstance(e, Triple)]
        kinds = [e for e in near if e.subject.text == subject or first_property(e) == TYPE]
        return bool(case.holds(scope.around(f"{case.rendered([*kinds, triple])}")))
    has_others = case.holds(f"{rest} {scope.around(f'{subject} {path} ?__v')}")
    return bool(has_others and case.holds(scope.around(f"?__s <{last}> {value.text}")))


def _forms(
    case: Case, triple: Triple, *, is_from: bool, is_to: bool, is_alone: bool
) -> dict[str, str]:
    """Patterns with a step ``?__v`` in place of a path, before or behind it, by their paths."""
    subject, path, value = triple.subject.text, case.written(triple.path), triple.object.text
    direct = {
        "%s": f"{subject} ?__v {value}" if is_to and (is_from or is_alone) else "",
        "^%s": f"{value} ?__v {subject}" if is_to and is_from else "",
    }
    if is_from and not is_to and (kinds := _kinds_of_values(case, triple)):
        of_kind = f"VALUES ?__k {{ {kinds} }} ?__n a ?__k"
        direct["%s"] = f"{subject} ?__v ?__n . {of_kind}"
        direct["^%s"] = f"?__n ?__v {subject} . {of_kind}"
    if first_property(triple) in (None, TYPE):
        return {"%s": direct["%s"]}
    return direct | {
        f"%s/{path}": f"{subject} ?__v ?__n . ?__n {path} {value}",
        f"^%s/{path}": f"?__n ?__v {subject} ; {path} {value}",
        f"{path}/%s": f"{subject} {path} ?__n . ?__n ?__v {value}" * (is_to and is_from),
    }


def _of_forms(
    case: Case, scope: Scope, triple: Triple, rest: str, forms: dict[str, str]
) -> list[str]:
    """The paths with the commonest steps that the query does not ask; those that fit all, if any."""
    found: list[str] = []
    for form, pattern in forms.items():
        steps = _steps(case, f"{rest} {scope.around(pattern)}") if pattern else []
        asked = case.query.iris
        for step in steps if pattern else ():
            if step in asked or {*case.schema.inverses(step)} & {*asked}:
                continue
            path = form.replace("%s", case.short(step))
            if _fits(case, scope, triple, path):
                found.append(path + gloss(case.names, case.schema.store, step))
    # A word in common first.
    wanted = meant_by(last_property(triple) or "")
    return sorted(found, key=lambda path: -nearness(wanted, words(path)))


def _fits(case: Case, scope: Scope, triple: Triple, path: str) -> bool:
    """Whether another path finds things of the same kind, which fit the others but for its words."""
    subject, own = triple.subject.text, case.written(triple.path)
    others = case.rendered(e for e in scope.group.elements if e is not triple)
    pattern, kinds = f"{subject} {path} {triple.object.text}", f"?__s {own} ?__o ; a ?__k"
    if not others and triple.subject.is_free and case.holds(scope.around(kinds)):
        pattern = f"{pattern} . {kinds} . {subject} a ?__k"
    if nearness(meant_by(last_property(triple) or ""), words(path.partition(":")[2])):
        others = ""
    pattern = f"{others} {pattern}"
    return bool(case.holds(scope.around(pattern)))


def _kinds_of_values(case: Case, triple: Triple) -> str:
    """The most special classes of the values of a property."""
    iri = last_property(triple)
    classes = case.schema.special(case.schema.use(iri).objects) if iri else []
    return " ".join(f"<{each}>" for each in classes[:_SHOWN])


def _steps(case: Case, pattern: str) -> list[str]:
    """The two commonest properties ``?__v`` of a pattern, the most special first."""
    rows = case.rows(
        "?__v (COUNT(*) AS ?__k)",
        f"{{ SELECT ?__v {{ {pattern} {_NOT_RDF} }} LIMIT {SAMPLE} }}",
        "GROUP BY ?__v ORDER BY DESC(?__k) ?__v LIMIT 40",
    )
    return case.schema.special(row[0].value for row in rows)[:2]


def values_of(case: Case, variable: str, pattern: str) -> Message:
    """The values of a variable, if it has any."""
    return _facts(case, pattern, say("%(name)s is: %(values)s.", name=variable), variable)


def _facts(case: Case, pattern: str, told: Message, variable: str = "?__v") -> Message:
    """*told* with the values of a variable in *pattern*; nothing where it has none."""
    rows = _rows(case, variable, pattern)
    names = [*map(case.shown, rows)]
    is_cut = len(names) > _SHOWN or case.rows("(1 AS ?__k)", pattern, f"OFFSET {SAMPLE} LIMIT 1")
    shown = ", ".join(names[:_SHOWN]) + " …" * bool(is_cut)
    return _with(told, shown) if rows else Message()


def _with(told: Message, values: str) -> Message:
    ((template, given),) = told.sentences
    return say(template, **{**given, "values": values})


def _rows(case: Case, variable: str, pattern: str, most: int = _SHOWN + 1) -> list[Any]:
    some = f"{{ SELECT {variable} {{ {pattern} }} LIMIT {SAMPLE} }}"
    rows = case.rows(f"DISTINCT {variable}", some, f"LIMIT {most}")
    return [row[0] for row in rows if isinstance(row[0], ox.NamedNode | ox.Literal)]

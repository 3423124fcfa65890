"""Names in the query that the data does not have: properties, classes, things, graphs, namespaces."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import replace
from itertools import chain, islice
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from gbagraph.features.diagnostics.finding import (
    Edit,
    Finding,
    Repair,
    instead,
    last_property,
)
from gbagraph.features.diagnostics.mentions import (
    Mention,
    Role,
    about_term,
    asks_identity,
    fit,
    in_full,
    is_there,
    is_used,
    listed,
    may_be_left_out,
    mentions_in,
    with_label,
)
from gbagraph.features.diagnostics.rules.nearby import of_near, owners
from gbagraph.features.diagnostics.suggestions import candidates, nearest
from gbagraph.features.diagnostics.synonyms import of_wikidata
from gbagraph.names.texts import likeness, local_name
from gbagraph.rdf.namespaces import prefixes
from gbagraph.sparql.message import Message, say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from gbagraph.api.explanations import Severity
    from gbagraph.features.diagnostics.case import Case
    from gbagraph.sparql.nodes import (
        Prefix,
    )

    Explanation = Callable[[Case, Mention], Finding | None]
    from gbagraph.names.matching import Kind


_MOST: Final = 20
"""Missing names that are explained: to look for others that are meant takes tens of milliseconds each,
and a join of another engine sends thousands of values, of which most are rightly not here."""


def names(case: Case, explanations: Sequence[Explanation]) -> Iterator[Finding]:
    """Whatever is named and is not there, once for each place; the first explanation that fits."""
    if not case.schema.occurs() and not list(case.schema.store.named_graphs()):
        message = say("There is no data that could be asked.")
        yield Finding("no-data", "info", message, case.tree.start)
        return
    absent = list(_of_request(case))
    yield from absent
    if absent and len(absent) == len({*chain(*case.asked.graphs or ())}):
        return  # then nothing is there that the query names
    yield from _of_no_graph(case)
    missing = list(missing_in(case))
    starts = {mention.term.start for mention in missing}
    by_prefix: dict[Prefix, list[Mention]] = defaultdict(list)
    for mention in missing:
        for prefix in case.tree.prefixes:
            is_its = mention.term.text.startswith(f"{prefix.name}:")
            is_its = is_its and mention.term.value.startswith(prefix.iri)  # the last declared
            if is_its and not _occurs(case, mention.term.value):
                by_prefix[prefix].append(mention)
    there = [m.term.text for m in mentions_in(case) if m.term.start not in starts]
    explained: set[int] = set()
    for prefix, some in by_prefix.items():
        finding = None
        if not any(text.startswith(f"{prefix.name}:") for text in there):
            finding = _namespace(case, prefix, some)
        if finding is not None:
            yield finding
            explained |= {mention.term.start for mention in some}
    rest = {m.term.start: m for m in missing if m.term.start not in explained}
    for mention in islice(rest.values(), _MOST):
        is_free = may_be_left_out(case, mention) and not _is_called_otherwise(case, mention)
        asked = () if is_free else explanations
        reasons = (explain(case, mention) for explain in asked)
        known = _in_brackets(case, mention) or next(filter(None, reasons), None)
        yield known or _unknown(case, mention)


def _is_called_otherwise(case: Case, mention: Mention) -> bool:
    """Whether the data has it by another name, which the query does not have."""
    others = {*case.schema.matches(mention.term.value)}
    return any(is_used(case, mention, each) for each in others - {*case.query.iris})


def _of_request(case: Case) -> Iterator[Finding]:
    """Graphs that the request names, beside the query, and that are not there."""
    for graph in dict.fromkeys(chain(*(case.asked.graphs or ()))):
        if not case.schema.occurs(places=(ox.NamedNode(graph),)):
            message = say(
                "The request names the graph %(graph)s as its dataset, and the data has no such graph.",
                graph=f"<{graph}>",
            )
            message += _graphs_there(case)
            yield Finding("unknown-graph", "error", message, case.tree.body)


def _of_no_graph(case: Case) -> Iterator[Finding]:
    """A GRAPH with a variable, or patterns outside GRAPH, where the dataset has no graph for them."""
    for scope in case.scopes:
        graph = scope.graph
        if case.places(scope) or (graph is not None and not graph.is_free):
            continue
        if graph is not None:
            sentence = _NO_GRAPHS if case.graphs is None else _NONE_NAMED
            yield Finding("graph-matches-nothing", "error", say(sentence), graph.start)
        elif scope.triples:
            start = scope.triples[0].path.start
            yield Finding("graph-matches-nothing", "error", say(_ALL_NAMED), start)


_NO_GRAPHS: Final = "GRAPH matches nothing: there are no named graphs. Leave GRAPH out here."
_NONE_NAMED: Final = (
    "GRAPH matches nothing, for the graphs of this query are in its default graph. What GRAPH asks is "
    "named with FROM NAMED, or named-graph-uri."
)
_ALL_NAMED: Final = (
    "Patterns outside GRAPH match nothing, for the default graph of this query is empty. What they ask "
    "is named with FROM, or default-graph-uri."
)


def _graphs_there(case: Case) -> Message:
    graphs = case.names.of_kind("graph")
    if not graphs:
        return say("It has no named graphs.")
    return say(
        "There are %(graphs)s.",
        graphs=listed(case, graphs[:_SHOWN]) + " …" * (len(graphs) > _SHOWN),
    )


def _namespace(case: Case, prefix: Prefix, found: list[Mention]) -> Finding | None:
    """The namespace of a prefix of which the data has nothing, and the one that is meant."""
    known = case.names.namespaces
    if prefixes().get(prefix.name) == prefix.iri and prefix.iri in known:
        return None
    local = [mention.term.value.removeprefix(prefix.iri) for mention in found]
    fitting = {
        namespace: sum(
            case.schema.is_declared(namespace + name) or _occurs(case, namespace + name)
            for name in local
        )
        for namespace in known
        if namespace != prefix.iri
        if _alike(prefix.iri, namespace) or prefixes().get(prefix.name) == namespace
    }
    if len(local) > 1 and not fitting and prefix.iri not in known:
        # Where all of several names are in another namespace, it is another release.
        whole = [ns for ns in known if all(_occurs(case, ns + name) for name in local)]
        # Of several, it is the one whose path is the same: other data, made alike.
        path = prefix.iri.partition("://")[2].partition("/")[2]
        whole = [ns for ns in whole if path and ns.endswith(f"/{path}")] or whole
        fitting = dict.fromkeys(whole if len(whole) == 1 else (), len(local))
    best = max(fitting, key=lambda ns: (fitting[ns], likeness(ns, prefix.iri)), default=None)
    if best is None or not fitting[best] or (prefix.iri in known and fitting[best] < len(local)):
        return None
    values = {
        "prefix": f"{prefix.name}:",
        "namespace": f"<{prefix.iri}>",
        "names": ", ".join(local[:3]),
        "right": f"<{best}>",
    }
    message = say(
        "The data has none of these names in the namespace %(namespace)s of %(prefix)s. It has "
        "%(names)s in %(right)s.",
        **values,
    ) + _difference(prefix.iri, best)
    repair = Repair(f"<{best}>", (Edit(prefix.place, prefix.end, f"<{best}>"),))
    return Finding("wrong-namespace", "error", message, prefix.place, repair)


def _alike(one: str, other: str) -> bool:
    first, second = one.partition("://")[2], other.partition("://")[2]
    # Of texts with so different lengths too little can be the same, and there may be many namespaces.
    if min(len(first), len(second)) < 0.5 * max(len(first), len(second)):
        return False
    return likeness(first, second) > 0.7


def _difference(wrong: str, right: str) -> Message:
    if wrong.partition("://")[2] == right.partition("://")[2]:
        schemes = [iri.partition(":")[0] for iri in (right, wrong)]
        return say("That begins with %(right)s, not %(wrong)s.", right=schemes[0], wrong=schemes[1])
    if wrong[:-1] == right[:-1]:
        return say("That ends with %(right)s, not %(wrong)s.", right=right[-1], wrong=wrong[-1])
    return Message()


def _occurs(case: Case, iri: str) -> bool:
    return case.schema.mentions(ox.NamedNode(iri), (None,)) or case.schema.occurs(
        None, iri, places=(None,)
    )


_UNKNOWN: Final[dict[Role, str]] = {
    "property": "The data has no property %(name)s.",
    "class": "The data has no class %(name)s.",
    "thing": "The data has no thing %(name)s.",
    "graph": "The data has no graph %(name)s.",
}
_MEANT: Final[dict[Role, tuple[Kind, ...]]] = {
    "property": ("property",),
    "class": ("class",),
    "graph": ("graph",),
    "thing": ("thing", "class", "property", "paragraph"),
}


def _in_brackets(case: Case, mention: Mention) -> Finding | None:
    """A name with a prefix in angle brackets, where only full IRIs stand."""
    name = mention.term.value
    prefix, _, local = name.partition(":")
    space = case.query.prefixes.get(prefix)
    if space is None or mention.term.text[0] != "<" or not _occurs(case, space + local):
        return None
    said = say(
        "In angle brackets stands a full IRI; a name with a prefix stands without them: %(name)s.",
        name=name,
    )
    found = about_term(case, mention, f"unknown-{mention.role}", said)
    return replace(found, repair=instead(mention.term, name))


def _unknown(case: Case, mention: Mention) -> Finding:
    role, code = mention.role, f"unknown-{mention.role}"
    if role == "graph" and case.schema.occurs(places=(ox.NamedNode(mention.term.value),)):
        message = say(
            "The dataset of this query does not have the graph %(name)s: GRAPH finds only what FROM "
            "NAMED, or the request, names.",
            name=mention.term.text,
        )
        return about_term(case, mention, "graph-matches-nothing", message)
    message = say(_UNKNOWN[role], name=in_full(mention))
    if called := of_wikidata(local_name(mention.term.value)):
        message += say(
            'In Wikidata, %(name)s is "%(called)s".',
            name=local_name(mention.term.value),
            called=called,
        )
    meant = {
        "Any number of steps is: %(path)s.": _transitive(case, mention),
        "A dot is a part of the name; slashes make a path: %(path)s.": _dotted(case, mention),
    }
    for said, repair in meant.items():
        if repair is not None:
            message += say(said, path=repair.suggestion) + owners(
                case, mention, repair.edits[0].text
            )
            return replace(about_term(case, mention, code, message), repair=repair)
    near = nearest(case, mention, *_MEANT[role])
    is_same = bool(near) and local_name(near[0]) == local_name(mention.term.value)
    is_free = may_be_left_out(case, mention)
    if is_same and is_free:
        near, is_same, code = [], False, "unknown-property"
    if (
        near
        and role == "property"
        and fit(case, mention, near[0]) < fit(case, mention, f"^{near[0]}")
    ):
        message += say(
            "The nearest name is %(near)s, which fits only the other way round: %(path)s.",
            near=with_label(case, near[0]), path=f"^{case.short(near[0])}",
        )  # fmt: skip
        near = []
    elif near:
        message += say("The nearest name is %(near)s.", near=with_label(case, near[0]))
        message += of_near(case, mention, near[0])
    elif role == "graph":
        message += _graphs_there(case)
    elif not is_free:
        message += candidates(case, mention)
    finding = about_term(case, mention, "wrong-namespace" if is_same else code, message, near)
    return replace(finding, severity=_severity(case, mention, is_near=bool(near)))


def _severity(case: Case, mention: Mention, *, is_near: bool) -> Severity:
    """How grave it is that a name is not there, and which is near."""
    if mention.by is not None and _is_one_of_several(case, mention):
        return "warning" if is_near else "info"
    must_match = mention.scope is None or mention.scope.is_required
    # What only another site knows is simply not the same as anything here.
    is_elsewhere = mention.role == "thing" and asks_identity(mention)
    is_empty = must_match and not is_elsewhere and not may_be_left_out(case, mention)
    return "error" if is_near or is_empty else "info"


def _transitive(case: Case, mention: Mention) -> Repair | None:
    """The path with any number of steps, for a property that is called so: broaderTransitive."""
    iri = mention.term.value
    step = re.sub(r"_?transitive$", "", iri, flags=re.IGNORECASE)
    if mention.role != "property" or step == iri or not is_used(case, mention, step):
        return None
    text, declared = case.prefix(step)
    return instead(mention.term, f"{text}+", *declared)


def _dotted(case: Case, mention: Mention) -> Repair | None:
    """The path of the properties between which a name has dots, as in other languages."""
    prefix, spaces, spot = mention.term.text.partition(":")[0], case.query.prefixes, mention.spot
    names = re.split(r"\.(?=[\w-]*:)", mention.term.text)
    names = names if names[1:] else names[0].replace(".", f".{prefix}:").split(".")
    are_used = mention.role == "property" and all(
        re.fullmatch(r"[\w-]+", local)
        and re.match(r"[\w.+-]+:[^\\]*$", spaces.get(head, ""))
        and is_used(case, mention, spaces[head] + local)
        for head, _, local in (name.partition(":") for name in names)
    )
    if not are_used or not names[1:] or spot is None:
        return None
    path = "/".join(names)
    return instead(mention.term, path if spot.triple.path is mention.term else f"({path})")


def _is_one_of_several(case: Case, mention: Mention) -> bool:
    """Whether the query names other values of the same variable, which are there."""
    others = (m for m in mentions_in(case) if m.by is mention.by and m.term is not mention.term)
    return any(is_there(case, each) for each in others)


_SHOWN: Final = 8
"""Graphs that are named."""


def missing_in(case: Case) -> Iterator[Mention]:
    """What is not there; of what stands in a graph that is not there, or has none of it, the first."""
    graphs: set[int] = set()
    for mention in sorted(mentions_in(case), key=lambda mention: mention.role != "graph"):
        graph = mention.scope.graph if mention.scope is not None else None
        if mention.role != "graph" and graphs & {each.graph.start for each in case.tree.dataset}:
            return
        if mention.role == "property" and mention.spot is None and _known(case, mention.term.value):
            continue
        if _is_for_literal(case, mention):
            continue
        has_graphs = mention.role == "graph" or case.places(mention.scope)
        if (graph is None or graph.is_free) and not has_graphs:
            continue
        if (graph is None or graph.start not in graphs) and not is_there(case, mention):
            yield mention
            if mention.role == "graph":
                graphs.add(mention.term.start)
            elif graph is not None and graph.kind == "iri":
                graphs.add(graph.start)


def _is_for_literal(case: Case, mention: Mention) -> bool:
    """Whether an IRI stands where all values are literals, which is told by another rule."""
    if (
        mention.role != "thing"
        or mention.spot is None
        or mention.term is not mention.spot.triple.object
    ):
        return False
    property_ = last_property(mention.spot.triple)
    return (
        property_ is not None
        and case.schema.use(property_, case.places(mention.scope)).is_of_literals
    )


def _known(case: Case, iri: str) -> bool:
    """A property that is but a value of the query need not be that of a triple, unless it is retired."""
    is_said = case.schema.is_declared(iri) or case.schema.occurs(None, None, ox.NamedNode(iri))
    return is_said and not case.schema.successors(iri)

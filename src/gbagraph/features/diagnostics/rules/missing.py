"""Names in the query that the data does not have: properties, classes, things, graphs, namespaces."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from gbagraph.features.diagnostics.finding import Edit, Finding, Repair
from gbagraph.features.diagnostics.rules.mentions import (
    Mention,
    Role,
    about_term,
    in_full,
    mentions,
    missing_in,
    nearest,
    what_there_is,
    with_label,
)
from gbagraph.features.diagnostics.rules.misused_terms import (
    other_graph,
    other_name_property,
    other_site,
    without_data,
    wrong_use,
)
from gbagraph.names.texts import likeness, local_name
from gbagraph.rdf.namespaces import prefixes
from gbagraph.sparql.nodes import Prefix, Repeat

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gbagraph.features.diagnostics.case import Case
    from gbagraph.names.matching import Kind


_MOST: Final = 20
"""Missing names that are explained: to look for others that are meant takes tens of milliseconds each,
and a join of another engine sends thousands of values, of which most are rightly not here."""


def names(case: Case) -> Iterator[Finding]:
    """Whatever is named and is not there, once for each place."""
    if not case.schema.occurs(places=case.places()) and not list(case.schema.store.named_graphs()):
        yield Finding("no-data", "info", "There is no data that could be asked.", case.tree.start)
        return
    missing = list(missing_in(case))
    starts = {mention.term.start for mention in missing}
    by_prefix: dict[Prefix, list[Mention]] = defaultdict(list)
    for mention in missing:
        for prefix in case.tree.prefixes:
            is_its = mention.term.text.startswith(f"{prefix.name}:")
            if is_its and not _occurs(case, mention.term.value):
                by_prefix[prefix].append(mention)
    there = [m.term.text for m in mentions(case) if m.term.start not in starts]
    explained: set[int] = set()
    for prefix, found in by_prefix.items():
        finding = None
        if not any(text.startswith(f"{prefix.name}:") for text in there):
            finding = _namespace(case, prefix, found)
        if finding is not None:
            yield finding
            explained |= {mention.term.start for mention in found}
    rest = {m.term.start: m for m in missing if m.term.start not in explained}
    yield from (_missing(case, mention) for mention in islice(rest.values(), _MOST))


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
    best = max(fitting, key=lambda ns: (fitting[ns], likeness(ns, prefix.iri)), default=None)
    if best is None or not fitting[best] or (prefix.iri in known and fitting[best] < len(local)):
        return None
    return Finding(
        "wrong-namespace",
        "error",
        f"The data has none of these names in the namespace <{prefix.iri}>, for which {prefix.name}: "
        f"stands here; it has {', '.join(local[:3])} in <{best}>{_difference(prefix.iri, best)}.",
        prefix.place,
        (Repair(f"<{best}>", (Edit(prefix.place, prefix.end, f"<{best}>"),)),),
    )


def _alike(one: str, other: str) -> bool:
    first, second = one.partition("://")[2], other.partition("://")[2]
    # Of texts with so different lengths too little can be the same, and there may be many namespaces.
    if min(len(first), len(second)) < 0.5 * max(len(first), len(second)):
        return False
    return likeness(first, second) > 0.7


def _difference(wrong: str, right: str) -> str:
    if wrong.partition("://")[2] == right.partition("://")[2]:
        return f": {right.partition(':')[0]}, not {wrong.partition(':')[0]}"
    if wrong[:-1] == right[:-1]:
        return f": it ends with {right[-1]!r}, not {wrong[-1]!r}"
    return ""


def _occurs(case: Case, iri: str) -> bool:
    node = ox.NamedNode(iri)
    return (
        case.schema.occurs(node, places=(None,))
        or case.schema.occurs(None, iri, places=(None,))
        or case.schema.occurs(None, None, node, (None,))
    )


def _missing(case: Case, mention: Mention) -> Finding:
    for explain in (other_site, other_graph, wrong_use, without_data, other_name_property):
        finding = explain(case, mention)
        if finding is not None:
            return finding
    return _unknown(case, mention)


def _unknown(case: Case, mention: Mention) -> Finding:
    kinds: dict[Role, tuple[Kind, ...]] = {
        "property": ("property",),
        "class": ("class",),
        "graph": ("graph",),
        "thing": ("thing", "class", "property", "paragraph"),
    }
    near = nearest(case, mention, *kinds[mention.role])
    message = f"The data has no {mention.role} {mention.term.text}{in_full(mention)}."
    if near:
        message += f" The nearest is {case.named(near[0])}{with_label(case, near[0])}."
    else:
        message += what_there_is(case, mention)
    code = f"unknown-{mention.role}"
    if mention.role == "graph" and not near:
        return replace(
            about_term(case, mention, code, message), repairs=tuple(_without_from(case, mention))
        )
    if near and local_name(near[0]) == local_name(mention.term.value):
        code = "wrong-namespace"
    found = about_term(case, mention, code, message, near)
    must_match = mention.scope is None or mention.scope.is_required
    if near or (must_match and not _may_be_left_out(mention)):
        return found
    return replace(found, severity="info")


def _without_from(case: Case, mention: Mention) -> Iterator[Repair]:
    """The query without its FROM clause, of the default graph."""
    for clause in case.tree.dataset:
        if clause.graph is mention.term and not clause.is_named:
            yield Repair("no FROM", (case.replaced(clause, ""),))


def _may_be_left_out(mention: Mention) -> bool:
    """Whether the path matches without any triple (SPARQL 1.1, section 9.1)."""
    path = mention.spot.triple.path if mention.spot else None
    return isinstance(path, Repeat) and path.modifier in ("*", "?")

"""The rules, each with the codes of its diagnostics: the table to which a new diagnostic is added."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from gbagraph.features.diagnostics.rules import (
    counts,
    elsewhere,
    groups,
    inner,
    joins,
    meant,
    misused_terms,
    negated,
    onward,
    partly,
    precedence,
    samples,
    structure,
    sums,
    units,
    variables,
    variants,
)
from gbagraph.features.diagnostics.rules.expressions import expressions
from gbagraph.features.diagnostics.rules.literals import ill_formed, literals
from gbagraph.features.diagnostics.rules.missing import names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from gbagraph.features.diagnostics.case import Case
    from gbagraph.features.diagnostics.finding import Finding

_EXPLANATIONS: Final = (
    misused_terms.other_site,
    misused_terms.retired,
    misused_terms.other_graph,
    misused_terms.wrong_use,
    misused_terms.without_data,
    misused_terms.other_name_property,
)
"""Why the data does not have a name that a query mentions; the first that fits is what is said."""

_OF_COLUMNS: Final = {
    **dict.fromkeys(
        ("SUM", "AVG"),
        (
            sums.kinds,
            groups.equal_keys,
            units.mixed,
            sums.marks,
            sums.parts_and_wholes,
            counts.multiplied,
            groups.repeated,
            meant.taken_once,
            sums.doubts,
        ),
    ),
    **dict.fromkeys(("MIN", "MAX"), (sums.kinds, units.mixed, sums.marks, groups.alone)),
    "GROUP_CONCAT": (sums.kinds,),
    samples.COMPARED: (units.mixed, sums.marks),
    "COUNT": (
        groups.equal_keys,
        counts.open_lists,
        meant.truths_counted,
        counts.multiplied,
        counts.all_counted,
        groups.values_counted,
        groups.same_names,
        meant.zero_lost,
        counts.inferred_counted,
        sums.marks,
    ),
}
"""Rules for columns, by the names of their aggregates."""

RULES: Final[Mapping[Callable[[Case], Iterator[Finding]], Sequence[str]]] = {
    partial(names, explanations=_EXPLANATIONS): (
        *("no-data", "unknown-property", "unknown-class", "unknown-thing", "unknown-graph"),
        *("wrong-namespace", "iri-of-another-site", "only-in-another-graph", "label-property"),
        *("not-a-class", "not-a-property", "property-without-data", "class-without-data"),
        "graph-matches-nothing",
    ),
    variables.unbound: (
        *("unbound-variable", "having-on-alias"),
        *("filter-out-of-scope", "bind-out-of-scope", "bind-too-early"),
    ),
    inner.hidden: ("inner-select",),
    inner.limited: ("inner-select",),
    partly.twins: ("wrong-namespace",),
    literals: (
        *("literal-datatype", "literal-for-thing", "iri-for-literal", "unknown-text"),
        *("language-tag-missing", "language-tag-wrong", "comparison-drops-values"),
    ),
    ill_formed: ("literal-datatype",),
    expressions: (
        *("comparison-of-datatypes", "comparison-drops-values", "literal-compared-with-iri"),
        *("language-tag-missing", "language-tag-wrong", "letter-case", "text-function-of-other"),
        *("date-function-of-other", "arithmetic-of-other", "expression-in-error"),
        *("filter-always-true", "filter-undoes-optional", "order-of-mixed-kinds"),
        *("filter-removes-all", "unknown-text"),
    ),
    precedence.mixed: ("asked-in-part",),
    precedence.truths: ("filter-always-true",),
    variants.things: ("literal-for-thing",),
    variants.variants: ("letter-case",),
    joins.always_bound: ("filter-removes-all",),
    joins.unshared: ("minus-without-shared-variable", "exists-without-shared-variable"),
    inner.offsets: ("offset-too-large",),
    joins.optionals: ("optional-too-early",),
    joins.products: ("cross-product",),
    structure.structure: (
        *("reversed-direction", "class-for-instance", "label-property", "only-in-another-graph"),
        *("graph-matches-nothing", "no-solution", "filter-removes-all"),
    ),
    partly.inverses: ("reversed-direction",),
    partly.named_backward: ("reversed-direction",),
    partly.other_names: ("label-property",),
    partly.lists: ("rdf-list",),
    partly.alone: ("no-solution",),
    partly.pairs: ("rows-multiplied",),
    partly.combined: ("rows-multiplied",),
    partly.either: ("asked-in-part",),
    partial(samples.aggregates, rules=_OF_COLUMNS): (
        *(
            "aggregate-of-things",
            "aggregate-of-texts",
            "aggregate-of-unbound",
            "order-of-mixed-kinds",
        ),
        *("mixed-units", "mixed-ranks", "bounds-as-exact", "planned-counted"),
        *("equal-groups",),
        *("parts-and-wholes", "doubtful-number", "rows-multiplied", "inferred-counted"),
        *("open-list-counted",),
    ),
    partly.partly_there: ("partly-in-graph",),
    elsewhere.elsewhere: ("partly-in-graph",),
    counts.misplaced: ("aggregate-in-filter",),
    negated.kept_by_another: ("kept-by-another-value",),
    negated.nothing: ("filter-always-true",),
    negated.apart: ("kept-by-another-value",),
    onward.narrower: ("subclasses-left-out",),
    onward.equivalents: ("subclasses-left-out",),
    onward.one_step: ("asked-in-part",),
    onward.branches: ("asked-in-part",),
    meant.united: ("unbound-variable",),
    counts.planned_listed: ("planned-listed", "mixed-ranks"),
    counts.siblings: ("class-beside",),
    partly.with_twin: ("asked-in-part",),
    onward.glossary: ("opaque-names",),
}
"""In the order in which their findings are told; those of the first are the likeliest causes."""

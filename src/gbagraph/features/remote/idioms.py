"""Idioms of SPARQL that engines are known to lose, or that our own queries use.

Each is a question over data of its own, so that nothing is written, with its right answer. Of paths
nothing is asked: they need triples.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gbagraph.features.remote.dialects import Idiom, Writing
from gbagraph.rdf.namespaces import expand
from gbagraph.sparql import nodes
from gbagraph.sparql.nodes import NAMES, Aggregate, Call, Exists, Group, Node, Query, Term

if TYPE_CHECKING:
    from collections.abc import Callable


_BOOLEAN, _YEAR, _DATE = map(expand, ("xsd:boolean", "xsd:gYear", "xsd:date"))
_TRUTHS: Final = frozenset(
    {"||", "&&", "!", "=", "!=", "<", ">", "<=", ">=", "IN", "NOT IN", "BOUND", "SAMETERM", "ISIRI"}
    | {"ISURI", "ISBLANK", "ISLITERAL", "ISNUMERIC", "CONTAINS", "STRSTARTS", "STRENDS", "REGEX"}
    | {"LANGMATCHES"}
)


# What an idiom looks like


def _calls(*names: str) -> Callable[[Node], bool]:
    return lambda node: isinstance(node, Call) and node.name in names


def _is(*kinds: type[Node]) -> Callable[[Node], bool]:
    return lambda node: isinstance(node, kinds)


def _is_guess(node: Node) -> bool:
    """Whether it is COALESCE of what may be an error, not only an unbound variable."""
    if not (isinstance(node, Call) and node.name == "COALESCE" and node.arguments):
        return False
    first = node.arguments[0]
    is_plain = isinstance(first, Call) and first.name in ("STR", "LANG")
    return not is_plain and not isinstance(first, Term) and bool(_needed(first))


def _needed(expression: nodes.Expression) -> frozenset[str]:
    """The variables without which *expression* is an error (SPARQL 1.1, section 17.2)."""
    if isinstance(expression, Term):
        return frozenset({expression.value} if expression.kind == "variable" else ())
    if not isinstance(expression, Call) or expression.name in ("BOUND", "COALESCE"):
        return frozenset()
    first, *others = map(_needed, expression.arguments) if expression.arguments else [frozenset()]
    if expression.name in ("||", "&&"):
        return first.intersection(*others)
    is_first = expression.name == "IF" or (expression.name in ("IN", "NOT IN") and len(others) > 1)
    return first if is_first else first.union(*others)


def _is_truth(expression: nodes.Expression) -> bool:
    if isinstance(expression, Call) and expression.name == "IF":
        return all(map(_is_truth, expression.arguments[1:]))
    if isinstance(expression, Term):
        return expression.datatype == _BOOLEAN
    return isinstance(expression, Exists) or _calls(*_TRUTHS)(expression)


def _gives_truth(node: Node) -> bool:
    return (
        isinstance(node, nodes.Bind | nodes.Item)
        and node.variable is not None
        and not isinstance(node.expression, Term)
        and _is_truth(node.expression)
    )


def _has_minus_apart(group: Group) -> bool:
    """Whether it has MINUS that has no variable of what stands before."""
    return any(
        isinstance(part, nodes.Minus)
        and {*NAMES.visible(*group.elements[:at])}.isdisjoint(NAMES.visible(*part.group.elements))
        for at, part in enumerate(group.elements)
    )


def _has_bind_again(group: Group) -> bool:
    """Whether it has OPTIONAL in which BIND gives a variable that stands before."""
    return any(
        isinstance(each, nodes.Bind) and each.variable.value in NAMES.visible(*group.elements[:at])
        for at, part in enumerate(group.elements)
        if isinstance(part, nodes.Optional)
        for each in part.group.elements
    )


def _is_listed(group: Group) -> bool:
    return all(isinstance(part, nodes.Values) for part in group.elements)


def _compares_dates(node: Node) -> bool:
    terms = node.arguments if isinstance(node, Call) and node.name in ("<", ">", "<=", ">=") else ()
    return any(isinstance(term, Term) and term.datatype in (_YEAR, _DATE) for term in terms)


_COMPARES: Final = {
    "REGEX": _is(Term),
    **dict.fromkeys(("=", "!="), _calls("SUBSTR", "STRAFTER", "STRBEFORE")),
}
"""What stands first where a part of a text is compared, by the name of the comparison."""


def _is_compared_beyond_ascii(node: Node) -> bool:
    return (
        isinstance(node, Call)
        and node.name in _COMPARES
        and _COMPARES[node.name](node.arguments[0])
        and any(isinstance(one, Term) and not one.value.isascii() for one in node.arguments[1:])
    )


def _is_ascii(node: Node) -> bool:
    return isinstance(node, Term) and node.kind == "literal" and node.value.isascii()


def _has_distinct_gaps(query: Query) -> bool:
    """Whether it is for distinct rows that may lack a value."""
    certain = NAMES.certain(*query.where.elements)
    return query.is_distinct and not certain.issuperset(NAMES.columns(query))


def _is_union(node: Node) -> bool:
    return isinstance(node, nodes.Union) and len(node.groups) > 1


# How else it can be asked


def _guarded(writing: Writing, guess: Call, _: str) -> str:
    """COALESCE, asked only where the variables are bound that its first argument needs."""
    first, *others = guess.arguments
    rest = ", ".join(map(writing.of, others))
    rest = rest if len(others) == 1 else f"COALESCE({rest})"
    if not writing.named.issuperset(_needed(first)):
        return rest  # nothing binds it
    return f"IF({_bound(first)}, COALESCE({writing.of(first)}, {rest}), {rest})"


def _bound(expression: nodes.Expression) -> str:
    return " && ".join(f"BOUND(?{name})" for name in sorted(_needed(expression)))


def _unless_unbound(writing: Writing, call: Call, text: str) -> str:
    bound = _bound(call)
    return f"IF({bound}, {text}, {writing.nothing})" if bound else text


def _as_truth(writing: Writing, node: Any, _: str) -> str:  # noqa: ANN401  BIND or a column
    opening = "BIND(" if isinstance(node, nodes.Bind) else "("
    return f"{opening}<{_BOOLEAN}>({writing.of(node.expression)}) AS ?{node.variable.value})"


def _in_decimals(writing: Writing, division: Call, _: str) -> str:
    dividend, divisor = map(writing.of, division.arguments)
    return f"(({dividend}) * 1.0 / ({divisor}))"


def _with_datatype_of_text(writing: Writing, call: Call, _: str) -> str:
    value = writing.of(call.arguments[0])
    is_text = f'ISLITERAL({value}) && LANG({value}) != ""'
    return f"IF({is_text}, <{expand('rdf:langString')}>, DATATYPE({value}))"


def _zero_of_none(writing: Writing, _: Aggregate, text: str) -> str:
    return text if writing.query.keys else f"IF(COUNT(*) = 0, 0, {text})"


def _selected(writing: Writing, union: nodes.Union, _: str) -> str:
    return " UNION ".join(
        f"{{ SELECT * {writing.of(group)} }}" if _is_listed(group) else writing.of(group)
        for group in union.groups
    )


IDIOMS: Final = (
    Idiom(
        "COALESCE of an expression with an unbound variable",
        "SELECT ?x { VALUES ?x { 1 2 } OPTIONAL { VALUES (?x ?y) { (1 3) } } "
        "FILTER (COALESCE(?y > 5, true)) }",
        ("2",),
        _is_guess,
        _guarded,
    ),
    Idiom(
        "IF with an unbound variable in its condition",
        "SELECT ?z { VALUES ?x { 1 2 } OPTIONAL { VALUES (?x ?y) { (1 5) } } "
        'BIND(IF(?y > 3, "a", "b") AS ?z) }',
        ("a", "-"),
        _calls("IF"),
        _unless_unbound,
    ),
    Idiom(
        "CONCAT of an unbound variable",
        "SELECT ?z { VALUES ?x { 1 2 } OPTIONAL { VALUES (?x ?y) { (1 5) } } "
        'BIND(CONCAT("(", STR(?y)) AS ?z) }',
        ("(5", "-"),
        _calls("CONCAT"),
        _unless_unbound,
    ),
    Idiom(
        "a truth value as the value of an expression",
        "SELECT ?y ?z { VALUES ?x { 1 2 } BIND(?x > 1 AS ?y) BIND(EXISTS { VALUES ?x { 1 } } AS ?z) }",
        ("false true", "true false"),
        _gives_truth,
        _as_truth,
    ),
    Idiom(
        "the division of integers",
        "SELECT ?y { VALUES ?x { 3 } BIND(?x / 2 AS ?y) }",
        ("1.5",),
        _calls("/"),
        _in_decimals,
    ),
    Idiom(
        "the datatype of a text with a language",
        'SELECT ?y { VALUES ?x { "a"@en } BIND(STR(DATATYPE(?x)) AS ?y) }',
        (expand("rdf:langString"),),
        _calls("DATATYPE"),
        _with_datatype_of_text,
    ),
    Idiom(
        "the sum of nothing",
        "SELECT (SUM(?x) AS ?y) { VALUES ?x { 1 } FILTER (?x > 1) }",
        ("0",),
        lambda node: isinstance(node, Aggregate) and node.name in ("SUM", "AVG"),
        _zero_of_none,
    ),
    Idiom(
        "UNION with a group of nothing but VALUES",
        "SELECT ?x ?y { { VALUES ?x { 1 } } UNION { VALUES (?x ?y) { (2 3) } } }",
        ("1 -", "2 3"),
        lambda node: _is_union(node) and any(map(_is_listed, node.groups)),
        _selected,
    ),
    Idiom(
        "MINUS without a common variable",
        "SELECT ?x { VALUES ?x { 1 2 } MINUS { VALUES ?y { 1 } } }",
        ("1", "2"),
        lambda node: isinstance(node, Group) and _has_minus_apart(node),
    ),
    Idiom(
        "BIND, in OPTIONAL, of a variable that is bound before",
        "SELECT ?x ?y { VALUES ?x { 1 2 } OPTIONAL { BIND(1 AS ?x) BIND(5 AS ?y) } }",
        ("1 5", "2 -"),
        lambda node: isinstance(node, Group) and _has_bind_again(node),
    ),
    Idiom(
        "a comparison of a part of a text with characters beyond ASCII",
        'SELECT ?x { VALUES ?x { "广州南沙" } FILTER (SUBSTR(?x, 3, 1) = "南" '
        '&& STRAFTER(?x, "州") = "南沙" && REGEX(?x, "^广")) }',
        ("广州南沙",),
        _is_compared_beyond_ascii,
    ),
    Idiom(
        "DISTINCT rows with unbound variables",
        "SELECT DISTINCT ?x ?y ?z { VALUES ?x { 1 1 2 3 4 1 2 3 4 } { VALUES ?w { 1 2 } } "
        "OPTIONAL { VALUES (?x ?y) { (1 5) } } OPTIONAL { VALUES (?x ?z) { (2 7) } } }",
        ("1 5 -", "2 - 7", "3 - -", "4 - -"),
        lambda node: isinstance(node, Query) and _has_distinct_gaps(node),
        lambda writing, query, text: writing.each_once(query, text),
    ),
    Idiom(
        "ENCODE_FOR_URI of what may have characters beyond ASCII",
        'SELECT ?y { VALUES ?x { "广 a" } BIND(ENCODE_FOR_URI(?x) AS ?y) }',
        ("%E5%B9%BF%20a",),
        lambda node: _calls("ENCODE_FOR_URI")(node) and not _is_ascii(node.arguments[0]),
    ),
    Idiom(
        "OPTIONAL",
        "SELECT ?x ?y { VALUES ?x { 1 2 } OPTIONAL { VALUES (?x ?y) { (1 3) (2 4) } FILTER (?y > 3) } }",
        ("1 -", "2 4"),
        _is(nodes.Optional),
    ),
    Idiom(
        "UNION",
        "SELECT ?x ?y { { BIND(1 AS ?x) } UNION { BIND(2 AS ?x) BIND(3 AS ?y) } }",
        ("1 -", "2 3"),
        _is_union,
    ),
    Idiom(
        "EXISTS",
        "SELECT ?x { VALUES ?x { 1 2 3 } FILTER EXISTS { VALUES ?x { 1 2 } } "
        "FILTER NOT EXISTS { VALUES ?x { 1 } } }",
        ("2",),
        _is(Exists),
    ),
    Idiom(
        "MINUS",
        "SELECT ?x { VALUES ?x { 1 2 } MINUS { VALUES ?x { 1 } } }",
        ("2",),
        _is(nodes.Minus),
    ),
    Idiom(
        "LIMIT in a subquery",
        "SELECT ?x { { SELECT ?x { VALUES ?x { 3 1 2 } } ORDER BY ?x LIMIT 2 } }",
        ("1", "2"),
        lambda node: isinstance(node, nodes.SubSelect) and node.query.is_sliced,
    ),
    Idiom(
        "an error beside what is true",
        "SELECT ?x { VALUES ?x { 1 2 } OPTIONAL { VALUES (?x ?y) { (2 5) } } "
        "FILTER (?y > 6 || ?x = 1) }",
        ("1",),
        _calls("||"),
    ),
    Idiom(
        "languages",
        'SELECT ?y { VALUES ?x { "a"@en "b"@zh-hans "c" } FILTER (LANGMATCHES(LANG(?x), "zh") '
        '|| LANG(?x) = "") BIND(CONCAT(STR(?x), LANG(?x)) AS ?y) }',
        ("bzh-hans", "c"),
        _calls("LANG", "LANGMATCHES"),
    ),
    Idiom(
        "a comparison of years or dates",
        f'SELECT ?x {{ VALUES (?x ?y) {{ ("2010-01-02"^^<{_DATE}> "2010"^^<{_YEAR}>) '
        f'("2020-01-02"^^<{_DATE}> "2020"^^<{_YEAR}>) }} FILTER (?x > "2015-01-01"^^<{_DATE}> '
        f'&& ?y > "2015"^^<{_YEAR}> && YEAR(?x) = 2020) }}',
        ("2020-01-02",),
        _compares_dates,
    ),
    Idiom(
        "numbers beyond 32 bits",
        "SELECT ?y { VALUES ?x { 11350000000 } BIND(?x * 2 + 0.1 AS ?y) }",
        ("22700000000.1",),
        _calls("*", "+", "-"),
    ),
    Idiom(
        "characters beyond ASCII",
        'SELECT ?x { VALUES ?x { "广州南沙" } FILTER (STRLEN(?x) = 4 '
        '&& REPLACE(?x, "州", "") = "广南沙" && CONTAINS(LCASE(?x), "沙") && STRSTARTS(?x, "广")) }',
        ("广州南沙",),
        _calls("STRLEN", "REPLACE", "CONTAINS", "STRSTARTS"),
    ),
    Idiom(
        "aggregates of groups",
        "SELECT ?x (COUNT(?y) AS ?n) (MAX(?y) AS ?m) { VALUES (?x ?y) "
        "{ (1 1) (1 3) (2 2) (3 UNDEF) } } GROUP BY ?x HAVING (COUNT(*) < 3) ORDER BY ?x",
        ("1 2 3", "2 1 2", "3 0 -"),
        lambda node: isinstance(node, Query) and bool(node.keys),
    ),
    Idiom(
        "GROUP_CONCAT",
        'SELECT (GROUP_CONCAT(DISTINCT ?x; separator="|") AS ?y) { VALUES ?x { "a" "a" } }',
        ("a",),
        lambda node: isinstance(node, Aggregate) and node.name == "GROUP_CONCAT",
    ),
    Idiom(
        "DISTINCT",
        'SELECT DISTINCT ?x { VALUES ?x { "a" "a" "a"@en } }',
        ("a", "a"),
        lambda node: isinstance(node, Query) and node.is_distinct,
    ),
    Idiom(
        "ORDER BY",
        "SELECT ?x { VALUES ?x { 10 9 11 } } ORDER BY DESC(?x) LIMIT 2",
        ("11", "10"),
        lambda node: isinstance(node, Query) and bool(node.order),
    ),
)
"""What is asked at the start: first what Virtuoso 7.2 loses, then what it does right."""

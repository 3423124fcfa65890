"""Idioms of SPARQL that engines are known to lose, or that our own queries use.

Each is a question over data of its own, so that nothing is written, with its right answer. What shows
only over triples is not asked, but taken for lost by an engine that loses the first one, as Virtuoso.
"""

from __future__ import annotations

from typing import Any, Final

from gbagraph.features.remote.detectors import (
    BOOLEAN,
    DATE,
    YEAR,
    calls,
    compares_dates,
    gives_truth,
    has_bind_again,
    has_distinct_gaps,
    has_exists_of_gaps,
    has_joined_paths,
    has_minus_apart,
    has_minus_of_gaps,
    is_among_beyond_ascii,
    is_ascii,
    is_beyond_ascii,
    is_compared_beyond_ascii,
    is_gathered,
    is_guess,
    is_hash,
    is_listed,
    is_repeated_path,
    is_union,
    may_have_language,
    needed,
    of_kind,
    sees_outside,
)
from gbagraph.features.remote.dialects import Idiom, Writing
from gbagraph.rdf.namespaces import expand
from gbagraph.sparql import nodes
from gbagraph.sparql.nodes import Aggregate, Call, Exists, Group, Query, Term

# How else it can be asked


def _guarded(writing: Writing, guess: Call, _: str) -> str:
    """COALESCE, asked only where the variables are bound that its first argument needs."""
    first, *others = guess.arguments
    rest = ", ".join(map(writing.of, others))
    rest = rest if len(others) == 1 else f"COALESCE({rest})"
    if not writing.named.issuperset(needed(first)):
        return rest  # nothing binds it
    return f"IF({_bound(first)}, COALESCE({writing.of(first)}, {rest}), {rest})"


def _bound(expression: nodes.Expression) -> str:
    return " && ".join(f"BOUND(?{name})" for name in sorted(needed(expression)))


def _unless_unbound(writing: Writing, call: Call, text: str) -> str:
    bound = _bound(call)
    return f"IF({bound}, {text}, {writing.nothing})" if bound else text


def _as_truth(writing: Writing, node: Any, _: str) -> str:  # noqa: ANN401  BIND or a column
    opening = "BIND(" if isinstance(node, nodes.Bind) else "("
    return f"{opening}<{BOOLEAN}>({writing.of(node.expression)}) AS ?{node.variable.value})"


def _in_decimals(writing: Writing, division: Call, _: str) -> str:
    dividend, divisor = map(writing.of, division.arguments)
    return f"(({dividend}) * 1.0 / ({divisor}))"


def _with_datatype_of_text(writing: Writing, call: Call, _: str) -> str:
    argument: Any = call.arguments[0]
    if not argument.is_free:
        return f"<{expand('rdf:langString') if argument.language else argument.datatype}>"
    value = writing.of(argument)
    is_text = f'ISLITERAL({value}) && LANG({value}) != ""'
    return f"IF({is_text}, <{expand('rdf:langString')}>, DATATYPE({value}))"


def _as_equal(writing: Writing, call: Call, text: str) -> str:
    """Equality, of literals that of all their parts (SPARQL 1.1, section 17.4.1.8)."""
    if not writing.named.issuperset(needed(call)):
        return text  # an error in either way
    first, second = map(writing.of, call.arguments)
    if any(isinstance(one, Term) and one.kind == "iri" for one in call.arguments):
        return f"({first} = {second})"
    texts, languages, types = (
        f"{of}({first}) = {of}({second})" for of in ("STR", "LANG", "DATATYPE")
    )
    parts = f'{texts} && {languages} && (LANG({first}) != "" || {types})'
    return f"IF(ISLITERAL({first}) && ISLITERAL({second}), {parts}, {first} = {second})"


def _compared_with_each(writing: Writing, call: Call, _: str) -> str:
    """IN by its definition (SPARQL 1.1, sections 17.4.1.9 and 17.4.1.10)."""
    first, *others = map(writing.of, call.arguments)
    sign, link = ("=", " || ") if call.name == "IN" else ("!=", " && ")
    return f"({link.join(f'{first} {sign} {other}' for other in others)})"


def _if_ascii(_: Writing, node: Any, text: str) -> str:  # noqa: ANN401  a call or an aggregate
    return "" if any(map(is_beyond_ascii, nodes.parts(node))) or not text.isascii() else text


def _in_distinct(writing: Writing, triple: nodes.Triple, text: str) -> str:
    """A subquery with each end once, as ``+`` and ``*`` give it (SPARQL 1.1, section 18.4)."""
    if not writing.is_alone(triple):
        return text
    end = triple.subject if triple.subject.is_free else triple.object
    return f"{{ SELECT DISTINCT {end.text} {{ {text} }} }}"


def _zero_of_none(writing: Writing, _: Aggregate, text: str) -> str:
    return text if writing.query.keys else f"IF(COUNT(*) = 0, 0, {text})"


def _selected(writing: Writing, union: nodes.Union, _: str) -> str:
    return " UNION ".join(
        f"{{ SELECT * {writing.of(group)} }}" if is_listed(group) else writing.of(group)
        for group in union.groups
    )


IDIOMS: Final = (
    Idiom(
        "COALESCE of an expression with an unbound variable",
        "SELECT ?x { VALUES ?x { 1 2 } OPTIONAL { VALUES (?x ?y) { (1 3) } } "
        "FILTER (COALESCE(?y > 5, true)) }",
        ("2",),
        is_guess,
        _guarded,
    ),
    Idiom(
        "IF with an unbound variable in its condition",
        "SELECT ?z { VALUES ?x { 1 2 } OPTIONAL { VALUES (?x ?y) { (1 5) } } "
        'BIND(IF(?y > 3, "a", "b") AS ?z) }',
        ("a", "-"),
        calls("IF"),
        _unless_unbound,
    ),
    Idiom(
        "CONCAT of an unbound variable",
        "SELECT ?z { VALUES ?x { 1 2 } OPTIONAL { VALUES (?x ?y) { (1 5) } } "
        'BIND(CONCAT("(", STR(?y)) AS ?z) }',
        ("(5", "-"),
        calls("CONCAT"),
        _unless_unbound,
    ),
    Idiom(
        "a truth value as the value of an expression",
        "SELECT ?y ?z { VALUES ?x { 1 2 } BIND(?x > 1 AS ?y) BIND(EXISTS { VALUES ?x { 1 } } AS ?z) }",
        ("false true", "true false"),
        gives_truth,
        _as_truth,
    ),
    Idiom(
        "the division of integers",
        "SELECT ?y { VALUES ?x { 3 } BIND(?x / 2 AS ?y) }",
        ("1.5",),
        calls("/"),
        _in_decimals,
    ),
    Idiom(
        "the datatype of a text with a language",
        'SELECT ?y { VALUES ?x { "a"@en } BIND(STR(DATATYPE(?x)) AS ?y) }',
        (expand("rdf:langString"),),
        may_have_language,
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
        lambda node: is_union(node) and any(map(is_listed, node.groups)),
        _selected,
    ),
    Idiom(
        "MINUS without a common variable",
        "SELECT ?x { VALUES ?x { 1 2 } MINUS { VALUES ?y { 1 } } }",
        ("1", "2"),
        lambda node: isinstance(node, Group) and has_minus_apart(node),
    ),
    Idiom(
        "BIND, in OPTIONAL, of a variable that is bound before",
        "SELECT ?x ?y { VALUES ?x { 1 2 } OPTIONAL { BIND(1 AS ?x) BIND(5 AS ?y) } }",
        ("1 5", "2 -"),
        lambda node: isinstance(node, Group) and has_bind_again(node),
    ),
    Idiom(
        "a comparison of a part of a text with characters beyond ASCII",
        'SELECT ?x { VALUES ?x { "广州南沙" } FILTER (SUBSTR(?x, 3, 1) = "南" '
        '&& STRAFTER(?x, "州") = "南沙" && REGEX(?x, "^广")) }',
        ("广州南沙",),
        is_compared_beyond_ascii,
    ),
    Idiom(
        "IN a list with characters beyond ASCII",
        'SELECT ?x { VALUES ?x { "广州" "a" } FILTER (STR(?x) IN ("广州", "b") '
        '&& STR(?x) NOT IN ("市", "b")) }',
        ("广州",),
        is_among_beyond_ascii,
        _compared_with_each,
    ),
    Idiom(
        "characters beyond ASCII within CONCAT, GROUP_CONCAT, IF, COALESCE or a part of a text",
        'SELECT (GROUP_CONCAT(?y; separator="、") AS ?z) { VALUES ?x { "广" } '
        'BIND(IF(STR(?x) = "广", CONCAT(STR(?x), "市"), "") AS ?y) }',
        ("广市",),
        is_gathered,
        _if_ascii,
    ),
    Idiom(
        "a hash of a text that may have characters beyond ASCII",
        'SELECT ?y { VALUES ?x { "广州"@zh } BIND(MD5(STR(?x)) AS ?y) }',
        ("7e040aa9cb2ec494b0a4d52c147e682c",),
        is_hash,
    ),
    Idiom(
        "a FILTER, in a group, of a variable that only stands outside of it",
        "SELECT ?x ?y { VALUES ?x { 1 2 } { VALUES ?y { 3 } FILTER (!BOUND(?x)) } }",
        ("1 3", "2 3"),
        lambda node: isinstance(node, Group) and sees_outside(node),
    ),
    Idiom(
        "DISTINCT rows with unbound variables",
        "SELECT DISTINCT ?x ?y ?z { VALUES ?x { 1 1 2 3 4 1 2 3 4 } { VALUES ?w { 1 2 } } "
        "OPTIONAL { VALUES (?x ?y) { (1 5) } } OPTIONAL { VALUES (?x ?z) { (2 7) } } }",
        ("1 5 -", "2 - 7", "3 - -", "4 - -"),
        lambda node: isinstance(node, Query) and has_distinct_gaps(node),
        lambda writing, query, text: writing.each_once(query, text),
    ),
    Idiom(
        "ENCODE_FOR_URI of what may have characters beyond ASCII",
        'SELECT ?y { VALUES ?x { "广 a" } BIND(ENCODE_FOR_URI(?x) AS ?y) }',
        ("%E5%B9%BF%20a",),
        lambda node: calls("ENCODE_FOR_URI")(node) and not is_ascii(node.arguments[0]),
    ),
    Idiom(
        "OPTIONAL",
        "SELECT ?x ?y { VALUES ?x { 1 2 } OPTIONAL { VALUES (?x ?y) { (1 3) (2 4) } FILTER (?y > 3) } }",
        ("1 -", "2 4"),
        of_kind(nodes.Optional),
    ),
    Idiom(
        "UNION",
        "SELECT ?x ?y { { BIND(1 AS ?x) } UNION { BIND(2 AS ?x) BIND(3 AS ?y) } }",
        ("1 -", "2 3"),
        is_union,
    ),
    Idiom(
        "EXISTS",
        "SELECT ?x { VALUES ?x { 1 2 3 } FILTER EXISTS { VALUES ?x { 1 2 } } "
        "FILTER NOT EXISTS { VALUES ?x { 1 } } }",
        ("2",),
        of_kind(Exists),
    ),
    Idiom(
        "MINUS",
        "SELECT ?x { VALUES ?x { 1 2 } MINUS { VALUES ?x { 1 } } }",
        ("2",),
        of_kind(nodes.Minus),
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
        calls("||"),
    ),
    Idiom(
        "languages",
        'SELECT ?y { VALUES ?x { "a"@en "b"@zh-hans "c" } FILTER (LANGMATCHES(LANG(?x), "zh") '
        '|| LANG(?x) = "") BIND(CONCAT(STR(?x), LANG(?x)) AS ?y) }',
        ("bzh-hans", "c"),
        calls("LANG", "LANGMATCHES"),
    ),
    Idiom(
        "a comparison of years or dates",
        f'SELECT ?x {{ VALUES (?x ?y) {{ ("2010-01-02"^^<{DATE}> "2010"^^<{YEAR}>) '
        f'("2020-01-02"^^<{DATE}> "2020"^^<{YEAR}>) }} FILTER (?x > "2015-01-01"^^<{DATE}> '
        f'&& ?y > "2015"^^<{YEAR}> && YEAR(?x) = 2020) }}',
        ("2020-01-02",),
        compares_dates,
    ),
    Idiom(
        "numbers beyond 32 bits",
        "SELECT ?y { VALUES ?x { 11350000000 } BIND(?x * 2 + 0.1 AS ?y) }",
        ("22700000000.1",),
        calls("*", "+", "-"),
    ),
    Idiom(
        "characters beyond ASCII",
        'SELECT ?x { VALUES ?x { "广州南沙" } FILTER (STRLEN(?x) = 4 '
        '&& REPLACE(?x, "州", "") = "广南沙" && CONTAINS(LCASE(?x), "沙") && STRSTARTS(?x, "广")) }',
        ("广州南沙",),
        calls("STRLEN", "REPLACE", "CONTAINS", "STRSTARTS"),
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


UNTRIED: Final = (
    Idiom("sameTerm", "", (), calls("SAMETERM"), _as_equal),
    Idiom("a path with + or *", "", (), is_repeated_path, _in_distinct),
    Idiom(
        "several joined paths with + or *",
        "",
        (),
        lambda node: isinstance(node, Group) and has_joined_paths(node),
    ),
    Idiom(
        "MINUS with a variable that may be unbound",
        "",
        (),
        lambda node: isinstance(node, Group) and has_minus_of_gaps(node),
    ),
    Idiom(
        "EXISTS with nothing but variables that may be unbound",
        "",
        (),
        lambda node: isinstance(node, Group) and has_exists_of_gaps(node),
    ),
)
"""What Virtuoso loses over triples alone: taken for lost by an engine that loses the first idiom."""

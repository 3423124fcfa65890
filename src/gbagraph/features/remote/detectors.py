"""What the idioms of SPARQL that an engine may lose look like in a query."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gbagraph.rdf.namespaces import expand
from gbagraph.sparql import nodes
from gbagraph.sparql.nodes import NAMES, Aggregate, Call, Exists, Group, Node, Query, Term

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


BOOLEAN, YEAR, DATE = map(expand, ("xsd:boolean", "xsd:gYear", "xsd:date"))
_TRUTHS: Final = frozenset(
    {"||", "&&", "!", "=", "!=", "<", ">", "<=", ">=", "IN", "NOT IN", "BOUND", "SAMETERM", "ISIRI"}
    | {"ISURI", "ISBLANK", "ISLITERAL", "ISNUMERIC", "CONTAINS", "STRSTARTS", "STRENDS", "REGEX"}
    | {"LANGMATCHES"}
)


def calls(*names: str) -> Callable[[Node], bool]:
    """Return whether a node calls one of the functions *names*."""
    return lambda node: isinstance(node, Call) and node.name in names


def of_kind(*kinds: type[Node]) -> Callable[[Node], bool]:
    """Return whether a node is one of *kinds*."""
    return lambda node: isinstance(node, kinds)


def is_guess(node: Node) -> bool:
    """Return whether it is COALESCE of what may be an error, not only an unbound variable."""
    if not (isinstance(node, Call) and node.name == "COALESCE" and node.arguments):
        return False
    first = node.arguments[0]
    is_plain = isinstance(first, Call) and first.name in ("STR", "LANG")
    return not is_plain and not isinstance(first, Term) and bool(needed(first))


def needed(expression: nodes.Expression) -> frozenset[str]:
    """Return the variables without which *expression* is an error (SPARQL 1.1, section 17.2)."""
    if isinstance(expression, Term):
        return frozenset({expression.value} if expression.kind == "variable" else ())
    if not isinstance(expression, Call) or expression.name in ("BOUND", "COALESCE"):
        return frozenset()
    first, *others = map(needed, expression.arguments) if expression.arguments else [frozenset()]
    if expression.name in ("||", "&&"):
        return first.intersection(*others)
    is_first = expression.name == "IF" or (expression.name in ("IN", "NOT IN") and len(others) > 1)
    return first if is_first else first.union(*others)


def _is_truth(expression: nodes.Expression) -> bool:
    if isinstance(expression, Call) and expression.name == "IF":
        return all(map(_is_truth, expression.arguments[1:]))
    if isinstance(expression, Term):
        return expression.datatype == BOOLEAN
    return isinstance(expression, Exists) or calls(*_TRUTHS)(expression)


def gives_truth(node: Node) -> bool:
    """Return whether it names a truth value that is not constant."""
    return (
        isinstance(node, nodes.Bind | nodes.Item)
        and node.variable is not None
        and not isinstance(node.expression, Term)
        and _is_truth(node.expression)
    )


def has_minus_apart(group: Group) -> bool:
    """Return whether it has MINUS that has no variable of what stands before."""
    return any(
        isinstance(part, nodes.Minus)
        and {*NAMES.visible(*group.elements[:at])}.isdisjoint(NAMES.visible(*part.group.elements))
        for at, part in enumerate(group.elements)
    )


def has_bind_again(group: Group) -> bool:
    """Return whether it has OPTIONAL in which BIND gives a variable that stands before."""
    return any(
        isinstance(each, nodes.Bind) and each.variable.value in NAMES.visible(*group.elements[:at])
        for at, part in enumerate(group.elements)
        if isinstance(part, nodes.Optional)
        for each in part.group.elements
    )


def is_listed(group: Group) -> bool:
    """Return whether it has nothing but VALUES."""
    return all(isinstance(part, nodes.Values) for part in group.elements)


def compares_dates(node: Node) -> bool:
    """Return whether it compares with a year or a date."""
    terms = node.arguments if isinstance(node, Call) and node.name in ("<", ">", "<=", ">=") else ()
    return any(isinstance(term, Term) and term.datatype in (YEAR, DATE) for term in terms)


def sees_outside(group: Group) -> bool:
    """Return whether it has a group of which a FILTER names a variable that is only outside of it."""
    return any(
        isinstance(each, nodes.Filter)
        and {term.value for term in nodes.variables(each.expression)}
        - {*NAMES.visible(*inner.elements)}
        & {*NAMES.visible(*(other for other in group.elements if other is not part))}
        for part in group.elements
        for inner in _inner(part)
        for each in inner.elements
    )


def _inner(part: nodes.Element) -> Iterator[Group]:
    """The groups in groups of *part*, which join what stands beside it."""
    for group in part.groups if isinstance(part, nodes.Union) else ():
        yield group
        for each in group.elements:
            yield from _inner(each)


def _gaps(*elements: nodes.Element) -> set[str]:
    """The variables that only OPTIONAL binds."""
    others = (each for each in elements if not isinstance(each, nodes.Optional))
    return {*NAMES.visible(*elements)} - {*NAMES.visible(*others)}


def has_minus_of_gaps(group: Group) -> bool:
    """Return whether it has MINUS with a variable that only OPTIONAL binds."""
    return any(
        isinstance(part, nodes.Minus)
        and not _gaps(*group.elements[:at]).isdisjoint(NAMES.visible(*part.group.elements))
        for at, part in enumerate(group.elements)
    )


def has_exists_of_gaps(group: Group) -> bool:
    """Return whether it has EXISTS that shares variables with it, all of which may be unbound."""
    seen = {*NAMES.visible(*group.elements)}
    return any(
        (shared := seen & NAMES.mentioned(*exists.group.elements))
        and shared <= _gaps(*group.elements)
        for part in group.elements
        if isinstance(part, nodes.Filter)
        for exists in nodes.exists_in(part.expression)
    )


def is_hash(node: Node) -> bool:
    """Return whether it is a hash of a text of the data."""
    return (
        isinstance(node, Call)
        and node.name in ("MD5", "SHA1", "SHA256", "SHA384", "SHA512")
        and (isinstance(node.arguments[0], Term) or calls("STR")(node.arguments[0]))
        and not is_ascii(node.arguments[0])
    )


def is_beyond_ascii(node: Node) -> bool:
    """Return whether it is a literal with other characters than those of ASCII."""
    return isinstance(node, Term) and node.kind == "literal" and not node.value.isascii()


def is_among_beyond_ascii(node: Node) -> bool:
    """Return whether it is IN of a list with such a literal."""
    return (
        isinstance(node, Call)
        and node.name in ("IN", "NOT IN")
        and any(map(is_beyond_ascii, node.arguments[1:]))
    )


def is_gathered(node: Node) -> bool:
    """Return whether it makes a text of others, or chooses one."""
    names = ("CONCAT", "GROUP_CONCAT", "IF", "COALESCE", "SUBSTR", "STRAFTER", "STRBEFORE")
    return isinstance(node, Call | Aggregate) and node.name in names


def is_repeated_path(node: Node) -> bool:
    """Return whether it is a path of ``+`` or ``*`` with one end that is given."""
    return (
        isinstance(node, nodes.Triple)
        and isinstance(node.path, nodes.Repeat)
        and node.path.modifier in ("+", "*")
        and node.subject.is_free != node.object.is_free
        and "variable" in (node.subject.kind, node.object.kind)
    )


def has_joined_paths(group: Group) -> bool:
    """Return whether it has several such paths that are joined, be it by way of other patterns."""
    joined: list[tuple[frozenset[str], int]] = []
    for element in group.elements:
        names, paths = NAMES.mentioned(element), int(is_repeated_path(element))
        near = [each for each in joined if each[0] & names]
        joined = [each for each in joined if each not in near]
        joined.append((names.union(*(each[0] for each in near)), paths + sum(n for _, n in near)))
    return any(paths > 1 for _, paths in joined)


_COMPARES: Final = {
    "REGEX": of_kind(Term),
    **dict.fromkeys(("=", "!="), calls("SUBSTR", "STRAFTER", "STRBEFORE")),
}
"""What stands first where a part of a text is compared, by the name of the comparison."""


def is_compared_beyond_ascii(node: Node) -> bool:
    """Return whether it compares a part of a text with such a literal."""
    return (
        isinstance(node, Call)
        and node.name in _COMPARES
        and _COMPARES[node.name](node.arguments[0])
        and any(isinstance(one, Term) and not one.value.isascii() for one in node.arguments[1:])
    )


def is_ascii(node: Node) -> bool:
    """Return whether it is a literal of ASCII alone."""
    return isinstance(node, Term) and node.kind == "literal" and node.value.isascii()


def may_have_language(node: Node) -> bool:
    """Return whether it is DATATYPE of a term or a variable: of the rest, engines do it right."""
    return (
        isinstance(node, Call)
        and node.name == "DATATYPE"
        and isinstance(node.arguments[0], Term)
        and node.arguments[0].kind in ("variable", "literal")
    )


def has_distinct_gaps(query: Query) -> bool:
    """Return whether it is for distinct rows that may lack a value."""
    certain = NAMES.certain(*query.where.elements)
    return query.is_distinct and not certain.issuperset(NAMES.columns(query))


def is_union(node: Node) -> bool:
    """Return whether it has several groups."""
    return isinstance(node, nodes.Union) and len(node.groups) > 1

"""Operators of other languages, between what they compare or before the class that they mean."""

from __future__ import annotations

import re
from typing import Final

from gbagraph.rdf.namespaces import expand
from gbagraph.sparql.slips.forms import IRI, STRING, Row
from gbagraph.sparql.slips.table import AN_IRI, ARGS, ATTRIBUTES, NAME, OPERAND, VARIABLE

_INFIXES: Final = (
    ("START|BEGIN", "STRSTARTS"),
    ("END", "STRENDS"),
    ("CONTAIN|INCLUDE|^[*@\\[]", "CONTAINS"),
    ("", "REGEX"),
)
"""Words and signs between two texts, and the functions of SPARQL; all others are of regular expressions."""
_CASELESS: Final = re.compile(r"~.?\*|\bI(?!N)", re.IGNORECASE)


def infix(groups: dict[str, str]) -> str:
    """The function that a word or a sign between two texts means."""
    mark, value, other = groups["mark"].upper(), groups["v"], groups["s"]
    function = next(name for form, name in _INFIXES if re.search(form, mark))
    value = f"STR({value})" if value[0] in "?$" else value
    if _CASELESS.search(mark) and function == "REGEX":
        other += ', "i"'
    elif _CASELESS.search(mark):
        value, other = f"LCASE({value})", f"LCASE({other})"
    return f"{'!' * bool(groups.get('not') or groups['no'])}{function}({value}, {other})"


def below(groups: dict[str, str]) -> str:
    """The path to a class from what is of it or of one below it, each thing once."""
    steps = "*" if groups["mark"] == "<<" else "+"
    return f"DISTINCT {groups['mid']}/<{expand('rdfs:')}subClassOf>{steps} {groups['c']}"


_TESTED: Final = (
    rf"(?P<at>(?P<v>(?<![\w?$:])(?!(?:FILTER|BIND|HAVING|IF|AND|OR|NOT)\b)\w+\s*{ARGS}|{VARIABLE})"
)
_BY_WORD: Final = (
    r"(?<!\w)(?P<no>(?:DO(?:ES)?[\s_]*)?NOT[\s_]*|!\s*)?-?(?:I?CONTAINS?|INCLUDES?|I?(?:STR|STARTS?|BEGINS?|ENDS?)[_\s]*(?:WITH|STARTS|ENDS)"
    r"|RLIKE|I?REGEXP?|MATCH(?:ES)?)"
)
_INSIDE: Final = rf"\((?:[^(){{}}]|{ARGS})*?"
_FUNCTION: Final = "%(mark)s is no operator of SPARQL, which has functions: %(right)s."
_ECL: Final = (
    "%(mark)s is of ECL, not of SPARQL, which has paths: ?x a/rdfs:subClassOf* prefix:Class for what is of a class or of one "
    "below it, ?x prefix:property/skos:broader* prefix:concept, and ?x rdfs:subClassOf+ prefix:Class for the classes below it."
)

OPERATORS: Final = (
    Row(rf"{_TESTED}\s*(?P<mark>(?P<not>!?)(?:=?~[=*]?|\*=|@@|\[(?!{STRING}+\]))|{_BY_WORD})\s*(?P<p>\(\s*)?(?P<s>(?<!{STRING}){STRING}+)(?(p)\s*\)))", _FUNCTION, infix),
    Row(rf"{_INSIDE}{_TESTED}\s+(?P<mark>{_BY_WORD})\s+(?P<s>{VARIABLE}))", _FUNCTION, infix),
    Row(rf"(?P<at>(?P<v>{OPERAND})\s*(?P<mark>\|>|%>%)\s*(?P<f>\w+)(?:\s*\(\s*\))?)", "A function has what it takes in parentheses: %(right)s.", "{f}({v})"),
    Row(rf"{_INSIDE}(?P<at>(?P<v>{VARIABLE})(?P<mark>(?:->|\??\.(?!(?:{ATTRIBUTES})\b))[A-Za-z][\w:]*|\[\s*{STRING}+\s*\]))(?![\w(])",
        "A variable has no attributes: a value of it is asked for by a triple, %(v)s prefix:property ?value."),
    Row(rf"\bSELECT\s+(?P<at>(?:DISTINCT\s+)?(?P<mid>[^{{}}()]*\{{[^{{}}]*?\ba)\s+(?P<mark><<?)\s*(?P<c>{NAME}|{AN_IRI}))", _ECL, below),
    Row(rf"[?$\w:;{IRI}]\s+(?P<at>(?P<mark><<|[<>]!|>>|[<>]))(?=\s*(?:{NAME}|{AN_IRI})\s*[.;}}])", _ECL),
    Row(r"(?P<at><<)(?![^{}]*>>)", "%(at)s begins a triple that >> ends, and is no operator of SPARQL."),
)  # fmt: skip
"""Before the others: a part of what is meant is not told alone."""

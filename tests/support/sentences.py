"""The templates of sentences that explanations are made of, as they stand in the source."""

import ast
import re
from functools import cache
from pathlib import Path

import gbagraph

_SOURCE = Path(gbagraph.__file__).parent
_MARKERS = {"say": 0, "NotRead": 0, "Row": 1}
"""Which argument is a template, or chooses one."""
_SENTENCE = re.compile(r"[A-Z%?(\"]\S*\s[\s\S]*[.?:]\Z")
"""What a sentence looks like that stands in a table."""


@cache
def templates():
    """Each template of the source, with the modules in which it stands."""
    found = {}
    for path in sorted(_SOURCE.rglob("*.py")):
        text = path.read_text("utf-8")
        if (
            re.search(r"\bimport .*\bsay\b|\bNotRead\(|slips\.forms import", text)
            or path.name == "message.py"
        ):
            for template in dict.fromkeys(templates_in(ast.parse(text))):
                found.setdefault(template, []).append(path.relative_to(_SOURCE).as_posix())
    return found


def templates_in(tree):
    """The templates that markers have; where one has what cannot be told, all that is a sentence."""
    values = {}
    for name, value in _given(tree):
        values.setdefault(name, []).append(value)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in _MARKERS:
            chosen = [*_chosen(node.args[_MARKERS[node.func.id]], values)]
            yield from chosen if all(chosen) and chosen else _sentences(tree)


def _given(tree):
    """The names of a module, each with what it is given; None for what a loop or a call gives."""
    for node in ast.walk(tree):
        pairs = []
        if isinstance(node, ast.Assign):
            pairs = [(target, node.value) for target in node.targets]
        elif isinstance(node, ast.AnnAssign):
            pairs = [(node.target, node.value)]
        elif isinstance(node, ast.For | ast.comprehension):
            pairs = [(node.target, None)]
        elif isinstance(node, ast.arg):
            yield node.arg, None
        for target, value in pairs:
            if isinstance(target, ast.Name):
                yield target.id, value
            elif isinstance(target, ast.Tuple):
                parts = getattr(value, "elts", ())
                is_told = len(parts) == len(target.elts)
                for number, each in enumerate(target.elts):
                    yield getattr(each, "id", ""), parts[number] if is_told else None


def _chosen(part, values):
    """The texts that an expression is, or chooses from; None for what cannot be told."""
    if isinstance(part, ast.Constant):
        yield part.value
    elif isinstance(part, ast.IfExp):
        yield from (*_chosen(part.body, values), *_chosen(part.orelse, values))
    elif isinstance(part, ast.Name) and part.id in values:
        others = {**values, part.id: ()}  # it may be given by itself
        yield from (text for value in values[part.id] for text in _chosen(value, others))
    elif isinstance(part, ast.Subscript) and isinstance(part.value, ast.Name):
        for value in values.get(part.value.id, ()):
            yield from (
                each for one in getattr(value, "values", ()) for each in _chosen(one, values)
            )
    else:
        yield None


def _sentences(tree):
    documentation = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    yield from (
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and id(node) not in documentation
        if isinstance(node.value, str) and _SENTENCE.match(node.value)
    )


_SAME = re.compile(
    r'"(?:[^"\\]|\\.)*"(?:@[\w-]+)?|<[^>]*>|\([^()]*\)|%\(\w+\)s|[?$]\w+|(?:PREFIX [\w-]*|prefix):'
    r"|[\w-]*:[\w./*+^|-]+|--[\w-]+|`[^`]*`"
)
"""What is the same in each language: literals, IRIs, labels and conditions, variables, names."""
_PROPER = {
    *["Apache", "Blazegraph", "Cypher", "GraphQL", "Gremlin", "Jena", "Lucene", "Stardog", "Update"]
}
_PHRASE = re.compile(
    r"[A-Za-z]+(?: [A-Za-z]+)+|\b(?:and|are|gave|has|is|[Ii]ts|no|of|the|there|with)\b"
)
_HALF_WIDTH = re.compile(r"[\u4e00-\u9fff][,;:.?!](?:\s|$)")


def english(text):
    """The phrases of a text that are English: words in a row of which one is no keyword and no name."""
    return [
        phrase
        for phrase in _PHRASE.findall(_SAME.sub("·", text))
        if not all(word.isupper() or word in _PROPER for word in phrase.split())
    ]


def half_width(text):
    """The signs of a Chinese text that are not full-width."""
    return _HALF_WIDTH.findall(_SAME.sub("·", text))

"""Programs that ask what a page asks: curl, Python, R and JavaScript, each ready to run."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gbagraph.rdf.formats import Kind


_PATTERN: Final = re.compile(r"[A-Za-z_]\w*\Z")
_ACCEPT: Final[dict[Kind, str]] = {
    "solutions": "text/csv",
    "boolean": "text/csv",
    "graph": "text/turtle",
}
_JSON: Final[dict[Kind, str]] = {
    "solutions": "application/sparql-results+json",
    "boolean": "application/sparql-results+json",
    "graph": "application/ld+json",
}


@dataclass(frozen=True, slots=True)
class Call:
    """What programs ask: a query at *endpoint* (the address of a server's ``/sparql``).

    *parameters* are those of the protocol beside the query. A canned query has a *name* and the values
    *given*, and *address* is where it answers; both empty for any other.
    """

    endpoint: str
    query: str
    kind: Kind
    parameters: tuple[tuple[str, str], ...] = ()
    name: str = ""
    given: tuple[tuple[str, str], ...] = ()
    address: str = ""


@dataclass(frozen=True, slots=True)
class Snippet:
    """A program: the name of its language or library, the language for highlighting, and its text."""

    title: str
    language: str
    text: str


def snippets(question: Call) -> tuple[Snippet, ...]:
    """Return the programs for *question*; those that cannot ask it are left out."""
    programs = [
        Snippet("curl", "shell", _curl(question)),
        Snippet("Python: gbagraph", "python", _gbagraph(question)),
        Snippet("Python: SPARQLWrapper", "python", _sparqlwrapper(question)),
        Snippet("Python: rdflib", "python", _rdflib(question)),
        Snippet("R: httr2", "r", _r(question)),
        Snippet("JavaScript: fetch", "javascript", _javascript(question)),
    ]
    return tuple(each for each in programs if each.text)


def _curl(question: Call) -> str:
    accept = f"-H 'Accept: {_ACCEPT[question.kind]}'"
    if question.address:
        return f"curl {accept} {_in_shell(question.address)}\n"
    pairs = [("query", question.query.strip()), *question.parameters]
    fields = [f"--data-urlencode {_in_shell(f'{name}={value}')}" for name, value in pairs]
    return " \\\n  ".join([f"curl {accept} {_in_shell(question.endpoint)}", *fields]) + "\n"


def _in_shell(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


_METHODS: Final[dict[Kind, str]] = {"solutions": "select", "boolean": "ask", "graph": "construct"}


def _gbagraph(what: Call) -> str:
    """Nothing where the query is for a part of the data: its interface always asks all."""
    if what.parameters:
        return ""
    if what.name:
        question = f"graph.run({', '.join([repr(what.name), *_arguments(what.given)])})"
        head = ""
    else:
        head = f"query = {_in_python(what.query)}\n\n"
        question = f"graph.{_METHODS[what.kind]}(query)"
    shown = (
        f"print(bool({question}))"
        if what.kind == "boolean"
        else f"for row in {question}:\n        print(*row)"
    )
    server = what.endpoint.removesuffix("/sparql")
    start = f"import gbagraph\n\n{head}with gbagraph.connect({server!r}) as graph:\n"
    return f"{start}    {shown}\n"


def _arguments(given: Sequence[tuple[str, str]]) -> list[str]:
    values: dict[str, list[str]] = {}
    for name, value in given:
        values.setdefault(name, []).append(value)
    plain = {name: several[0] if len(several) == 1 else several for name, several in values.items()}
    if all(map(_PATTERN.match, plain)):
        return [f"{name}={value!r}" for name, value in plain.items()]
    return [f"**{plain!r}"]


def _in_python(text: str) -> str:
    text = text.strip()
    if "\\" in text or '"""' in text or text.endswith('"') or "\r" in text:
        return repr(text)
    return f'"""\n{text}\n"""'


def _sparqlwrapper(question: Call) -> str:
    lines = [
        "from SPARQLWrapper import JSON, TURTLE, SPARQLWrapper",
        "",
        f"sparql = SPARQLWrapper({question.endpoint!r})",
        f"sparql.setQuery({_in_python(question.query)})",
        *(f"sparql.addParameter({name!r}, {value!r})" for name, value in question.parameters),
        f"sparql.setReturnFormat({'TURTLE' if question.kind == 'graph' else 'JSON'})",
        "found = sparql.query().convert()",
        {
            "solutions": (
                'for row in found["results"]["bindings"]:\n'
                '    print({name: term["value"] for name, term in row.items()})'
            ),
            "boolean": 'print(found["boolean"])',
            "graph": "print(found.decode())",
        }[question.kind],
    ]
    return "\n".join(lines) + "\n"


def _rdflib(question: Call) -> str:
    shown = {
        "solutions": "for row in found:\n    print(*row)",
        "boolean": "print(found.askAnswer)",
        "graph": "for triple in found:\n    print(*triple)",
    }[question.kind]
    parameters = f", params={dict(question.parameters)!r}" if question.parameters else ""
    return (
        "from rdflib import Graph\n"
        "from rdflib.plugins.stores.sparqlstore import SPARQLStore\n\n"
        f"graph = Graph(SPARQLStore({question.endpoint!r}{parameters}))\n"
        f"found = graph.query({_in_python(question.query)})\n{shown}\n"
    )


def _r(question: Call) -> str:
    """R reads tables; a graph is printed as Turtle."""
    if question.address:
        request = [f"request({_in_r(question.address)}) |>"]
    else:
        pairs = [("query", question.query.strip()), *question.parameters]
        fields = ",\n".join(f"    `{name}` = {_in_r(value)}" for name, value in pairs)
        request = [f"request({_in_r(question.endpoint)}) |>", f"  req_body_form(\n{fields}\n  ) |>"]
    lines = [
        "library(httr2)\n",
        "text <- " + request[0],
        *request[1:],
        f'  req_headers(Accept = "{_ACCEPT[question.kind]}") |>',
        "  req_perform() |>",
        "  resp_body_string()",
        "found <- read.csv(text = text)\nprint(found)"
        if question.kind == "solutions"
        else "cat(text)",
    ]
    return "\n".join(lines) + "\n"


def _in_r(text: str) -> str:
    if "\n" not in text and '"' not in text and "\\" not in text:
        return f'"{text}"'
    dashes = ""
    while f"){dashes}'" in text:
        dashes += "-"
    return f"r'{dashes}({text}){dashes}'"


def _javascript(what: Call) -> str:
    headers = f'{{ Accept: "{_JSON[what.kind]}" }}'
    if what.address:
        question = f"fetch({json.dumps(what.address)}, {{ headers: {headers} }})"
        head = ""
    else:
        pairs = "".join(f", {_quoted(name)}: {_quoted(value)}" for name, value in what.parameters)
        head = f"const query = {_in_javascript(what.query)};\n"
        question = (
            f'fetch({json.dumps(what.endpoint)}, {{\n  method: "POST",\n  headers: {headers},\n'
            f"  body: new URLSearchParams({{ query{pairs} }}),\n}})"
        )
    shown = {
        "solutions": (
            "for (const row of found.results.bindings) {\n"
            '  console.log(...found.head.vars.map((name) => row[name]?.value ?? ""));\n}'
        ),
        "boolean": "console.log(found.boolean);",
        "graph": "console.log(JSON.stringify(found, null, 2));",
    }[what.kind]
    return (
        f"{head}const response = await {question};\n"
        f"if (!response.ok) throw new Error(await response.text());\n"
        f"const found = await response.json();\n{shown}\n"
    )


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _in_javascript(text: str) -> str:
    escaped = text.strip().replace("\\", "\\\\").replace("`", "\\`").replace("${", "\\${")
    return f"`\n{escaped}\n`"

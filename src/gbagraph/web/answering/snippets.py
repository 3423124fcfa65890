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
class Asked:
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

    @property
    def server(self) -> str:
        """The address of the start page."""
        return self.endpoint.removesuffix("/sparql")


@dataclass(frozen=True, slots=True)
class Snippet:
    """A program: the name of its language or library, the language for highlighting, and its text."""

    title: str
    language: str
    text: str


def snippets(asked: Asked) -> tuple[Snippet, ...]:
    """The programs for *asked*; those that cannot ask it are left out."""
    found = [
        Snippet("curl", "shell", _curl(asked)),
        Snippet("Python: gbagraph", "python", _gbagraph(asked)),
        Snippet("Python: SPARQLWrapper", "python", _sparqlwrapper(asked)),
        Snippet("Python: rdflib", "python", _rdflib(asked)),
        Snippet("R: httr2", "r", _r(asked)),
        Snippet("JavaScript: fetch", "javascript", _javascript(asked)),
    ]
    return tuple(each for each in found if each.text)


def _curl(asked: Asked) -> str:
    accept = f"-H 'Accept: {_ACCEPT[asked.kind]}'"
    if asked.address:
        return f"curl {accept} {_in_shell(asked.address)}\n"
    pairs = [("query", asked.query.strip()), *asked.parameters]
    fields = [f"--data-urlencode {_in_shell(f'{name}={value}')}" for name, value in pairs]
    return " \\\n  ".join([f"curl {accept} {_in_shell(asked.endpoint)}", *fields]) + "\n"


def _in_shell(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


_METHODS: Final[dict[Kind, str]] = {"solutions": "select", "boolean": "ask", "graph": "construct"}


def _gbagraph(asked: Asked) -> str:
    """Nothing where the query is asked of a part of the data: its interface always asks all."""
    if asked.parameters:
        return ""
    if asked.name:
        question = f"graph.run({', '.join([repr(asked.name), *_arguments(asked.given)])})"
        head = ""
    else:
        head = f"query = {_in_python(asked.query)}\n\n"
        question = f"graph.{_METHODS[asked.kind]}(query)"
    shown = (
        f"print(bool({question}))"
        if asked.kind == "boolean"
        else f"for row in {question}:\n        print(*row)"
    )
    start = f"import gbagraph\n\n{head}with gbagraph.connect({asked.server!r}) as graph:\n"
    return f"{start}    {shown}\n"


def _arguments(given: Sequence[tuple[str, str]]) -> list[str]:
    values: dict[str, list[str]] = {}
    for name, value in given:
        values.setdefault(name, []).append(value)
    plain = {name: found[0] if len(found) == 1 else found for name, found in values.items()}
    if all(map(_PATTERN.match, plain)):
        return [f"{name}={value!r}" for name, value in plain.items()]
    return [f"**{plain!r}"]


def _in_python(text: str) -> str:
    text = text.strip()
    if "\\" in text or '"""' in text or text.endswith('"') or "\r" in text:
        return repr(text)
    return f'"""\n{text}\n"""'


def _sparqlwrapper(asked: Asked) -> str:
    lines = [
        "from SPARQLWrapper import JSON, TURTLE, SPARQLWrapper",
        "",
        f"sparql = SPARQLWrapper({asked.endpoint!r})",
        f"sparql.setQuery({_in_python(asked.query)})",
        *(f"sparql.addParameter({name!r}, {value!r})" for name, value in asked.parameters),
        f"sparql.setReturnFormat({'TURTLE' if asked.kind == 'graph' else 'JSON'})",
        "found = sparql.query().convert()",
        {
            "solutions": (
                'for row in found["results"]["bindings"]:\n'
                '    print({name: term["value"] for name, term in row.items()})'
            ),
            "boolean": 'print(found["boolean"])',
            "graph": "print(found.decode())",
        }[asked.kind],
    ]
    return "\n".join(lines) + "\n"


def _rdflib(asked: Asked) -> str:
    shown = {
        "solutions": "for row in found:\n    print(*row)",
        "boolean": "print(found.askAnswer)",
        "graph": "for triple in found:\n    print(*triple)",
    }[asked.kind]
    parameters = f", params={dict(asked.parameters)!r}" if asked.parameters else ""
    return (
        "from rdflib import Graph\n"
        "from rdflib.plugins.stores.sparqlstore import SPARQLStore\n\n"
        f"graph = Graph(SPARQLStore({asked.endpoint!r}{parameters}))\n"
        f"found = graph.query({_in_python(asked.query)})\n{shown}\n"
    )


def _r(asked: Asked) -> str:
    """R reads tables; a graph is printed as Turtle."""
    if asked.address:
        request = [f"request({_in_r(asked.address)}) |>"]
    else:
        pairs = [("query", asked.query.strip()), *asked.parameters]
        fields = ",\n".join(f"    `{name}` = {_in_r(value)}" for name, value in pairs)
        request = [f"request({_in_r(asked.endpoint)}) |>", f"  req_body_form(\n{fields}\n  ) |>"]
    lines = [
        "library(httr2)\n",
        "text <- " + request[0],
        *request[1:],
        f'  req_headers(Accept = "{_ACCEPT[asked.kind]}") |>',
        "  req_perform() |>",
        "  resp_body_string()",
        "found <- read.csv(text = text)\nprint(found)"
        if asked.kind == "solutions"
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


def _javascript(asked: Asked) -> str:
    headers = f'{{ Accept: "{_JSON[asked.kind]}" }}'
    if asked.address:
        question = f"fetch({json.dumps(asked.address)}, {{ headers: {headers} }})"
        head = ""
    else:
        pairs = "".join(f", {_quoted(name)}: {_quoted(value)}" for name, value in asked.parameters)
        head = f"const query = {_in_javascript(asked.query)};\n"
        question = (
            f'fetch({json.dumps(asked.endpoint)}, {{\n  method: "POST",\n  headers: {headers},\n'
            f"  body: new URLSearchParams({{ query{pairs} }}),\n}})"
        )
    shown = {
        "solutions": (
            "for (const row of found.results.bindings) {\n"
            '  console.log(...found.head.vars.map((name) => row[name]?.value ?? ""));\n}'
        ),
        "boolean": "console.log(found.boolean);",
        "graph": "console.log(JSON.stringify(found, null, 2));",
    }[asked.kind]
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

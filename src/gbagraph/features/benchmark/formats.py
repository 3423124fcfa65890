"""The questions in the formats that the tools of others read: those that have a query.

What is to be refused has no place in them; ``questions.json`` has all.
"""

from __future__ import annotations

import json
import zlib
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import urljoin

import msgspec
import pyoxigraph as ox
import yaml

from gbagraph.features.benchmark.questions import dataset
from gbagraph.rdf.namespaces import PREFIXES, base_iri, expand

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from gbagraph.features.benchmark.graphs import Gold
    from gbagraph.features.benchmark.questions import Question

    Writer = Callable[[Iterable[Question], Gold], str]


def all_of(questions: Iterable[Question], gold: Gold) -> str:
    """Write all that is known of each question as JSON, with its gold answers as ``gold``."""
    rows = [
        {
            **{name: value for name, value in msgspec.to_builtins(each).items() if value},
            **({"queries": each.queries, "gold": gold[each.id]} if each.queries else {}),
        }
        for each in questions
    ]
    return as_json({"dataset": dataset(), "questions": rows})


def text2sparql(questions: Iterable[Question], _: Gold) -> str:
    """Write the YAML of the TEXT2SPARQL challenge, as text2sparql-client 2.1 reads it.

    Its ids are numbers: each is the CRC-32 of ours, and so stays the same when questions are added.
    """
    rows = [
        {
            "id": zlib.crc32(each.id.encode()),
            "name": each.id,
            "question": each.texts,
            "query": {"sparql": each.queries[0]},
            **({"features": ["RESULT_ORDER_MATTERS"]} if each.order else {}),
        }
        for each in questions
        if each.queries
    ]
    content = {"dataset": {"id": dataset(), "prefix": "gbagraph"}, "questions": rows}
    dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    return str(yaml.dump(content, None, dumper, allow_unicode=True, sort_keys=False, width=1000))


def qald(questions: Iterable[Question], gold: Gold) -> str:
    """Write the JSON of Question Answering over Linked Data, as QALD-9-plus and QALD-10 have it."""
    rows = [
        {
            "id": each.id,
            "question": [{"language": name, "string": text} for name, text in each.texts.items()],
            "query": {"sparql": each.queries[0]},
            "answers": gold[each.id][:1],
        }
        for each in questions
        if each.queries
    ]
    return as_json({"dataset": {"id": dataset()}, "questions": rows})


def examples(questions: Iterable[Question], gold: Gold) -> str:
    """Write Turtle in the terms of the SIB's collection of examples, and its shapes for them.

    Those are SHACL-AF, section 5.2, for the query, rdfs:comment for the question in each language, and
    schema:keywords and schema:target.
    """
    triples = (
        triple
        for each in questions
        if each.queries
        for triple in _example(each, "ask" if "boolean" in gold[each.id][0] else "select")
    )
    known = {name: PREFIXES[name] for name in ("sh", "rdfs", "schema")}
    written = ox.serialize(triples, format=ox.RdfFormat.TURTLE, prefixes=known)
    return (written or b"").decode()


def _example(question: Question, form: str) -> Iterator[ox.Triple]:
    subject = ox.NamedNode(urljoin(base_iri(), f"questions-benchmark#{question.id}"))
    objects: list[tuple[str, ox.NamedNode | ox.Literal]] = [
        ("rdf:type", _term("sh:SPARQLExecutable")),
        ("rdf:type", _term(f"sh:SPARQL{form.title()}Executable")),
        *(
            ("rdfs:comment", ox.Literal(text, language=language.lower()))
            for language, text in question.texts.items()
        ),
        (f"sh:{form}", ox.Literal(question.queries[0])),
        *(("schema:keywords", ox.Literal(word)) for word in (question.kind, question.trap) if word),
        ("schema:target", ox.NamedNode(base_iri())),
    ]
    return (ox.Triple(subject, _term(name), value) for name, value in objects)


def _term(name: str) -> ox.NamedNode:
    return ox.NamedNode(expand(name))


def as_json(content: object) -> str:
    """Write *content* as JSON, indented."""
    return f"{json.dumps(content, ensure_ascii=False, indent=1)}\n"


class Form(NamedTuple):
    """A format: the name of its file, its media type, and what writes it."""

    file: str
    media_type: str
    write: Writer


FORMATS: Final = {
    "json": Form("questions.json", "application/json", all_of),
    "text2sparql": Form("text2sparql.yaml", "application/yaml", text2sparql),
    "qald": Form("qald.json", "application/json", qald),
    "examples": Form("examples.ttl", "text/turtle", examples),
}

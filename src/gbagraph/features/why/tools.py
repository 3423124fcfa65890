"""The tool for assistants that proves a fact."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta, Struct

from gbagraph.api import answer as reading
from gbagraph.api.explanations import by_passage
from gbagraph.features.assistants.tool import Tool, read, schema_of
from gbagraph.features.why.jobs import Why
from gbagraph.rdf.formats import TEXT
from gbagraph.sparql.terms import fact_of, sentence
from gbagraph.sparql.terms import read as read_triple

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyoxigraph as ox

    from gbagraph.api.explanations import Proof
    from gbagraph.features.assistants.tool import Asker

_Name = Annotated[
    str, Meta(description="An IRI, or a name with a prefix that the resource prefixes lists.")
]


class _Why(Struct, frozen=True, forbid_unknown_fields=True):
    subject: _Name
    predicate: _Name
    object: Annotated[str, Meta(description="The same, or a literal such as 123 or Canton.")]
    language: Annotated[str, Meta(description="The language, if the object is a text in one.")] = ""
    datatype: Annotated[
        str, Meta(description="The datatype, such as xsd:gYear, if the object has another.")
    ] = ""


def _triple(wanted: _Why) -> ox.Triple:
    return read_triple(
        wanted.subject,
        wanted.predicate,
        wanted.object,
        language=wanted.language,
        datatype=wanted.datatype,
        names=("subject", "predicate", "object"),
    )


async def _why(asker: Asker, arguments: Mapping[str, Any]) -> dict[str, Any]:
    triple = _triple(read("why", _Why, arguments))
    answer = await asker.whole(Why(*fact_of(triple)))
    return _proof(reading.proof(answer.body))


def _proof(found: Proof) -> dict[str, Any]:
    """A proof as records: the fact, how it is known, the paragraphs, and what it follows from."""
    known = {"fact": sentence(found.triple), "rule": found.rule, "basis": found.basis}
    more: dict[str, Any] = {
        "note": found.note,
        "sentences": by_passage(found.sentences),
        "words": by_passage(found.words),
        "marks": list(found.marks),
    }
    premises = [_proof(premise) for premise in found.premises]
    said = {name: value for name, value in more.items() if value}
    return {**known, **said, "paragraphs": list(found.paragraphs), "premises": premises}


WHY = Tool(
    "why",
    "Prove a fact, down to the paragraphs on which it rests",
    "Says for one triple whether it is stated, concluded, worded by us or derived by a rule, from which "
    "other facts, and in which paragraphs of the source it is found.",
    schema_of(_Why),
    {
        "type": "object",
        "properties": {"fact": {"type": "string"}},
        "required": ["fact", "paragraphs"],
    },
    _why,
    offered="all",
)


async def _prove(asker: Asker, arguments: Mapping[str, Any]) -> dict[str, Any]:
    wanted = read("gbagraph_why", _Why, arguments)
    answer = await asker.whole(Why(*fact_of(_triple(wanted)), TEXT.media_type))
    return {"proof": answer.body.decode()}


PROVE = Tool(
    "gbagraph_why",
    "Prove a fact, down to the paragraphs on which it rests",
    "Says of one triple whether it is stated, inferred, worded by us or derived by a rule, from which "
    "facts, and in which sentences of the source.",
    schema_of(_Why),
    {"type": "object", "properties": {"proof": {"type": "string"}}, "required": ["proof"]},
    _prove,
    offered="few",
)

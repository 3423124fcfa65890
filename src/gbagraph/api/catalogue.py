"""What a graph says of itself: its canned queries, what is found by name, its schema, its things."""

from __future__ import annotations

import json
from typing import Any

import msgspec
from msgspec import Struct, field

from gbagraph.api.explanations import Shown
from gbagraph.api.solutions import Solutions


class Parameter(Struct, frozen=True, rename="camel"):
    """A parameter of a canned query: its type, whether it is needed, and which values there are.

    *choices* are values with their labels; *choices_from* is the canned query that finds them.
    """

    name: str
    type: str
    required: bool
    is_list: bool = field(name="list")
    description: str
    expects: str
    default: str | None
    example: str | None
    choices: tuple[dict[str, str], ...] = ()
    choices_from: dict[str, str] = {}


class CannedQuestion(Struct, frozen=True):
    """A canned query: its name, the question that it answers, its parameters and columns."""

    name: str
    question: str = field(name="summary")
    description: str
    tags: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    columns: tuple[str, ...] = ()  # older servers do not tell them

    def __str__(self) -> str:
        given = (f"{row.name}{'' if row.required else '=…'}" for row in self.parameters)
        return f"{self.name}({', '.join(given)}): {self.question}"


class Questions(list[CannedQuestion], Shown):
    """Canned queries, the best first."""

    def __repr__(self) -> str:
        return "\n".join(map(str, self))


def questions(body: bytes | str) -> Questions:
    """Read canned queries from their JSON."""
    return Questions(msgspec.convert(json.loads(body)["queries"], list[CannedQuestion]))


class Found(Struct, frozen=True, rename="camel"):
    """What a text may mean: a thing, a class, a property, a canned query or another *kind*.

    *name* is its prefixed name, *match* the name by which it was found.
    """

    iri: str
    name: str
    label: str
    kind: str
    snippet: str
    match: str
    score: float
    types: tuple[str, ...] = ()


class Results(list[Found], Shown):
    """What a text may mean, the best first."""


def results(content: dict[str, Any]) -> Results:
    """Return what a search found; where it found nothing, what has a name like that."""
    return Results(msgspec.convert(content["results"] or content["suggestions"], list[Found]))


class Schema(dict[str, Solutions], Shown):
    """Rows by what they tell: ``classes`` and ``properties``, or what is asked of one of them."""


class Thing(dict[str, Any], Shown):
    """What is told of a thing, as plain data: its ``label``, ``facts``, ``neighbours``, ``passages``."""

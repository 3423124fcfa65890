"""The families of classes that the built-in ontology names, from the file beside it."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from gbagraph.paths import resource
from gbagraph.rdf.namespaces import expand

if TYPE_CHECKING:
    from collections.abc import Mapping


@cache
def declared() -> dict[str, tuple[int, Mapping[str, str]]]:
    """Return the classes of the families of the ontology, each with its number and its names."""
    return {
        expand(name): (number, each["name"])
        for number, each in enumerate(_file()["families"], 1)
        for name in each["classes"]
    }


@cache
def areas() -> frozenset[str]:
    """Return the classes of places that a map shows as areas, without a point."""
    return frozenset(map(expand, _file()["areas"]))


def _file() -> dict[str, Any]:
    return cast(
        "dict[str, Any]", json.loads(resource("ontology", "families.json").read_text("utf-8"))
    )

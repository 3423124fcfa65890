"""For tests that assert answers: a comparison of cells, a pytest plugin, mutants, a faulty endpoint.

The plugin is loaded before anything is tested, so nothing here is imported before it is needed.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from gbagraph.testing.assertion import AnswerDiffers, assert_solutions, compare
    from gbagraph.testing.competency import unasked_terms
    from gbagraph.testing.faulty import FaultyEndpoint
    from gbagraph.testing.mutation import mutants
    from gbagraph.testing.process import GraphServer

_PLACES: Final = {
    "AnswerDiffers": "assertion",
    "FaultyEndpoint": "faulty",
    "GraphServer": "process",
    "assert_solutions": "assertion",
    "compare": "assertion",
    "mutants": "mutation",
    "unasked_terms": "competency",
}

__all__ = [
    "AnswerDiffers",
    "FaultyEndpoint",
    "GraphServer",
    "assert_solutions",
    "compare",
    "mutants",
    "unasked_terms",
]


def __getattr__(name: str) -> object:
    if name in _PLACES:
        return getattr(import_module(f"gbagraph.testing.{_PLACES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

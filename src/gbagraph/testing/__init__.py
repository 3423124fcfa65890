"""The names for tests that assert answers; their code is in :mod:`gbagraph.features`.

The plugin is loaded before anything is tested, so nothing here is imported before it is needed.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from gbagraph.features.claims.checking import check_claims
    from gbagraph.features.testing.assertion import AnswerDiffers, assert_solutions, compare
    from gbagraph.features.testing.endpoints import GraphServer
    from gbagraph.features.testing.faulty import FaultyEndpoint
    from gbagraph.features.testing.reports import mutants, unasked_terms

_MODULES: Final = {
    "AnswerDiffers": "testing.assertion",
    "FaultyEndpoint": "testing.faulty",
    "GraphServer": "testing.endpoints",
    "assert_solutions": "testing.assertion",
    "check_claims": "claims.checking",
    "compare": "testing.assertion",
    "mutants": "testing.reports",
    "unasked_terms": "testing.reports",
}

__all__ = [
    "AnswerDiffers",
    "FaultyEndpoint",
    "GraphServer",
    "assert_solutions",
    "check_claims",
    "compare",
    "mutants",
    "unasked_terms",
]


def __getattr__(name: str) -> object:
    if name in _MODULES:
        return getattr(import_module(f"gbagraph.features.{_MODULES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

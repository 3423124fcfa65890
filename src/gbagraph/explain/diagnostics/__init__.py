"""Why a query has no answer, or a misleading one: what is wrong, where, and what would be right."""

from gbagraph.explain.diagnostics.diagnosis import Explainer, diagnose
from gbagraph.explain.diagnostics.finding import Diagnostic

__all__ = ["Diagnostic", "Explainer", "diagnose"]

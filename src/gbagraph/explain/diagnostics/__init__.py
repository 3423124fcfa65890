"""Why a query has no answer, or a misleading one: what is wrong, where, and what would be right."""

from gbagraph.explain.diagnostics.diagnosis import Explainer, diagnose
from gbagraph.explain.diagnostics.finding import Asked, Services
from gbagraph.explain.explanations import Diagnostic

__all__ = ["Asked", "Diagnostic", "Explainer", "Services", "diagnose"]

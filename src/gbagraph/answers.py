"""The types of answers and of what belongs to them; ``gbagraph`` itself has those most in use."""

from gbagraph.api.answer import Answer, Boolean, Triples
from gbagraph.api.changes import AnswerChange, Cause, ChangedRow, ChangedTriple
from gbagraph.api.explanations import RowEvidence as Evidence
from gbagraph.api.export import MissingPackage
from gbagraph.api.solutions import ExplainedRow, ExplainedSolutions, Row, Solutions, UnknownVariable
from gbagraph.sparql.sources import Source

__all__ = [
    "Answer",
    "AnswerChange",
    "Boolean",
    "Cause",
    "ChangedRow",
    "ChangedTriple",
    "Evidence",
    "ExplainedRow",
    "ExplainedSolutions",
    "MissingPackage",
    "Row",
    "Solutions",
    "Source",
    "Triples",
    "UnknownVariable",
]

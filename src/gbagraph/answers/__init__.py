"""What is an answer in Python? Solutions with their rows, a boolean, or triples.

An answer is plain data: it holds all of it, can be read any number of times and by any thread, and has
a length and a truth. It does not depend on the graph or the connection that it came from.
"""

from gbagraph.answers.boolean import Boolean
from gbagraph.answers.packages import MissingPackage
from gbagraph.answers.rows import Evidence, ExplainedRow, Row, UnknownVariable
from gbagraph.answers.solutions import ExplainedSolutions, Solutions
from gbagraph.answers.sources import Source
from gbagraph.answers.triples import Triples

Answer = Solutions | Boolean | Triples

__all__ = [
    "Answer",
    "Boolean",
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

"""Values of parameters of a query that only the data can check."""

from __future__ import annotations

from typing import Final, NamedTuple

OF_LABEL: Final = "urn:x-label:"
"""How an IRI begins that stands for a label, and that nothing has."""


class Reference(NamedTuple):
    """A value that only the data can check: the parameter, the value, and the term it is bound as.

    An IRI must be that of something, or stand for the thing that has the *value* as its label. *among*,
    if not empty, is a query whose column *column* has all terms that are allowed.
    """

    parameter: str
    value: str
    term: str
    among: str = ""
    column: str = ""

    @property
    def is_label(self) -> bool:
        """Whether the value cannot be an IRI, so that it must be a label."""
        return self.term.startswith(f"<{OF_LABEL}")

"""Each method is for one form of query, and says so of a query of another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from gbagraph.answers import Boolean, Solutions, Triples
from gbagraph.errors import RequestError
from gbagraph.rdf.formats import QUERY_FORMS

if TYPE_CHECKING:
    from gbagraph.answers import Answer

_Form = TypeVar("_Form", Solutions, Boolean, Triples)

_METHODS: Final[dict[type, tuple[str, str]]] = {
    Solutions: ("select", QUERY_FORMS["solutions"]),
    Boolean: ("ask", QUERY_FORMS["boolean"]),
    Triples: ("construct", QUERY_FORMS["graph"]),
}


def must_be(wanted: type[_Form], found: Answer) -> _Form:
    """*found*, if it is the answer to a query of the form *wanted*.

    Raises:
        RequestError: the query is of another form; the message says of which, and what to call.
    """
    if isinstance(found, wanted):
        return found
    method, form = _METHODS[wanted]
    other, its_form = next(row for kind, row in _METHODS.items() if isinstance(found, kind))
    raise RequestError(
        f"{method}() is for queries of the form {form}, and this one is of the form {its_form}. "
        f"Call {other}(), or query(), which takes queries of any form."
    )

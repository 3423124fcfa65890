"""What is posted to addresses that take a form or JSON: its fields, or the object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

import msgspec

from gbagraph.errors import BadParameter, UnsupportedMediaType
from gbagraph.sparql import protocol

if TYPE_CHECKING:
    from gbagraph.endpoint.request import Request

_T = TypeVar("_T")

JSON: Final = "application/json"
_ACCEPTED: Final = (protocol.FORM, JSON)


def is_json(request: Request) -> bool:
    """Whether the body is JSON; False where it is a form, or there is none.

    Raises:
        UnsupportedMediaType: it is something else.
    """
    if not request.body:
        return False
    named = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if named not in _ACCEPTED:
        raise UnsupportedMediaType(
            f"The body is {named or 'of no media type'!r}. Send {' or '.join(_ACCEPTED)}.",
            available=list(_ACCEPTED),
        )
    return named == JSON


def parameters(request: Request) -> list[tuple[str, str]]:
    """The parameters of the address, and after them the fields of the form.

    Raises:
        MalformedRequest: they are not UTF-8, or too many.
    """
    in_form = request.body if request.body and not is_json(request) else b""
    pairs = request.parameters
    return [*pairs, *protocol.parameters(in_form, "form")]


def decoded(text: bytes | str, wanted: type[_T], name: str) -> _T:
    """The JSON *text* as a value of this type; *name* is the parameter or member that it is.

    Raises:
        BadParameter: it is not JSON, or not of that type.
    """
    try:
        return msgspec.json.decode(text, type=wanted)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as problem:
        raise BadParameter(
            f"The JSON of {name} cannot be read: {problem}.", parameter=name
        ) from None

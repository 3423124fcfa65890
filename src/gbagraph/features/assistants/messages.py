"""What is wrong with a message of the protocol, in its own words (MCP, Base Protocol, Messages)."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

import msgspec
from mcp import MCPError
from mcp.types import INTERNAL_ERROR, INVALID_PARAMS, INVALID_REQUEST, METHOD_NOT_FOUND, PARSE_ERROR
from pydantic import ValidationError

from gbagraph.errors import BadParameter, GbaGraphError, RequestError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from mcp.server.context import ServerRequestContext

log = logging.getLogger("gbagraph")

_NO_JSON: Final = "This is no JSON. A message is an object in JSON, encoded in UTF-8."
_MOST_SAID: Final = 1500
"""Characters of a message."""
_MOST_GIVEN, _MOST_SPARQL = 10_000, 100_000
"""Characters of an argument, and of a query."""
_DIGITS: Final = 18
_CHECKED: Final = ("name", "uri", "ref", "argument", "context")
"""Params that clients give beside the arguments of tools."""
_EXAMPLE: Final = '{"jsonrpc": "2.0", "id": 1, "method": "tools/list"}'
_WORDS: Final = {
    "string_type": "a string",
    "dict_type": "an object",
    "list_type": "a list",
    "int_type": "a whole number",
}
"""What has to be there, by what the SDK says of what is."""


def fault(decoded: Any) -> str:  # noqa: ANN401, PLR0911  any JSON, and each fault
    """Return what is wrong with a message, and what would be right; empty for a request or notification.

    It is a JSON object with the members of JSON-RPC 2.0, section 4; an id is a string or an integer.
    """
    if isinstance(decoded, list):
        return "A batch is not taken (MCP 2025-06-18 has none). Send each message by itself."
    if not isinstance(decoded, dict):
        return f"A message is an object, such as {_EXAMPLE}."
    if decoded.get("jsonrpc") != "2.0":
        return f'The member "jsonrpc" has to be "2.0", as in {_EXAMPLE}.'
    if "method" not in decoded and not decoded.keys().isdisjoint(("result", "error")):
        return "This server asks nothing of its clients, so there is nothing to answer."
    if not isinstance(decoded.get("method"), str):
        return f'The member "method" has to be a string, as in {_EXAMPLE}.'
    if "id" in decoded and id_of(decoded) is None:
        return 'The member "id" has to be a string or a whole number.'
    if not isinstance(decoded.get("params"), dict | None):
        return 'The member "params" has to be an object.'
    return ""


def id_of(decoded: Any) -> str | int | None:  # noqa: ANN401  any JSON
    """Return the id of a request; None where there is none that is valid."""
    given = decoded.get("id") if isinstance(decoded, dict) else None
    return given if isinstance(given, str | int) and not isinstance(given, bool) else None


def shortened(text: str) -> str:
    """Return a message without its middle, if what it repeats is too long."""
    half = _MOST_SAID // 2
    return text if len(text) <= _MOST_SAID else f"{text[:half]} … {text[-half:]}"


def check_lengths(given: Mapping[str, Any]) -> None:
    """Look how long each argument is that a client has *given*.

    Raises:
        BadParameter: one is too long.
    """
    for name, value in given.items():
        most = _MOST_SPARQL if name == "sparql" else _MOST_GIVEN
        if isinstance(value, int):
            most = _DIGITS
        parts = value if isinstance(value, list) else [value]
        if max(map(len, (name, *map(str, parts)))) > most:
            said = f"The argument {name[:80]} is too long: it may have {most} characters."
            raise BadParameter(said, argument=name[:80], limit=most)


def read_message(text: bytes) -> tuple[Any, int, str]:
    """Return the message in a *text*, and if it is none the code of the error and what is wrong."""
    try:
        decoded = msgspec.json.decode(text)
    except (ValueError, RecursionError):
        return None, PARSE_ERROR, _NO_JSON
    return decoded, INVALID_REQUEST, fault(decoded)


async def in_words(
    known: Callable[[str], object],
    ctx: ServerRequestContext[Any],
    call_next: Callable[[ServerRequestContext[Any]], Awaitable[Any]],
) -> Any:  # noqa: ANN401  as the SDK has it
    """Answer a message, with errors that say what is wrong and what would be right (SDK, middleware).

    *known* returns None for a method that is not served.

    Raises:
        MCPError: it cannot be answered.
    """
    try:
        check_lengths({n: v for n, v in (ctx.params or {}).items() if n in _CHECKED})
        return await call_next(ctx)
    except ValidationError as problem:
        if ctx.method != "initialize" and known(ctx.method) is None:
            raise _no_method(ctx.method) from None
        raise MCPError(INVALID_PARAMS, _of_params(ctx.method, problem)) from None
    except MCPError as problem:
        raise _in_words(ctx.method, problem) from None
    except GbaGraphError as problem:
        is_theirs = isinstance(problem, RequestError)
        code = INVALID_PARAMS if is_theirs else INTERNAL_ERROR
        raise MCPError(code, shortened(problem.message), {"error": problem.name}) from None
    except Exception:
        log.exception("unexpected failure")
        said = "The server failed to answer. This is a fault of the server."
        raise MCPError(INTERNAL_ERROR, said) from None


def _in_words(method: str, problem: MCPError) -> MCPError:
    if problem.code == METHOD_NOT_FOUND:
        return _no_method(method)
    if problem.message == "Invalid request parameters":  # the SDK's, before the handshake
        return MCPError(INVALID_PARAMS, f"Send initialize first, and then {method}.")
    return problem


def _no_method(method: str) -> MCPError:
    said = f"There is no method {method[:80]!r} here. What there is, the answer to initialize says."
    if method == "initialize":
        said = "Since 2026-07-28 there is no initialize: each request says its version in _meta."
    return MCPError(METHOD_NOT_FOUND, said)


def _of_params(method: str, problem: ValidationError) -> str:
    """Return what is wrong with the params of a request: the first fault."""
    first = problem.errors(include_url=False)[0]
    path = ".".join(
        str(part)
        for part in first["loc"]
        if not (str(part)[:1].isupper() or part in {"str", "int"})
    )
    if first["type"] == "missing":
        return f"{method} needs {path}, which is missing."
    right = _WORDS.get(first["type"], "of the type that the protocol says")
    return f"{path or 'params'} of {method} has to be {right}."

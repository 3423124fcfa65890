"""What is wrong with a message of the protocol, in its own words (MCP, Base Protocol, Messages)."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

from mcp import MCPError
from mcp.types import INTERNAL_ERROR, INVALID_PARAMS, INVALID_REQUEST, METHOD_NOT_FOUND, PARSE_ERROR
from pydantic import ValidationError

from gbagraph.errors import GbaGraphError, RequestError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from mcp.server.context import ServerRequestContext

log = logging.getLogger("gbagraph")

NO_JSON: Final = "This is no JSON. A message is an object in JSON, encoded in UTF-8."
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
    if not isinstance(decoded.get("params", {}), dict):
        return 'The member "params" has to be an object.'
    return ""


def id_of(decoded: Any) -> str | int | None:  # noqa: ANN401  any JSON
    """Return the id of a request; None where there is none that is valid."""
    found = decoded.get("id") if isinstance(decoded, dict) else None
    return found if isinstance(found, str | int) and not isinstance(found, bool) else None


def fault_of_line(problem: Exception) -> tuple[int, str, str | int | None]:
    """Return code, message and id of the error for a line that the SDK could not read."""
    found = problem.errors(include_url=False) if isinstance(problem, ValidationError) else []
    # For one of the four kinds of messages a member is missing, or none is an object: of what is there.
    whole = (row["input"] for row in found if row["type"] in ("missing", "model_type"))
    decoded = next(whole, None)
    if decoded is None:
        return PARSE_ERROR, NO_JSON, None
    return INVALID_REQUEST, fault(decoded) or f"A message is such as {_EXAMPLE}.", id_of(decoded)


async def in_words(
    ctx: ServerRequestContext[Any],
    call_next: Callable[[ServerRequestContext[Any]], Awaitable[Any]],
) -> Any:  # noqa: ANN401  as the SDK has it
    """Answer a message, with errors that say what is wrong and what would be right (SDK, middleware).

    Raises:
        MCPError: it cannot be answered.
    """
    try:
        return await call_next(ctx)
    except ValidationError as problem:
        raise MCPError(INVALID_PARAMS, _of_params(ctx.method, problem)) from None
    except MCPError as problem:
        raise _in_words(ctx.method, problem) from None
    except GbaGraphError as problem:
        is_theirs = isinstance(problem, RequestError)
        code = INVALID_PARAMS if is_theirs else INTERNAL_ERROR
        raise MCPError(code, problem.message, {"error": problem.name}) from None
    except Exception:
        log.exception("unexpected failure")
        said = "The server failed to answer. This is a fault of the server."
        raise MCPError(INTERNAL_ERROR, said) from None


def _in_words(method: str, problem: MCPError) -> MCPError:
    if problem.code == METHOD_NOT_FOUND:
        said = f"There is no method {method[:80]!r} here. What there is, the answer to initialize says."
        return MCPError(METHOD_NOT_FOUND, said)
    if problem.message == "Invalid request parameters":  # the SDK's, before the handshake
        return MCPError(INVALID_PARAMS, f"Send initialize first, and then {method}.")
    return problem


def _of_params(method: str, problem: ValidationError) -> str:
    """Return what is wrong with the params of a request: the first fault."""
    first = problem.errors(include_url=False)[0]
    path = ".".join(str(part) for part in first["loc"] if not str(part)[:1].isupper())
    if first["type"] == "missing":
        return f"{method} needs {path}, which is missing."
    right = _WORDS.get(first["type"], "of the type that the protocol says")
    return f"{path or 'params'} of {method} has to be {right}."

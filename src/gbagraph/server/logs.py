"""How the server logs: lines for people, or JSON for programs, with the request that each is about."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Any, Final

import uvicorn.logging

from gbagraph.endpoint.access_log import request_id
from gbagraph.endpoint.asgi import TruncatedAnswer
from gbagraph.redaction import without_secrets
from gbagraph.server.lines import as_json

if TYPE_CHECKING:
    from collections.abc import Mapping

_IN_MESSAGE: Final = frozenset({"method", "target"})
"""What the message of a request has already."""


class _Text(uvicorn.logging.DefaultFormatter):
    """As uvicorn writes lines, with what is told of a request after the message."""

    def format(self, record: logging.LogRecord) -> str:
        return without_secrets(super().format(record))

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  as logging calls it
        told: Mapping[str, Any] = getattr(record, "told", {})
        line = super().formatMessage(record)
        if told:
            shown = (f"{name}={value}" for name, value in told.items() if name not in _IN_MESSAGE)
            return f"{line} {' '.join(shown)}"
        found = request_id.get()
        return f"{line} (request {found})" if found else line


class _Json(logging.Formatter):
    """A line is an object with time, level, logger, message, and what is told of a request."""

    def format(self, record: logging.LogRecord) -> str:
        fields: dict[str, Any] = {}
        if found := request_id.get():
            fields["id"] = found
        fields |= getattr(record, "told", {})
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)
        return as_json(record.created, record.levelname, record.name, record.getMessage(), fields)


def configure(written: str, level: str) -> None:
    """Write all logs, also of the libraries, to standard error, from *level* on, as text or json."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Json() if written == "json" else _Text("%(levelprefix)s %(message)s"))
    for name in ("gbagraph", "uvicorn", "opentelemetry"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [handler], False
        logger.setLevel(level.upper())
    logging.getLogger("uvicorn.error").addFilter(_is_not_logged_yet)


def _is_not_logged_yet(record: logging.LogRecord) -> bool:
    """Drop uvicorn's record of a truncated answer: its failure is logged already, and a stop is none."""
    return record.exc_info is None or not isinstance(record.exc_info[1], TruncatedAnswer)

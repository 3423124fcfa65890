"""All settings in one table: default, environment variable, meaning."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from pathlib import Path


def _setting(default: Any, help_text: str) -> Any:  # noqa: ANN401  as dataclasses.field
    return field(default=default, metadata={"help": help_text})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings; each field is also an option of ``gbagraph serve``."""

    host: str = _setting("127.0.0.1", "Address to listen on.")
    port: int = _setting(8000, "Port to listen on; 0 takes a free one.")
    query_timeout: float = _setting(30.0, "Seconds after which a query is stopped.")
    query_memory: int = _setting(512, "Megabytes a query may use on top of the graph.")
    result_size: int = _setting(1024, "Megabytes of the largest result that is sent.")
    max_slow_queries: int = _setting(
        8, "Slow queries that may run at once, and as many large answers."
    )
    cache_size: int = _setting(32, "Megabytes of answers that are kept in the cache.")
    workers: int = _setting(1, "Server processes, among which slow queries and cache are divided.")
    root_path: str = _setting("", "Path prefix under which a proxy publishes the server.")
    public_url: str = _setting("", "Address of the start page; by default that of each request.")
    trusted_proxies: tuple[str, ...] = _setting(
        ("127.0.0.1", "::1"), "Addresses or networks of proxies whose forwarding headers count."
    )
    head_timeout: float = _setting(10.0, "Seconds in which the head of a request must arrive.")
    transfer_timeout: float = _setting(
        30.0, "Seconds in which a body must arrive, and in which a client must read something."
    )
    infer: bool | None = _setting(
        None, "Whether the default graph holds what follows; by default, unless --data is given."
    )
    data: tuple[Path, ...] = _setting(
        (), "RDF files, or a release such as 0.2.0, to serve instead of the built-in dataset."
    )


def environment_variable(name: str) -> str:
    """Name of the environment variable of a setting, such as ``GBAGRAPH_PORT``."""
    return f"GBAGRAPH_{name.upper()}"


def table() -> list[tuple[str, Any, str]]:
    """Rows of (name, default, help) for the command line, the README and its test."""
    return [(row.name, row.default, row.metadata["help"]) for row in fields(Settings)]


HELP: Final = {name: text for name, _, text in table()}

MAX_BODY: Final = 1024 * 1024
"""Bytes of the largest request body that is read."""

MAX_TARGET: Final = 64 * 1024
"""Bytes of the longest target (path and query string) of a request."""

MAX_FIELDS: Final = 64 * 1024
"""Bytes of all header fields of a request together, at most."""

"""All settings in one table: default, option, environment variable, key of ``gbagraph.toml``, meaning.

Of each field of :class:`Settings` everything else is made: the options of ``gbagraph serve``, its
environment variable, its key in the file, its validation, ``gbagraph settings`` and the documentation.
"""

from __future__ import annotations

import ipaddress
import json
import math
import re
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, NamedTuple
from urllib.parse import urlsplit

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

Kind = Literal[
    "text",
    "choice",
    "number",
    "switch",
    "path",
    "paths",
    "networks",
    "pairs",
    "services",
    "address",
    "addresses",
    "prefix",
    "rate",
]
"""What a setting is: a text, one of a few, a number (whole if its default is), true or false, a
path or several of them, a list of networks, names with values, endpoints that SERVICE may call,
an address of HTTP or several, a path prefix, or a number in a time."""

STORED, UNION = "stored", "union"
"""What the default graph of a store is: as in its files, or all its graphs together."""

BACKGROUND, OFF = "background", "off"
"""How the index of a store is made, if it is made."""

FILE: Final = "gbagraph.toml"
"""The name of the file of settings that is read where there is one."""

CREDENTIALS: Final = ("GBAGRAPH_ENGINE_USER", "GBAGRAPH_ENGINE_PASSWORD", "GBAGRAPH_ENGINE_TOKEN")
"""Variables of the environment that are no settings, since what they hold is secret."""

_UNITS: Final = {"s": 1, "min": 60, "h": 3600}
_RATE: Final = re.compile(rf"[1-9][0-9]{{0,5}}/(?:{'|'.join(_UNITS)})\Z")

_PREFIX: Final = re.compile(r"(?:/[A-Za-z0-9._~!$&'()*+,;=:@-]+)*/?\Z")
"""A path as an address has it (RFC 3986, section 3.3), without empty parts and escapes."""

_Seconds = Annotated[float, msgspec.Meta(ge=0.1, le=3600)]
_Count = Annotated[int, msgspec.Meta(ge=1, le=10_000)]


class AllowedService(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An endpoint that a query may call with SERVICE, and the limits of these calls.

    ``iri`` is what the query has to name, ``name`` what people read. The calls go to ``address``, by
    default the IRI itself. ``timeout`` is in seconds and includes waiting for one of ``parallel`` calls
    at once; ``size`` is that of the largest answer in megabytes. ``batch`` is the number of bindings
    that are sent with one call. ``inner`` are the IRIs of services that the pattern may call there.
    """

    iri: str
    name: str = ""
    address: str = ""
    timeout: _Seconds = 10.0
    size: _Count = 10
    parallel: _Count = 4
    batch: _Count = 500
    inner: tuple[str, ...] = ()

    @property
    def target(self) -> str:
        """The address to which the calls go."""
        return self.address or self.iri

    @property
    def shown(self) -> str:
        """How people are told which endpoint it is."""
        return f"{self.name} <{self.iri}>" if self.name else f"<{self.iri}>"


def _setting(  # noqa: PLR0913  the columns of the table
    default: Any,  # noqa: ANN401  as dataclasses.field
    help_text: str,
    *,
    kind: Kind = "text",
    least: float | None = None,
    most: float | None = None,
    older: str = "",
    choices: tuple[str, ...] = (),
) -> Any:  # noqa: ANN401
    metadata = {"help": help_text, "kind": kind, "least": least, "most": most, "older": older}
    return field(default=default, metadata={**metadata, "choices": choices})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings: what is published, then how it is served."""

    data: tuple[Path, ...] = _setting(
        (),
        "RDF files, folders, or a release such as 0.2.0, to serve instead of the built-in dataset.",
        kind="paths",
    )
    store: Path | None = _setting(  # noqa: RUF009  as those above and below
        None,
        "Folder of a store that gbagraph load has made, to serve instead of files.",
        kind="path",
    )
    default_graph: str = _setting(
        STORED,
        "Default graph of a store: stored, as in its files, or union, all its graphs together.",
        kind="choice",
        choices=(STORED, UNION),
    )
    index: str = _setting(
        BACKGROUND,
        "Index of the names in a store: made in the background at its first serving, or off.",
        kind="choice",
        choices=(BACKGROUND, OFF),
    )
    engine: tuple[str, ...] = _setting(
        (),
        "Address of a SPARQL endpoint that holds the data and evaluates queries; several are replicas.",
        kind="addresses",
    )
    engine_timeout: str = _setting(
        "",
        "Parameter by which that endpoint is told a time limit, such as timeout={ms} or timeout={s}.",
    )
    engine_version: str = _setting(
        "",
        "Version of the data there, if they change only with it: then answers have entity tags.",
    )
    engine_default_graph: str = _setting(
        "",
        "Graph there that is to be the default graph, where the engine has none of its own.",
    )
    queries: Path | None = _setting(  # noqa: RUF009  as those above and below
        None,
        "Folder of the canned queries; by default, the built-in ones for the built-in dataset.",
        kind="path",
    )
    title: str = _setting("", "What the dataset is called; by default the names of its files.")
    description: str = _setting("", "One or two sentences on what it is.")
    license: str = _setting("", "IRI of the licence of the data.")
    publisher: str = _setting("", "Who publishes it.")
    home: str = _setting("", "Address of a page about it elsewhere.")
    base: str = _setting("", "What its IRIs begin with: those have pages at their own path.")
    language: str = _setting("en", "The language of labels where there are several.")
    prefixes: tuple[tuple[str, str], ...] = _setting(
        (),
        "Prefixes of its namespaces, each as NAME=IRI; by default those that its files declare.",
        kind="pairs",
    )
    report: str = _setting(
        "",
        "Where readers say that a fact is wrong: address of a new issue, or mailto: and an address.",
    )
    infer: bool | None = _setting(
        None,
        "Whether the default graph holds what follows; by default, unless --data is given.",
        kind="switch",
        older="inference",
    )
    host: str = _setting("127.0.0.1", "Address to listen on.")
    port: int = _setting(
        8000, "Port to listen on; 0 takes a free one.", kind="number", least=0, most=65535
    )
    query_timeout: float = _setting(
        30.0, "Seconds after which a query is stopped.", kind="number", least=0.01
    )
    query_memory: int = _setting(
        512, "Megabytes a query may use on top of the graph.", kind="number", least=16
    )
    result_size: int = _setting(
        1024, "Megabytes of the largest result that is sent.", kind="number", least=1
    )
    body_size: int = _setting(
        4, "Megabytes of the largest request body that is read.", kind="number", least=1, most=256
    )
    max_slow_queries: int = _setting(
        8,
        "Slow queries that may run at once, and as many large answers.",
        kind="number",
        least=1,
        older="old_queries",
    )
    rate_limit: str = _setting(
        "",
        "Requests that a client may send on average, such as 20/s, 600/min or 5000/h; by default any.",
        kind="rate",
    )
    rate_burst: int = _setting(
        50,
        "Requests that a client may send at once, where there is such a limit.",
        kind="number",
        least=1,
        most=100_000,
    )
    cache_size: int = _setting(
        32, "Megabytes of answers that are kept in the cache.", kind="number", least=0
    )
    workers: int = _setting(
        1,
        "Server processes, among which slow queries and cache are divided.",
        kind="number",
        least=1,
    )
    root_path: str = _setting(
        "", "Path prefix under which a proxy publishes the server.", kind="prefix"
    )
    public_url: str = _setting(
        "", "Address of the start page; by default that of each request.", kind="address"
    )
    trusted_proxies: tuple[str, ...] = _setting(
        ("127.0.0.1", "::1"),
        "Addresses or networks of proxies whose forwarding headers count; * for all.",
        kind="networks",
    )
    allow_service: tuple[AllowedService, ...] = _setting(
        (),
        "IRI of an endpoint that queries may call with SERVICE; by default there is none.",
        kind="services",
    )
    head_timeout: float = _setting(
        10.0, "Seconds in which the head of a request must arrive.", kind="number", least=0.1
    )
    transfer_timeout: float = _setting(
        30.0,
        "Seconds in which a body must arrive, and in which a client must read something.",
        kind="number",
        least=0.1,
    )
    access_log: bool = _setting(False, "Log each request, with a line.", kind="switch")
    slow_query: float = _setting(
        5.0,
        "Seconds from which on a query is logged with its text; 0 logs none.",
        kind="number",
        least=0,
    )
    log_format: str = _setting(
        "text",
        "How lines of the log are written: text, for people, or json, an object each.",
        kind="choice",
        choices=("text", "json"),
    )
    log_level: str = _setting(
        "info",
        "From which level on there are lines in the log: debug, info, warning or error.",
        kind="choice",
        choices=("debug", "info", "warning", "error"),
    )


class Setting(NamedTuple):
    """A row of the table."""

    name: str
    default: Any
    help: str
    kind: Kind
    least: float | None
    most: float | None
    older: str
    choices: tuple[str, ...]

    @property
    def option(self) -> str:
        """The option of the command line, such as ``--query-timeout``."""
        return "--" + self.name.replace("_", "-")

    @property
    def variable(self) -> str:
        """The environment variable, such as ``GBAGRAPH_PORT``."""
        return environment_variable(self.name)

    @property
    def shown(self) -> str:
        """The default as a text; empty if there is none."""
        if isinstance(self.default, tuple):
            return ",".join(map(str, self.default))
        return "" if self.default is None else str(self.default)

    def checked(self, value: Any) -> Any:  # noqa: ANN401  a value of any kind
        """*value*, as TOML or an option has it, as the setting holds it.

        Raises:
            ValueError: it is none of this kind, or outside the bounds; the message says what is right.
        """
        return _CHECKS[self.kind](self, value)


def _text(row: Setting, value: Any) -> str:  # noqa: ARG001, ANN401
    if not isinstance(value, str):
        raise ValueError("a text")  # noqa: TRY004  it is the value of a setting that is wrong
    return value


def _choice(row: Setting, value: Any) -> str:  # noqa: ANN401
    if value not in row.choices:
        raise ValueError(f"one of {', '.join(row.choices)}")
    return str(value)


def _number(row: Setting, value: Any) -> float:  # noqa: ANN401
    is_whole = isinstance(row.default, int)
    is_number = isinstance(value, int) if is_whole else isinstance(value, int | float)
    if not is_number or isinstance(value, bool):
        raise ValueError("a whole number" if is_whole else "a number")
    if not _is_finite(value):
        raise ValueError("a number that is finite")
    if (row.least is not None and value < row.least) or (row.most is not None and value > row.most):
        to = f" and at most {row.most:g}" if row.most is not None else ""
        raise ValueError(f"a number of at least {row.least:g}{to}")
    return value if is_whole else float(value)


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:
        return False  # an integer that is larger than all floats


def _switch(row: Setting, value: Any) -> bool:  # noqa: ARG001, ANN401
    if not isinstance(value, bool):
        raise ValueError("true or false")  # noqa: TRY004
    return value


def _path(row: Setting, value: Any) -> Path:  # noqa: ANN401
    return value if isinstance(value, Path) else Path(_text(row, value))


def _several(value: Any, what: str) -> list[str]:  # noqa: ANN401
    values = [value] if isinstance(value, str | Path) else value
    if not isinstance(values, list | tuple):
        raise ValueError(what)  # noqa: TRY004  it is the value of a setting that is wrong
    if not all(isinstance(each, str | Path) for each in values):
        raise ValueError(what)
    return list(map(str, values))


def _paths(row: Setting, value: Any) -> tuple[Path, ...]:  # noqa: ARG001, ANN401
    return tuple(map(Path, _several(value, "a path, or a list of paths")))


def _networks(row: Setting, value: Any) -> tuple[str, ...]:  # noqa: ARG001, ANN401
    what = "addresses or networks, such as 10.0.0.5 or 10.0.0.0/8, or * for all"
    parts = (part for text in _several(value, what) for part in text.split(","))
    found = tuple(filter(None, map(str.strip, parts)))
    for each in found:
        if each != "*":
            try:
                ipaddress.ip_network(each, strict=False)
            except ValueError:
                raise ValueError(what) from None
    return found


def _prefix(row: Setting, value: Any) -> str:  # noqa: ANN401
    text = _text(row, value)
    if text and not _PREFIX.match(text):
        raise ValueError("a path that begins with a slash, such as /graph")
    return text


def _address(row: Setting, value: Any) -> str:  # noqa: ANN401
    text = _text(row, value)
    if text:
        _require_address(text)
        if "?" in text or "#" in text:
            raise ValueError("an address without ? and #, such as https://example.org/graph")
    return text


def _addresses(row: Setting, value: Any) -> tuple[str, ...]:  # noqa: ARG001, ANN401
    found = tuple(dict.fromkeys(_several(value, "an address, or a list of addresses")))
    for address in found:
        _require_address(address)
    return found


def _pairs(row: Setting, value: Any) -> tuple[tuple[str, str], ...]:  # noqa: ARG001, ANN401
    what = "names with values, such as shop = 'https://shop.example/'"
    if isinstance(value, dict):
        if not all(isinstance(each, str) for each in value.values()):
            raise ValueError(what)
        return tuple((str(name), each) for name, each in value.items())
    pairs = [text.partition("=") for text in _several(value, what)]
    if not all(sign and name and each for name, sign, each in pairs):
        raise ValueError("NAME=VALUE")
    return tuple((name, each) for name, _, each in pairs)


def _services(row: Setting, value: Any) -> tuple[AllowedService, ...]:  # noqa: ARG001, ANN401
    values = value if isinstance(value, list | tuple) else [value]
    found = tuple(map(_service, values))
    if len({each.iri for each in found}) < len(found):
        raise ValueError("one entry for each endpoint")
    return found


def _service(value: Any) -> AllowedService:  # noqa: ANN401
    """An endpoint from its IRI, or from a table such as ``{iri = "https://…", timeout = 5}``."""
    if isinstance(value, AllowedService):
        return value
    try:
        if isinstance(value, str) and value.lstrip().startswith("{"):
            value = json.loads(value)
        found = msgspec.convert({"iri": value} if isinstance(value, str) else value, AllowedService)
    except (ValueError, msgspec.ValidationError) as problem:
        keys = ", ".join(AllowedService.__struct_fields__)
        raise ValueError(f"an IRI, or a table of {keys} ({problem})") from None
    for address in (found.iri, found.target):
        _require_address(address)
    return found


def _rate(row: Setting, value: Any) -> str:  # noqa: ARG001, ANN401
    if not isinstance(value, str) or (value and not _RATE.match(value)):
        raise ValueError("a number in a time, such as 20/s, 600/min or 5000/h")
    return value


def per_second(rate: str) -> float:
    """A setting such as ``600/min`` as a number in a second."""
    number, _, unit = rate.partition("/")
    return int(number) / _UNITS[unit]


def _require_address(address: str) -> None:
    """Raise ValueError unless *address* is one of HTTP, and holds nothing that would be a secret."""
    what = "an IRI such as https://example.org/sparql"
    try:
        parts = urlsplit(address)
        is_address = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        is_address = False
    if not is_address:
        raise ValueError(what)
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise ValueError(f"{what}, without a user, a password or a fragment")
    if any(character <= " " or character in '<>"{}|\\^`' for character in address):
        raise ValueError(f"{what}, without spaces and signs that no IRI has")


_CHECKS: Final = {
    "text": _text,
    "choice": _choice,
    "number": _number,
    "switch": _switch,
    "path": _path,
    "paths": _paths,
    "networks": _networks,
    "pairs": _pairs,
    "services": _services,
    "address": _address,
    "addresses": _addresses,
    "prefix": _prefix,
    "rate": _rate,
}


def environment_variable(name: str) -> str:
    """Name of the environment variable of a setting, such as ``GBAGRAPH_PORT``."""
    return f"GBAGRAPH_{name.upper()}"


TABLE: Final = {
    row.name: Setting(row.name, row.default, **row.metadata) for row in fields(Settings)
}
"""The rows of the table by name."""

HELP: Final = {name: row.help for name, row in TABLE.items()}


def rows() -> Iterable[Setting]:
    """The rows of the table, in order."""
    return TABLE.values()


MEGABYTE: Final = 1024 * 1024
"""Bytes of what settings call a megabyte."""

BODIES: Final = 32
"""Request bodies of the largest size that a server process holds at once; beyond that it is busy."""

MAX_AGE: Final = 300
"""Seconds for which clients may keep an answer before they ask again whether it has changed."""

MAX_TARGET: Final = 64 * 1024
"""Bytes of the longest target (path and query string) of a request."""

MAX_FIELDS: Final = 64 * 1024
"""Bytes of all header fields of a request together, at most."""

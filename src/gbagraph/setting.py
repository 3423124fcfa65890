"""A setting, which is a row of the table: its kind, its bounds, and how a value is checked."""

from __future__ import annotations

import ipaddress
import json
import re
import sys
from dataclasses import field
from datetime import date
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
    "names",
    "networks",
    "prefixes",
    "services",
    "address",
    "addresses",
    "prefix",
    "rate",
    "texts",
    "languages",
    "date",
    "contact",
    "doi",
    "base",
    "language",
    "version",
]
"""What a setting is. A number is whole if its default is; a rate is a number in a time; texts and
languages have ; between them; a base is what IRIs begin with."""

_UNITS: Final = {"s": 1, "min": 60, "h": 3600}
_RATE: Final = re.compile(rf"[1-9][0-9]{{0,5}}/(?:{'|'.join(_UNITS)})\Z")
_PREFIX: Final = re.compile(r"(?:/[A-Za-z0-9._~!$&'()*+,;=:@-]+)*/?\Z")
"""A path as an address has it (RFC 3986, section 3.3), without empty parts and escapes."""

_IRI: Final = re.compile(r"""[A-Za-z][A-Za-z0-9+.-]*:[^\s<>"{}|\\^`\x00-\x20]+""")
_PREFIX_NAME: Final = re.compile(r"(?:[^\W\d_](?:[\w.-]*[\w-])?)?")
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
_FORMS: Final = {
    "contact": (
        re.compile(r"""(?:mailto:)?([^\s@:/<>"]+@[^\s@:/<>"]+)|https?://[^\s<>"{}|\\^`]+"""),
        "mailto:",
        "an address, such as data@example.org or https://example.org/us",
    ),
    "doi": (
        re.compile(r"""(?:https?://(?:dx\.)?doi\.org/|doi:)?(10\.\d{4,9}/[^\s<>"]+)"""),
        "https://doi.org/",
        "a DOI, such as 10.5281/zenodo.1234567",
    ),
    "version": (re.compile(r"([A-Za-z0-9.+~_-]+)"), "", "a version without spaces, such as 2.3"),
    "language": (re.compile(rf"({_LANGUAGE.pattern})"), "", "the tag of a language, such as en"),
}
"""How texts of a kind look, what their important part is held with, and what is said of others."""

SHORTEST: Final = 0.1
LONGEST: Final = 3600
"""Seconds between which the time limit of a service lies."""
_Seconds = Annotated[float, msgspec.Meta(ge=SHORTEST, le=LONGEST)]
_Count = Annotated[int, msgspec.Meta(ge=1, le=10_000)]


OWN: Final = "version:"
"""What the address of a service begins with that is a version of the server's own dataset."""


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
    def version(self) -> str:
        """The version of the own dataset that it is; empty for the endpoints of others."""
        return self.address.removeprefix(OWN) if self.address.startswith(OWN) else ""

    @property
    def shown(self) -> str:
        """How people read which endpoint it is."""
        return f"{self.name} <{self.iri}>" if self.name else f"<{self.iri}>"


def distinct(services: Iterable[AllowedService]) -> list[AllowedService]:
    """Return *services*, of those that are one version under several IRIs the first, in their order."""
    named: dict[str, AllowedService] = {}
    for each in services:
        named.setdefault(each.version or each.iri, each)
    return list(named.values())


def setting(  # noqa: PLR0913  the columns of the table
    default: Any,  # noqa: ANN401  as dataclasses.field
    help_text: str,
    *,
    kind: Kind = "text",
    least: float | None = None,
    most: float | None = None,
    older: str = "",
    choices: tuple[str, ...] = (),
    after: str = "",
    theme: str = "",
    usual: bool = False,
    command: str = "",
) -> Any:  # noqa: ANN401
    """Return the field of a class of settings: a row of the table.

    *older* is a name that it had before. The first row of a feature comes *after* one of the kernel. One
    without a *theme* has that before it. Short help has the *usual* ones. *command* alone takes it.
    """
    metadata = {"help": help_text, "kind": kind, "least": least, "most": most, "older": older}
    more = {"choices": choices, "after": after, "theme": theme, "usual": usual, "command": command}
    return field(default=default, metadata=metadata | more)


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
    after: str
    theme: str
    usual: bool
    command: str

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
        """Return *value*, as TOML or an option has it, as the setting holds it.

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
    if not abs(value) <= sys.float_info.max:  # of an integer that is larger, isfinite raises
        raise ValueError("a number that is finite")
    if (row.least is not None and value < row.least) or (row.most is not None and value > row.most):
        to = f" and at most {row.most:g}" if row.most is not None else ""
        raise ValueError(f"a number of at least {row.least:g}{to}")
    return value if is_whole else float(value)


def _switch(row: Setting, value: Any) -> bool:  # noqa: ARG001, ANN401
    if not isinstance(value, bool):
        raise ValueError("true or false")  # noqa: TRY004
    return value


def _path(row: Setting, value: Any) -> Path:  # noqa: ANN401
    return value if isinstance(value, Path) else Path(_text(row, value))


def _several(value: Any, what: str) -> list[str]:  # noqa: ANN401
    values = [value] if isinstance(value, str | Path) else value
    if not (isinstance(values, list | tuple) and all(isinstance(e, str | Path) for e in values)):
        raise ValueError(what)
    return list(map(str, values))


def _paths(row: Setting, value: Any) -> tuple[Path, ...]:  # noqa: ARG001, ANN401
    return tuple(map(Path, _several(value, "a path, or a list of paths")))


def _names(row: Setting, value: Any) -> tuple[str, ...]:  # noqa: ARG001, ANN401
    return names_in(",".join(_several(value, "a name, or a list of names")))


def _networks(row: Setting, value: Any) -> tuple[str, ...]:  # noqa: ARG001, ANN401
    what = "addresses or networks, such as 10.0.0.5 or 10.0.0.0/8, or * for all"
    parts = (part for text in _several(value, what) for part in text.split(","))
    networks = tuple(filter(None, map(str.strip, parts)))
    for each in networks:
        if each != "*":
            try:
                ipaddress.ip_network(each, strict=False)
            except ValueError:
                raise ValueError(what) from None
    return networks


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
    given = " ".join(_several(value, "an address, or a list of addresses"))
    addresses = tuple(dict.fromkeys(given.split()))
    for address in addresses:
        _require_address(address)
    return addresses


def _prefixes(row: Setting, value: Any) -> tuple[tuple[str, str], ...]:  # noqa: ARG001, ANN401
    what = "names of prefixes with IRIs, such as shop=https://shop.example/"
    if isinstance(value, dict):
        pairs = tuple((name, str(iri)) for name, iri in value.items())
    else:
        texts = " ".join(_several(value, what)).split()
        pairs = tuple((name, iri) for name, _, iri in (text.partition("=") for text in texts))
    if not all(_PREFIX_NAME.fullmatch(name) and _IRI.fullmatch(iri) for name, iri in pairs):
        raise ValueError(what)
    return pairs


def _base(row: Setting, value: Any) -> str:  # noqa: ANN401
    text = _text(row, value)
    if text and not _IRI.fullmatch(text):
        raise ValueError("an IRI, such as https://example.org/trams/")
    return text if not text or text.endswith(("/", "#")) else f"{text}/"


def _services(row: Setting, value: Any) -> tuple[AllowedService, ...]:  # noqa: ARG001, ANN401
    values = value if isinstance(value, list | tuple) else [value]
    services = tuple(map(_service, values))
    if len({each.iri for each in services}) < len(services):
        raise ValueError("one entry for each endpoint")
    return services


def _service(value: Any) -> AllowedService:  # noqa: ANN401
    """Return an endpoint from its IRI, or from a table such as ``{iri = "https://…", timeout = 5}``."""
    if isinstance(value, AllowedService):
        return value
    try:
        if isinstance(value, str):
            value = json.loads(value) if value.lstrip().startswith("{") else {"iri": value}
        service = msgspec.convert(value, AllowedService)
    except (ValueError, msgspec.ValidationError) as problem:
        keys = ", ".join(AllowedService.__struct_fields__)
        raise ValueError(f"an IRI, or a table of {keys} ({problem})") from None
    for address in (service.iri, service.target):
        _require_address(address)
    return service


def _rate(row: Setting, value: Any) -> str:  # noqa: ARG001, ANN401
    if not isinstance(value, str) or (value and not _RATE.match(value)):
        raise ValueError("a number in a time, such as 20/s, 600/min or 5000/h")
    return value


def per_second(rate: str) -> float:
    """Return a setting such as ``600/min`` as a number in a second."""
    number, _, unit = rate.partition("/")
    return int(number) / _UNITS[unit]


def _texts(row: Setting, value: Any) -> tuple[str, ...]:  # noqa: ANN401
    parts = ";".join(_several(value, "a text, or a list of texts")).split(";")
    texts = tuple(dict.fromkeys(filter(None, map(str.strip, parts))))
    if row.kind == "languages" and not all(map(_LANGUAGE.fullmatch, texts)):
        raise ValueError("tags of languages, such as en or zh-Hans")
    return texts


def _date(row: Setting, value: Any) -> str:  # noqa: ARG001, ANN401
    try:
        return value and date.fromisoformat(str(value)).isoformat()
    except ValueError:
        raise ValueError("a date, such as 2026-11-25") from None


def _formed(row: Setting, value: Any) -> str:  # noqa: ANN401
    form, scheme, right = _FORMS[row.kind]
    match = form.fullmatch(text := _text(row, value))
    if text and not match:
        raise ValueError(right)
    return scheme + match[1] if match and match[1] else text


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


_CHECKS: Final[dict[str, Any]] = {
    "text": _text,
    "choice": _choice,
    "number": _number,
    "switch": _switch,
    "path": _path,
    "paths": _paths,
    "names": _names,
    "networks": _networks,
    "prefixes": _prefixes,
    "services": _services,
    "address": _address,
    "addresses": _addresses,
    "prefix": _prefix,
    "rate": _rate,
    "date": _date,
    "base": _base,
    **dict.fromkeys(("texts", "languages"), _texts),
    **dict.fromkeys(_FORMS, _formed),
}


def names_in(text: str) -> tuple[str, ...]:
    """Split names of features, with commas or spaces between them; each is given once."""
    return tuple(dict.fromkeys(text.replace(",", " ").split()))


def environment_variable(name: str) -> str:
    """Return the environment variable of a setting, such as ``GBAGRAPH_PORT``."""
    return f"GBAGRAPH_{name.upper()}"

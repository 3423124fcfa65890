"""All settings in one table: default, option, environment variable, key of ``gbagraph.toml``, meaning.

Features have tables of their own, which are put into this one. Of each row everything else is made: the
options of ``gbagraph serve``, its environment variable, its key in the file, its validation, ``gbagraph
settings`` and the documentation.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

from gbagraph import feature
from gbagraph.setting import Setting, setting

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

_T = TypeVar("_T")

FILE: Final = "gbagraph.toml"
"""The name of the file of settings that is read where there is one."""

CREDENTIALS: Final = ("GBAGRAPH_ENGINE_USER", "GBAGRAPH_ENGINE_PASSWORD", "GBAGRAPH_ENGINE_TOKEN")
"""Variables of the environment that are no settings, since what they hold is secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings: what is published, then how it is served; ``more`` are those of features."""

    data: tuple[Path, ...] = setting(
        (),
        "RDF files, folders, or a release such as 0.2.0, to serve instead of the built-in dataset.",
        kind="paths",
        theme="Data",
        usual=True,
    )
    queries: Path | None = setting(  # noqa: RUF009  it is frozen
        None,
        "Folder of the canned queries; by default, the built-in ones for the built-in dataset.",
        kind="path",
        usual=True,
    )
    title: str = setting(
        "",
        "What the dataset is called; by default the names of its files.",
        theme="Description",
        usual=True,
    )
    description: str = setting("", "One or two sentences on what it is.")
    license: str = setting("", "IRI of the licence of the data, or its name.")
    publisher: str = setting("", "Who publishes it.")
    home: str = setting("", "Address of a page about it elsewhere.")
    base: str = setting(
        "",
        "What its IRIs begin with, up to a / or #: those have pages at their own path.",
        kind="base",
        usual=True,
    )
    language: str = setting(
        "en", "The language of labels where there are several.", kind="language"
    )
    prefixes: tuple[tuple[str, str], ...] = setting(
        (),
        "Prefixes of its namespaces, each as NAME=IRI, beside those that its files declare.",
        kind="prefixes",
    )
    report: str = setting(
        "",
        "Where readers say that a fact is wrong: address of a new issue, or mailto: and an address.",
        kind="contact",
    )
    infer: bool | None = setting(
        None,
        "Whether the default graph holds what follows; by default, unless --data is given.",
        kind="switch",
        older="inference",
        theme="Data",
    )
    host: str = setting("127.0.0.1", "Address to listen on.", theme="Server", usual=True)
    port: int = setting(
        8000,
        "Port to listen on; 0 takes a free one.",
        kind="number",
        least=0,
        most=65535,
        usual=True,
    )
    query_timeout: float = setting(
        30.0,
        "Seconds after which a query is stopped.",
        kind="number",
        least=0.01,
        theme="Limits",
        usual=True,
    )
    query_memory: int = setting(
        512, "Megabytes a query may use on top of the graph.", kind="number", least=16
    )
    result_size: int = setting(
        1024, "Megabytes of the largest result that is sent.", kind="number", least=1
    )
    body_size: int = setting(
        4, "Megabytes of the largest request body that is read.", kind="number", least=1, most=256
    )
    max_slow_queries: int = setting(
        8,
        "Slow queries that may run at once, and as many large answers.",
        kind="number",
        least=1,
        older="old_queries",
    )
    rate_limit: str = setting(
        "",
        "Requests that a client may send on average, such as 20/s, 600/min or 5000/h; by default any.",
        kind="rate",
    )
    rate_burst: int = setting(
        50,
        "Requests that a client may send at once, where there is such a limit.",
        kind="number",
        least=1,
        most=100_000,
    )
    cache_size: int = setting(
        32, "Megabytes of answers that are kept in the cache.", kind="number", least=0
    )
    workers: int = setting(
        1,
        "Server processes, among which slow queries and cache are divided.",
        kind="number",
        least=1,
        theme="Server",
        usual=True,
    )
    root_path: str = setting(
        "", "Path prefix under which a proxy publishes the server.", kind="prefix"
    )
    public_url: str = setting(
        "",
        "Address of the start page; by default that of each request.",
        kind="address",
        usual=True,
    )
    trusted_proxies: tuple[str, ...] = setting(
        ("127.0.0.1", "::1"),
        "Addresses or networks of proxies whose forwarding headers count; * for all.",
        kind="networks",
    )
    head_timeout: float = setting(
        10.0,
        "Seconds in which the head of a request must arrive.",
        kind="number",
        least=0.1,
        theme="Limits",
    )
    transfer_timeout: float = setting(
        30.0,
        "Seconds in which a body must arrive, and in which a client must read something.",
        kind="number",
        least=0.1,
    )
    access_log: bool = setting(False, "Log each request, with a line.", kind="switch", theme="Log")
    slow_query: float = setting(
        5.0,
        "Seconds from which on a query is logged with its text; 0 logs none.",
        kind="number",
        least=0,
    )
    log_format: str = setting(
        "text",
        "How lines of the log are written: text, for people, or json, an object each.",
        kind="choice",
        choices=("text", "json"),
    )
    log_level: str = setting(
        "info",
        "The lowest level that is logged: debug, info, warning or error.",
        kind="choice",
        choices=("debug", "info", "warning", "error"),
    )
    without: tuple[str, ...] = setting(
        (), "Features to leave out, by their names, such as why.", kind="names", theme="Features"
    )
    more: Mapping[type, Any] = field(default_factory=dict)

    @property
    def contact(self) -> str:
        """An address of the operator, for User-Agent in all calls of others."""
        return self.report or self.public_url

    def of(self, kind: type[_T]) -> _T:
        """Return the settings of a feature, of which *kind* is the class."""
        return self.more[kind] if kind in self.more else kind()

    @classmethod
    def from_values(cls, given: Mapping[str, Any]) -> Self:
        """Return the settings that have the *given* values, by the names of their rows."""
        return cls().having(**given)

    def having(self, **given: Any) -> Self:  # noqa: ANN401  of any kind
        """Return the same settings with the values *given* in place of theirs."""
        of_features = {kind: self.of(kind) for kind in _classes()[1:]}
        more = {kind: replace(of, **_among(kind, given)) for kind, of in of_features.items()}
        return replace(self, **_among(Settings, given), more=more)

    def value(self, name: str) -> Any:  # noqa: ANN401  of any kind
        """Return the value of the row *name*; None if it is of a feature that is left out."""
        owner = next((kind for kind in _classes() if name in _names(kind)), None)
        return owner and getattr(self if owner is Settings else self.of(owner), name)


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """The settings that say more about a dataset of others, for catalogues and citations."""

    version: str = setting(
        "", "Its version; by default the hash of its files.", kind="version", after="home"
    )
    issued: str = setting("", "The day of its publication, such as 2026-11-25.", kind="date")
    doi: str = setting("", "Its DOI.", kind="doi")
    creator: tuple[str, ...] = setting((), "Who made it: names or IRIs.", kind="texts")
    contact: str = setting("", "Where to ask about it: mail or web address.", kind="contact")
    keywords: tuple[str, ...] = setting((), "Keywords by which it is found.", kind="texts")
    languages: tuple[str, ...] = setting((), "The languages of its texts.", kind="languages")
    sources: tuple[str, ...] = setting((), "Addresses of what it is made from.", kind="addresses")


def _names(kind: type[Any]) -> list[str]:
    return [row.name for row in fields(kind) if row.metadata]


def _among(kind: type[Any], given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: given[name] for name in _names(kind) if name in given}


def _classes() -> tuple[type[Any], ...]:
    """Return the classes of settings: the kernel's, and those of the features that are present."""
    features = feature.present().values()
    return Settings, About, *(each.load(code) for each in features for code in each.settings)


def table() -> dict[str, Setting]:
    """Return the rows of the table by name: of the kernel and of the features that are present."""
    return _table(_classes())


@cache
def _table(classes: tuple[type[Any], ...]) -> dict[str, Setting]:
    listed: list[Setting] = []
    for each in classes:
        of_class = [
            Setting(row.name, row.default, **row.metadata) for row in fields(each) if row.metadata
        ]
        names = [row.name for row in listed]
        after = of_class[0].after
        at = names.index(after) + 1 if after in names else len(listed)
        listed[at:at] = of_class
    themed: dict[str, Setting] = {}
    theme = ""
    for row in listed:
        theme = row.theme or theme
        themed[row.name] = row._replace(theme=theme)
    return themed


def rows() -> Iterable[Setting]:
    """Return the rows of the table, in order."""
    return table().values()


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

"""The settings of an engine that holds the data."""

from __future__ import annotations

from dataclasses import dataclass

from gbagraph.setting import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSettings:
    """The settings of an engine that holds the data."""

    engine: tuple[str, ...] = setting(
        (),
        "Address of a SPARQL endpoint that holds the data and evaluates queries; several are replicas.",
        kind="addresses",
        after="index",
    )
    engine_timeout: str = setting(
        "",
        "Parameter by which that endpoint is told a time limit, such as timeout={ms} or timeout={s}.",
    )
    engine_version: str = setting(
        "",
        "Version of the data there, if they change only with it: then answers have entity tags.",
    )
    engine_default_graph: str = setting(
        "",
        "Graph there that is to be the default graph, where the engine has none of its own.",
    )

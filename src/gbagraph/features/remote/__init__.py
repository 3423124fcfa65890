"""Data that another SPARQL engine holds and evaluates (--engine)."""

from __future__ import annotations

from dataclasses import dataclass

from gbagraph.feature import Command, Feature
from gbagraph.setting import setting

FEATURE = Feature(
    name="remote",
    summary=__doc__,
    package=__name__,
    commands=(
        Command(
            "publish",
            ".commands:publish",
            "Put the dataset into an engine, and compare what is there.",
            after="rollback",
        ),
    ),
    hooks={
        "data checked": ".source:check",
        "published": ".source:published",
        "source": ".source:of_settings",
        "providers": ".source:providers",
    },
    settings=(".:EngineSettings",),
)


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

"""Jobs of reconciliation: identifiers and names of others as things of this graph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from gbagraph.engine.jobs import JsonJob

EntityKind = Literal["thing", "class", "property"]


@dataclass(frozen=True, slots=True)
class PropertyValues:
    """A property, by its IRI or label, and texts of which a value of it is to be one."""

    property: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NameQuery:
    """A name for which candidates are wanted, or an identifier; empty if properties alone decide.

    *types* are classes, of which a candidate has any, or each if *all_types*; if not *must_have_type*,
    the others come after those that have it. At most *limit* candidates are given, after *offset*.
    """

    text: str
    kind: EntityKind = "thing"
    types: tuple[str, ...] = ()
    all_types: bool = False
    must_have_type: bool = True
    properties: tuple[PropertyValues, ...] = ()
    limit: int = 10
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Column:
    """A property whose values are wanted: at most *limit* (0: all), texts in *language* if given."""

    property: str
    limit: int = 0
    language: str = ""


class Lookup(JsonJob, frozen=True):
    """Say which things each of *iris* is or is linked to, as JSON, with labels in *labels*."""

    evaluator: ClassVar[str] = "gbagraph.features.reconcile.identifiers:run"

    iris: tuple[str, ...]
    labels: tuple[str, ...] = ()


class Reconcile(JsonJob, frozen=True):
    """Give the candidates for each of *queries*, as a JSON list of lists."""

    evaluator: ClassVar[str] = "gbagraph.features.reconcile.candidates:run"
    is_by_names: ClassVar[bool] = True

    queries: tuple[NameQuery, ...]


class Extend(JsonJob, frozen=True):
    """Give the values of *columns* for the things *ids*, as JSON."""

    evaluator: ClassVar[str] = "gbagraph.features.reconcile.candidates:run_extend"
    is_by_names: ClassVar[bool] = True

    ids: tuple[str, ...]
    columns: tuple[Column, ...]

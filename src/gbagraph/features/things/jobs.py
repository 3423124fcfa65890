"""The job of things: how two of them are connected."""

from __future__ import annotations

from typing import ClassVar

from gbagraph.engine.jobs import JsonJob


class Connect(JsonJob, frozen=True):
    """Find at most *number* paths from the thing *start* to *end* of at most *length* steps, as JSON.

    Labels are in the first of *languages* in which there is one.
    """

    evaluator: ClassVar[str] = "gbagraph.features.things.connecting:run"

    start: str
    end: str
    length: int
    number: int
    languages: tuple[str, ...]

"""Expected answers that are written instead of failing: when, where, and with what."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gbagraph.paths import display

if TYPE_CHECKING:
    from pathlib import Path

    from gbagraph.testing.cells import Prefixes
    from gbagraph.testing.comparison import Difference, Order
    from gbagraph.testing.table import Table


@dataclass(slots=True)
class Updates:
    """The files that this run has written, each with what changed in it and the hash of its bytes."""

    is_wanted: bool = False
    files: dict[str, list[tuple[str, str]]] = field(default_factory=dict)

    def add(self, name: str, what: str, digest: str) -> None:
        """Note that a file was written."""
        self.files.setdefault(name, []).append((what, digest))

    def lines(self) -> list[str]:
        """A line for each file, and one more where two tests have written different answers."""
        found = []
        for name, rows in sorted(self.files.items()):
            found.append(f"{name}: {rows[0][0]}")
            if len({digest for _, digest in rows}) > 1:
                found.append(
                    f"{name}: two tests wrote different answers. Give each a file of its own"
                )
        return found


RUN = Updates()
"""Those of this process; the plugin says whether they are wanted."""


def is_wanted() -> bool:
    """Whether expected answers are to be written."""
    return RUN.is_wanted


def write(
    path: Path, actual: Table, difference: Difference | None, *, order: Order, prefixes: Prefixes
) -> None:
    """Write *actual* as the expected answer, and note it.

    Raises:
        QueryFileError: the extension of *path* is of no format that can hold it.
    """
    from gbagraph.testing.writing import save  # noqa: PLC0415  most runs write nothing

    content = save(path, actual, difference, order=order, prefixes=prefixes)
    RUN.add(display(path), _what(difference), hashlib.sha256(content).hexdigest())


def _what(difference: Difference | None) -> str:
    if difference is None:
        return "new"
    numbers = [
        (len(difference.changed), "changed"),
        (len(difference.missing), "removed"),
        (len(difference.unexpected), "added"),
    ]
    said = ", ".join(f"{number} {what}" for number, what in numbers if number)
    return f"rows {said}" if said else "rewritten"

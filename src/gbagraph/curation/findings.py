"""What is wrong with a file, and where."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gbagraph.paths import display
from gbagraph.rdf.namespaces import BASE, compact

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing that is wrong: where, about what, by which rule, and what would be right."""

    file: str
    line: int
    node: str
    rule: str
    message: str

    def __str__(self) -> str:
        """One line, in the form that editors can jump to."""
        return f"{self.file}:{self.line}: {self.node}: {self.message} [{self.rule}]"


def locate(node: str, paths: Sequence[Path]) -> tuple[str, int]:
    """File and line where *node* is first written as a subject, else where it is first written."""
    forms = (compact(node), f"<{node}>", f"<{node.removeprefix(BASE)}>")
    written = rf"(?:{'|'.join(map(re.escape, forms))})(?![\w-])"
    for pattern in (rf"^{written}", written):
        for path in paths:
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
                if not line.startswith("#") and re.search(pattern, line):
                    return display(path), number
    return display(paths[0]), 1

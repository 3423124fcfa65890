"""Findings: what is wrong with a file, and where."""

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
    """One fault: the file and line, the node, the rule, and how to correct it."""

    file: str
    line: int
    node: str
    rule: str
    message: str

    def __str__(self) -> str:
        """One line, in the form that editors understand."""
        return f"{self.file}:{self.line}: {self.node}: {self.message} [{self.rule}]"


def locate(node: str, paths: Sequence[Path]) -> tuple[str, int]:
    """File and line of the first place with *node* as a subject, else of the first with *node*."""
    forms = (compact(node), f"<{node}>", f"<{node.removeprefix(BASE)}>")
    written = rf"(?:{'|'.join(map(re.escape, forms))})(?![\w-])"
    for pattern in (rf"^{written}", written):
        for path in paths:
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
                if not line.startswith("#") and re.search(pattern, line):
                    return display(path), number
    return display(paths[0]), 1

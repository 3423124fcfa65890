"""Findings: what is wrong with a file, and where."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gbagraph.dataset.loader import text_of
from gbagraph.paths import display
from gbagraph.rdf.namespaces import base, compact
from gbagraph.sparql.tokens import declared_prefixes

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
    for start in ("^", ""):
        for path in paths:
            text = text_of(path)
            written = re.compile(f"{start}{_written(node, text)}")
            for number, line in enumerate(text.splitlines(), start=1):
                if not line.startswith("#") and written.search(line):
                    return display(path), number
    return display(paths[0]), 1


def _written(node: str, text: str) -> str:
    """A pattern of the ways in which *node* may stand in *text*, by the prefixes that this declares."""
    forms = [compact(node), f"<{node}>", f"<{node.removeprefix(base())}>"]
    for name, iri in declared_prefixes(text).items():
        if iri and node.startswith(iri):
            forms.append(f"{name}:{node.removeprefix(iri)}")
    return rf"(?:{'|'.join(map(re.escape, forms))})(?![\w-])"

"""Features that are left out, and the feature of another distribution (``tests/features/outside``)."""

from __future__ import annotations

import os
import re
from html import unescape
from typing import TYPE_CHECKING

from support import ROOT, RunningServer

if TYPE_CHECKING:
    from collections.abc import Iterator

OUTSIDE = ROOT / "tests" / "features" / "outside"
"""A folder for sys.path in which the distribution gbagraph-notes is installed."""

_LINK = re.compile(r'(?:\s(?:href|src|action|formaction)=|<loc>)"?(/[^"<>\s]*)')


def environment(**more: str) -> dict[str, str]:
    """The environment in which the distribution is installed, with *more* variables."""
    paths = [str(OUTSIDE), str(ROOT / "src"), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths), **more}


def links(page: str) -> Iterator[str]:
    """The paths of this server to which *page* leads."""
    return (unescape(path) for path in dict.fromkeys(_LINK.findall(page)))


class ServerWithNotes(RunningServer):
    """A server for which the distribution is installed."""

    environment = environment()

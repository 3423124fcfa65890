"""The hook of hatch that builds the front end for a wheel, an sdist or an editable install."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

# hatch loads this file alone, without the folder that it is in.
sys.path.insert(0, str(Path(__file__).resolve().parent))
import frontend


class FrontendHook(BuildHookInterface[Any]):
    """Builds the front end before the files of a distribution are collected."""

    def dependencies(self) -> list[str]:
        """Node.js from PyPI, where something is to be built and the machine has none."""
        has_node = shutil.which("node") and shutil.which("npm")
        return [] if has_node or frontend.is_current() else [frontend.NODE_WHEEL]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Build what is not current."""
        frontend.main()

"""Where the published files are: the checkout, or the copies inside the wheel."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_WHEEL = _PACKAGE / "_published"
_CHECKOUT = _PACKAGE.parent.parent


def published(*parts: str) -> Path:
    """Path of a published file or folder, such as ``published("data", "gba.ttl")``."""
    root = _WHEEL if _WHEEL.is_dir() else _CHECKOUT
    return root.joinpath(*parts)


def shown(path: Path) -> str:
    """*path* as a reader knows it: relative to the published root or the working folder."""
    for root in (_WHEEL, _CHECKOUT, Path.cwd()):
        if path.resolve().is_relative_to(root):
            return str(path.resolve().relative_to(root))
    return str(path)

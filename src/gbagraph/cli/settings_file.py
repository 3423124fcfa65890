"""The file of settings, gbagraph.toml: read and checked."""

from __future__ import annotations

import difflib
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gbagraph.errors import SettingError
from gbagraph.paths import exists
from gbagraph.redaction import without_secrets
from gbagraph.settings import table

if TYPE_CHECKING:
    from collections.abc import Mapping


def read(path: Path) -> dict[str, Any]:
    """The settings of a file, by name; its paths are relative to it.

    Raises:
        SettingError: the file cannot be read, or a key or a value is wrong.
    """
    try:
        # Editors of Windows write a byte order mark.
        found = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as problem:
        raise SettingError(f"{path} cannot be read: {problem}", file=str(path)) from None
    except (
        ValueError,
        RecursionError,
    ) as problem:  # a number, or a nesting, that Python cannot hold
        raise SettingError(f"{path} is not TOML: {problem}.", file=str(path)) from None
    return {name: _placed(value, path.parent) for name, value in checked(found, str(path)).items()}


def checked(given: Mapping[str, Any], where: str) -> dict[str, Any]:
    """*given* settings as they are held; *where* is said of one that is wrong.

    Raises:
        SettingError: a key or a value is wrong.
    """
    found = {}
    for name, value in given.items():
        row = table().get(name.replace("-", "_"))
        if row is None:
            raise SettingError(_unknown(name, where), setting=name)
        try:
            found[row.name] = row.checked(value)
        except ValueError as problem:
            written = without_secrets(_shown(value))
            shown = f"{where}: {name} is {written}, but has to be {problem}."
            raise SettingError(shown, setting=name) from None
    return found


def _shown(value: Any) -> str:  # noqa: ANN401  what TOML holds
    try:
        return repr(value)
    except ValueError:
        return "a number of thousands of digits"  # which Python does not write


def _unknown(name: str, where: str) -> str:
    near = difflib.get_close_matches(name, table(), n=1)
    hint = f" Did you mean {near[0]}?" if near else f" There are: {', '.join(table())}."
    return f"{where}: {name!r} is no setting.{hint}"


def _placed(value: Any, folder: Path) -> Any:  # noqa: ANN401
    """Paths of a file from where the command is run; what exists nowhere may be a release."""
    if isinstance(value, Path):
        return folder / value
    if isinstance(value, tuple) and all(isinstance(each, Path) for each in value):
        return tuple(path if _is_release(folder, path) else folder / path for path in value)
    return value


def _is_release(folder: Path, path: Path) -> bool:
    return path.parent == Path() and path.name[:1].isdigit() and not exists(folder / path)

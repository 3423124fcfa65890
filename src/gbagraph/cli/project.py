"""What every command publishes: the dataset and queries that gbagraph.toml or the environment name."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gbagraph import publication
from gbagraph.cli import settings_file
from gbagraph.dataset.loader import find_release, in_folders
from gbagraph.dataset.stores.serving import stored
from gbagraph.settings import FILE, Settings, environment_variable

if TYPE_CHECKING:
    from collections.abc import Sequence

    import typer

_FOR_COMMANDS: Final = ("data", "infer", "query_timeout")
"""The settings that are options of commands beside serve."""
_OWN_READERS: Final = ("serve", "settings", "mcp", "load")
"""The commands that read the file of settings themselves, or make what it names."""


def begin(ctx: typer.Context) -> None:
    """Publish what gbagraph.toml, if the folder has one, and the environment say, before any command.

    Raises:
        SettingError: a setting is wrong.
        DatasetError: there is no such release or file.
    """
    if ctx.invoked_subcommand in _OWN_READERS:
        return
    found = use_folder()
    defaults = {name: _as_default(found[name]) for name in _FOR_COMMANDS if name in found}
    ctx.default_map = dict.fromkeys(getattr(ctx.command, "commands", ()), defaults)


def use_folder() -> dict[str, Any]:
    """Publish what gbagraph.toml and the environment say; the settings that they give.

    Raises:
        SettingError: a setting is wrong.
        DatasetError: there is no such release or file.
    """
    found = settings_file.read(Path(FILE)) if Path(FILE).is_file() else {}
    for name in ("queries", "store"):
        if folder := os.environ.get(environment_variable(name)):
            found[name] = Path(folder)
    if found:
        settings = Settings(**found)
        _Here.data, _Here.store = settings.data, settings.store
        publication.use(published(settings))
    return found


def published(settings: Settings) -> publication.Publication:
    """What *settings* publish: a store, the files of others, or the built-in dataset or a release.

    Raises:
        SettingError: a setting is wrong, or not for a store.
        DatasetError: there is no such store, release or file.
    """
    if settings.store:
        return stored(settings)
    return publication.of_settings(settings, files_of_others(settings.data))


class _Here:
    """What the file of settings of this folder names."""

    data: tuple[Path, ...] = ()
    store: Path | None = None


def data() -> tuple[Path, ...]:
    """The files of the dataset of this folder; none for the built-in one."""
    return _Here.data


def store() -> Path | None:
    """The store on disk that this folder has in place of files."""
    return _Here.store


def _as_default(value: Any) -> Any:  # noqa: ANN401  a setting of any kind
    return list(value) if isinstance(value, tuple) else value


def files_of_others(data: Sequence[Path]) -> list[Path] | None:
    """The files of *data*; None if that is the built-in dataset, or a release of it.

    Raises:
        DatasetError: there is no such release or file.
    """
    if not data or find_release(data) is not None:
        return None
    return list(in_folders(data))


def publish(data: Sequence[Path]) -> None:
    """Publish the files of an option ``--data``, if no file of settings has said what they are."""
    files = files_of_others(data)
    if files is not None and publication.current().is_own:
        queries = publication.current().queries
        own = Path(queries) if queries != publication.OWN.queries else None
        publication.use(publication.of_settings(Settings(data=tuple(data), queries=own), files))

"""What every command publishes: the dataset and queries that gbagraph.toml or the environment name."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gbagraph import publication
from gbagraph.cli import settings_file
from gbagraph.cli.failure import fail
from gbagraph.dataset.loader import find_release, in_folders
from gbagraph.engine import loading
from gbagraph.settings import FILE, Settings, environment_variable

if TYPE_CHECKING:
    from collections.abc import Sequence

    import typer

    from gbagraph.publication import Publication

_FOR_COMMANDS: Final = ("data", "infer", "query_timeout")
"""The settings that are options of commands beside serve."""
_OWN_READERS: Final = ("serve", "settings", "mcp")
"""The commands that read the file of settings themselves."""


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
    folder = os.environ.get(environment_variable("queries"))
    if folder:
        found["queries"] = Path(folder)
    if found:
        settings = Settings(**found)
        _Here.settings = settings
        publication.use(published(settings))
    return found


class _Here:
    """What the file of settings of this folder names."""

    settings = Settings()


def settings() -> Settings:
    """What the file of settings of this folder says."""
    return _Here.settings


def data() -> tuple[Path, ...]:
    """The files of the dataset of this folder; none for the built-in one.

    The command ends if an engine holds the data, which have no files then.
    """
    if _Here.settings.engine:
        fail("An engine holds the data of this folder, and this command needs files.", code=2)
    return _Here.settings.data


def published(settings: Settings) -> Publication:
    """What *settings* publish.

    Raises:
        SettingError: a setting is wrong.
        DatasetError: there is no such release or file, or the engine does not answer.
    """
    if settings.engine:
        return loading.published(settings)
    return publication.of_settings(settings, files_of_others(settings.data))


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

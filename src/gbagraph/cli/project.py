"""What every command publishes: the dataset and queries that gbagraph.toml or the environment name."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gbagraph import publication
from gbagraph.cli import settings_file
from gbagraph.cli.failure import fail
from gbagraph.composition import published
from gbagraph.dataset.loader import files_of_others
from gbagraph.features.remote.settings import EngineSettings
from gbagraph.setting import environment_variable
from gbagraph.settings import FILE, Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    import typer

_FOR_COMMANDS: Final = ("data", "infer", "query_timeout")
"""The settings that are options of commands beside serve."""
_OF_ENVIRONMENT: Final = ("queries", "store", "default_graph")
"""The settings that no command but serve has as an option, and each takes from the environment."""
_OWN_READERS: Final = (
    *("serve", "settings", "doctor", "mcp", "load", "switch", "rollback", "publish"),
)
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
    found = named()
    if found:
        settings = Settings.from_values(found)
        _Here.settings = settings
        publication.use(published(settings))
    return found


def named() -> dict[str, Any]:
    """The settings that gbagraph.toml and the environment name.

    Raises:
        SettingError: one is wrong.
    """
    found = settings_file.read(Path(FILE)) if Path(FILE).is_file() else {}
    told = {name: os.environ.get(environment_variable(name)) for name in _OF_ENVIRONMENT}
    given = {name: value for name, value in told.items() if value}
    return found | settings_file.checked(given, "the environment")


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
    if _Here.settings.of(EngineSettings).engine:
        fail("An engine holds the data of this folder, and this command needs files.", code=2)
    return _Here.settings.data


def _as_default(value: Any) -> Any:  # noqa: ANN401  a setting of any kind
    return list(value) if isinstance(value, tuple) else value


def publish(data: Sequence[Path]) -> None:
    """Publish the files of an option ``--data``, if no file of settings has said what they are."""
    files = files_of_others(data)
    if files is not None and publication.current().is_own:
        queries = publication.current().queries
        own = Path(queries) if queries != publication.OWN.queries else None
        publication.use(
            publication.of_settings(
                Settings.from_values({"data": tuple(data), "queries": own}), files
            )
        )

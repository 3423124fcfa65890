"""A folder with a graph of one's own: its file of settings, gbagraph.toml, and the command new."""

from __future__ import annotations

import difflib
import json
import os
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from gbagraph.cli.output import CANNOT, USAGE, fail
from gbagraph.errors import SettingError
from gbagraph.feature import needed
from gbagraph.paths import exists, reason, write_whole
from gbagraph.setting import environment_variable
from gbagraph.settings import FILE, Settings, rows, table
from gbagraph.text import without_secrets

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


def read(path: Path) -> dict[str, Any]:
    """Return the settings of a file, by name; its paths are relative to it.

    Raises:
        SettingError: the file cannot be read, or a key or a value is wrong.
    """
    try:
        # Editors of Windows write a byte order mark.
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as problem:
        raise SettingError(f"{path} cannot be read: {reason(problem)}.", file=str(path)) from None
    except (
        ValueError,
        RecursionError,
    ) as problem:  # a number, or a nesting, that Python cannot hold
        raise SettingError(f"{path} is not TOML: {problem}.", file=str(path)) from None
    return {
        name: _placed(value, path.parent) for name, value in checked(content, str(path)).items()
    }


def checked(given: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Return *given* settings as they are held; *where* is said of one that is wrong.

    Raises:
        SettingError: a key or a value is wrong.
    """
    values = {}
    for name, value in given.items():
        row = table().get(name.replace("-", "_"))
        if row is None:
            raise SettingError(_unknown(name, where), setting=name)
        try:
            values[row.name] = row.checked(value)
        except ValueError as problem:
            written = without_secrets(_shown(value))
            shown = f"{where}: {name} is {written}, but has to be {problem}."
            raise SettingError(shown, setting=name) from None
    return values


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


_FOR_COMMANDS: Final = ("data", "infer", "query_timeout")
"""The settings that are options of commands beside serve."""
_OF_ENVIRONMENT: Final = ("queries", "store", "default_graph", "public_url")
"""Beside those of the description, the settings that each command takes from the environment."""
_OWN_READERS: Final = (
    *("serve", "settings", "doctor", "mcp", "load", "site", "switch", "rollback", "publish"),
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
    given = use_folder()
    defaults = {name: _as_default(given[name]) for name in _FOR_COMMANDS if name in given}
    ctx.default_map = dict.fromkeys(getattr(ctx.command, "commands", ()), defaults)


def use_folder() -> dict[str, Any]:
    """Publish what gbagraph.toml and the environment say; the settings that they give.

    Raises:
        SettingError: a setting is wrong.
        DatasetError: there is no such release or file.
    """
    given = named()
    if given:
        settings = Settings.from_values(given)
        _Here.settings = settings
        from gbagraph import publication  # noqa: PLC0415  few commands need it
        from gbagraph.composition import published  # noqa: PLC0415

        publication.use(published(settings))
    return given


def named() -> dict[str, Any]:
    """Return the settings that gbagraph.toml and the environment name.

    Raises:
        SettingError: one is wrong.
    """
    of_file = read(Path(FILE)) if Path(FILE).is_file() else {}
    # But for the text of the source, a file: few commands open it.
    described = (
        each.name for each in rows() if each.theme == "Description" and each.kind != "path"
    )
    names = (*_OF_ENVIRONMENT, *described)
    named = {name: os.environ.get(environment_variable(name)) for name in names}
    given = {name: value for name, value in named.items() if value}
    return of_file | checked(given, "the environment")


class _Here:
    """What the file of settings of this folder names."""

    settings = Settings()


def settings() -> Settings:
    """Return what the file of settings of this folder says."""
    return _Here.settings


def data() -> tuple[Path, ...]:
    """Return the files of the dataset of this folder; none for the built-in one.

    The command ends if an engine holds the data, which have no files then.
    """
    if _Here.settings.value("engine"):
        fail("An engine holds the data of this folder, and this command needs files.", code=USAGE)
    return _Here.settings.data


def _as_default(value: Any) -> Any:  # noqa: ANN401  a setting of any kind
    return list(value) if isinstance(value, tuple) else value


def publish(data: Sequence[Path]) -> None:
    """Publish what an option ``--data`` names, if no file of settings has said what that is."""
    from gbagraph import publication  # noqa: PLC0415  as above

    here = _Here.settings
    if tuple(data) != here.data and publication.current().is_own:
        from gbagraph.dataset.loader import published  # noqa: PLC0415  few commands need it

        publication.use(published(here.having(data=tuple(data))))


_TEMPLATE: Final = Path(__file__).resolve().parents[1] / "project_template"
_SUFFIX: Final = ".template"
"""Ends the names of files that would be taken for modules of this package."""


def new(
    folder: Annotated[Path, typer.Argument(help="A folder that is empty, or not there yet.")],
    *,
    title: Annotated[
        str, typer.Option(help="What the dataset is called; by default as the folder.")
    ] = "",
    base: Annotated[
        str, typer.Option(metavar="IRI", help="What its IRIs begin with, up to a / or #.")
    ] = "",
    from_text: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="A text, plain, Markdown or HTML: makes a project for claims on it.",
        ),
    ] = None,
    language: Annotated[
        str, typer.Option(metavar="TAG", help="Language of that text; by default as it says.")
    ] = "",
) -> None:
    """Make a small working example of a graph of your own, or a project for claims on a text."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        fail(
            f"{folder} is not an empty folder. Give one that is empty, or not there yet.",
            code=USAGE,
        )
    if language and not from_text:
        fail("--language is that of a text. Give the text, too: --from-text FILE.", code=USAGE)
    base = checked({"base": base, "language": language or "en"}, "gbagraph new")["base"]
    template, words = _TEMPLATE, _words(folder.resolve().name, title, base)
    if from_text:
        of_text = needed("project of a text")
        template, words = of_text(from_text, words, title=title, language=language)
    try:
        written = list(_made(folder, template, words))
    except OSError as problem:
        fail(f"{problem.filename or folder} cannot be written: {problem.strerror}.", code=CANNOT)
    for path in written:
        print(path)  # noqa: T201
    print(f"Now: cd {folder} && gbagraph {'claims text' if from_text else 'serve'}")  # noqa: T201


def _words(name: str, title: str, base: str) -> dict[str, str]:
    """Return what stands for each mark of the example, by the *name* of its folder."""
    words = re.findall(r"[a-z0-9]+", name.lower()) or ["thing"]
    base = base or f"https://example.org/{'-'.join(words)}/"
    title = title or " ".join(words).capitalize()
    kind = re.sub(r"(?<=[a-rtv-z])s$", "", " ".join(words))  # of bridges, the first is a bridge
    return {
        "@name@": "-".join(words),
        "@kind@": kind,
        "@Kind@": re.sub(r"^(?=\d)", "Kind", kind.title().replace(" ", "")),
        "@heading@": title,
        "@title@": json.dumps(title, ensure_ascii=False),
        "@base@": base,
        "@terms@": base if base.endswith("#") else f"{base}terms/",
    }


def _made(folder: Path, template: Path, words: Mapping[str, str]) -> Iterator[Path]:
    """Write a template into *folder*: the files that are made, in the order of their names."""
    for source in sorted(template.rglob("*")):
        if source.is_file():
            name, text = str(source.relative_to(template)), source.read_text(encoding="utf-8")
            for mark, word in words.items():
                name, text = name.replace(mark, word), text.replace(mark, word)
            target = folder / name.removesuffix(_SUFFIX)
            target.parent.mkdir(parents=True, exist_ok=True)
            write_whole(target, text.encode())
            yield target

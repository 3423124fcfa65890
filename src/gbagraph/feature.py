"""What a feature declares, which features are present, and the extension points that they fill.

A feature is a part of the product that can be left out, such as search or the proofs of facts. It
declares what it brings: addresses, commands, tools, settings, functions for the extension points of
others. A declaration refers to code by strings (``module:name``), so what is left out, or not used, is
never imported.

The features of this package are in :mod:`gbagraph.features`; other distributions add theirs by an entry
point in the group ``gbagraph.features``, which names a :class:`Feature`.
"""

from __future__ import annotations

import difflib
import os
import re
from dataclasses import dataclass, field, replace
from functools import cache, reduce
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from gbagraph.errors import RequestError, SettingError
from gbagraph.setting import names_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from importlib.metadata import EntryPoint

GROUP: Final = "gbagraph.features"
"""The group of entry points by which other distributions add features."""

VARIABLE: Final = "GBAGRAPH_WITHOUT"
"""The environment variable that names features to leave out."""


_KERNEL: Final = {
    "names": "gbagraph.names.index:names_of",
    "index used": "gbagraph.names.index:use",
    "index made": "gbagraph.names.indexing:build",
}
"""Extension points of the engine that the kernel itself fills, above it."""

_JOBS: Final = (
    "gbagraph.engine.jobs",
    "gbagraph.web.jobs",
    "gbagraph.names.jobs",
)
"""The modules in which the kernel declares jobs."""


@dataclass(frozen=True, slots=True)
class View:
    """An address: its template, such as ``/queries/{name}``, and the function that answers there.

    *takes_queries*: it also answers POST, as the SPARQL Protocol has it. *is_free*: requests for it do
    not count where the number of requests is limited.
    """

    path: str
    code: str
    takes_queries: bool = False
    is_free: bool = False


def pattern(template: str) -> re.Pattern[str]:
    """Return the expression that matches the paths of *template*, with a group for each of its names."""
    parts = re.split(r"\{(\w+)(:path)?\}", template)
    # Alternately a text, a name, and whether the value may contain slashes.
    written = re.escape(parts[0])
    for name, slashes, text in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
        written += f"(?P<{name}>{'.+' if slashes else '[^/]+'}){re.escape(text)}"
    return re.compile(written, re.DOTALL)


@dataclass(frozen=True, slots=True)
class Command:
    """A command of the command line: its name, the function or group behind it, one line of help.

    In the list of commands it comes *after* another; last, if it names none. Its *theme* is by default
    that of the command before it.
    """

    name: str
    code: str
    help: str
    after: str = ""
    theme: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """A feature and what it brings.

    ``needs`` are the features that it cannot do without. ``jobs`` are modules that declare some;
    ``tools`` and ``settings`` refer to what they name; ``hooks`` has a function for each extension point
    that the feature fills. References that begin with a dot start at ``package``, whose folders
    ``templates`` and ``static`` are served.
    """

    name: str
    summary: str
    package: str
    needs: tuple[str, ...] = ()
    jobs: tuple[str, ...] = ()
    routes: tuple[View, ...] = ()
    commands: tuple[Command, ...] = ()
    tools: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    hooks: Mapping[str, str] = field(default_factory=dict)

    def load(self, reference: str) -> Any:  # noqa: ANN401  whatever it refers to
        """Import what *reference* (``module:name``, or ``.module:name`` below the package) refers to."""
        module, _, name = reference.partition(":")
        return reduce(getattr, name.split("."), import_module(module, self.package))


class _Choice:
    """The names of the features that are left out; None: those that the environment names."""

    names: tuple[str, ...] | None = None


def left_out() -> tuple[str, ...]:
    """Return the names of the features that are left out."""
    return names_in(os.environ.get(VARIABLE, "")) if _Choice.names is None else _Choice.names


def leave_out(names: Iterable[str] | None) -> None:
    """Leave out the features with these *names*.

    None: those that the environment names.

    Raises:
        SettingError: there is no such feature, another one needs it, one does not load, or two have
            the same name.
    """
    _Choice.names = None if names is None else tuple(dict.fromkeys(names))
    present.cache_clear()
    hooks.cache_clear()
    present()


@cache
def present() -> dict[str, Feature]:
    """Return the features that are not left out, by name.

    Raises:
        SettingError: as :func:`leave_out`.
    """
    known, without = _known(), left_out()
    for name in without:
        if name not in known:
            raise SettingError(_unknown(name, known), setting="without")
    features = {name: _loaded(each) for name, each in known.items() if name not in without}
    for feature in features.values():
        _check_needs(feature, features)
    return features


def absent() -> tuple[Feature, ...]:
    """Return the features of this package that are left out."""
    return tuple(each for each in import_module(GROUP).FEATURES if each.name in left_out())


def _known() -> dict[str, Feature | EntryPoint]:
    """All features: those of this package, and those of others, which are not loaded yet."""
    known: dict[str, Feature | EntryPoint] = {
        each.name: each for each in import_module(GROUP).FEATURES
    }
    for other in entry_points(group=GROUP):
        if other.name in known:
            raise SettingError(
                f"Two features are named {other.name}. Remove the distribution that brings "
                f"{other.value}, or give its feature another name.",
                setting="without",
            )
        known[other.name] = other
    return known


def _loaded(known: Feature | EntryPoint) -> Feature:
    if isinstance(known, Feature):
        return known
    try:
        loaded: Any = known.load()
        problem = (
            "" if isinstance(loaded, Feature) else f"it is no Feature, but {type(loaded).__name__}"
        )
    except Exception as failure:  # noqa: BLE001  it is code of others
        problem = f"{type(failure).__name__}: {failure}"
    if problem:
        raise SettingError(
            f"The feature {known.name} of {known.value} does not load ({problem}). Install it again, or "
            f"leave it out: without = {known.name}.",
            setting="without",
        )
    return replace(cast("Feature", loaded), name=known.name)


def _check_needs(feature: Feature, features: Mapping[str, Feature]) -> None:
    missing = [name for name in feature.needs if name not in features]
    if missing:
        raise SettingError(
            f"The feature {feature.name} needs {', '.join(missing)}: leave out both "
            f"(without = {','.join((*left_out(), feature.name))}), or neither.",
            setting="without",
        )


def _unknown(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    return f"There is no feature {name!r} to leave out.{hint} There are: {', '.join(known)}."


def hook(name: str) -> Callable[..., Any] | None:
    """Return the function of a present feature at the extension point *name*; None if none fills it."""
    return next(iter(hooks(name)), None)


def first(name: str, *given: Any) -> Any:  # noqa: ANN401  whatever the extension point is for
    """Call the functions at *name* with what is *given*; return the first result that is not None."""
    return next((made for each in hooks(name) if (made := each(*given)) is not None), None)


def needed(name: str) -> Callable[..., Any]:
    """Return the function of a present feature at the extension point *name*.

    Raises:
        RequestError: the feature that fills it is left out.
    """
    function = hook(name)
    if function is None:
        owner = next((each.name for each in absent() if name in each.hooks), name)
        raise RequestError(f"This needs the feature {owner}, which is left out.", feature=owner)
    return function


def folders(name: str) -> list[Path]:
    """Return the folders of this *name*, such as ``templates``, that present features have."""
    packages = (import_module(each.package).__path__ for each in present().values())
    return [path for (root,) in packages for path in (Path(root) / name,) if path.is_dir()]


@cache
def hooks(name: str) -> tuple[Callable[..., Any], ...]:
    """Return the functions of all present features at the extension point *name*."""
    own = [resolve(_KERNEL[name])] if name in _KERNEL else []
    features = (each for each in present().values() if name in each.hooks)
    return (*own, *(each.load(each.hooks[name]) for each in features))


@cache
def resolve(place: str) -> Callable[..., Any]:
    """Return the function at *place*, which is ``module:name``, and import its module."""
    module, _, name = place.partition(":")
    return cast("Callable[..., Any]", getattr(import_module(module), name))


def job_modules() -> tuple[str, ...]:
    """Return the modules in which the kernel and the present features declare jobs."""
    return tuple(
        dict.fromkeys((*_JOBS, *(name for each in present().values() for name in each.jobs)))
    )

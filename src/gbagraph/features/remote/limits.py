"""How an engine is told how long it may take."""

from __future__ import annotations

import contextlib

from gbagraph.errors import SettingError


def limit_parameter(text: str) -> tuple[str, str]:
    """Return the name and the pattern of the value of the parameter for time limits in *text*.

    Raises:
        SettingError: it is no such parameter.
    """
    name, _, value = text.partition("=")
    with contextlib.suppress(ValueError, LookupError):
        if not text or (name and value.format(ms=1, s=1) != value):
            return name, value
    raise SettingError(
        f"engine_timeout is {text!r}, but has to be a parameter with {{ms}} or {{s}} in its value, such "
        "as timeout={ms}.",
        setting="engine_timeout",
    )

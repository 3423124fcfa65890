"""How an engine is asked: as whom, and with which limit of time."""

from __future__ import annotations

import contextlib
import os
from functools import partial
from typing import TYPE_CHECKING

import httpx

from gbagraph.errors import SettingError
from gbagraph.settings import CREDENTIALS

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    Auth = httpx.Auth | Callable[[httpx.Request], httpx.Request]
    Flow = Generator[httpx.Request, httpx.Response]

USER, PASSWORD, TOKEN = CREDENTIALS


def of_environment(environment: Mapping[str, str] = os.environ) -> Auth | None:
    """Return how to authenticate by what *environment* says; None if it says nothing.

    Raises:
        SettingError: it gives a token and a user, or a password without a user.
    """
    user, password, token = (environment.get(name, "") for name in (USER, PASSWORD, TOKEN))
    if (token and user) or (password and not user):
        raise SettingError(
            f"Set {USER} and {PASSWORD}, or {TOKEN} alone.", setting=USER if token else PASSWORD
        )
    if token:
        return partial(_with_token, token)
    return _Challenged(user, password) if user else None


def _with_token(token: str, request: httpx.Request) -> httpx.Request:
    """*request* with a *token* (RFC 6750)."""
    request.headers["Authorization"] = f"Bearer {token}"
    return request


class _Challenged(httpx.Auth):
    """User and password, by the scheme that the first answer asks for (RFC 9110, section 11)."""

    def __init__(self, user: str, password: str) -> None:
        self._given = user, password
        self._scheme: httpx.Auth | None = None

    def auth_flow(self, request: httpx.Request) -> Flow:
        if self._scheme is None:
            response = yield request
            if response.status_code != httpx.codes.UNAUTHORIZED:
                return
            challenge = response.headers.get("www-authenticate", "").lower()
            # A password in plain text is only sent where it is asked for.
            is_digest = challenge.startswith("digest")
            self._scheme = (httpx.DigestAuth if is_digest else httpx.BasicAuth)(*self._given)
        yield from self._scheme.auth_flow(request)


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

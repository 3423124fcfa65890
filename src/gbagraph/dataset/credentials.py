"""Who the server says it is to the engine that holds the data: from the environment only."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import httpx

from gbagraph.errors import SettingError
from gbagraph.settings import CREDENTIALS

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    Flow = Generator[httpx.Request, httpx.Response, None]

USER, PASSWORD, TOKEN = CREDENTIALS


def of_environment(environment: Mapping[str, str] = os.environ) -> httpx.Auth | None:
    """How to authenticate by what *environment* says; None if it says nothing.

    Raises:
        SettingError: it gives a token and a user, or a password without a user.
    """
    user, password, token = (environment.get(name, "") for name in (USER, PASSWORD, TOKEN))
    if (token and user) or (password and not user):
        raise SettingError(
            f"Set {USER} and {PASSWORD}, or {TOKEN} alone.", setting=USER if token else PASSWORD
        )
    if token:
        return _Bearer(token)
    return _Challenged(user, password) if user else None


class _Bearer(httpx.Auth):
    """A token in each request (RFC 6750)."""

    def __init__(self, token: str) -> None:
        self._token = token

    def auth_flow(self, request: httpx.Request) -> Flow:
        request.headers["Authorization"] = f"Bearer {self._token}"
        yield request


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
            asked = response.headers.get("www-authenticate", "").lower()
            # A password in plain text is only sent to who asks for that.
            is_digest = asked.startswith("digest")
            self._scheme = (httpx.DigestAuth if is_digest else httpx.BasicAuth)(*self._given)
        yield from self._scheme.auth_flow(request)

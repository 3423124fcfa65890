"""What is left of a text for logs and messages once it holds no secret that can be told by its form."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

_MASK: Final = "…"
_USER: Final = re.compile(r"""(//|%2f%2f)(?:(?!%2f|%3e)[^/\s@<>"'?#&\\]){1,512}(@|%40)""", re.I)
"""User and password in an address (RFC 3986, section 3.2.1), which may be part of a query string."""
_PARAMETER: Final = re.compile(
    r"""((?:[?&;]|%3f|%26)
    (?:(?:access|auth|client|refresh)[_-]?)?(?:token|secret|api[_-]?key|password|passwd|pwd|signature)
    (?:=|%3d))(?:(?!%26|%3e|%23)[^&\s#<>"'\\])+""",
    re.I | re.X,
)
"""A parameter of an address with a name that those of secrets have."""


def without_secrets(text: str) -> str:
    """*text* with a mark for user and password in addresses, and for parameters that hold secrets."""
    if "//" in text or "%2" in text:
        text = _USER.sub(rf"\1{_MASK}\2", text)
    return _PARAMETER.sub(rf"\1{_MASK}", text)


def public(address: str) -> str:
    """What of the *address* of an engine or a file others may see: no user, and no parameters."""
    parts = urlsplit(address)
    host = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=host, query="", fragment="").geturl()

"""For how long an answer of another endpoint may be kept: as the answer itself says (RFC 9111)."""

from __future__ import annotations

import re
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

LONGEST: Final = 3600.0
"""Seconds after which any answer is asked for again."""

_DIRECTIVE: Final = re.compile(r'([\w-]+)(?:\s*=\s*(?:"([^"]*)"|([^\s,"]+)))?')
_FORBID: Final = frozenset({"no-store", "no-cache", "private"})


def lifetime(headers: Mapping[str, str]) -> float:
    """Seconds for which a shared cache may answer with it, from now; 0 if it must not be kept.

    *headers* are those of the response, found by lower-case names. The lifetime is what the response
    declares (section 4.2.1), less its age (section 4.2.3). Nothing is guessed: without a declared
    lifetime an answer is not kept.
    """
    directives = {
        name.lower(): quoted or bare
        for name, quoted, bare in _DIRECTIVE.findall(headers.get("cache-control", ""))
    }
    if _FORBID & directives.keys() or headers.get("vary", "").strip() == "*":
        return 0.0
    declared = _seconds(directives.get("s-maxage", directives.get("max-age", "")))
    if declared is None:
        declared = _until_expiry(headers)
    age = _seconds(headers.get("age", "")) or 0.0
    return min(max(0.0, declared - age), LONGEST)


def _seconds(text: str) -> float | None:
    return float(text) if text.isdecimal() and len(text) < 12 else None


def _until_expiry(headers: Mapping[str, str]) -> float:
    expires, date = _date(headers.get("expires", "")), _date(headers.get("date", ""))
    return (expires - date).total_seconds() if expires and date else 0.0


def _date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)  # as one with the zone -0000

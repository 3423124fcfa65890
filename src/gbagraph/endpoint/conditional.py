"""Conditional requests: does the client already have the current answer? (RFC 9110, section 13)."""

from __future__ import annotations

import re
from email.utils import formatdate, parsedate_to_datetime

_TAG = re.compile(r'(?:W/)?"([^"]*)"')


def http_date(seconds: float) -> str:
    """Seconds since 1970 as an HTTP date."""
    return formatdate(seconds, usegmt=True)


def none_match(if_none_match: str, etag: str) -> bool:
    """Whether *etag* is among the tags of the header (weak comparison). ``*`` is not a tag."""
    wanted = _TAG.match(etag)
    return wanted is not None and wanted[1] in _TAG.findall(if_none_match)


def not_modified_since(if_modified_since: str, modified: float) -> bool:
    """Whether the date in the header is not before *modified*; False if it is not a date."""
    try:
        return parsedate_to_datetime(if_modified_since).timestamp() >= int(modified)
    except (TypeError, ValueError, OverflowError):
        return False

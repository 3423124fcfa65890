"""To which network addresses a call may go, how long its answer is kept, and which pause it asks for."""

from __future__ import annotations

import asyncio
import re
import socket
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping


_Address = IPv4Address | IPv6Address

_NAT64: Final = IPv6Network("64:ff9b::/96")


class NotPublic(Exception):
    """A name resolves to an address that is not public; the message is the address."""


def literal(host: str) -> str | None:
    """Return *host* as an address, if it is one in four decimal parts, or of IPv6; else None."""
    try:
        return str(ip_address(host))
    except ValueError:
        return None


def is_public(address: str) -> bool:
    """Return whether *address*, and what it holds of IPv4, is of the public internet (RFC 6890)."""
    parsed: _Address = ip_address(address.partition("%")[0])
    return all(
        each.is_global and not each.is_multicast and not each.is_reserved for each in _all(parsed)
    )


def _all(address: _Address) -> tuple[_Address, ...]:
    """The address, or the IPv4 address to which it leads, beside it where it is a tunnel's."""
    if not isinstance(address, IPv6Address):
        return (address,)
    if address.ipv4_mapped is not None:
        return (address.ipv4_mapped,)
    if address in _NAT64:
        return (IPv4Address(int(address) & 0xFFFFFFFF),)
    tunnels = [address.sixtofour, *(address.teredo or ())]
    return (address, *(each for each in tunnels if each is not None))


async def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of *host* to which a call may go, in the order in which to try them.

    A host that is written as an address is taken as it is: the operator has allowed it. Of a name
    each address must be public. What is returned is what to connect to: to resolve the name once more
    could give another address (DNS rebinding).

    Raises:
        NotPublic: an address is not public.
        OSError: the name does not resolve.
    """
    if (address := literal(host)) is not None:
        return [address]
    loop = asyncio.get_running_loop()
    answers = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in answers))
    for each in addresses:
        if not is_public(each):
            raise NotPublic(each)
    return addresses


LONGEST: Final = 3600.0
"""Seconds after which any answer is asked for again."""

_DIRECTIVE: Final = re.compile(r'([\w-]+)(?:\s*=\s*(?:"([^"]*)"|([^\s,"]+)))?')
_FORBID: Final = frozenset({"no-store", "no-cache", "private"})


def lifetime(headers: Mapping[str, str]) -> float:
    """Return for how many seconds from now a shared cache may answer with it; 0 if it must not be kept.

    *headers* are those of the response, by lower-case names. The lifetime is what the response
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


LONGEST_PAUSE: Final = 86_400.0
"""Seconds of the longest pause, so that a wrong field does not last until the server is restarted."""


def pause_of(headers: Mapping[str, str]) -> float:
    """Return for how many seconds an endpoint asks for no call (RFC 9110, section 10.2.3), or 0.

    *headers* are those of the response, by lower-case names. A date counts from the Date of the
    response, if it has one: the clock of the endpoint may be wrong.
    """
    text = headers.get("retry-after", "").strip()
    now = _date(headers.get("date", "")) or datetime.now(UTC)
    seconds = float(text) if text.isdecimal() else ((_date(text) or now) - now).total_seconds()
    return min(max(0.0, seconds), LONGEST_PAUSE)


def _seconds(text: str) -> float | None:
    return float(text) if text.isdecimal() and len(text) < 12 else None


def _until_expiry(headers: Mapping[str, str]) -> float:
    expires, date = _date(headers.get("expires", "")), _date(headers.get("date", ""))
    return (expires - date).total_seconds() if expires and date else 0.0


def _date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)  # as one with the zone -0000

"""To which network addresses a call may go: to none inside, whatever a name resolves to."""

from __future__ import annotations

import asyncio
import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final

_Address = IPv4Address | IPv6Address

_NAT64: Final = IPv6Network("64:ff9b::/96")


class NotPublic(Exception):
    """A name resolves to an address that is not public; the message is the address."""


def literal(host: str) -> str | None:
    """*host* as an address, if it is written as one: in four decimal parts, or as IPv6; else None."""
    try:
        return str(ip_address(host))
    except ValueError:
        return None


def is_public(address: str) -> bool:
    """Whether *address* is one of the public internet, and also what it holds of IPv4 (RFC 6890)."""
    found: _Address = ip_address(address.partition("%")[0])
    return all(
        each.is_global and not each.is_multicast and not each.is_reserved for each in _all(found)
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
    """The addresses of *host* to which a call may go, in the order in which to try them.

    A host that is written as an address is taken as it is: who runs the server has allowed it. Of a name
    each address must be public. What is returned is what to connect to: to resolve the name once more
    could give another address (DNS rebinding).

    Raises:
        NotPublic: an address is not public.
        OSError: the name does not resolve.
    """
    if (address := literal(host)) is not None:
        return [address]
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    for each in addresses:
        if not is_public(each):
            raise NotPublic(each)
    return addresses

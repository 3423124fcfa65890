"""The address of the server: its sockets, which the parent holds and all server processes share."""

from __future__ import annotations

import errno
import socket
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Final

from gbagraph.errors import AddressError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_BACKLOG: Final = 2048
"""Connections that may wait until a process accepts them."""
_NOT_HERE: Final = frozenset({errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT})
"""Of one address of several: a machine may have no IPv6."""


@contextmanager
def listening(host: str, port: int) -> Iterator[list[socket.socket]]:
    """Sockets that are bound to all addresses of *host*: nobody is let in before :func:`open_for_all`.

    Raises:
        AddressError: there is no such address, or another server has it.
    """
    with ExitStack() as held:
        try:
            sockets = _bound(host, port, held)
        except OSError as problem:
            raise _taken(host, port, problem) from None
        yield sockets


def _bound(host: str, port: int, held: ExitStack) -> list[socket.socket]:
    found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    sockets: list[socket.socket] = []
    fault: OSError | None = None
    for family, kind, protocol, _, address in dict.fromkeys(found):
        try:
            bound = held.enter_context(socket.socket(family, kind, protocol))
            _bind(bound, (address[0], port, *address[2:]))
        except OSError as problem:
            if problem.errno not in _NOT_HERE:
                raise
            fault = problem
            continue
        port = port or bound.getsockname()[1]
        sockets.append(bound)
    if not sockets and fault is not None:
        raise fault
    return sockets


def _bind(bound: socket.socket, address: tuple[object, ...]) -> None:
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if bound.family == socket.AF_INET6:
        bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    bound.bind(address)


def open_for_all(sockets: Sequence[socket.socket]) -> None:
    """Have the system take connections, which wait until a process accepts them.

    Raises:
        AddressError: another server has taken the address meanwhile.
    """
    for each in sockets:
        try:
            each.listen(_BACKLOG)
        except OSError as problem:
            host, port, *_ = each.getsockname()
            raise _taken(host, port, problem) from None


def shown(host: str, sockets: Sequence[socket.socket]) -> str:
    """The address as people read it."""
    name = f"[{host}]" if ":" in host else host
    return f"http://{name}:{sockets[0].getsockname()[1]}"


def _taken(host: str, port: int, problem: OSError) -> AddressError:
    reason = problem.strerror or str(problem)
    return AddressError(
        f"The server cannot listen on {host}, port {port}: {reason}. Choose another with --host or "
        "--port; port 0 takes a free one."
    )

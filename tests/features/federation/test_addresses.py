"""To which network addresses a call may go."""

import asyncio
import socket

import pytest

from gbagraph.features.federation.endpoints import NotPublic, is_public, literal, resolve

INSIDE = [
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "192.0.0.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fd12:3456::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:db8::1",
]


@pytest.mark.parametrize("address", INSIDE)
def test_what_is_inside_is_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "208.80.154.224", "2620:0:861:ed1a::1", "64:ff9b::808:808"]
)
def test_what_is_outside_is(address):
    assert is_public(address)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "10.1.2.3"])
def test_a_host_that_is_an_address_is_taken_as_it_is(host):
    assert asyncio.run(resolve(host, 80)) == [host]


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1"])
def test_other_notations_are_no_addresses_but_names(host):
    """The system's resolver takes them for 127.0.0.1."""
    assert literal(host) is None
    assert socket.gethostbyname(host) == "127.0.0.1"
    with pytest.raises(NotPublic, match=r"127\.0\.0\.1"):
        asyncio.run(resolve(host, 80))


def test_a_name_with_one_address_inside_is_refused(monkeypatch):
    async def both(*_, **__):
        return [(2, 1, 6, "", ("8.8.8.8", 80)), (2, 1, 6, "", ("10.0.0.1", 80))]

    async def asked():
        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", both, raising=False)
        return await resolve("rebinding.example", 80)

    with pytest.raises(NotPublic, match=r"10\.0\.0\.1"):
        asyncio.run(asked())

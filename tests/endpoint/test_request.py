"""What of an HTTP message reaches the endpoint, and whom it believes about its own address."""

import pytest

from gbagraph.endpoint.request import Addresses, network

PROXY, CLIENT = ("10.0.0.1", 1), ("192.0.2.7", 1)


def request(addresses, headers, peer=PROXY, path="/sparql"):
    pairs = [(name.lower().encode(), value.encode()) for name, value in headers]
    return addresses.request("GET", path, b"", pairs, peer=peer, local=("127.0.0.1", 8000))


@pytest.mark.parametrize(
    ("headers", "base", "client"),
    [
        pytest.param([("Host", "a.example")], "http://a.example", "10.0.0.1", id="no proxy"),
        pytest.param(
            [("Host", "x"), ("X-Forwarded-Host", "b.example"), ("X-Forwarded-Proto", "https")],
            "https://b.example",
            "10.0.0.1",
            id="host and scheme",
        ),
        pytest.param(
            [("Host", "x"), ("X-Forwarded-For", "1.1.1.1, 192.0.2.1")],
            "http://x",
            "192.0.2.1",
            id="the last entry is by the proxy that we trust",
        ),
        pytest.param(
            [("Host", "x"), ("X-Forwarded-For", "1.1.1.1, 192.0.2.1, 10.9.9.9,10.0.0.2")],
            "http://x",
            "192.0.2.1",
            id="proxies in a row",
        ),
        pytest.param(
            [("Host", "x"), ("X-Forwarded-For", "10.1.1.1, 10.0.0.2")],
            "http://x",
            "10.1.1.1",
            id="nobody but proxies",
        ),
        pytest.param(
            [("Host", "x"), ("X-Forwarded-For", "192.0.2.1"), ("Forwarded", "for=1.1.1.1;host=e")],
            "http://x",
            "192.0.2.1",
            id="Forwarded that a proxy passes on unread",
        ),
        pytest.param(
            [("Host", "x"), ("Forwarded", 'for="[2001:db8::1]:4711"')],
            "http://x",
            "2001:db8::1",
            id="brackets and port",
        ),
        pytest.param(
            [("Host", "x"), ("X-Forwarded-For", "192.0.2.1:4711")],
            "http://x",
            "192.0.2.1",
            id="port",
        ),
        pytest.param(
            [
                ("Host", "x"),
                ("Forwarded", 'for=1.1.1.1, for="192.0.2.2";host=c.example;proto=https'),
            ],
            "https://c.example",
            "192.0.2.2",
            id="RFC 7239",
        ),
        pytest.param(
            [("Host", "x"), ("X-Forwarded-Proto", "javascript")],
            "http://x",
            "10.0.0.1",
            id="scheme",
        ),
        pytest.param(
            [("Host", "x"), ("X-Forwarded-Host", 'e"><script>')],
            "http://127.0.0.1:8000",
            "10.0.0.1",
            id="no host",
        ),
        pytest.param([("Host", "a b")], "http://127.0.0.1:8000", "10.0.0.1", id="no host either"),
        pytest.param([], "http://127.0.0.1:8000", "10.0.0.1", id="none"),
        pytest.param([("Host", "[::1]:8000")], "http://[::1]:8000", "10.0.0.1", id="IPv6"),
    ],
)
def test_a_trusted_proxy(headers, base, client):
    found = request(Addresses(trusted=["10.0.0.0/8"]), headers)

    assert (found.base, found.client) == (base, client)


def test_a_stranger_is_not_believed():
    headers = [("Host", "a.example"), ("X-Forwarded-Host", "evil"), ("X-Forwarded-For", "1.1.1.1")]
    found = request(Addresses(trusted=["10.0.0.0/8"]), headers, CLIENT)

    assert (found.base, found.client) == ("http://a.example", "192.0.2.7")
    assert request(Addresses(trusted=["*"]), headers, CLIENT).base == "http://evil"


@pytest.mark.parametrize(
    ("address", "who"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("_hidden", "_hidden"),
        ("", ""),
    ],
)
def test_who_counts_as_one_client(address, who):
    assert network(address) == who


@pytest.mark.parametrize("is_first", [True, False])
def test_the_id_of_a_trusted_proxy_comes_before_that_of_a_trace(is_first):
    headers = [("X-Request-Id", "r1"), ("traceparent", f"00-{'a' * 32}-{'b' * 16}-01")]
    headers = headers if is_first else headers[::-1]

    assert request(Addresses(trusted=["10.0.0.0/8"]), headers).id == "r1"
    assert request(Addresses(trusted=["10.0.0.0/8"]), headers, CLIENT).id == "a" * 32


@pytest.mark.parametrize(
    ("field", "taken"),
    [
        (("X-Request-Id", "abc.DEF-1_2"), "abc.DEF-1_2"),
        (("traceparent", f"00-{'a' * 32}-{'b' * 16}-01"), "a" * 32),
        (("X-Request-Id", "with space"), None),
        (("X-Request-Id", "x" * 65), None),
        (("traceparent", "00-zz-00-01"), None),
    ],
)
def test_an_id_is_taken_if_it_is_one_and_else_made(field, taken):
    found = request(Addresses(trusted=["*"]), [field]).id

    assert found == taken or (taken is None and found not in ("", field[1]))


def test_a_fixed_address_is_the_operators_word():
    addresses = Addresses("https://kg.example/gba/", trusted=["*"])
    found = request(addresses, [("Host", "evil"), ("X-Forwarded-Host", "evil")], path="/gba/sparql")

    assert (found.base, found.prefix, found.path) == ("https://kg.example/gba", "/gba", "/sparql")


@pytest.mark.parametrize(
    ("sent", "path"),
    [("/gba/id/x", "/id/x"), ("/id/x", "/id/x"), ("/gba", "/"), ("/gbagraph/x", "/gbagraph/x")],
)
def test_a_prefix(sent, path):
    assert request(Addresses(root_path="/gba"), [], path=sent).path == path


def described(server, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return server.client.get("/sparql", headers={"Accept": "text/turtle", **named})


def test_no_shared_cache_keeps_what_a_client_said_of_the_address(small_server):
    for _ in range(3):
        poisoned = described(small_server, host="evil.example")
    assert "evil.example" in poisoned.text
    assert poisoned.headers["cache-control"] == "no-store"
    assert "evil" not in described(small_server).text

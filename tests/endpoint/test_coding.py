"""Content codings: which one is chosen, and that it is made without loss, the same each time."""

import gzip

import pytest

from gbagraph.endpoint import response


@pytest.mark.parametrize(
    ("header", "chosen"),
    [
        ("", ""),
        ("identity", ""),
        ("deflate", ""),
        ("gzip", "gzip"),
        ("GZIP", "gzip"),
        ("gzip, deflate", "gzip"),
        ("gzip, deflate, br", "br"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip;q=1.0, br;q=0.5", "gzip"),
        ("gzip;q=0", ""),
        ("gzip;q=0.000, br", "br"),
        ("*", "zstd"),
        ("*;q=0.1, gzip", "gzip"),
        ("br;q=0, *", "zstd"),
        ("identity;q=1, gzip;q=0.5", ""),
        ("identity;q=0.5, gzip;q=1", "gzip"),
        ("deflate, identity;q=0.5", ""),
        ("gzip;q=nonsense", ""),
        ("gzip ; q = 0.7", "gzip"),
        (";;;,,,", ""),
        ("gzip" + "," * 100_000, "gzip"),
    ],
)
def test_the_coding_that_a_client_gets(header, chosen):
    assert response.choose(header) == chosen


def test_gzip_holds_no_time():
    first, second = (
        response.encode_content("gzip", b"x" * 1000),
        response.encode_content("gzip", b"x" * 1000),
    )

    assert first == second
    assert first[4:8] == bytes(4)
    assert gzip.decompress(first) == b"x" * 1000


def get(server, encoding, query="SELECT * { ?s ?p ?o } LIMIT 50"):
    return server.client.get(
        "/sparql", params={"query": query}, headers={"Accept-Encoding": encoding}
    )


def test_the_same_bytes_have_one_tag(server):
    tags = {
        get(server, header).headers["etag"] for header in ("gzip", "gzip, deflate", "gzip;q=0.9")
    }

    assert len(tags) == 1


@pytest.mark.parametrize("encoding", ["gzip", "br", "zstd", "identity"])
def test_every_response_says_that_it_varies_by_encoding(server, encoding):
    for query in ("ASK {}", "SELECT * { ?s ?p ?o } LIMIT 50", "SELEC"):
        assert get(server, encoding, query).headers["vary"] == "Accept, Accept-Encoding"


@pytest.mark.parametrize("encoding", ["gzip", "br", "zstd"])
def test_a_large_answer_is_coded_as_it_comes(server, encoding):
    query = "SELECT * { ?a ?b ?c . ?d a ?e } LIMIT 20000"
    with server.client.stream(
        "GET", "/sparql", params={"query": query}, headers={"Accept-Encoding": encoding}
    ) as response:
        assert response.headers["content-encoding"] == encoding
        assert "content-length" not in response.headers
        text = response.read()
    assert len(text) > 1_500_000
    assert text == get(server, "identity", query).content

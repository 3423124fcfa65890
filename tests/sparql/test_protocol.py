"""The SPARQL 1.1 Protocol as tables over protocol.parse: no HTTP here."""

from urllib.parse import quote_from_bytes, unquote_to_bytes

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gbagraph.errors import MalformedRequest, UnsupportedMediaType
from gbagraph.sparql.protocol import DIRECT, FORM, SparqlRequest, form, parameters, parse, unquoted


def parsed(method, query_string, content_type, body):
    return parse(method, parameters(query_string, "query string"), content_type, body)


def test_too_many_parameters():
    most = b"query=ASK+{}" + b"&a=b" * 999

    assert parsed("GET", most, None, b"") == SparqlRequest("ASK {}")
    with pytest.raises(MalformedRequest, match="string has 1001 parameters"):
        parsed("GET", most + b"&a=b", None, b"")


@given(st.binary(max_size=40).map(lambda octets: quote_from_bytes(octets).encode()) | st.binary())
@example(b"%\n")
@example(b"=%3D\r\n")
@example(b"a%2")
@example(b"%zz%41")
@example(b"100%")
def test_percent_encoding_is_read_as_the_standard_library_does(encoded):
    assert unquoted(encoded) == unquote_to_bytes(encoded)


@pytest.mark.parametrize(
    ("request_parts", "expected"),
    [
        pytest.param(("QUERY", b"", DIRECT, b"ASK {}"), SparqlRequest("ASK {}"), id="QUERY"),
        pytest.param(
            ("GET", b"query=Q&version=1.2", None, b""), SparqlRequest("Q"), id="a version we speak"
        ),
        pytest.param(
            ("GET", b"query=Q&format=csv&format=x", None, b""),
            SparqlRequest("Q", formats=("csv", "x")),
            id="format",
        ),
        pytest.param(("GET", b"query=ASK+%7B%7D", None, b""), SparqlRequest("ASK {}"), id="get"),
        pytest.param(("HEAD", b"query=ASK+%7B%7D", None, b""), SparqlRequest("ASK {}"), id="head"),
        pytest.param(
            ("GET", b"query=ASK{?s:/?p}", None, b""),
            SparqlRequest("ASK{?s:/?p}"),
            id="unescaped, as Jena",
        ),
        pytest.param(("POST", b"", FORM, b"query=ASK+{}"), SparqlRequest("ASK {}"), id="form"),
        pytest.param(
            ("POST", b"", f"{FORM}; charset=UTF-8", b"query=ASK+{}"),
            SparqlRequest("ASK {}"),
            id="form, charset",
        ),
        pytest.param(
            ("POST", b"", FORM.upper(), b"query=ASK+{}"),
            SparqlRequest("ASK {}"),
            id="media types ignore case",
        ),
        pytest.param(("POST", b"", DIRECT, b"ASK {}"), SparqlRequest("ASK {}"), id="direct"),
        pytest.param(
            ("POST", b"format=json", f"{DIRECT};charset=utf-8", b"ASK {}"),
            SparqlRequest("ASK {}", formats=("json",)),
            id="direct, unknown parameters",
        ),
        pytest.param(
            ("POST", b"", FORM, b"query=ASK+{}&output=json&maxrows="),
            SparqlRequest("ASK {}", formats=("json",)),
            id="output is a format too, unknown parameters",
        ),
        pytest.param(
            (
                "GET",
                b"query=Q&default-graph-uri=urn:a&default-graph-uri=urn:b&named-graph-uri=urn:c",
                None,
                b"",
            ),
            SparqlRequest("Q", ("urn:a", "urn:b"), ("urn:c",)),
            id="dataset",
        ),
        pytest.param(
            ("GET", b"query=Q&default-graph-uri=urn:a&default-graph-uri=urn:a", None, b""),
            SparqlRequest("Q", ("urn:a",), ()),
            id="a graph given twice is one graph",
        ),
        pytest.param(
            ("GET", b"query=Q&default-graph-uri=graph:article&named-graph-uri=urn:c", None, b""),
            SparqlRequest("Q", ("https://w3id.org/gbagraph/graph/article",), ("urn:c",)),
            id="a graph by its prefixed name",
        ),
        pytest.param(
            ("POST", b"named-graph-uri=urn:c", DIRECT, b"Q"),
            SparqlRequest("Q", (), ("urn:c",)),
            id="direct, dataset in the URL",
        ),
        pytest.param(
            ("GET", b"query=%22%2525%22", None, b""), SparqlRequest('"%25"'), id="decoded once"
        ),
        pytest.param(("GET", "query=广州".encode(), None, b""), SparqlRequest("广州"), id="UTF-8"),
        pytest.param(
            ("GET", b"query=Q&timeout=0.5", None, b""),
            SparqlRequest("Q", timeout=0.5),
            id="timeout",
        ),
        pytest.param(
            ("GET", b"", None, b""), None, id="a bare GET asks for the service description"
        ),
        pytest.param(("GET", b"format=ttl", None, b""), None, id="in a format, too"),
        pytest.param(
            ("POST", b"query=ASK+{}", None, b""),
            SparqlRequest("ASK {}"),
            id="a POST without a body",
        ),
    ],
)
def test_requests(request_parts, expected):
    assert parsed(*request_parts) == expected


@pytest.mark.parametrize(
    ("request_parts", "error", "says"),
    [
        pytest.param(
            ("GET", b"query=Q&version=3", None, b""),
            MalformedRequest,
            "Supported: 1.0, 1.1",
            id="a version of the future",
        ),
        pytest.param(
            ("GET", b"q=ASK", None, b""), MalformedRequest, "query is missing", id="no query"
        ),
        pytest.param(
            ("POST", b"", FORM, b""), MalformedRequest, "query is missing", id="empty form"
        ),
        pytest.param(
            ("POST", b"format=ttl", None, b""), MalformedRequest, "query is missing", id="nothing"
        ),
        pytest.param(
            ("POST", b"", FORM, b"update=CLEAR+ALL"), MalformedRequest, "read-only", id="an update"
        ),
        pytest.param(
            ("GET", b"query=A&query=B", None, b""), MalformedRequest, "2 times", id="two queries"
        ),
        pytest.param(
            ("POST", b"query=A", FORM, b"query=B"),
            MalformedRequest,
            "both in the URL and",
            id="query in both places",
        ),
        pytest.param(
            ("POST", b"query=A", DIRECT, b"B"),
            MalformedRequest,
            "two queries",
            id="direct and in the URL",
        ),
        pytest.param(
            ("POST", b"", None, b"ASK {}"), MalformedRequest, "needs a Content-Type", id="no type"
        ),
        pytest.param(
            ("POST", b"", "text/plain", b"ASK {}"),
            UnsupportedMediaType,
            "text/plain",
            id="wrong type",
        ),
        pytest.param(
            ("POST", b"", "application/sparql-update", b""),
            UnsupportedMediaType,
            "sparql-update",
            id="update type",
        ),
        pytest.param(
            ("POST", b"", f"{DIRECT};charset=utf-16", b"A"),
            UnsupportedMediaType,
            "utf-16",
            id="wrong charset",
        ),
        pytest.param(
            ("POST", b"", DIRECT, b"ASK {\xff}"), MalformedRequest, "0xff", id="not UTF-8"
        ),
        pytest.param(
            ("GET", b"query=%FF", None, b""), MalformedRequest, "0xff", id="not UTF-8, escaped"
        ),
        pytest.param(
            ("GET", b"query=Q&default-graph-uri=article", None, b""),
            MalformedRequest,
            "absolute IRI",
            id="relative graph",
        ),
        pytest.param(
            ("GET", b"query=Q&named-graph-uri=urn:a+b", None, b""),
            MalformedRequest,
            "absolute IRI",
            id="no IRI",
        ),
        pytest.param(
            ("GET", b"query=Q&timeout=never", None, b""),
            MalformedRequest,
            "seconds above 0",
            id="bad timeout",
        ),
        pytest.param(
            ("GET", b"query=Q&timeout=0", None, b""),
            MalformedRequest,
            "seconds above 0",
            id="timeout 0",
        ),
    ],
)
def test_refusals(request_parts, error, says):
    with pytest.raises(error, match=says):
        parsed(*request_parts)


HTML = "text/html,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accept", "request_parts", "fields"),
    [
        (HTML, (b"query=ASK+%7B%7D", None, b""), [("query", "ASK {}")]),
        (
            HTML,
            (b"infer=true", FORM, b"query=ASK+%7B%7D"),
            [("query", "ASK {}"), ("infer", "true")],
        ),
        (HTML, (b"", DIRECT, b"ASK {}"), None),
        (HTML, (b"query=ASK+%7B%7D&format=json", None, b""), None),
        ("*/*", (b"query=ASK+%7B%7D", None, b""), None),
        ("*/*", (b"output=html", None, b""), [("output", "html")]),
    ],
)
def test_only_a_client_that_prefers_a_page_sends_a_form(accept, request_parts, fields):
    query_string, content_type, body = request_parts
    in_url = parameters(query_string, "query string")

    assert form(accept, in_url, content_type, body) == fields

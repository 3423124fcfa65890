"""Which endpoints an answer is from, as the header fields of a response say it."""

from gbagraph.sparql.sources import Source, failures, links, read

GIVEN = Source(
    "https://data.example/sparql?a=1,2",
    "Data, \u6570\u636e",
    ("SELECT * {}",),
    "2026-11-26T06:41:29+00:00",
    12,
)
FAILED = Source("http://far.example/", failure='It said "no", \\ and more.')
NOT_CALLED = Source("http://idle.example/")


def told(*sources):
    """The sources as a client reads them from what a server sends."""
    return read(", ".join(links(sources)), ", ".join(failures(sources)))


def test_a_source_is_a_link_with_its_rows_and_its_time():
    (link,) = links([GIVEN])

    assert link.startswith('<https://data.example/sparql?a=1,2>; rel="via"; rows=12; ')
    assert link.isascii()


def test_a_client_reads_what_a_server_says():
    found = told(GIVEN, FAILED)

    assert found == (
        Source(GIVEN.endpoint, GIVEN.name, retrieved=GIVEN.retrieved, rows=12),
        Source(FAILED.endpoint, failure=FAILED.failure),
    )


def test_calls_of_one_endpoint_are_one_link():
    assert [each.rows for each in told(GIVEN, GIVEN)] == [24]


def test_who_was_not_called_is_no_source():
    assert told(NOT_CALLED) == ()


def test_other_links_are_passed_over():
    assert read('<../explain?query=a>; rel="help", <x>; rel="next"', "proxy.example; error=x") == ()


def test_no_line_of_a_message_ends_the_field():
    (status,) = failures([Source("http://e/\r\nx", failure="one\r\nSet-Cookie: two")])

    assert "\r" not in status
    assert "\n" not in status

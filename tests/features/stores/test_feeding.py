"""What reaches the bulk loader by its pipe is all of a stream, or the loader keeps nothing of it."""

import io

import pyoxigraph as ox
import pytest

from gbagraph.features.stores.manifest import bulk_load

LINE = b'<urn:a> <urn:p> "1" .\n'
XML = (
    b'<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><r:Description r:about="urn:a">'
    b'<p xmlns="urn:">1</p></r:Description></r:RDF>\n'
)
GOOD = dict.fromkeys(("nt", "nq", "ttl", "n3", "trig"), LINE)
GOOD |= {"rdf": XML, "jsonld": b'{"@id": "urn:a", "urn:p": "1"}\n'}
CUT = [
    *((name, text) for name, text in GOOD.items()),
    *(
        (name, LINE + end)
        for name in ("nt", "ttl")
        for end in (b"#", b'<urn:b> <urn:p> "', b"<urn:b")
    ),
    ("ttl", LINE + b'<urn:b> <urn:p> """'),
]


class Broken:
    """A stream that breaks after *text*."""

    def __init__(self, text, error):
        self._blocks, self._error = [text], error

    def read(self, _):
        if self._blocks:
            return self._blocks.pop()
        raise self._error


def load(stream, name):
    """A store into which *stream* is loaded, and what that raised."""
    store = ox.Store()
    try:
        bulk_load(store, stream, format=ox.RdfFormat.from_extension(name), base_iri="urn:x")
    except BaseException as problem:  # noqa: BLE001  also what ends a program
        return store, problem
    return store, None


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(5, "broken")], ids=repr)
@pytest.mark.parametrize(("name", "text"), CUT)
def test_of_a_stream_that_breaks_nothing_is_kept(name, text, error):
    store, problem = load(Broken(text, error), name)
    assert (len(store), problem) == (0, error)


def test_a_fault_at_the_start_of_a_long_stream_ends_the_reading():
    stream = io.BytesIO(b"oops\n" + LINE * 500_000)
    store, problem = load(stream, "nt")
    assert isinstance(problem, SyntaxError)
    assert (len(store), problem.lineno) == (0, 1)
    assert stream.tell() < len(stream.getvalue())

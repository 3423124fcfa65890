"""Entities of RDF/XML: within bounds a file is read as it stands, beyond them it is refused."""

import io

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gbagraph.dataset import files
from gbagraph.dataset.files import RefusedError, guarded

BODY = (
    '<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><r:Description r:about="urn:a">'
    '<p xmlns="urn:">{}</p></r:Description></r:RDF>'
)
LONG = "x" * 50_000


def document(declared, text):
    head = "".join(f'<!ENTITY {name} "{value}">' for name, value in declared.items())
    return f"<!DOCTYPE r [{head}]>{BODY.format(text)}".encode()


def chain(levels, times=10):
    """Entities each of which is ten times the one before."""
    return {"e0": "lol", **{f"e{n}": f"&e{n - 1};" * times for n in range(1, levels)}}


class Blocks(io.RawIOBase):
    """*text* in blocks of at most so many bytes."""

    def __init__(self, text, size):
        self._text, self._size = io.BytesIO(text), size

    def readable(self):
        return True

    def readinto(self, buffer):
        return self._text.readinto(memoryview(buffer)[: self._size])


@pytest.mark.parametrize(
    "text",
    [
        document({"xsd": "http://www.w3.org/2001/XMLSchema#"}, "&xsd;date " * 20_000),
        document(chain(5), "&e4;"),
        document({"long": LONG}, "&long;" * 100),
        BODY.format("&amp; &lt; &#65; & <!ENTITY").encode(),
        b"<!-- <!ENTITY a -->" + BODY.format("a" * 3_000_000).encode(),
    ],
    ids=["namespaces", "a short chain", "a long one", "none", "in a comment"],
)
@pytest.mark.parametrize("size", [97, 1 << 20])
def test_what_grows_within_bounds_is_read_as_it_stands(text, size):
    assert guarded(Blocks(text[:200_000], size)).read() == text[:200_000]


@pytest.mark.parametrize(
    "text",
    [
        document(chain(9), "&e8;"),
        document(chain(9), ""),
        document({"long": LONG}, "&long;" * 100_000),
        b"<!--" + b"-" * 100_000 + b"-->" + document(chain(9), "&e8;"),
        document({}, "")[:-20] + b"<!DOCTYPE r [" + document(chain(9), "&e8;"),
        document({"%  e0": "lol", **{f"e{n}": f"&e{n - 1};" * 10 for n in range(1, 9)}}, "&e8;"),
        document({"e" * 300: LONG}, f"&{'e' * 300};" * 20_000),
    ],
    ids=[
        "chain",
        "declared",
        "square",
        "after a comment",
        "in the middle",
        "parameter",
        "long name",
    ],
)
@pytest.mark.parametrize("size", [97, 1 << 20])
def test_what_grows_beyond_them_is_refused(text, size):
    with pytest.raises(RefusedError, match="100 times as large"):
        guarded(Blocks(text, size)).read()


def test_a_declaration_that_does_not_end_is_refused(monkeypatch):
    monkeypatch.setattr(files, "_LONGEST", 10_000)
    with pytest.raises(RefusedError, match="declares an entity of more than 10,000 bytes"):
        guarded(Blocks(b'<!ENTITY a "' + b"x" * 20_000, 4096)).read()


names = st.sampled_from("abc")
values = st.lists(st.sampled_from(["x", "yy", "&a;", "&b;", "&c;", "&;", ";"]), max_size=4)


@given(
    declared=st.lists(st.tuples(names, values.map("".join)), max_size=4),
    text=values.map("".join),
    size=st.integers(1, 60),
)
def test_what_the_parser_makes_of_it_is_never_more_than_was_counted(declared, text, size):
    """Whatever the blocks are: else something could grow beyond the bound unseen."""
    head = "".join(f'<!ENTITY {name} "{value}">' for name, value in declared)
    document_ = f"<!DOCTYPE r [{head}]>{BODY.format(text)}".encode()
    guard = files._Guarded(Blocks(document_, size))
    assert io.BufferedReader(guard, 16).read() == document_
    try:
        (quad,) = ox.parse(document_, format=ox.RdfFormat.RDF_XML)
    except (SyntaxError, ValueError):
        return
    assert len(quad.object.value) <= guard._grown + len(text)

"""An IRI with a prefix is, as SPARQL reads it, the same IRI."""

import pyoxigraph as ox
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gbagraph.rdf.namespaces import compact, expand, prefixed_name, written
from gbagraph.rdf.results import turtle_term

PREFIXES = {"": "urn:e:", "id": "https://e.org/id/", "part": "https://e.org/id/part/"}
HEAD = "".join(f"PREFIX {name}: <{iri}> " for name, iri in PREFIXES.items())
LOCALS = st.text(
    st.sampled_from("abcZ019_-.,;~!$&'()*+=@%:/#?²ª·é百€\u0300\u203f\u200c\U00010000")
    | st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp")),
    max_size=8,
)


def read(text):
    """The IRI that a query has where *text* stands; None for an IRI that no query can have."""
    try:
        (row,) = ox.Store().query(f"{HEAD} SELECT ?x {{ VALUES ?x {{ {text} }} }}")
    except SyntaxError:
        return None
    return row[0].value


@given(st.sampled_from(sorted(PREFIXES.values())), LOCALS)
@example("https://e.org/id/", "b,c")
@example("https://e.org/id/", "a.")
@example("https://e.org/id/", "-x")
@example("https://e.org/id/", "a%2Cb")
@example("https://e.org/id/", "a%2")
@example("https://e.org/id/", "\u00b7a")
def test_a_name_is_read_as_its_iri(space, local):
    iri = space + local
    name = prefixed_name(iri, PREFIXES)

    assert written(iri, PREFIXES) == (name or f"<{iri}>")
    assert read(written(iri, PREFIXES)) == (iri if name else read(f"<{iri}>"))


@pytest.mark.parametrize(
    ("iri", "name"),
    [
        ("https://e.org/id/a.b-c_d", "id:a.b-c_d"),
        ("https://e.org/id/part/1", "part:1"),
        ("https://e.org/id/百度", "id:百度"),
        ("https://e.org/id/a%20b", "id:a%20b"),
        ("https://e.org/id/part/", ""),
        ("https://e.org/id/b,c", ""),
        ("https://e.org/id/a.", ""),
        ("https://e.org/id/-x", ""),
        ("https://e.org/id/a:b", ""),
        ("urn:e:a", ":a"),
    ],
)
def test_an_iri_has_a_name_where_that_needs_no_escape(iri, name):
    assert prefixed_name(iri, PREFIXES) == name


def test_without_a_name_people_read_the_iri_and_queries_have_it_in_brackets():
    iri = expand("id:b,c")

    assert compact(iri) == iri
    assert written(iri) == turtle_term(ox.NamedNode(iri)) == f"<{iri}>"
    datatype = ox.NamedNode("https://e.org/t")
    assert turtle_term(ox.Literal("a", datatype=datatype)) == '"a"^^<https://e.org/t>'

"""What an endpoint is sent: it means the same to every parser."""

import pytest

from gbagraph.features.federation.clauses import pattern

BASE = "http://base.example/folder/file"
PREFIXES = {"": "http://e/", "x": "http://x.example/#"}


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("{ ?s ?p ?o }", "{ ?s ?p ?o }"),
        ("{ :a x:b <c> }", "{ <http://e/a> <http://x.example/#b> <http://base.example/folder/c> }"),
        ("{?s a :T;:p -1,+2.5 .}", "{?s a <http://e/T>;<http://e/p> -1,+2.5 .}"),
        ("{ ?s # }\n ?p ?o }", "{ ?s ?p ?o }"),
        ("{ ?s ?p 'it\\'s \"this\"' }", '{ ?s ?p "it\'s \\"this\\"" }'),
        ("{ ?s ?p '''a\n'b'\\n''' }", "{ ?s ?p \"a\\n'b'\\n\" }"),
        ('{ ?s ?p "x"@en-GB , "1"^^x:t }', '{ ?s ?p "x"@en-GB , "1"^^<http://x.example/#t> }'),
        ('{ ?s ?p "\\u0022 } SERVICE <http://z/> {" }', '{ ?s ?p "\\" } SERVICE <http://z/> {" }'),
        ('{ ?s ?p "\\U0001F600\\\\u0022" }', '{ ?s ?p "😀\\\\u0022" }'),
        ("{ ?s ?p <http://e/\\u0041> }", "{ ?s ?p <http://e/A> }"),
        ("{ ?s x:a\\,b ?o }", "{ ?s <http://x.example/#a,b> ?o }"),
        ("{ ?s :a/^:b*|!(:c|^:d) ?o }", None),
        ("{ _:b :p [ :q ( 1 2 ) ] }", "{ _:b <http://e/p> [ <http://e/q> ( 1 2 ) ] }"),
        ("{ FILTER(?a<?b && ?c>?d) }", "{ FILTER(?a<?b && ?c>?d) }"),
        ("{ << :a :b :c >> ?p ?o }", "{ << <http://e/a> <http://e/b> <http://e/c> >> ?p ?o }"),
    ],
)
def test_a_pattern(text, sent):
    found = pattern(text, BASE, PREFIXES)

    if sent is not None:
        assert found == sent
    assert "\\u" not in found.replace("\\\\u", "")


@pytest.mark.parametrize("iri", ["<http://e/\\u003E>", "<http://e/\\u0020x>", "<a\\u003Cb>"])
def test_an_iri_that_would_end_early_is_refused(iri):
    with pytest.raises(ValueError, match=r".+"):
        pattern(f"{{ ?s ?p {iri} }}", BASE, PREFIXES)

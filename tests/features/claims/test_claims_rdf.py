"""Claims as RDF and back, and the files of a project that they give."""

from dataclasses import replace

import pyoxigraph as ox
import pytest

import article_claims
from article_claims import store_of, triples
from gbagraph.errors import BadParameter, SettingError
from gbagraph.features.claims import building, rdf
from gbagraph.features.claims.form import parse
from gbagraph.features.claims.model import Claim, Place, Rest, Words
from gbagraph.features.claims.names import Names
from gbagraph.features.claims.project import load
from gbagraph.features.claims.text import FromText, passages_of
from gbagraph.features.claims.writing import write
from gbagraph.features.verify.verification import Evidence
from gbagraph.paths import resource
from gbagraph.rdf.namespaces import PREFIXES, expand
from gbagraph.settings import Settings

BASE = "https://example.org/mill/"
TEXT = "It opened in 1931. Ada Moor, it is said, built the mill.\n\nThe mill has nine wheels."
CLAIMS = """\
mill: Facility
  label "Mill"@en, "磨坊"@zh-hans | worded p1
  area over 4 km2 | p2 "nine"
ada: Person | p1 "Ada Moor"
  builds mill | p1 "built the mill"
  builds mill | inferred p1 "Ada Moor" + p2.1 as ada-builds | Nobody else is named.
"""


# --- Our own data --------------------------------------------------------------------------------


class Ours(rdf.FromData):
    """The passages without their text: words are found by where they stand, as the data tell it."""

    def __init__(self, store):
        super().__init__(store)
        rows = Evidence(store).rows()
        self.told = {(passage, told[:2]): told for _, passage, _, told in rows if told}

    def select(self, passage, words):
        """Return the selector of characters of a passage."""
        return self.told[passage, words[1:3]]


@pytest.fixture(scope="module")
def ours():
    """The passages of the article, and our claims on it in the form."""
    passages = Ours(store_of(triples("gba", "evidence", "selectors")))
    return passages, article_claims.printed(passages)


def test_the_data_of_the_article_become_claims_and_the_same_data_again(ours):
    """Of ours alone are the sections: their names and labels are read from the data."""
    passages, written = ours

    made = article_claims.made(written, passages)

    assert made == {name: triples(name) for name in ("evidence", "selectors")}
    assert written.count("\n") < 1.2 * sum(
        each.predicate.value == expand("rdf:subject") for each in made["evidence"]
    )


def test_the_files_of_the_article_are_as_they_are_made(ours):
    for name, found in article_claims.made(ours[1], ours[0]).items():
        written = rdf.turtle(found, PREFIXES, article_claims.HEADS[name])
        assert resource("data", f"{name}.ttl").read_bytes() == written


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('  label "Baidu"@en', '  label "Baidoo"@en', "Baidu"),
        ("baidu: Company", "baidu: Compny", "Did you mean Company"),
    ],
)
def test_facts_that_only_the_claims_or_the_data_have_are_told(ours, old, new, told):
    passages, written = ours
    assert old in written

    with pytest.raises(BadParameter, match=told):
        article_claims.made(written.replace(old, new), passages)


def test_what_the_form_says_of_them_counts(ours):
    """Words elsewhere, another basis or a lost note do not give the same data."""
    passages, names = ours[0], article_claims.names()
    claims = parse(ours[1], "article.claims", names)[0]
    noted = next(each for each in claims if each.note and each.rests[0].words)
    changed = (
        replace(noted, note="", note_language=""),
        replace(noted, basis="worded"),
        replace(noted, rests=noted.rests[:-1]),
    )
    for each in changed:
        others = [each if claim is noted else claim for claim in claims]
        made = rdf.evidence(others, names), rdf.selectors(others, passages, names)
        assert made[0] != triples("evidence")


def test_passages_of_the_article_are_read_by_their_names():
    read = article_claims.passages_of("id\tkind\ttext\nford\t\tLow  Ford\u2019s bridge\n")

    assert read.passages[f"{PREFIXES['art']}ford"].text == "Low Ford's bridge"


# --- Data of others ------------------------------------------------------------------------------


@pytest.fixture
def project(tmp_path):
    for name, content in (
        ("mill.txt", TEXT),
        ("claims/mill.claims", CLAIMS),
        ("data/own.ttl", "<x:a> <x:b> <x:c> ."),
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content, encoding="utf-8")
    return load(settings_of(tmp_path))


def settings_of(folder):
    return Settings().having(
        base=BASE,
        data=(folder / "data",),
        claims=folder / "claims",
        claims_text=folder / "mill.txt",
    )


def test_claims_on_one_triple_are_one_with_the_evidence_of_all(project):
    made = rdf.evidence(project.claims, project.names)
    name = ox.NamedNode(f"{BASE}claim/ada-builds")

    assert {(each.predicate.value, each.object.value) for each in made if each.subject == name} >= {
        (expand("ev:statedIn"), f"{BASE}article/p1"),
        (expand("ev:inferredFrom"), f"{BASE}article/p2"),
        (expand("ev:note"), "Nobody else is named."),
    }
    assert sum(each.object == ox.NamedNode(f"{BASE}mill") for each in made) < len(project.claims)


def test_the_files_are_written_the_same_each_time_and_read_back_as_the_claims(project):
    told = building.build(project)
    contents = {path: path.read_bytes() for path in project.built.values()}

    assert building.build(project) == told
    assert contents == {path: path.read_bytes() for path in project.built.values()}
    assert (
        b"\n@prefix art: <https://example.org/mill/article/> ."
        in contents[project.built["selectors"]]
    )
    assert not any(b"nine wheels" in content for content in contents.values())
    assert (project.text.parent / "data" / "own.ttl").read_text("utf-8") == "<x:a> <x:b> <x:c> ."
    assert f"{len(project.claims)} claims on" in told
    built = (ox.parse(path=str(path)) for path in project.built.values())
    store = store_of({quad.triple for file in built for quad in file})
    again = rdf.claims_of(store, project.passages, project.names)
    assert write(again, project.names) == building.written(
        project.built.values(), settings_of(project.text.parent)
    )
    assert rdf.evidence(again, project.names) == rdf.evidence(project.claims, project.names)
    labels = store.quads_for_pattern(
        ox.NamedNode(expand("gba:area")), ox.NamedNode(expand("rdfs:label")), None
    )
    assert {each.object.language for each in labels} == {"en", "zh-hans", "zh-hant"}


def test_a_file_that_is_not_ours_is_left_as_it_is(project):
    project.built["terms"].write_text("# Mine.", encoding="utf-8")

    with pytest.raises(SettingError, match=r"terms\.ttl was not made by"):
        building.build(project)
    assert project.built["terms"].read_text("utf-8") == "# Mine."
    assert not project.built["facts"].exists()


@pytest.mark.parametrize(
    "lines",
    [
        'label "A"@en, "B"@en',
        'label "A"@en | p1 as one\n  altLabel "A"@en',
        'label "A"@en | p1 as b\n  label "A"@en',
    ],
)
def test_a_name_is_of_one_claim_and_a_claim_has_one_name(lines):
    names = Names(BASE)
    claims, _ = parse(f"mill: Place | p1\n  {lines} | p1 as one", "a.claims", names)

    with pytest.raises(BadParameter, match=r"a\.claims:\d: The name .*claim/one"):
        rdf.evidence(claims, names)


def test_words_have_an_iri_where_the_base_ends_with_a_number_sign():
    names = Names("https://example.org/mill#")
    passages = FromText(passages_of(TEXT), names.passages)
    claims, _ = parse('mill: Place | p1 "mill"', "a.claims", names)
    store = store_of(rdf.evidence(claims, names), rdf.selectors(claims, passages, names))

    assert rdf.claims_of(store, passages, names)[0].rests == claims[0].rests


OTHERS = """
@prefix ev: <https://w3id.org/gbagraph/evidence#> .
@prefix gba: <https://w3id.org/gbagraph/ontology#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
<x:p1> a gba:Paragraph ; gba:position "first" .
[] a ev:Claim ; rdf:subject <x:mill> ; rdf:predicate rdfs:label ; rdf:object "Mill"@en ;
  ev:statedIn <x:p1> , [] ; ev:note <x:note> .
"""


def test_claims_of_others_without_names_are_written_and_read(tmp_path):
    for name in ("one.trig", "two.trig"):
        graph = OTHERS.replace("[] a", "<x:c> a") + f"<x:{name}> {{ <x:c> rdf:subject <x:mill> }}"
        (tmp_path / name).write_text(graph, encoding="utf-8")
    (tmp_path / "mill.ttl").write_text(OTHERS, encoding="utf-8")
    written = building.written([tmp_path / "mill.ttl"], Settings())

    assert written == '<x:mill>:\n  label "Mill"@en | <x:p1>\n'
    assert parse(written, "a.claims", article_claims.names())[1] == []
    assert building.written(tmp_path.glob("*.trig"), Settings()).endswith(" as <x:c>\n")


def test_a_claim_is_of_two_where_it_has_two_notes():
    names = Names(BASE)
    passages = FromText(passages_of(TEXT), names.passages)
    one = Claim(
        subject=ox.NamedNode(f"{BASE}mill"),
        predicate=ox.NamedNode(expand("rdf:type")),
        value=ox.NamedNode(expand("gba:Facility")),
        basis="inferred",
        rests=(Rest(f"{names.passages}p1", (Words("mill"),)), Rest(f"{names.passages}p2")),
        note="A mill is one.",
        note_language="en",
        place=Place("", 0),
    )
    claims = [one, replace(one, note="磨坊属于设施。", note_language="zh-hans")]
    data = store_of(rdf.evidence(claims, names), rdf.selectors(claims, passages, names))

    assert sorted(rdf.claims_of(data, passages, names), key=lambda each: each.note) == claims

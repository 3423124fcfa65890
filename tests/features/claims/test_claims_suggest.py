"""Words lead to the properties and kinds that a modeller wants, and templates to right lines."""

import csv
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gbagraph.cli import app
from gbagraph.features.claims import suggesting
from gbagraph.features.claims.form import declare, parse
from gbagraph.features.claims.names import Names
from gbagraph.rdf.namespaces import expand

HERE = Path(__file__).parent
PHRASES = list(csv.reader((HERE / "phrases.tsv").open(encoding="utf-8"), delimiter="\t"))
"""Phrases, and the terms of which a modeller wants one among the first three."""
TEMPLATES = sorted(Path(suggesting.__file__).with_name("claim_templates").iterdir())


def share():
    """For how much of the phrases the first three suggestions have a term that is wanted."""
    found = 0
    for phrase, wanted in PHRASES:
        first = {each.iri for each in suggesting.suggest(phrase, ())[:3]}
        found += not first.isdisjoint(map(expand, wanted.split()))
    return found / len(PHRASES)


def run(*arguments):
    return CliRunner().invoke(app, ["claims", *arguments])


@pytest.fixture
def bare(monkeypatch, tmp_path):
    """The names that people use beside labels are switched off."""
    nothing = tmp_path / "nothing.tsv"
    nothing.write_text("")
    monkeypatch.setattr(suggesting, "_OTHER_NAMES", nothing)
    suggesting._published.cache_clear()
    yield
    suggesting._published.cache_clear()


def test_nine_of_ten_phrases_have_a_wanted_term_among_the_first_three():
    assert len(PHRASES) >= 40
    assert share() >= 0.9


@pytest.mark.usefixtures("bare")
def test_labels_and_definitions_alone_do_less():
    assert 0.4 < share() < 0.75


def test_terms_that_have_other_names_are_there():
    """A name of a term that is gone would be lost unseen."""
    known = {
        expand(term)
        for term, _ in csv.reader(suggesting._OTHER_NAMES.open(encoding="utf-8"), delimiter="\t")
    }

    assert known <= {iri for terms, _ in suggesting._published() for iri in terms}


@pytest.mark.usefixtures("folder")
def test_terms_of_the_project_come_first():
    said = run("suggest", "serves", "-n", "1")

    assert said.output.startswith("serves: serves (property)\n"), said.output


@pytest.mark.usefixtures("folder")
def test_a_suggestion_says_how_it_is_written_and_who_says_so():
    area, founded = (
        run("suggest", "面积", "-n", "1").output,
        run("suggest", "founded", "-n", "1").output,
    )

    assert '  write   area over 4 km2 | p1 "words"\n' in area
    assert "  from    gba: of gbagraph " in area
    assert "  write   length over 4 km | " in run("suggest", "length", "-n", "1").output
    assert '  write   schema:foundingDate 1904-05-04 | p1 "words"\n' in founded
    assert "  of      schema:Organization\n" in founded
    assert "  from    schema.org of 2021-04-21, in pyshacl " in founded


@pytest.mark.usefixtures("folder")
def test_only_kinds_or_only_properties():
    said = run("suggest", "--kind", "approved").output

    assert said.startswith("Approval: Approval (kind)\n")
    assert "(property)" not in said


def test_what_is_not_found_is_declared_in_four_lines(folder):
    said = run("suggest", "flibber", "gibbet")
    assert said.exit_code == 1
    _, *lines = said.stderr.splitlines()
    assert len(lines) == 4
    with (folder / "data" / "ontology.ttl").open("a") as ontology:
        ontology.write("\n".join(lines))

    assert run("suggest", "flibber", "gibbet").output.startswith("flibberGibbet: flibber gibbet")


@pytest.mark.parametrize(
    ("phrase", "lines"),
    [
        (
            "number of zorbs",
            ["a owl:DatatypeProperty ;", "range xsd:integer ;", '"number of zorbs"@en'],
        ),
        ("车站数", ["t:车站数 a owl:DatatypeProperty ;", "range xsd:integer ;", '"车站数"@zh ;']),
        ("zorbing speed", ["a owl:ObjectProperty ;", "range gba:Quantity ;", '"zorbing speed"@en']),
        ("donor", ["t:donor a owl:ObjectProperty ;", "range gba:Agent ;", '"donor"@en']),
    ],
)
def test_a_term_of_your_own_has_the_range_and_the_language_that_its_name_tells(phrase, lines):
    said = suggesting.own(phrase, "property").splitlines()

    assert all(line in told for line, told in zip(lines, said, strict=False)), said


def test_short_words_are_no_slips_of_others():
    assert suggesting.suggest("donor", ()) == []
    assert suggesting.suggest("adressee", ())


def test_labels_of_schema_org_get_into_the_built_data(folder):
    with (folder / "claims" / "all.claims").open("a") as claims:
        claims.write('  schema:location orvik | p3 "in Orvik"\n')
    assert run("build").exit_code == 0

    _, _, said = (
        (folder / "data" / "terms.ttl").read_text("utf-8").partition("\nschema:location a ")
    )
    assert 'rdfs:label "location"@en' in said.split("\n\n")[0]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_a_template_that_is_filled_in_is_right(path):
    filled = (
        run("template", path.stem).output.replace("WORDS", "the words").replace("some-", "esk-")
    )
    names = Names("https://example.org/")
    declare(filled, path.name, names)
    claims, faults = parse(filled, path.name, names)

    assert faults == []
    assert len(claims) > 5
    assert filled.startswith("# ")


def test_templates_are_listed_and_a_wrong_name_tells_them():
    assert len(run("template").output.splitlines()) == len(TEMPLATES)
    assert "There are: approval, date, event," in run("template", "nothing").stderr


@pytest.mark.usefixtures("folder")
def test_dates_count_from_the_text_of_the_project():
    assert run("date", "last", "week").output == "date 1905-04  (1905-04-24 to 1905-04-30)\n"
    assert (
        run("date", "last", "year", "--from", "2021").output
        == "date 2020  (2020-01-01 to 2020-12-31)\n"
    )
    several = run("date", "last August", "--from", "2021-10").output.splitlines()
    assert [line.split("  ")[0] for line in several[:2]] == ["date 2021-08", "date 2020-08"]
    assert run("date", "one", "fine", "day").exit_code == 1

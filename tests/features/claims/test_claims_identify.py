"""A table of names leads to proposals of identifiers, and to no guess."""

import pytest
from typer.testing import CliRunner

from gbagraph.cli import app
from gbagraph.errors import SettingError
from gbagraph.features.claims import checking, decisions, identifying
from gbagraph.features.claims.building import build
from support import claims

TABLE = """\
name\tiri\tsource
# A comment, and a blank line.

Orvik\thttps://places.example/1\tplacenames 2.1
Orvik\thttps://places.example/1\thttps://atlas.example/
ESK TRAMWAYS\thttps://firms.example/7\thttps://firms.example/\tIts register of 2024.
Lowbank\thttps://places.example/2/\thttps://atlas.example/
Lowbank\thttps://places.example/3/\thttps://atlas.example/
Lowbank\thttps://firms.example/8\thttps://firms.example/
Highbank\tplaces 4\thttps://atlas.example/
Highbank\thttps://places.example/4\tan atlas
\thttps://places.example/4\thttps://atlas.example/
"""
VALID = claims.TABLE + "".join(TABLE.splitlines(keepends=True)[3:6])
"""Those of its rows that are right."""


@pytest.fixture
def table(folder):
    path = folder / "identifiers.tsv"
    path.write_text(TABLE, encoding="utf-8")
    return path


def proposed(table):
    rows, _ = identifying.read(table)
    found, undecided = identifying.identify(claims.project(), rows)
    return [(each["subject"], each["property"], each["value"]) for each in found], undecided


def test_two_sources_that_agree_make_the_same_and_one_makes_a_match(table):
    found, _ = proposed(table)

    assert found == [
        ("esk", "skos:closeMatch", "<https://firms.example/7>"),
        ("orvik", "owl:sameAs", "<https://places.example/1>"),
        ("lowbank", "skos:closeMatch", "<https://firms.example/8>"),
    ]


def test_several_things_of_one_site_are_told_and_none_is_proposed(table):
    _, undecided = proposed(table)

    assert undecided == ["lowbank: <https://places.example/2/> or <https://places.example/3/>?"]


def test_a_name_to_the_letter_comes_before_one_that_is_the_same_but_for_case(table):
    text = "orvik\thttps://b.example/2\thttps://b.example/\n"
    table.write_text(text + "ORVIK\thttps://b.example/3\thttps://b.example/\n")
    assert proposed(table)[1] == ["orvik: <https://b.example/2> or <https://b.example/3>?"]

    table.write_text(text + "Orvik\thttps://b.example/3\thttps://b.example/\n")
    assert proposed(table)[0] == [("orvik", "skos:closeMatch", "<https://b.example/3>")]


def test_what_is_wrong_in_the_table_is_told_by_its_line(table):
    _, faults = identifying.read(table)

    assert [(each.place.line, each.message.partition(".")[0][:28]) for each in faults] == [
        (8, "'Lowbank' is <https://places"),
        (10, "'places 4' has to be an IRI,"),
        (11, "'https://places"),
        (12, "The first column is the name"),
    ]
    with pytest.raises(SettingError, match=r"identifiers.tsv:10: 'places 4' has to be an IRI"):
        identifying.sources(table)


@pytest.mark.usefixtures("table")
def test_proposals_wait_for_a_person_and_rest_on_the_sources(folder):
    said = CliRunner().invoke(app, ["claims", "identify"])
    assert said.exit_code == 1, said.output
    assert "orvik owl:sameAs <https://places.example/1>: waits as " in said.output
    assert "identifiers.tsv:10: " in said.output
    (folder / "identifiers.tsv").write_text(VALID, encoding="utf-8")

    for item in decisions.pending(claims.settings()):
        decisions.decide(claims.settings(), item.proposal.id, "accepted", by="A reader")

    written = "\n".join(path.read_text("utf-8") for path in (folder / "claims").iterdir())
    assert (
        "  sameAs <https://places.example/1> | <pkg:pypi/placenames@2.1>, "
        "<https://atlas.example/> | Its name there is Orvik.\n" in written
    )
    build(claims.project())
    assert checking.check(claims.project()).faults == ()


def test_nothing_is_proposed_twice(table):
    table.write_text("Highbank\thttps://example.net/7\thttps://example.net/list\n")

    assert proposed(table) == ([], [])

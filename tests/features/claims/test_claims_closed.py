"""The command ``gbagraph claims check`` ends with 0 only if claims were checked and all are right."""

from __future__ import annotations

import sys
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gbagraph.cli import project
from gbagraph.features.claims import checking, commands
from gbagraph.features.claims.building import build
from gbagraph.features.claims.model import Fault, Place
from gbagraph.features.claims.project import BUILT
from gbagraph.features.claims.rules.numbers import numbers
from gbagraph.testing import check_claims
from support import claims

pytestmark = pytest.mark.usefixtures("folder")
COUNTS = (
    "48 claims: 32 stated, 12 inferred, 4 worded. "
    "Of these 39 checked by words, 3 of other sources; "
)
NOTHING = (
    "0 claims: 0 stated, 0 inferred, 0 worded. "
    "Of these 0 checked by words, 0 of other sources; 0 findings."
)


@pytest.fixture
def run(monkeypatch):
    """Run the command with the settings of the folder."""

    def invoke(*options):
        monkeypatch.setattr(project._Here, "settings", claims.settings())
        return CliRunner().invoke(commands.app, ["check", *options])

    return invoke


def _without(line: str) -> None:
    text = Path("gbagraph.toml").read_text()
    assert text.count(line) == 1
    Path("gbagraph.toml").write_text(text.replace(line, ""))


def test_a_sound_project_ends_with_its_counts(run):
    done = run()
    assert (done.exit_code, done.stdout) == (0, f"{COUNTS}0 findings.\n")


def test_findings_have_the_form_of_editors_and_of_github(run):
    path = Path("claims/all.claims")
    path.write_text(path.read_text().replace("employees 1200", "employees 1300"))
    done, told = run(), run("--github")
    assert (done.exit_code, told.exit_code) == (1, 1)
    line = "claims/all.claims:21: The number 1300 is neither in the words nor in their sentence"
    assert any(
        each.startswith(line) and each.endswith("[number]") for each in done.stdout.splitlines()
    )
    assert "::error file=claims/all.claims,line=21,title=number::The number 1300 is" in told.stdout
    assert done.stdout.splitlines()[-1] == told.stdout.splitlines()[-1] == f"{COUNTS}6 findings."


def test_findings_end_it_although_nobody_reads_them(run, monkeypatch):
    def broken(*_, **__):
        raise BrokenPipeError

    Path("data/facts.ttl").unlink()
    monkeypatch.setattr("builtins.print", broken)
    assert run().exit_code == 1


def test_an_annotation_is_escaped():
    fault = Fault(Place("a,b:c.claims", 3), "words", "100% of\nit: yes, it is")
    expected = "::error file=a%2Cb%3Ac.claims,line=3,title=words::100%25 of%0Ait: yes, it is"
    assert checking.annotation(fault) == expected


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            'base = "https://example.org/"\n',
            "base is missing in gbagraph.toml. Add the line: base =",
        ),
        ('data = "data"\n', "data is missing in gbagraph.toml. Add the line: data ="),
        ('claims = "claims"\n', "claims is missing in gbagraph.toml. Add the line: claims ="),
        ('claims_text = "article.txt"\n', "claims_text is missing in gbagraph.toml. Add the line:"),
    ],
)
def test_a_missing_setting_stops_it(run, line, said):
    _without(line)
    done = run()
    assert (done.exit_code, done.stdout) == (3, f"{NOTHING}\n")
    assert said in done.stderr


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("article.txt", None, "article.txt cannot be read"),
        ("article.txt", b"\xef\xbb\xbf \n", "article.txt has no text"),
        ("article.txt", b"\xff\xfe", "UTF-8"),
        ("claims/all.claims", b"tram: Project | p1 \xff", "UTF-8"),
        ("data/ontology.ttl", b"t:x a", "data/ontology.ttl, line 1, column 1: The prefix t:"),
        ("identifiers.tsv", None, "identifiers.tsv cannot be read"),
        ("identifiers.tsv", b"name\tiri\tsource\nHighbank\n", "identifiers.tsv:2"),
        ("data/selectors.ttl", b"<a> <b>", "data/selectors.ttl, line 1, column 8"),
    ],
)
def test_what_cannot_be_checked_stops_it(run, file, content, said):
    Path(file).unlink()
    if content is not None:
        Path(file).write_bytes(content)
    done = run()
    assert (done.exit_code, done.stdout) == (3, f"{NOTHING}\n")
    assert said in done.stderr


def test_no_claims_stop_it(run):
    for name in ("claims/all.claims", *map("data/{}.ttl".format, BUILT)):
        Path(name).unlink()
    Path("claims/all.claims").touch()
    build(claims.project())
    done = run()
    assert (done.exit_code, done.stdout) == (3, f"{NOTHING}\n")
    assert "No words of a claim were looked for in the text." in done.stderr


def test_claims_of_ones_own_words_alone_stop_it(run):
    Path("claims/all.claims").write_text(
        'tram: Project | worded p1 "tram"\n  label "T"@en | worded p1 "tram"\n'
    )
    build(claims.project())
    done = run()
    assert done.exit_code == 3
    assert "Of these 0 checked by words" in done.stdout


def test_nothing_is_built_yet_in_one_line(run):
    for name in BUILT:
        Path(f"data/{name}.ttl").unlink()
    told = run().stdout.splitlines()
    assert told[0].startswith("data/facts.ttl:1: Not there: facts.ttl, evidence.ttl, selectors.ttl")
    assert told[0].endswith(", terms.ttl. Run: gbagraph claims build [not-built]")
    assert len(told) == 2


@pytest.mark.parametrize(
    "name", ["more.claim", "more.CLAIMS", "more.claims.txt", "sub/more.claims"]
)
def test_claims_that_nobody_reads_stop_it(run, name):
    Path("claims/sub").mkdir()
    Path("claims", name).write_text("tram:")
    done = run()
    assert (done.exit_code, done.stdout.count("[not-read]")) == (1, 1 + ("sub" not in name))


def test_facts_in_a_second_folder_stop_it(run):
    Path("more").mkdir()
    Path("more/facts.nt").write_text("<https://example.org/esk> <https://example.org/p> <x:y> .")
    path = Path("gbagraph.toml")
    path.write_text(path.read_text().replace('data = "data"', 'data = ["data", "more"]'))
    done = run()
    assert done.exit_code == 1
    assert "more/facts.nt:1: No claim says: esk" in done.stdout


def test_terms_beside_the_claims_are_no_facts(run):
    with Path("data/ontology.ttl").open("a") as ontology:
        ontology.write("t:Halted a gba:Status . t:Old a owl:Class ; rdfs:subClassOf gba:Status .")
        ontology.write("t:Ruin a t:Old . <https://example.org/terms/> a owl:Ontology .")
        ontology.write("<http://www.wikidata.org/entity/Q1> rdfs:label 'Elsewhere'@en .")
    assert run().exit_code == 0


def test_an_annotation_is_placed_from_the_root_of_the_repository(run, monkeypatch):
    monkeypatch.setenv("GITHUB_WORKSPACE", str(Path.cwd().parent))
    Path("data/facts.ttl").unlink()
    assert f"file={Path.cwd().name}/data/facts.ttl,line=1" in run("--github").stdout


def test_a_test_of_a_project_fails_without_an_assertion():
    assert check_claims().is_sound
    Path("data/facts.ttl").unlink()
    with pytest.raises(AssertionError, match=r"data/facts.ttl:1: Not there"):
        check_claims()


def test_an_error_in_a_rule_stops_it(run, monkeypatch):
    def broken(*_):
        raise ZeroDivisionError

    monkeypatch.setitem(checking.OF_CLAIMS, "number", broken)
    done = run()
    assert done.exit_code != 0
    assert isinstance(done.exception, ZeroDivisionError)


SHAPES = """\
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix t: <https://example.org/terms/> .
@prefix gba: <https://w3id.org/gbagraph/ontology#> .
t:OfCompanies a sh:NodeShape ; sh:targetClass gba:Company ;
  sh:property [ sh:path t:employees ; sh:maxInclusive 1000 ; sh:message "Too many." ] .
"""


def _with_shapes() -> None:
    Path("shapes.ttl").write_text(SHAPES)
    path = Path("gbagraph.toml")
    path.write_text('shapes = "shapes.ttl"\n' + path.read_text())


def test_shapes_are_checked(run):
    _with_shapes()
    done = run()
    assert done.exit_code == 1
    assert "Too many." in done.stdout


def test_shapes_that_cannot_be_checked_stop_it(run, monkeypatch):
    _with_shapes()
    monkeypatch.delitem(sys.modules, "gbagraph.features.curation.validation", raising=False)
    monkeypatch.setitem(sys.modules, "pyshacl", None)
    done = run()
    assert (done.exit_code, done.stdout) == (3, f"{NOTHING}\n")
    assert "pip install 'gbagraph[curation]'" in done.stderr


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1,200 or 30 000, 1.7 trillion, £45m", "1200 30000 1700000000000 45000000"),
        ("thirty-five, two and a half million, a dozen", "35 2500000 12"),
        ("an hour and a half, one hundred and twenty", "1.5 120"),
        ("三十、三亿五千万、1.7万亿、一万亿", "30 350000000 1700000000000 1000000000000"),
        ("五十多万人、3.5万、二〇二六年、两百", "500000 35000 2026 200"),
    ],
)
def test_numbers_are_read(text, expected):
    assert [each.value for each in numbers(text)] == list(map(Decimal, expected.split()))

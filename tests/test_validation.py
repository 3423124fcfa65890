"""Validation: the published data is good, and each rule finds what breaks it."""

import re
from pathlib import Path

import pytest

from gbagraph.errors import DatasetError
from gbagraph.files import published
from gbagraph.validation import validate

BROKEN = sorted((Path(__file__).parent / "broken").glob("*.ttl"))
SHAPES = re.findall(
    r"^gsh:([\w-]+) a sh:(?:NodeShape|PropertyShape)",
    published("ontology", "shapes.ttl").read_text(),
    re.M,
)
CHECKS = sorted(published("ontology", "checks").glob("*.rq"))


def test_the_published_data_is_valid():
    assert validate() == []


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_each_shape_finds_what_breaks_it(path):
    expected = re.match(r"# expects: (gsh:[\w-]+) on (\S+)", path.read_text())

    findings = validate([path])

    hits = [finding for finding in findings if finding.rule == expected[1]]
    assert hits, [str(finding) for finding in findings]
    assert any(
        finding.node in (expected[2], f"<{expected[2]}>")
        or expected[2].endswith(finding.node.partition(":")[2])
        for finding in hits
    )
    assert all(finding.message.strip() and finding.file and finding.line for finding in hits)


def test_every_rule_has_a_broken_sample():
    assert len(BROKEN) >= 20
    assert {path.stem for path in BROKEN} <= set(SHAPES) | {path.stem for path in CHECKS}


CLAIM = """
PREFIX gba: <https://w3id.org/gbagraph/ontology#>
PREFIX id: <https://w3id.org/gbagraph/id/>
PREFIX c: <https://w3id.org/gbagraph/claim/>
PREFIX art: <https://w3id.org/gbagraph/article/>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
"""


@pytest.mark.parametrize(
    ("check", "turtle", "node"),
    [
        pytest.param(
            "every-fact-has-evidence",
            "id:xiaomi gba:develops id:apollo-rd-centre .",
            "id:xiaomi",
            id="a fact without evidence",
        ),
        pytest.param(
            "every-claim-has-its-fact",
            "c:x a gba:Claim ; rdf:subject id:xiaomi ; rdf:predicate gba:develops ;"
            " rdf:object id:apollo-rd-centre ; gba:statedIn art:title .",
            "c:x",
            id="evidence without its fact",
        ),
        pytest.param(
            "deprecated-has-successor",
            'id:old <http://www.w3.org/2002/07/owl#deprecated> "true"^^'
            "<http://www.w3.org/2001/XMLSchema#boolean> ;"
            " <http://purl.org/dc/terms/isReplacedBy> id:nothing .",
            "id:old",
            id="a retired IRI whose successor is not there",
        ),
        pytest.param(
            "evidence-is-a-part-of-a-source",
            "id:xiaomi gba:statedIn id:baidu .",
            "id:xiaomi",
            id="evidence that is no source",
        ),
        pytest.param(
            "names-in-all-languages",
            'id:sample-company a gba:Company ; rdfs:label "Sample"@en , "样本"@zh-hans .',
            "id:sample-company",
            id="a name that one language lacks",
        ),
    ],
)
def test_each_check_finds_what_breaks_it(tmp_path, check, turtle, node):
    facts = published("data", "gba.ttl").read_text()
    path = tmp_path / "gba.ttl"
    path.write_text(f"{facts}\n{CLAIM}{turtle}")

    findings = [finding for finding in validate([path]) if finding.rule == check]

    assert [finding.node for finding in findings] == [node]
    assert findings[0].file == str(path)
    assert findings[0].line > 1


def test_each_check_says_its_rule_in_a_sentence():
    assert len(CHECKS) >= 3
    for check in CHECKS:
        assert re.match(r"# [A-Z].*\.\n", check.read_text()), check.name


def test_a_file_that_does_not_parse(tmp_path):
    path = tmp_path / "gba.ttl"
    path.write_text("id:x a gba:Zone .")

    with pytest.raises(DatasetError, match=r"line 1, column"):
        validate([path])

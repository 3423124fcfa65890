"""A sound project passes its checks; each of these defects, planted in it, stops them at its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from gbagraph.features.claims.building import faults
from gbagraph.features.claims.checking import check
from support.claims import project

TEXT_FILE, CLAIMS_FILE, FACTS_FILE = "article.txt", "claims/all.claims", "data/facts.ttl"


def _change(file: str, old: str, new: str) -> None:
    path = Path(file)
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.usefixtures("folder")
def test_the_sound_project_passes():
    report = check(project())
    assert report.faults == ()
    assert report.is_sound
    assert (report.claims, report.by_words, report.of_others) == (48, 39, 3)


def test_passages_that_moved_are_told_once(folder):
    text = folder / "article.txt"
    text.write_text(f"A new line.\n\n{text.read_text('utf-8')}", "utf-8")
    told = "p4 is now p5, p3 is now p4, p2 is now p3, p1 is now p2. Rename them in the claims"
    (fault,) = (each for each in check(project()).faults if each.rule == "passages-moved")

    assert told in fault.message
    assert {each.rule for each in check(project()).faults} <= {"passages-moved", *_OF_FILES}
    assert str(fault) in faults(project())


IN_TEXT = {
    "words gone": (
        "harbour tram opened",
        "new line opened",
        "words-not-found",
        '| p1 "harbour tram"',
    ),
    "a passage changed": ("in Orvik.\n", "in Orvik now.\n", "passage-changed", "Orvik, 4 May"),
    "a passage gone": (
        "新馆占地超过三万平方米。工程由青澜城建集团承建。\n",
        "",
        "unknown-passage",
        '"新馆"@zh',
    ),
}
IN_CLAIMS = {
    "words elsewhere": ('| p2 "will build"', '| p1 "will build"', "words-elsewhere", "status"),
    "words several times": (
        'p3 "Lowbank has"',
        'p3 "Lowbank"',
        "words-several-times",
        '"Lowbank"@en',
    ),
    "a passage that is not there": ('p3 "1,200', 'p9 "1,200', "unknown-passage", "1200"),
    "a sentence that is not there": ('p3 "1,200 people"', "p3.9", "words-not-found", "1200"),
    "a source that is not declared": ("register: S", "x: S", "unknown-passage", "altLabel"),
    "no words": ('p3 "1,200 people"', "p3", "no-words", "1200"),
    "no evidence": (' | p3 "1,200 people"', "", "form", "1200"),
    "an unknown kind": ("orvik: City", "orvik: Citty", "name", "orvik:"),
    "an unknown status": ("status Planned", "status Plannd", "name future", "Plannd"),
    "an unknown property": ("builtBy esk", "buildBy esk", "name", "buildBy"),
    "a retired term": ("  area over 4", "  extent over 4", "name form", "extent"),
    "words that are counted, but stated": (
        'inferred p1 resolves "last week"',
        'p1 resolves "last week"',
        "reason date",
        "start",
    ),
    "an inference without reason": (
        " | It is the only town named.",
        "",
        "reason",
        "directlyIn region",
    ),
    "stated and inferred": (
        'builds line | p2 "Esk Tramways will build"',
        'builds line | p2 "Esk Tramways will build"\n  builds line | inferred p2 "docks" | So.',
        "twice",
        'inferred p2 "docks"',
    ),
    "a rule that there is not": (
        '"1,200 people"',
        '"1,200 people" fine nmber | So.',
        "unknown-rule",
        "1200",
    ),
    "a rule that finds nothing": (
        '"1,200 people"',
        '"1,200 people" fine number | So.',
        "fine",
        "1200",
    ),
    "fine with a blank note": (
        '1200 | p3 "1,200 people"',
        '1300 | p3 "1,200 people" fine number | " "@en',
        "fine",
        "1300",
    ),
    "an inference with a blank note": ("| It is the only town named.", "| .", "reason", "region |"),
    "an inference that resolves no date": (
        "| It is the only town named.",
        'resolves "Orvik"',
        "reason",
        "region |",
    ),
    "a fact of one's own words": ('1200 | p3 "1,200 people"', "1300 | worded p3", "reason", "1300"),
    "a fact of the whole document": (
        '1200 | p3 "1,200 people"',
        "1300 | article",
        "no-words",
        "1300",
    ),
    "words of another source": (
        "example.net/list>",
        'example.net/list> "x"',
        "words-not-found",
        "list>",
    ),
    "a passage declared as a source": (
        "register: SourceDocument |",
        "<https://example.org/article/p9>: SourceDocument | p9\nregister: SourceDocument |",
        "unknown-passage",
        "p9",
    ),
    "a word that carries nothing": (
        'p1 "Orvik" | It',
        'p1 "last" + p2 "of" | It',
        "no-words",
        "of",
    ),
    "a character that carries nothing": ('p4 "由青澜城建集团承建"', 'p4 "由"', "no-words", "由"),
    "a kind without words": ("museum: Place", "museum: Place | p4", "no-words", "museum"),
    "a text of other words": ("t:saving 30", 't:saving "31%"', "label", "31%"),
    "a number that is none": (
        "employees 1200",
        'employees "x"^^xsd:integer',
        "ill-typed-literal",
        "x",
    ),
    "another number in a float": ("saving 30", 'saving "31"^^xsd:double', "number", "31"),
    "a date that is none": (
        "published 1905-05-04",
        'published "1905-02-30"^^xsd:date',
        "date",
        "1905-02-30",
    ),
    "fine without a note": ('"1,200 people"', '"1,200 people" fine number', "fine", "1200"),
    "another number": ("employees 1200", "employees 1300", "number", "1300"),
    "a number in words": ("area over 4 km2", "area over 5 km2", "number", "5 km2"),
    "a number in Chinese": ("over 30000 m2", "over 3000 m2", "number", "3000 m2"),
    "a percentage": ("saving 30", "saving 31", "number", "31"),
    "another unit": ("4 km2", "4 ha", "unit", "4 ha"),
    "another unit in Chinese": ("30000 m2", "30000 km2", "unit", "30000 km2"),
    "an area in km": ("4 km2", "4 km", "unit", "4 km"),
    "a length in km2": ("area over 4", "t:length over 4", "unit", "t:length"),
    "a bound dropped": ("over 4 km2", "4 km2", "bound", "4 km2"),
    "a bound dropped in Chinese": ("over 30000 m2", "30000 m2", "bound", "30000 m2"),
    "a bound added": ("t:employees 1200", "memberCount about 1200 people", "bound", "memberCount"),
    "another bound": ("over 4 km2", "atMost 4 km2", "bound", "4 km2"),
    "another date": ("published 1905-05-04", "published 1905-06-04", "date", "published"),
    "a date counted wrongly": ("start 1905-04", "start 1905-03", "date", "start"),
    "no date of the text": ('  published 1905-05-04 | p1 "4 May 1905"\n', "", "date", "start"),
    "resolved words that are not there": (
        '"last week"',
        '"last year"',
        "words-not-found date",
        "start",
    ),
    "a plan told as a fact": ('  status Planned | p2 "will build"\n', "", "future", "builds line"),
    "a plan told as a fact of whom another plan is of": (
        "region: Region\n",
        (
            'line:\n  builtBy esk | p2 "Tramways will build"\nquay: Place\n'
            '  builtBy esk | p2 "Esk Tramways will build a line"\nregion: Region\n'
        ),
        "future",
        "builtBy esk | p2",
    ),
    "a list told as whole": ("highbank open", "highbank", "list", "highbank |"),
    "a label of other words": ('"Esk Tramways"@en', '"Esk Trams"@en', "label", "Esk Trams"),
    "a label of other words in Chinese": ('"新馆"@zh', '"旧馆"@zh', "label", "旧馆"),
    "two values": (
        "  status Planned",
        "  status Ongoing, Planned",
        "functional-property future",
        "Ongoing",
    ),
    "two dates": (
        'last week"',
        'last week"\n  start 1905-03 | inferred p1 "May" | So.',
        "functional-property date",
        "1905-03",
    ),
    "disjoint kinds": ("esk: Company", "esk: Company, Place", "disjoint-classes", "esk:"),
    "both ways": (
        "region: Region\n",
        'region: Region\n  directlyIn orvik | inferred p1 "Orvik" | So.\n',
        "asymmetric-property hierarchies-of-things-have-no-circles",
        "directlyIn region",
    ),
    "part of itself": (
        '  label "Esk valley"',
        '  partOf region | inferred p1 "Orvik" | So.\n  label "Esk valley"',
        "nothing-is-linked-to-itself hierarchies-of-things-have-no-circles",
        "partOf",
    ),
    "a circle": (
        '  label "Harbour tram"@en, "',
        """\
  memberOf line | inferred p1 "harbour tram" | So.
line:
  memberOf tram | inferred p1 "harbour tram" | So.
tram:
  label "Harbour tram"@en, \"""",
        "hierarchies-of-things-have-no-circles asymmetric-property future",
        "memberOf",
    ),
    "out of the domain": ("  directlyIn orvik", "  t:chairs orvik", "kind", "t:chairs"),
    "out of the range": ("directlyIn orvik", "directlyIn tram", "kind", "directlyIn tram"),
    "a text for a thing": ("builtBy esk", 'builtBy "esk"@en', "kind", "builtBy"),
}
IN_FILES = {
    "a fact without a claim": (
        FACTS_FILE,
        "1200",
        "1201",
        "fact-without-claim",
        FACTS_FILE,
        ":esk a",
    ),
    "a claim without its fact": (FACTS_FILE, "1200", "1201", "fact-missing", CLAIMS_FILE, "1200"),
    "a claim that is not built": (
        CLAIMS_FILE,
        "saving 30",
        "saving 30.0",
        "fact-missing",
        CLAIMS_FILE,
        "30.0",
    ),
    "a fact of a thing without claims": (
        "data/ontology.ttl",
        "t:saving a",
        "<https://example.net/x> a gba:Project .\nt:saving a",
        "fact-without-claim",
        "data/ontology.ttl",
        "net/x",
    ),
    "a fact of what has no kind": (
        "data/ontology.ttl",
        "t:saving a",
        "<https://example.org/x> gba:builtBy <https://example.org/esk> .\nt:saving a",
        "fact-without-claim",
        "data/ontology.ttl",
        "org/x",
    ),
    "an edited file": (
        "data/evidence.ttl",
        "the only town",
        "a town",
        "not-as-built",
        "data/evidence.ttl",
        "a town",
    ),
    "an edited hash": (
        "data/selectors.ttl",
        '"Paragraph 1"',
        '"P 1"',
        "not-as-built",
        "data/selectors.ttl",
        '"P 1"',
    ),
    "a list without its source": (
        "identifiers.tsv",
        "net/list",
        "net/other",
        "unknown-passage",
        CLAIMS_FILE,
        "sameAs",
    ),
    "another range": (
        "data/ontology.ttl",
        "xsd:integer",
        "xsd:date",
        "range-of-values",
        CLAIMS_FILE,
        "1200",
    ),
    "a property that goes": (
        "data/ontology.ttl",
        "t:chairs",
        "t:serves",
        "kind one-label-per-language",
        CLAIMS_FILE,
        "t:serves",
    ),
}
_OF_FILES = {"not-as-built", "not-built", "fact-missing", "fact-without-claim", "passage-changed"}
"""The rules on files, which a change elsewhere breaks as well."""


def _has_line(file: str, line: int, marked: str) -> bool:
    return marked in Path(file).read_text(encoding="utf-8").splitlines()[line - 1]


def _stopped_by(rule: str, file: str, marked: str) -> None:
    """Require that the check fails by the first *rule* at a line with the words *marked*, and by no rule
    that is not named."""
    report = check(project())
    assert not report.is_sound
    rule, *more = rule.split()
    assert {each.rule for each in report.faults} - _OF_FILES <= {rule, *more}
    assert any(
        each.rule == rule and each.place.file == file and _has_line(file, each.place.line, marked)
        for each in report.faults
    ), report.faults


ADVICE = {
    "the thing of a quantity": (
        'area over 30000 m2 | p4 "占地超过三万平方米"',
        'area over 4 km2 | p2 "will build a line of more than four square kilometres"',
        "below a line 'museum:'",
    ),
    "no sentence": ('p3 "1,200 people"', 'p3.9 "1,200 people"', "is not in p3.9"),
}


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("defect", ADVICE)
def test_a_finding_says_what_to_write(defect):
    old, new, said = ADVICE[defect]
    _change(CLAIMS_FILE, old, new)
    assert any(said in each.message for each in check(project()).faults)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("words", ["is to have", "is to", "将"])
def test_words_of_the_future_carry_a_status(words):
    _change(TEXT_FILE, "will build a line", f"will build, that {words} be, a line")
    _change(CLAIMS_FILE, 'status Planned | p2 "will build"', f'status Planned | p2 "{words}"')
    assert "no-words" not in {each.rule for each in check(project()).faults}


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("defect", IN_TEXT)
def test_a_defect_of_the_text_stops_the_check(defect):
    old, new, rule, marked = IN_TEXT[defect]
    _change(TEXT_FILE, old, new)
    _stopped_by(rule, TEXT_FILE if rule == "passage-changed" else CLAIMS_FILE, marked)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("defect", IN_CLAIMS)
def test_a_defect_of_the_claims_stops_the_check(defect):
    old, new, rule, marked = IN_CLAIMS[defect]
    _change(CLAIMS_FILE, old, new)
    _stopped_by(rule, CLAIMS_FILE, marked)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("defect", IN_FILES)
def test_a_defect_of_a_file_stops_the_check(defect):
    file, old, new, *found = IN_FILES[defect]
    _change(file, old, new)
    _stopped_by(*found)

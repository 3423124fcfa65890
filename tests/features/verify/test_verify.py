"""Evidence against a text: what is planted in either is told for what it is, and by the exit code."""

# ruff: noqa: RUF001  it is about quote marks

import json
import time
import unicodedata
from contextlib import suppress
from typing import Any, NamedTuple

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from gbagraph import publication
from gbagraph.cli import app
from gbagraph.errors import BadParameter, RequestTooLarge
from gbagraph.features.verify import selectors
from gbagraph.features.verify.selectors import normalized, places, select, sentence, sha256
from gbagraph.features.verify.verification import verify

# A text of our own, about a place that does not exist.
FORD = "Low Ford’s bridge opened in 1931. It has four arches (two of stone) and is “the widest”."
FERRY = "Before, a ferry ran there: Ada Moor’s son sold it in 1931 for 300 pounds."
MILL = "The mill closed in 1950! Its wheel is café Zoë’s sign today — nobody knows why."
PLAN = "A second bridge is planned. It would carry trains only"
PASSAGES = {"ford": FORD, "ferry": FERRY, "mill": MILL, "plan": PLAN}
WORDS = {
    "opened": ("ford", "bridge opened in 1931"),
    "arches": ("ford", "four arches (two of stone)"),
    "owner": ("ferry", "Ada Moor’s son"),
    "price": ("ferry", "300 pounds"),
    "sign": ("mill", "café Zoë’s sign"),
    "planned": ("plan", "second bridge"),
    "trains": ("plan", "trains only"),
}
PAGE = "\n\n".join(PASSAGES.values())

PREFIXES = """
PREFIX : <http://example.org/>
PREFIX ev: <https://w3id.org/gbagraph/evidence#>
PREFIX oa: <http://www.w3.org/ns/oa#>
PREFIX dcterms: <http://purl.org/dc/terms/>
"""
TERMS = {
    "start": "oa:start",
    "end": "oa:end",
    "sha256": "ev:sha256",
    "sentence": "ev:sentence",
    "passage": "ev:inPassage",
}


def said(node, **values):
    return "".join(
        f"{node} {TERMS[name]} {value} .\n"
        for name, given in values.items()
        for value in (given if isinstance(given, list) else [given])
    )


def evidence(claim="", changes=None, passages="", more=""):
    """The evidence of all claims as Turtle; the selector of one *claim* with *changes*."""
    text = PREFIXES + more
    for name, passage in PASSAGES.items():
        plain = normalized(passage)
        length = len(plain) + (name == passages == "plan")
        digest = sha256(plain if name != passages or name == "plan" else "another text")
        text += f':{name} ev:sha256 "{digest}" ; ev:length {length} ; dcterms:isPartOf :article .\n'
    for each, (passage, words) in WORDS.items():
        made = select(normalized(PASSAGES[passage]), words)
        values = {**made._asdict(), "sha256": f'"{made.sha256}"', "passage": f":{passage}"}
        values |= (changes or {}) if each == claim else {}
        text += f":{each} a ev:Claim ; ev:statedIn :{passage} ; ev:selector :{each}-words .\n"
        text += said(f":{each}-words", **values)
    return text


def states(data, text):
    store = ox.Store()
    store.load(data.encode(), format=ox.RdfFormat.TURTLE)
    return {row.claim.rpartition("/")[2]: row.state for row in verify(store, text)}


@pytest.fixture
def check(tmp_path):
    """Run the command on data and a text; the exit code, what is printed, and what is complained of."""

    def run(data, text=None, *options):
        (tmp_path / "data.ttl").write_text(data)
        if text is not None:
            path = tmp_path / "text.txt"
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
            options = (*options, "--text", str(path))
        done = CliRunner().invoke(app, ["verify", "--data", str(tmp_path / "data.ttl"), *options])
        return done.exit_code, done.stdout, done.stderr

    yield run
    publication.use(publication.OWN)


def test_a_text_that_was_read_is_verified(check):
    code, out, _ = check(evidence(), PAGE, "--format", "json")

    assert code == 0
    assert json.loads(out)["counts"] == {"verified": len(WORDS)}


# --- Planted in the data ----------------------------------------------------------------------------


def of(passage, words, length=None):
    """A place in a passage, and the hash of *words* as they are, whether they stand there or not."""
    start = selectors.normalized(PASSAGES[passage]).index(normalized(words)[:4])
    return {"start": start, "end": start + (length or len(words)), "sha256": f'"{sha256(words)}"'}


class Planted(NamedTuple):
    """A claim whose selector is changed, the state that it gets, and the exit code."""

    name: str
    claim: str
    changes: dict[str, Any]
    state: str
    code: int = 1


FORD_LENGTH = len(normalized(FORD))
NFD = unicodedata.normalize("NFD", "café Zoë's sign")
IN_DATA = [
    Planted("fabricated words", "opened", of("ford", "bridge opened in 1932"), "changed"),
    Planted("words of another paragraph", "opened", {**of("ferry", "300 pounds")}, "moved"),
    Planted("quote mark hashed as it was", "owner", of("ferry", "Ada Moor’s son"), "changed"),
    Planted("brackets dropped", "arches", of("ford", "four arches two of stone"), "changed"),
    Planted("ellipsis", "arches", of("ford", "four … stone"), "changed"),
    Planted("other case", "sign", of("mill", "café zoë's sign"), "changed"),
    Planted("NFD, its length", "sign", of("mill", NFD), "changed"),
    Planted("NFD, the right length", "sign", of("mill", NFD, 15), "changed"),
    Planted("white space at the end", "price", of("ferry", "300 pounds "), "changed"),
    Planted("shifted by one", "price", {"start": 61, "end": 71}, "moved"),
    Planted("counted in bytes", "sign", {"start": 39, "end": 54}, "moved"),
    Planted("both beyond the end", "trains", {"start": 143, "end": 154}, "moved"),
    Planted("end beyond the end", "trains", {"end": 1000}, "changed"),
    Planted("end before start", "trains", {"start": 54, "end": 43}, "changed"),
    Planted("negative start", "trains", {"start": -11}, "not checkable", 0),
    Planted(
        "rest of a passage by an end that is too far",
        "arches",
        {"end": FORD_LENGTH + 9, "sha256": f'"{sha256(normalized(FORD)[37:])}"', "start": 37},
        "changed",
    ),
    Planted("no words", "price", {"end": 60, "start": 60, "sha256": f'"{sha256("")}"'}, "changed"),
    Planted("wrong hash", "price", {"sha256": f'"{"0" * 64}"'}, "changed"),
    Planted("no hash at all", "price", {"sha256": '"abc"'}, "changed"),
    Planted("wrong sentence", "arches", {"sentence": 1}, "moved"),
    Planted("sentence that there is not", "price", {"sentence": 9}, "moved"),
    Planted("another passage named", "price", {"passage": ":mill"}, "moved"),
    Planted("no passage", "price", {"passage": []}, "not checkable", 0),
    Planted("unknown passage", "price", {"passage": ":nowhere"}, "not checkable", 0),
    Planted("two passages", "price", {"passage": [":ferry", ":mill"]}, "not checkable", 0),
    Planted("two starts", "price", {"start": [59, 60]}, "not checkable", 0),
    Planted("no start", "price", {"start": []}, "not checkable", 0),
    Planted("start that is no number", "price", {"start": '"sixty"'}, "not checkable", 0),
    Planted("start of thousands of digits", "price", {"start": "6" * 5000}, "not checkable", 0),
    Planted("no sentence", "price", {"sentence": []}, "not checkable", 0),
]


@pytest.mark.parametrize("planted", IN_DATA, ids=lambda planted: planted.name)
def test_what_is_planted_in_a_selector(check, planted):
    data = evidence(planted.claim, planted.changes)
    code, out, err = check(data, PAGE, "--format", "json")

    findings = {row["claim"].rpartition("/")[2]: [] for row in json.loads(out)["findings"]}
    for row in json.loads(out)["findings"]:
        findings[row["claim"].rpartition("/")[2]].append(row["state"])
    assert findings.pop(planted.claim)[0] == planted.state
    assert {state for found in findings.values() for state in found} == {"verified"}
    assert (code, err) == (planted.code, "")


def test_a_passage_with_a_wrong_hash_or_length_is_not_recognized():
    assert states(evidence(passages="mill"), PAGE)["sign"] == "moved"
    assert states(evidence(passages="plan"), PAGE)["trains"] == "moved"


def test_two_claims_may_have_one_selector():
    more = ":also a ev:Claim ; ev:inferredFrom :ferry ; ev:selector :price-words .\n"

    assert states(evidence(more=more), PAGE)["also"] == "verified"


def test_a_claim_without_words_is_not_checkable():
    more = ":ours a ev:Claim ; ev:wordedFrom :ferry . :theirs a ev:Claim ; ev:statedIn :book .\n"

    found = states(evidence(more=more), PAGE)
    assert (found["ours"], found["theirs"]) == ("not checkable", "not checkable")


def test_the_text_of_another_document_is_absent(check):
    more = f"""
        :chapter ev:sha256 "{"1" * 64}" ; ev:length 9 ; dcterms:isPartOf :book .
        :other a ev:Claim ; ev:statedIn :chapter ; ev:selector :other-words .
        :other-words ev:inPassage :chapter ; oa:start 0 ; oa:end 4 ; ev:sentence 1 ; ev:sha256 "2" .
    """
    assert states(evidence(more=more), PAGE)["other"] == "source absent"
    assert check(evidence(more=more), PAGE)[0] == 0


def test_a_document_that_is_a_part_of_itself_ends():
    more = ":article dcterms:isPartOf :article , :ferry .\n"

    assert set(states(evidence(more=more), PAGE).values()) == {"verified"}


def test_evidence_is_found_in_any_graph():
    store = ox.Store()
    for graph in ("http://example.org/g", "http://example.org/h"):
        store.load(evidence().encode(), format=ox.RdfFormat.TURTLE, to_graph=ox.NamedNode(graph))

    assert [row.state for row in verify(store, PAGE)] == ["verified"] * len(WORDS)


# --- Planted in the text ----------------------------------------------------------------------------


VERIFIED = dict.fromkeys(WORDS, "verified")


def lines_of(text, width=30):
    """*text* with a line break wherever a line is full, as a narrow page has it."""
    made = [""]
    for word in text.split(" "):
        made[-1:] = [f"{made[-1]} {word}"] if len(made[-1]) < width else [made[-1], word]
    return "\n".join(made)


IN_TEXT = {
    "reordered": ("\n".join([PLAN, MILL, FERRY, FORD]), {}, 0),
    "a paragraph twice": (f"{MILL}\n{PAGE}\n{MILL}", {}, 0),
    "advertisements between": (PAGE.replace("\n\n", "\nAdvertisement\nBuy 300 pounds!\n"), {}, 0),
    "menu and paragraph on one line": (f"Home | News {FORD} Read more\n{PAGE[len(FORD) :]}", {}, 0),
    "other line breaks": (lines_of(PAGE), {}, 0),
    "Windows line breaks": (lines_of(PAGE).replace("\n", "\r\n"), {}, 0),
    "all in one line": (PAGE.replace("\n\n", " "), {}, 0),
    "straight quotes": (normalized(PAGE), {}, 0),
    "other quotes": (PAGE.replace("’", "‘").replace("“", "„").replace("”", "“"), {}, 0),
    "NFD": (unicodedata.normalize("NFD", PAGE), {}, 0),
    "unbreakable spaces, soft hyphens": (
        PAGE.replace(" ", "\xa0").replace("arch", "ar\xadch"),
        {},
        0,
    ),
    "bullets": ("  • " + PAGE.replace("\n\n", "\n  •\t"), {}, 0),
    "a byte order mark": (f"\ufeff{PAGE}", {}, 0),
    "a sentence more": (f"{PAGE}. More is not known.", {}, 0),
    "an advertisement within": (
        PAGE.replace("1950! ", "1950!\nAdvertisement\n"),
        {"sign": "moved"},
        1,
    ),
    "a passage edited beside the words": (PAGE.replace("nobody", "none"), {"sign": "moved"}, 1),
    "a passage edited in the words": (
        PAGE.replace("300 pounds", "350 pounds"),
        {"price": "source differs", "owner": "moved"},
        1,
    ),
    "a shorter edition": (
        f"{FORD}\n{FERRY}",
        dict.fromkeys(["sign", "planned", "trains"], "source differs"),
        1,
    ),
    "other dashes": (PAGE.replace("—", "-"), {"sign": "moved"}, 1),
    "another text": (
        "Nothing of it is here: 300 pounds.",
        dict.fromkeys(WORDS, "source absent"),
        3,
    ),
    "an empty text": ("", dict.fromkeys(WORDS, "source absent"), 3),
}


@pytest.mark.parametrize("name", IN_TEXT)
def test_what_is_planted_in_the_text(check, name):
    text, expected, code = IN_TEXT[name]

    assert states(evidence(), text) == {**VERIFIED, **expected}
    assert check(evidence(), text)[0] == code


def test_without_a_text_nothing_is_checked(check, monkeypatch):
    monkeypatch.delenv("GBAGRAPH_SOURCE_TEXT", raising=False)

    code, out, _ = check(evidence(), None, "--format", "text")
    assert code == 3
    assert out.splitlines()[-1] == f"{len(WORDS)} source absent"


def test_without_selectors_nothing_is_checked(check):
    code, out, _ = check(
        PREFIXES + ":a a ev:Claim ; ev:statedIn :ferry .", PAGE, "--format", "json"
    )

    assert (code, json.loads(out)["counts"]) == (3, {"not checkable": 1})
    assert check(PREFIXES, PAGE, "--format", "json")[0] == 3


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (bytes(range(256)), "is no text in UTF-8"),
        (PAGE.encode("utf-16"), "is no text in UTF-8"),
        (PAGE.encode() + b" " * 5_000_000, "has more than 1048576 bytes"),
        (("a " * 500_000).encode(), "too many to look for words of 4 lengths"),
    ],
    ids=["binary", "UTF-16", "huge", "hostile"],
)
def test_a_text_that_cannot_be_checked_is_refused(check, monkeypatch, text, says):
    monkeypatch.setattr(selectors, "MOST", 1_000_000)
    code, out, err = check(evidence(), text)

    assert (code, out) == (2, "")
    assert says in err


@pytest.mark.parametrize("options", [("--text", "nowhere.txt"), ("--text", "."), ("-f", "xml")])
def test_wrong_usage_is_refused(check, options):
    code, out, err = check(evidence(), None, *options)

    assert (code, out) == (2, "")
    assert err


def test_the_text_may_be_named_by_a_setting(check, monkeypatch, tmp_path):
    (tmp_path / "source.txt").write_text(PAGE)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "gbagraph.toml").write_text('source_text = "source.txt"')
    assert check(evidence())[0] == 0

    (tmp_path / "other.txt").write_text("Another text.")
    monkeypatch.setenv("GBAGRAPH_SOURCE_TEXT", str(tmp_path / "other.txt"))
    assert check(evidence())[0] == 3


def test_a_reader_is_told_first_what_is_not_verified(check):
    more = ":theirs a ev:Claim ; ev:statedIn :book .\n"
    data = evidence("price", {"sha256": f'"{"0" * 64}"'}, more=more)
    _, out, _ = check(data, PAGE, "--format", "text")

    first, *others, last = out.splitlines()
    assert first.split() == [
        *("changed", "http://example.org/price", "http://example.org/ferry,"),
        *("sentence", "1"),
    ]
    assert {line.split()[0] for line in others} == {"verified"}
    assert last == f"1 changed, 1 not checkable, {len(WORDS) - 1} verified"


@pytest.mark.slow
@pytest.mark.parametrize(
    "unit", ["( ", "x", *(pytest.param(e, marks=pytest.mark.matrix) for e in ("word ", "a ", "字"))]
)
def test_a_large_text_ends(unit):
    text = (unit * 1_000_000)[:1_000_000]
    begun = time.process_time()
    with suppress(RequestTooLarge):
        places(text, [(length, "") for length in range(1, 2000)])
    places(text[:40_000], [(length, "") for length in range(1, 51)])

    assert time.process_time() - begun < 60


# --- The words of a passage -------------------------------------------------------------------------


@given(st.text(st.sampled_from("aB1.•’“”‛ \n\xa0\xad\u200be\u0301\u2028—\u0344\ufeff")))
def test_normalized_text_stays_as_it_is(text):
    plain = normalized(text)

    assert normalized(plain) == plain
    assert plain == plain.strip()
    assert normalized(text.replace("\n", " \r\n")) == plain


@pytest.mark.parametrize(
    ("passage", "numbers"),
    [
        ("One. Two! Three? 4 is next. 'Five' is last.", [1, 2, 3, 4, 5]),
        ("It costs 3.5 pounds. Low.com is a name. and so on.", [1, 2]),
        ('Él dijo. Ésta es otra. "Y otra".', [1, 2, 3]),
    ],
)
def test_sentences_are_numbered(passage, numbers):
    found = [sentence(passage, place) for place in range(len(passage))]

    assert found == sorted(found)
    assert sorted(set(found)) == numbers


@pytest.mark.parametrize("words", ["idge", "1931. It has fou", "bridge is", "", " ", "is", "t"])
def test_words_are_whole_and_stand_once(words):
    with pytest.raises(BadParameter, match="times in the passage"):
        select(f"{normalized(FORD)} It is old.", words)


def test_words_are_selected_as_they_are_normalized():
    assert select(normalized(FORD), "“the\nwidest”") == (
        *(FORD.index("“"), FORD.index("”") + 1),
        *(sha256('"the widest"'), 2),
    )

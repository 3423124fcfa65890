"""The tool that writes selectors: the same each time, and nothing where a line does not fit."""

import re
import unicodedata

import pyoxigraph as ox
import pytest

import word_selectors
from gbagraph.errors import BadParameter
from gbagraph.features.verify.selectors import normalized, sha256


class Claims:
    """Each triple has two claims, but for what the paragraph on the mill does not say."""

    def about(self, triple, passage):
        about = f"https://w3id.org/gbagraph/claim/{triple.object.value}"
        return [] if passage.endswith("mill") else [about, f"{about}-again"]


TEXTS = {
    "https://w3id.org/gbagraph/article/ford": "Its bridge opened in 1931. It has four arches.",
    "https://w3id.org/gbagraph/article/ferry": "Before, Ada Moor's son sold it for 300 pounds.",
    "https://w3id.org/gbagraph/article/mill": "Nobody knows why.",
}
TABLE = [
    'id:x\tgba:y\t"one"@en\tart:ford\tstated\tbridge opened in 1931\t',
    "id:x\ta\ttwo\tferry\tinferred\t300 pounds\tA note.",
    "id:x\ta\ttwo\tferry\tinferred\tAda Moor\u2019s son\tA note.",
]


def test_selectors_are_written_the_same_each_time_and_without_words():
    made = word_selectors.selectors(TEXTS, TABLE, Claims())

    assert made == word_selectors.selectors(TEXTS, reversed(TABLE * 2), Claims())
    assert not any(word in made for word in ("bridge", "pounds", "Moor"))
    start = TEXTS["https://w3id.org/gbagraph/article/ferry"].index("300 pounds")
    quads = {
        (quad.subject.value, quad.predicate.value): quad.object.value
        for quad in ox.parse(made.encode(), format=ox.RdfFormat.TURTLE)
    }
    iri = f"https://w3id.org/gbagraph/article/ferry#char={start},{start + 10}"
    assert quads[iri, f"{word_selectors.EV}sha256"] == sha256("300 pounds")
    assert made.count("ev:selector") == 4


def test_all_lines_that_do_not_fit_are_told():
    faults = [
        'id:x\tgba:y\t"one"@en\tart:ford\tstated\tbridge opened in 1932\t',
        "id:x\ta\ttwo\tmill\tinferred\tknows why\tThere is no claim.",
        "id:x\ta\ttwo\tnowhere\tinferred\tknows why\t",
        "id:x a two",
    ]
    with pytest.raises(BadParameter) as caught:
        word_selectors.selectors(TEXTS, [*TABLE, *faults], Claims())

    assert len(caught.value.message.splitlines()) == len(faults)


def test_passages_are_read_by_their_names():
    read = word_selectors.passages_of("id\tkind\ttext\nford\t\tLow  Ford\u2019s bridge\n")

    assert read == {"https://w3id.org/gbagraph/article/ford": "Low Ford's bridge"}


def test_normalized_text_is_as_the_vocabulary_defines_it():
    """As its scope note says it, character by character; what is white space, by the list of Unicode."""
    white = "\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
        map(chr, range(0x2000, 0x200B))
    )
    text = "".join(map(chr, (*range(1, 0xD800), *range(0xE000, 0x11000)))) + "\u2022 \u2022e\u0301 "
    for each in (text, text[::-1], "\u2022" + text, " \u2022 \u2022\u00ad" + text):
        kept = re.sub("[\u00ad\u200b-\u200d\u2060\ufeff]", "", each)
        plain = unicodedata.normalize("NFC", kept)
        plain = re.sub("[\u2018-\u201b]", "'", re.sub("[\u201c-\u201f]", '"', plain))
        plain = re.sub(f"[{re.escape(white)}]+", " ", plain)

        assert normalized(each) == re.sub("^[\u2022 ]+| +$", "", plain)

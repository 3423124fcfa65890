"""The normalized text of a passage, as the vocabulary of evidence defines it."""

import re
import unicodedata

from gbagraph.features.verify.selectors import normalized


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

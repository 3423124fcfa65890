"""Tables of text are aligned for the eye."""

from gbagraph.text import aligned, columns, padded

ROWS = [("名字", "n"), ("cafe\u0301", "12"), ("a", "")]


def test_chinese_takes_two_columns_and_combining_characters_none():
    assert aligned(ROWS) == ["名字  n", "cafe\u0301  12", "a"]
    assert aligned(ROWS, right=True) == ["名字   n", "cafe\u0301  12", "a"]
    assert (columns("名字"), padded("名", 4), padded("名", 4, right=True)) == (4, "名  ", "  名")

"""Widths of texts, and how they are broken."""

from hypothesis import given
from hypothesis import strategies as st

from gbagraph.features.pictures import shapes


def test_chinese_characters_count_double():
    assert shapes.text_width("知识城") >= 1.9 * shapes.text_width("abc")


def test_marks_that_combine_take_no_room():
    assert shapes.text_width("e\u0301") == shapes.text_width("e")


def test_what_fits_stays_as_it_is():
    assert shapes.wrapped("Knowledge City", 400) == ("Knowledge City",)


def test_lines_break_at_spaces_and_the_last_one_is_cut():
    lines = shapes.wrapped("China-Singapore Guangzhou Knowledge City and more", 150, most=2)
    assert lines[0] == "China-Singapore"
    assert lines[1].endswith("…")


def test_chinese_breaks_between_characters():
    assert len(shapes.wrapped("粤港澳大湾区发展规划纲要", 110, most=2)) == 2


@given(st.text(max_size=80), st.floats(40, 400), st.integers(1, 4))
def test_no_line_is_broader_than_its_room(words, room, most):
    lines = shapes.wrapped(words, room, most=most)
    assert len(lines) <= most
    assert all(shapes.text_width(line) <= room + 1e-6 for line in lines)

"""Options of a comparison: tolerance, columns left out, severity; files beside tests; terms in CSV."""

import random

import pyoxigraph as ox
import pytest

from gbagraph.errors import GbaGraphError, QueryFileError
from gbagraph.testing import AnswerDiffers, assert_solutions, compare
from support import file_with


def changed(actual, expected, **options):
    """The rows and columns that differ; None if the answers do not."""
    difference = compare(actual, expected, **options)
    return difference and [(row.expected, row.actual, row.columns) for row in difference.changed]


def of(*values, **others):
    return [{"n": value, **others} for value in values]


@pytest.mark.parametrize(
    ("actual", "options", "is_equal"),
    [
        (100.5, {"abs_tol": 0.5}, True),
        (100.51, {"abs_tol": 0.5}, False),
        (101, {"rel_tol": 0.01}, True),
        (102, {"rel_tol": 0.01}, False),
        (100.5, {}, False),
        ("100.5", {"abs_tol": 0.5}, False),
        (ox.Literal("1.004e2", datatype=ox.NamedNode("http://www.w3.org/2001/XMLSchema#double")),
         {"abs_tol": 0.5}, True),
    ],
)  # fmt: skip
def test_numbers_and_they_alone_may_differ_a_little(actual, options, is_equal):
    for expected in (of(100), "n\n100\n"):
        assert (compare(of(actual), expected, **options) is None) == is_equal


def test_each_row_is_near_to_one_of_its_own():
    """Near is not transitive: neither a chain of neighbours nor a near row of another thing will do."""
    assert changed(of(1.08, 1.04), of(1, 1.04), abs_tol=0.05) is None
    assert changed(of(1.08, 1.04), of(1, 1.04), abs_tol=0.05, order="ordered") == [(0, 0, (0,))]
    assert changed(of(1, 1.01, 1.04), of(1, 1.01, 1.02), abs_tol=0.015) == [(2, 2, (0,))]
    expected = [{"n": 1, "x": "a"}, {"n": 1.01, "x": "b"}]
    assert changed([{"n": 1.014, "x": "a"}, {"n": 1, "x": "b"}], expected, abs_tol=0.015) is None
    assert changed([{"n": 1.02, "x": "a"}, {"n": 1, "x": "b"}], expected, abs_tol=0.015) == [
        (0, 0, (0,))
    ]
    assert changed(of(2.01, 1), of(1, 2), abs_tol=0.1) is None
    assert compare(of(2.01, 1), of(1, 2), abs_tol=0.1, order="ordered") is not None
    assert compare(of(1, 1, 2), of(1, 2, 2), abs_tol=0.1) is not None


def test_texts_that_look_like_numbers_are_no_numbers():
    """Not even in CSV, where the reader cannot know: the column of the answer decides."""
    rows = [{"n": 1.01, "code": "571"}, {"n": 2, "code": "572"}]

    assert compare(rows, "n,code\n1,571\n2,572\n", abs_tol=1) is None
    assert compare([{"code": "571"}] * 2, "code\n571\n572\n", abs_tol=1) is not None
    assert changed(rows, "n,code\n1,572\n2,571\n", abs_tol=0.1) == [(0, 0, (1,)), (1, 1, (1,))]


def test_near_rows_are_found_among_many_in_any_order():
    source = random.Random(7)
    expected = [{"x": n % 50, "n": n, "b": ox.BlankNode(f"a{n}")} for n in range(2000)]
    actual = [
        {**row, "n": row["n"] + source.uniform(-0.4, 0.4), "b": ox.BlankNode(f"b{row['n']}")}
        for row in source.sample(expected, len(expected))
    ]

    assert_solutions(actual, expected, abs_tol=0.4)
    actual[5]["n"] += 1
    assert len(changed(actual, expected, abs_tol=0.4)) == 1


def test_columns_are_left_out_of_both():
    rows = [{"n": 1, "at": "today", "x": 2}]

    assert_solutions(rows, [{"n": 1, "x": 2}], exclude="at")
    assert_solutions(rows, [(1,)], exclude=["at", "x"])
    assert_solutions(rows, "at,n,x\nyesterday,1,2\n", exclude=["at"])
    assert changed(rows, [{"n": 2, "x": 2}], exclude="at") == [(0, 0, (0,))]


def test_a_warning_does_not_fail():
    with pytest.warns(UserWarning, match="n: expected 2, actual 1") as caught:
        assert_solutions(of(1), of(2), severity="warning")
    assert caught[0].filename == __file__


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"abs_tol": -1}, "abs_tol is -1 and rel_tol is 0. They have to be finite numbers, 0 or"),
        ({"rel_tol": "0.5"}, "rel_tol is '0.5'"),
        ({"rel_tol": float("nan")}, "rel_tol is nan"),
        ({"abs_tol": True}, "abs_tol is True"),
        ({"order": "sorted"}, "order is 'sorted', but has to be one of bag, ordered, set"),
        ({"numeric": "foo"}, "numeric is 'foo', but has to be one of value, term"),
        ({"exclude": "m"}, r"exclude names m, and the answer has no such column \(it has: n\)"),
        ({"severity": "low"}, "severity is 'low', but has to be one of error, warning"),
    ],
)
def test_an_option_with_a_wrong_value_is_refused(options, said):
    with pytest.raises(GbaGraphError, match=said):
        assert_solutions(of(1), of(1), **options)


# Files, and terms in CSV


def test_a_file_is_beside_the_file_that_calls(tmp_path, monkeypatch):
    """Whatever the working directory, as a path or a text, and also where it is the answer."""
    (tmp_path / "expected").mkdir()
    file_with(tmp_path / "expected" / "n.csv", "n\n1\n")
    code = (
        "def check(value, expected):\n    assert_solutions(value, expected)\n"
        "    assert compare(value, expected) is None\n    assert_solutions(expected, value)\n"
    )
    names = {"assert_solutions": assert_solutions, "compare": compare}
    module = file_with(tmp_path / "module.py", code)
    exec(compile(code, str(module), "exec"), names)

    names["check"](of(1), "expected/n.csv")
    names["check"](of(1), (tmp_path / "expected" / "n.csv").relative_to(tmp_path))
    with pytest.raises(QueryFileError, match=r"none\.csv: there is no such file"):
        names["check"](of(1), "none.csv")
    monkeypatch.chdir(tmp_path)
    exec("assert_solutions([{'n': 1}], 'expected/n.csv')", names)


def test_csv_has_terms_as_turtle_writes_them():
    term = ox.Literal("5", datatype=ox.NamedNode("http://www.w3.org/2001/XMLSchema#integer"))
    text = ox.Literal('a, "b"', language="en")

    for line in (r'"a, \"b\""@en,"5"^^xsd:integer', r'"""a, \""b\""""@en","""5""^^xsd:integer"'):
        assert_solutions([{"x": text, "y": term}], f"x,y\r\n{line}\r\n", numeric="term")
    assert compare([{"x": ox.Literal("a")}], 'x\n"a"@en\n') is not None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x,y\n1,\"a\nb\"\n2,\"c\" d\n", r"x\.csv: Line 4, column 3: the cell begins with a"),
        ("x,y\n1,\"a\n", r"x\.csv: Line 2, column 3: the cell begins .* must end with one"),
        ("x\n1\n\"a\"^^none:such\n", r'x\.csv: Line 3, x: "a"\^\^none:such is not a term of Turtle'),
    ],
)  # fmt: skip
def test_csv_that_cannot_be_read_is_told_with_its_place(tmp_path, text, said):
    with pytest.raises(QueryFileError, match=said):
        assert_solutions(of(1), file_with(tmp_path / "x.csv", text))
    with pytest.raises((GbaGraphError, AnswerDiffers), match="Line"):
        assert_solutions(of(1), text)

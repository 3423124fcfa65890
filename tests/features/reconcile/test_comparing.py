"""How well a value fits what somebody wrote for it."""

import pytest

from gbagraph.features.reconcile.candidates import fits


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Nansha", "nansha"),
        ("São Paulo", "Sao-Paulo"),
        ("1,000", "1000.0"),
        ("2020", "2020"),
        ("1e3", "1000"),
        ("广州", "广州"),
    ],
)
def test_the_same_fits_whole(text, value):
    assert fits(text, value) == fits(value, text) == 1


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2020", "2020-05-01"),
        ("10000", "10,001"),
        ("Knowledge City", "Guangzhou Knowledge City"),
        ("Nansha District", "Nansha"),
    ],
)
def test_what_is_near_fits_somewhat(text, value):
    assert 0.5 < fits(text, value) < 0.98
    assert fits(text, value) == fits(value, text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Nansha", "Shenzhen"),
        ("10", "1000"),
        ("2020", "2021"),
        ("2020", "2021-05-01"),
        ("", "x"),
        ("0", "7"),
    ],
)
def test_other_things_do_not_fit(text, value):
    assert fits(text, value) == 0


@pytest.mark.parametrize("text", ["1e99999", "9" * 1000, "-" * 5000, "1.2.3", "1e-99", "٣"])
def test_odd_numbers_are_no_errors(text):
    assert 0 <= fits(text, "1") <= 1
    assert fits(text, text) == 1

"""Cells as they stand in tables of users: the right thing comes first, and no wrong one is matched."""

import pytest

from reconcile_score import LISTS, cells, scored


@pytest.mark.parametrize(
    ("who", "first", "matched"), [("seen", 84, 67), ("unseen", 52, 35), ("adverse", 13, 13)]
)
def test_the_cells_are_found_and_none_is_matched_wrongly(who, first, matched):
    results = scored(cells(LISTS[who]))

    assert [each.cell.text for each in results if each.is_false] == []
    assert sum(each.rank == 1 for each in results) >= first
    assert sum(bool(each.matched) for each in results) >= matched

"""Cells as they stand in tables of users: the right thing comes first, and no wrong one is matched."""

from reconcile_score import SEEN, cells, scored


def test_the_cells_are_found_and_none_is_matched_wrongly():
    results = scored(cells(SEEN))

    assert [each.cell.text for each in results if each.is_false] == []
    assert [each.cell.text for each in results if each.cell.right and each.rank != 1] == []
    assert sum(bool(each.matched) for each in results) >= 67

"""Canned queries in groups."""

from gbagraph.features.canned.routes import Listed, contains, grouped
from gbagraph.queries.catalog import all_queries


def listed():
    return [Listed(query, "", "") for query in all_queries().values()]


def test_each_query_is_in_one_group_and_no_group_has_one_alone():
    groups = grouped(listed())
    found = [row.query.name for rows in groups.values() for row in rows]

    assert sorted(found) == sorted(all_queries())
    assert all(len(rows) > 1 for tag, rows in groups.items() if tag)
    assert list(groups)[-1] == ""
    sizes = [len(rows) for tag, rows in groups.items() if tag]
    assert sizes == sorted(sizes, reverse=True)


def test_queries_without_tags_are_one_group():
    row = next(row for row in listed())
    plain = Listed(type(row.query)("x", row.query.path, "", "solutions", "X?"), "", "")

    assert grouped([plain]) == {"": [plain]}
    assert grouped([]) == {}


def test_all_words_must_be_there_in_any_case():
    query = all_queries()["zones-by-area"]

    assert contains(query, "LARGE zones")
    assert contains(query, "")
    assert not contains(query, "large dragons")

"""Canned queries in groups."""

from gbagraph.features.canned.routes import Listed, contains, grouped
from gbagraph.queries.catalog import all_queries


def listed():
    return [Listed(query, "", ()) for query in all_queries().values()]


def test_each_query_is_in_the_group_of_its_first_tag():
    groups = grouped(listed())
    found = [row.query for rows in groups.values() for row in rows]

    assert {query.name for query in found} == set(all_queries())
    assert all(row.query.tags[0] == tag for tag, rows in groups.items() for row in rows)
    assert all(len(rows) > 1 for rows in groups.values())
    assert [query.order for query in found] == list(range(1, len(found) + 1))


def test_queries_without_tags_are_one_group():
    row = next(row for row in listed())
    plain = Listed(type(row.query)("x", row.query.path, "", "solutions", "X?"), "", ())

    assert grouped([plain]) == {"": [plain]}
    assert grouped([]) == {}


def test_columns_are_what_is_selected_without_labels():
    assert all_queries()["zones-by-area"].columns[:2] == ("zone", "squareKilometres")
    assert all_queries()["is-in"].columns == ()


def test_all_words_must_be_there_in_any_case():
    query = all_queries()["zones-by-area"]

    assert contains(query, "LARGE zones")
    assert contains(query, "")
    assert not contains(query, "large dragons")

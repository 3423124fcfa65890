"""The address of an answer, and the links that change it."""

import pytest

from gbagraph.errors import BadParameter
from gbagraph.settings import MAX_TARGET
from gbagraph.web.table import Address

QUERY = ("query", "SELECT * { ?s ?p 'a&b' }")


def address(*pairs, own=frozenset()):
    return Address.of("/kg", "/sparql", [QUERY, *pairs], own)


def test_what_is_asked_is_kept_apart_from_what_is_shown():
    found = address(("page", "3"), ("order", "-p"), ("view", "map"), ("infer", "false"), ("x", ""))

    assert found.asked == (QUERY, ("infer", "false"))
    assert (found.page, found.order, found.view, found.find) == (3, "-p", "map", "")


def test_a_link_changes_one_thing_and_keeps_the_rest():
    found = address(("order", "p"), ("find", "x"))

    assert found.link(page=2) == (
        "/kg/sparql?query=SELECT%20%2A%20%7B%20%3Fs%20%3Fp%20%27a%26b%27%20%7D&order=p&find=x&page=2"
    )
    assert "order" not in found.link(order=None)


def test_another_order_begins_at_the_first_page():
    assert "page=" not in address(("page", "7")).link(order="s")


def test_files_and_programs_get_the_whole_answer():
    found = address(("page", "2"), ("order", "p"), ("evidence", "true"), ("labels", "en"))

    assert found.download("csv").endswith("%7D&format=csv")
    assert found.plain.endswith("%7D")
    assert found.with_evidence.endswith("%7D&evidence=true&format=srj")


def test_parameters_of_the_query_keep_their_names():
    found = address(("page", "front"), ("$page", "2"), own=frozenset({"page"}))

    assert found.page == 2
    assert ("page", "front") in found.asked
    assert found.link(page=3).endswith("&page=front&%24page=3")


def test_a_form_keeps_what_it_does_not_set():
    assert address(("find", "x"), ("order", "p"), ("page", "2")).hidden("find") == [
        QUERY,
        ("order", "p"),
    ]


@pytest.mark.parametrize("page", ["0", "-1", "x", "99999999"])
def test_a_page_is_a_number(page):
    with pytest.raises(BadParameter, match="Give a number from 1"):
        _ = address(("page", page)).page


def test_what_no_target_can_hold_has_no_links():
    assert address().is_linkable
    assert not address(("$x", "y" * MAX_TARGET)).is_linkable

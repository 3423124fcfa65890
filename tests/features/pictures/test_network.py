"""Networks and chains: what is drawn where, and what is left out."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gbagraph.features.pictures import links as path
from gbagraph.features.pictures import network, shapes
from gbagraph.features.pictures.links import Chain, Edge, Node, Step
from gbagraph.rdf.results import Value

WIDTHS = [shapes.WIDE, shapes.NARROW]


def nodes(*names):
    return [Node(Value(name)) for name in names]


def edges(*rows):
    return [Edge(*row) for row in rows]


def boxes(drawn):
    return {circle.node.value.text: circle.box for circle in drawn.nodes}


def test_what_leads_to_the_centre_is_left_of_it_and_the_rest_right():
    drawn = boxes(network.draw(nodes("a", "b", "c"), edges(("a", "b", "to"), ("b", "c", "on"))))
    assert drawn["a"].x < drawn["b"].x < drawn["c"].x


@pytest.mark.parametrize(
    ("links", "heads", "words"),
    [
        ([("a", "b", "owns"), ("a", "b", "leads")], 1, "a owns, leads b."),
        ([("a", "b", "x"), ("b", "a", "y")], 2, "a x b. b y a."),
    ],
)
def test_all_links_of_two_nodes_are_one_arrow(links, heads, words):
    drawn = network.draw(nodes("a", "b"), edges(*links))
    assert [len(arrow.heads) for arrow in drawn.arrows] == [heads]
    assert drawn.words == words


def test_beyond_two_steps_another_part_begins():
    drawn = network.draw(nodes(*"abcde"), edges(*itertools.pairwise("abcde")))
    assert [circle.node.key for circle in drawn.nodes if circle.is_centre] == ["b", "e"]
    assert drawn.left_out == 0


def test_no_more_nodes_than_have_room():
    names = [f"n{number:03}" for number in range(100)]
    drawn = network.draw(nodes("hub", *names), edges(*(("hub", name) for name in names)))
    assert len(drawn.nodes) == 40
    assert drawn.left_out == 61


@pytest.mark.parametrize("width", WIDTHS)
def test_links_between_neighbours_are_told(width):
    drawn = network.draw(
        nodes("a", "b", "c"), edges(("a", "b", "x"), ("a", "c", "y"), ("b", "c", "z")), width
    )
    assert drawn.others == ("b z c",)


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_is_an_empty_drawing(width):
    assert network.draw([], [], width=width).nodes == ()


NAMES = st.lists(st.text(min_size=1, max_size=40), min_size=1, max_size=45, unique=True)


@settings(max_examples=60, deadline=None)
@given(NAMES, st.randoms(use_true_random=False), st.sampled_from(WIDTHS))
def test_neither_boxes_nor_labels_overlap(names, random, width):
    links = [(random.choice(names), random.choice(names), random.choice(names)) for _ in names * 2]
    drawn = network.draw(nodes(*names), edges(*links), width=width)
    assert drawn == network.draw(nodes(*names), edges(*links), width=width)
    placed = [
        *(circle.box for circle in drawn.nodes),
        *(label.box for arrow in drawn.arrows for label in arrow.labels),
    ]
    assert not any(a.overlaps(b) for a, b in itertools.combinations(placed, 2))
    assert all(box.x >= 0 and box.x + box.width <= width for box in placed)
    assert all(box.y + box.height <= drawn.height for box in placed)


@given(NAMES, st.sampled_from(WIDTHS))
@settings(max_examples=60, deadline=None)
def test_every_link_is_told_once(names, width):
    links = [(a, b, "to") for a, b in itertools.pairwise(names)]
    drawn = network.draw(nodes(*names), edges(*links), width=width)
    shown = {circle.node.value.text for circle in drawn.nodes}
    told = [arrow.words for arrow in drawn.arrows if not arrow.is_cross] + list(drawn.others)
    assert len(told) == sum(a in shown and b in shown for a, b, _ in links)


# --- Chains ---


def chain(*names, label="leads to"):
    first, *rest = nodes(*names)
    return Chain(first, tuple(Step(label, node) for node in rest))


def test_a_chain_goes_to_the_right_and_on_phones_down():
    wide = path.draw_chains([chain("Baidu", "Apollo R&D Centre", "Knowledge City")])
    assert len({circle.box.y for circle in wide.nodes}) == 1
    narrow = path.draw_chains(
        [chain("Baidu", "Apollo R&D Centre", "Knowledge City")], shapes.NARROW
    )
    assert len({circle.box.y for circle in narrow.nodes}) == 3


def test_a_chain_in_words():
    assert chain("a", "b", "c", label="to").words == "a to → b to → c"


def test_chains_beyond_the_limit_are_left_out():
    assert len(path.draw_chains([chain("a", str(n)) for n in range(20)]).chains) == path.CHAINS


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(st.text(min_size=1, max_size=40), min_size=1, max_size=9), max_size=5),
    st.text(max_size=30),
    st.sampled_from(WIDTHS),
)
def test_boxes_and_labels_of_chains_do_not_overlap(rows, label, width):
    drawn = path.draw_chains([chain(*row, label=label) for row in rows], width)
    placed = [
        *(circle.box for circle in drawn.nodes),
        *(label.box for arrow in drawn.arrows for label in arrow.labels),
    ]
    assert not any(a.overlaps(b) for a, b in itertools.combinations(placed, 2))
    assert all(box.x >= 0 and box.x + box.width <= width + 0.1 for box in placed)

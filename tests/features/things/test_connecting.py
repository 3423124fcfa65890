"""Paths between things: the best first, in both directions, within limits that are told."""

import itertools
import json
import random
from math import log2

import pyoxigraph as ox
import pytest

import gbagraph
from gbagraph.features.things import connecting
from gbagraph.features.things.connecting import Links, connect
from gbagraph.rdf.namespaces import graph_iri

OWN = "https://w3id.org/gbagraph/id/"
P = ox.NamedNode("urn:p")


def of(links):
    """A store with these pairs linked."""
    store = ox.Store()
    store.extend(ox.Quad(*(ox.NamedNode(f"urn:{e}") for e in (a, "p", b))) for a, b in links)
    return store


def paths(store, start, end, length=4, number=3):
    links = Links(store)
    found = connect(links, f"urn:{start}", f"urn:{end}", length, number)
    return [tuple(each.removeprefix("urn:") for each in path) for path in found], links


def test_baidu_leads_through_its_centre_to_the_knowledge_city(graph):
    links = Links(graph.store)
    found = connect(links, f"{OWN}baidu", f"{OWN}knowledge-city", 4, 1)

    assert found == [tuple(OWN + e for e in ("baidu", "apollo-rd-centre", "knowledge-city"))]
    assert links.beside[f"{OWN}baidu"][f"{OWN}apollo-rd-centre"] == (
        False,
        "https://w3id.org/gbagraph/ontology#develops",
    )


@pytest.mark.parametrize("seed", range(6))
def test_the_best_paths_are_those_that_cost_least_of_all(seed):
    dice = random.Random(seed)
    names = "abcdefgh"
    pairs = {tuple(dice.sample(names, 2)) for _ in range(14)}
    beside = {n: {b if a == n else a for a, b in pairs if n in (a, b)} for n in names}
    every = [
        ("a", *inner, "h")
        for number in range(4)
        for inner in itertools.permutations("bcdefg", number)
        if all(b in beside[a] for a, b in itertools.pairwise(("a", *inner, "h")))
    ]
    cost = {p: len(p) - 1 + sum(log2(len(beside[n])) for n in p[1:-1]) for p in every}

    found, _ = paths(of(pairs), "a", "h", number=5)

    assert [cost[p] for p in found] == pytest.approx(sorted(cost.values())[:5])


def test_what_leads_through_a_hub_comes_after_what_is_specific():
    towns = [(f"town{n}", "country") for n in range(1500)]
    store = of([*towns, ("town1", "road"), ("road", "bridge"), ("bridge", "town2")])

    found, _ = paths(store, "town1", "town2")

    assert found == [("town1", "road", "bridge", "town2"), ("town1", "country", "town2")]


def test_a_hub_is_reached_and_not_entered_and_that_is_told():
    store = of((f"town{n}", "country") for n in range(5000))

    found, links = paths(store, "town1", "town2")

    assert found == [("town1", "country", "town2")]
    assert links.crowded == {"urn:country"}
    assert links.read < 5000
    assert paths(store, "country", "town3")[0] == [("country", "town3")]


def test_reading_stops_at_its_limit(monkeypatch):
    monkeypatch.setattr(connecting, "_READ", 500)
    apart = [
        (f"{side}{n}", f"{side}{n * k % 99}") for side in "ab" for n in range(99) for k in range(9)
    ]

    found, links = paths(of(apart), "a1", "b1", length=6)

    assert not found
    assert 500 <= links.read < 700
    assert not links.is_all


@pytest.mark.parametrize(("most", "is_all"), [(50, False), (500, True)])
def test_trying_stops_at_its_limit_and_that_is_told(monkeypatch, most, is_all):
    monkeypatch.setattr(connecting, "_TRIED", most)
    crowd = itertools.combinations("abcdefg", 2)

    found, links = paths(of([*crowd, ("a", "road"), ("road", "z")]), "a", "z", length=6)

    assert found == [("a", "road", "z")]
    assert links.is_all == is_all


def test_kinds_labels_and_what_follows_are_no_steps():
    a, b = ox.NamedNode("urn:a"), ox.NamedNode("urn:b")
    kind, label = (
        ox.NamedNode("http://www.w3.org/" + each)
        for each in ("1999/02/22-rdf-syntax-ns#type", "2000/01/rdf-schema#label")
    )
    quads = [
        ox.Quad(each, term, ox.NamedNode("urn:x")) for each in (a, b) for term in (kind, label)
    ]
    follows = [ox.Quad(a, P, b), ox.Quad(a, P, b, ox.NamedNode(graph_iri("inferred")))]
    store = ox.Store()
    store.extend([*quads, *follows])

    assert paths(store, "a", "b")[0] == []
    store.remove(follows[1])
    assert paths(store, "a", "b")[0] == [("a", "b")]


def test_paths_are_the_same_each_time(monkeypatch):
    monkeypatch.setattr(connecting, "_READ", 100)
    pairs = [(f"n{n}", f"n{n * k % 99}") for n in range(99) for k in range(9)]
    results = set()
    for seed in range(3):
        random.Random(seed).shuffle(pairs)
        found, links = paths(of(pairs), "n1", "n98", number=9)
        results.add(json.dumps([found, list(links._entered)]))

    assert len(results) == 1


def test_a_graph_of_others_needs_no_evidence(tmp_path):
    file = tmp_path / "own.ttl"
    file.write_text("@prefix e: <urn:> . e:a e:p e:b . e:c e:q e:b .")
    found, links = paths(gbagraph.open(file).store, "a", "c")

    assert found == [("a", "b", "c")]
    assert links.beside["urn:b"]["urn:c"] == (True, "urn:q")

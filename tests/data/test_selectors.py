"""The words on which the claims rest: each claim of the article names some, and the article has them."""

import os
import re
from pathlib import Path

import pytest

from gbagraph.features.verify.verification import BASES, EV, verify
from gbagraph.paths import resource
from gbagraph.rdf.namespaces import PREFIXES
from support import ROOT

FILE = resource("data", "selectors.ttl")


def source_text():
    """The article: GBAGRAPH_SOURCE_TEXT names it, else it is looked for beside the checkout."""
    given = os.environ.get("GBAGRAPH_SOURCE_TEXT")
    path = Path(given) if given else ROOT.parent / "shared" / "source" / "article.txt"
    if not given and not path.is_file():
        pytest.skip("the text of the article is not here: name its file by GBAGRAPH_SOURCE_TEXT")
    return path.read_text(encoding="utf-8")


def test_the_article_has_the_words_of_every_selector(graph):
    found = [row for row in verify(graph.store, source_text()) if row.selector]

    assert len(found) >= 1000
    assert [row for row in found if row.state != "verified"] == []


def test_every_claim_of_the_article_names_words_in_each_of_its_passages(graph):
    without = [row for row in verify(graph.store) if not row.selector]

    assert [row for row in without if row.passage.startswith(PREFIXES["art"])] == []


def test_words_are_of_passages_on_which_their_claim_rests(graph):
    bases = " ".join(f"<{basis}>" for basis in BASES)
    others = graph.select(
        f"""SELECT ?claim ?passage {{
          GRAPH <{PREFIXES["graph"]}selectors> {{
            ?claim <{EV}selector> ?words . ?words <{EV}inPassage> ?passage }}
          FILTER NOT EXISTS {{ VALUES ?basis {{ {bases} }} ?claim ?basis ?passage }} }}"""
    )

    assert list(others) == []


def test_no_words_are_told():
    texts = re.findall(r'"([^"]*)"', FILE.read_text(encoding="utf-8"))

    assert texts
    assert [text for text in texts if not re.fullmatch(r"[0-9a-f]{64}", text)] == []

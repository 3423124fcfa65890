"""Write our claims on the article in the claims form, or the data that such claims give.

``python scripts/article_claims.py PASSAGES`` prints the claims of data/, with the words of the article.
A line of PASSAGES has the name of a passage, its kind and its text, with tabs, below a line of heads.
``python scripts/article_claims.py PASSAGES CLAIMS`` writes data/evidence.ttl and data/selectors.ttl, in
which no words are. Where something is wrong, or the facts are not those of data/gba.ttl, which is
written by hand, it says so and writes nothing.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from gbagraph.errors import BadParameter
from gbagraph.features.claims import rdf
from gbagraph.features.claims.form import parse
from gbagraph.features.claims.names import Names
from gbagraph.features.claims.text import FromText
from gbagraph.features.claims.writing import write
from gbagraph.features.verify.selectors import normalized
from gbagraph.features.verify.texts import Passage
from gbagraph.paths import resource, write_whole
from gbagraph.rdf.namespaces import PREFIXES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gbagraph.features.claims.model import Passages

HEADS: Final = {
    "evidence": """\
# SPDX-License-Identifier: CC-BY-4.0
# The claims on the facts of gba.ttl: for each fact, on which passage of the article it rests, and how.
# statedIn: the passage says it; of several passages each alone carries it. inferredFrom: we concluded
# it, from all of them together, as the note or the resolved words say. wordedFrom: the words are ours,
# made from that passage. selectors.ttl says which words carry it. Made by scripts/article_claims.py.
""",
    "selectors": """\
# SPDX-License-Identifier: CC-BY-4.0
# The words on which the claims of evidence.ttl rest: a place in the passage (Unicode code points of its
# normalized text, the end not included), the SHA-256 of exactly these characters, and the number of the
# sentence. The text itself is not ours to print: `gbagraph verify --text FILE` compares all of this with
# a text that you have. Made by scripts/article_claims.py.
""",
}


def names() -> Names:
    """Return the names of our things, passages and claims."""
    return Names(PREFIXES["id"], passages=PREFIXES["art"], claims=PREFIXES["c"])


def triples(*files: str) -> set[ox.Triple]:
    """Return what files of data/ say."""
    return {
        quad.triple
        for file in files
        for quad in ox.parse(path=str(resource("data", f"{file}.ttl")))
    }


def store_of(*graphs: Iterable[ox.Triple]) -> ox.Store:
    """Return the triples of *graphs* as a store."""
    store = ox.Store()
    store.extend(ox.Quad(*triple) for graph in graphs for triple in graph)
    return store


def printed(passages: Passages) -> str:
    """Return the claims of data/ in the form."""
    return write(
        rdf.claims_of(store_of(triples("gba", "evidence", "selectors")), passages, names()), names()
    )


def made(text: str, passages: FromText) -> dict[str, set[ox.Triple]]:
    """Return the evidence and the selectors that claims in the form give.

    Raises:
        BadParameter: they have faults, or other facts than data/gba.ttl has.
    """
    known = names()
    claims, faults = parse(text, "CLAIMS", known)
    own = triples("gba")
    parts = rdf.FromData(store_of(own | triples("selectors"))).parts
    facts = rdf.facts(claims) | rdf.structure(parts)
    wrong = [
        *map(str, faults),
        *(f"no claim is about {fact}" for fact in sorted(own - facts, key=str)),
        *(f"data/gba.ttl has not {fact}" for fact in sorted(facts - own, key=str)),
    ]
    if wrong:
        raise BadParameter("\n".join(wrong))
    selectors = rdf.selectors(claims, passages, known) | rdf.hashes(parts)
    return {"evidence": rdf.evidence(claims, known), "selectors": selectors}


def passages_of(table: str) -> FromText:
    """Return the passages of a table of their names, kinds and texts."""
    rows = (line.split("\t") for line in table.splitlines()[1:])
    return FromText([Passage(name, normalized(text)) for name, _, text in rows], PREFIXES["art"])


def main(table: str, claims: str = "") -> int:
    """Print the claims, or write the files that *claims* give; return 1 where something does not fit."""
    passages = passages_of(Path(table).read_text(encoding="utf-8"))
    try:
        files = made(Path(claims).read_text(encoding="utf-8"), passages) if claims else {}
    except BadParameter as problem:
        print(problem.message, file=sys.stderr)
        return 1
    for name, said in files.items():
        write_whole(resource("data", f"{name}.ttl"), rdf.turtle(said, PREFIXES, HEADS[name]))
    print("" if claims else printed(passages), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

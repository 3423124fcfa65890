"""Write data/selectors.ttl: by which words of the article each claim is carried, as places and hashes.

``python scripts/word_selectors.py PASSAGES TABLE...`` reads files with tabs, and writes no words. A line
of PASSAGES has the name of a passage, its kind and its text, below a line of heads. A line of a
TABLE has subject, predicate and object of a triple, as ``gbagraph why`` takes them, the passage, the
basis, the words, and a note. What does not fit is told, and nothing is written then.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pyoxigraph as ox

from gbagraph.dataset.computed import add_claims
from gbagraph.dataset.identity import EVIDENCE
from gbagraph.dataset.loader import read_built_in
from gbagraph.errors import BadParameter
from gbagraph.features.verify.selectors import normalized, select, sha256
from gbagraph.features.verify.verification import BASES, EV, OA
from gbagraph.paths import resource, write_whole
from gbagraph.rdf.namespaces import PREFIXES, expand, written
from gbagraph.sparql.terms import read

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PLACE: Final = resource("data", "selectors.ttl")
_PREFIXES: Final = {"art": PREFIXES["art"], "c": PREFIXES["c"], "ev": EV, "oa": OA}
_HEAD: Final = """\
# SPDX-License-Identifier: CC-BY-4.0
# Which words of the article carry each claim: their places in the normalized text of a passage, and
# hashes in place of the words (docs/evidence.md). Made by scripts/word_selectors.py.

"""


class Claims:
    """The claims of the built-in dataset by the triples that they are about, and what each rests on."""

    def __init__(self) -> None:
        store = read_built_in()
        add_claims(store)
        self._store, self._by_triple = store, defaultdict[Any, list[Any]](list)
        for quad in self._quads("rdf:subject"):
            parts = [quad.object, *map(self._part(quad.subject), ("rdf:predicate", "rdf:object"))]
            self._by_triple[ox.Triple(*parts)].append(quad.subject)

    def _quads(self, term: str, subject: Any = None) -> Iterator[ox.Quad]:  # noqa: ANN401  a node
        return self._store.quads_for_pattern(subject, ox.NamedNode(expand(term)), None, EVIDENCE)

    def _part(self, claim: Any) -> Any:  # noqa: ANN401  a node
        return lambda term: next(self._quads(term, claim)).object

    def about(self, triple: ox.Triple, passage: str) -> list[str]:
        """Return the claims about *triple* that rest on *passage*."""
        return [
            claim.value
            for claim in self._by_triple[triple]
            for quad in self._store.quads_for_pattern(claim, None, ox.NamedNode(passage), EVIDENCE)
            if quad.predicate.value in BASES
        ]


def selectors(passages: dict[str, str], lines: Iterable[str], claims: Claims) -> str:
    """Return the selectors of the words in these *lines* as Turtle.

    Raises:
        BadParameter: a line does not fit; of several, each is told.
    """
    told: dict[str, str] = {}
    of_claims: dict[str, set[str]] = defaultdict(set)
    faults = []
    for line in lines:
        try:
            subject, predicate, value, name, _, words, *_ = line.split("\t")
            passage = expand(name if ":" in name else f"art:{name}")
            text = passages[passage]
            found = select(text, words)
            about = claims.about(read(subject, predicate, value), passage)
            if not about:
                raise BadParameter(f"no claim about this rests on {name}")  # noqa: TRY301
        except (BadParameter, ValueError, KeyError) as problem:
            faults.append(f"{line[:100]}: {problem}")
            continue
        iri = f"{passage}#char={found.start},{found.end}"
        told[passage] = f'ev:sha256 "{sha256(text)}" ; ev:length {len(text)}'
        told[iri] = (
            f"a ev:Selector ; ev:inPassage {_written(passage)} ; ev:sentence {found.sentence} ;\n"
            f'    oa:start {found.start} ; oa:end {found.end} ; ev:sha256 "{found.sha256}"'
        )
        for claim in about:
            of_claims[claim].add(_written(iri))
    if faults:
        raise BadParameter("\n".join(faults))
    for claim, iris in of_claims.items():
        told[claim] = f"ev:selector {', '.join(sorted(iris))}"
    prefixes = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in _PREFIXES.items())
    nodes = (f"{_written(node)} {said} .\n" for node, said in sorted(told.items()))
    return "".join([_HEAD, prefixes, "\n", *nodes])


def _written(iri: str) -> str:
    return written(iri, _PREFIXES)


def passages_of(text: str) -> dict[str, str]:
    """Return the normalized texts of passages by their IRIs."""
    rows = (line.split("\t") for line in text.splitlines()[1:])
    return {expand(f"art:{name}"): normalized(text) for name, _, text in rows}


def main(passages: str, *tables: str) -> int:
    """Write the selectors; return 1 where a line does not fit."""
    texts = passages_of(Path(passages).read_text(encoding="utf-8"))
    lines = [line for table in tables for line in Path(table).read_text("utf-8").splitlines()]
    try:
        write_whole(PLACE, selectors(texts, lines, Claims()).encode())
    except BadParameter as problem:
        print(problem.message, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

"""In which ways a dataset says on what its triples rest: with which properties, and of what.

A claim or annotation says it of one triple, a named graph of all its triples, and a thing of those about
it. Terms of a dataset's own count as those that it declares them to be below.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from gbagraph.paths import own_query
from gbagraph.rdf.namespaces import BASES, TERMS, expand, of_evidence

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_BASES: Final = {
    **BASES,
    **dict.fromkeys(map(expand, ("prov:hadPrimarySource", "prov:wasQuotedFrom")), "stated"),
    # Neither says whether it stands there or is concluded from it.
    **dict.fromkeys((*of_evidence("restsOn"), expand("prov:wasDerivedFrom")), "asserted"),
}
"""The basis of what rests on something by one of these, those that say most first."""
_REIFIES: Final = expand("rdf:reifies")
_QUOTES: Final = "http://www.w3.org/ns/oa#exact"
TEXTS: Final = "http://persistence.uni-leipzig.org/nlp2rdf/ontologies/nif-core#isString"


class Ways(NamedTuple):
    """The properties that say on what something rests, each with the basis that it gives.

    Of things, those of PROV say how the thing came about, and not on what its facts rest: they are
    not *of_things*. *quotes* are the properties of a claim that have the words of its passage, *texts*
    those of a passage that have its text. *annotates* says whether there are annotations (RDF 1.2).
    """

    of_claims: Mapping[str, str]
    of_things: Mapping[str, str]
    quotes: frozenset[str]
    texts: frozenset[str]
    annotates: bool


WAYS: Final = own_query("rdf", "ways-of-evidence")
"""Which of them occur: a SELECT query that looks up a few terms, however large the data are."""


def read_ways(rows: Iterable[Iterable[Any]]) -> Ways:
    """Return the ways, from the rows of ``WAYS``, which have the IRIs of a known term and one used."""
    known: dict[str, set[str]] = {}
    for name, term in rows:
        known.setdefault(term, set()).add(name)
    every = {
        term: next((k for k in (term, *_BASES) if k in names), "") for term, names in known.items()
    }
    used = {term: name for term, name in every.items() if name in _BASES}
    return Ways(
        {term: _BASES[name] for term, name in used.items()},
        {term: _BASES[name] for term, name in used.items() if name.startswith(TERMS)},
        frozenset(term for term, names in known.items() if _QUOTES in names),
        frozenset(term for term, names in known.items() if TEXTS in names),
        _REIFIES in known,
    )

"""A view of the data with the solutions of endpoints in it, and how their values differ from ours."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from gbagraph.dataset.view import View
from gbagraph.features.federation.messages import Solutions

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gbagraph.features.federation.messages import Row, Term
    from gbagraph.rdf.dataset import Answer, Dataset
    from gbagraph.sparql.sources import Source


_SHOWN: Final = 2
"""Values that are shown of each side."""
_LOOKED_AT: Final = 200
"""Things of which it is looked up where they lead."""


class Meeting:
    """The values of *names* in what is asked *here*, and in what an endpoint has *there*."""

    def __init__(self, names: Sequence[str], here: Sequence[Row], there: Sequence[Row]) -> None:
        self._names, self._here, self._there = names, here, there

    @property
    def is_in_vain(self) -> bool:
        """Whether there are values on both sides, and no row here goes with one there."""
        return bool(self._here and self._there) and set(self._here).isdisjoint(self._there)

    @property
    def _place(self) -> int:
        """The place of the first variable without a value in common, or of the first."""
        for place in range(len(self._names)):
            here, there = ({row[place] for row in rows} for rows in (self._here, self._there))
            if here.isdisjoint(there):
                return place
        return 0

    @property
    def variable(self) -> str:
        """The variable whose values differ."""
        return self._names[self._place]

    @property
    def told(self) -> str:
        """What stands on each side, in a sentence."""
        here, there = self._some(self._here), self._some(self._there)
        said = f"{self.variable} is {_listed(here)} here, and {_listed(there)} there."
        return said + (_difference(here[0], there[0]) if here and there else "")

    def _some(self, rows: Sequence[Row]) -> list[Term]:
        return [
            term for term in dict.fromkeys(row[self._place] for row in rows) if term is not None
        ]

    def link(self, store: Dataset) -> str | None:
        """The property, or its inverse, that leads here from these values to such as are there."""
        spaces = {_namespace(term) for term in self._some(self._there) if _is_iri(term)}
        counts: Counter[str] = Counter()
        for term in self._some(self._here)[:_LOOKED_AT]:
            if isinstance(term, ox.NamedNode):
                counts.update(set(_ways(store, term, spaces)))
        return counts.most_common(1)[0][0] if counts else None


def _ways(store: Dataset, term: ox.NamedNode, spaces: set[str]) -> Iterator[str]:
    for quad in store.quads_for_pattern(term, None, None, ox.DefaultGraph()):
        if _is_iri(quad.object) and _namespace(quad.object) in spaces:
            yield str(quad.predicate)
    for quad in store.quads_for_pattern(None, None, term, ox.DefaultGraph()):
        if _is_iri(quad.subject) and _namespace(quad.subject) in spaces:
            yield f"^{quad.predicate}"


def _is_iri(term: object) -> bool:
    return isinstance(term, ox.NamedNode)


def _namespace(term: object) -> str:
    """What stands before the last ``#`` or ``/`` of an IRI."""
    iri = term.value if isinstance(term, ox.NamedNode) else ""
    return iri[: max(iri.rfind("#"), iri.rfind("/")) + 1]


def _listed(terms: Sequence[Term]) -> str:
    shown = ", ".join(str(term)[:120] for term in terms[:_SHOWN])
    return f"{shown}, …" if len(terms) > _SHOWN else shown


def _difference(one: Term, other: Term) -> str:
    """A sentence on how two values differ, if that can be told."""
    if _is_iri(one) != _is_iri(other):
        return " On one side stand IRIs, on the other none."
    if isinstance(one, ox.Literal) and isinstance(other, ox.Literal):
        if one.language != other.language:
            return " The texts have different languages, or one has none."
        return " The literals have different datatypes." * (one.datatype != other.datatype)
    return " Both name things by IRIs of their own." * (_namespace(one) != _namespace(other))


class FederatedView(View):
    """A view in which the SERVICE clauses of one query have the solutions that endpoints gave.

    In that query, each clause names an IRI of ours in place of its endpoint.
    """

    def __init__(self, view: View) -> None:
        super().__init__(view.store, view.default, view.named)
        self._sources: dict[str, tuple[Source, ...]] = {}
        self._variables: dict[str, str] = {}
        self._solutions = Solutions()
        self._texts: dict[str, str] = {}

    def put(self, clause: str, names: Sequence[str], rows: Sequence[Row]) -> None:
        """Let *rows*, the values of *names*, be the solutions of *clause*."""
        self._texts[clause] = self._solutions.text(names, rows)

    def credit(self, mark: str, sources: Sequence[Source], variable: str) -> None:
        """Let *sources* be what was called for the clause that names *mark*, or has had *variable*."""
        self._sources[mark] = tuple(sources)
        self._variables[mark] = variable

    @property
    def called(self) -> list[Source]:
        """All endpoints that were called."""
        return [source for some in self._sources.values() for source in some]

    def sources(self, endpoint: str, row: Mapping[str, Term]) -> tuple[Source, ...]:
        """The endpoints that were called for a clause; those of a variable by its value in *row*."""
        named = self._sources.get(endpoint, ())
        value = row.get(self._variables.get(endpoint, ""))
        return tuple(each for each in named if value is None or str(value) == f"<{each.endpoint}>")

    def query(self, text: str, functions: None = None) -> Answer:  # type: ignore[override]  # noqa: ARG002
        """Evaluate a query in which the clauses stand as in the one that was marked."""
        return super().query(self.answered(text), self._solutions.functions)

    def answered(self, text: str) -> str:
        """*text* with solutions in place of the clauses."""
        for clause, rows in self._texts.items():
            text = text.replace(clause, rows)
        return text

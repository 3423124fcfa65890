"""On what each row of a SELECT query rests: the triples, and the paragraphs on which these rest.

The rules are in docs/evidence.md. In short: a row rests on the triples that match the patterns of
one solution that gives it, and a row of a group on those of all solutions in the group.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from itertools import chain, islice, zip_longest
from typing import TYPE_CHECKING, Any, Final

import msgspec
import pyoxigraph as ox

from gbagraph import publication
from gbagraph.api.explanations import (
    Passage,
    Proof,
    RowEvidence,
    RowFacts,
    RowTriple,
    by_passage,
)
from gbagraph.errors import RequestError
from gbagraph.features.why.evidence import EvidenceReader, Known, few, leaves, marked
from gbagraph.features.why.proof import proofs_of
from gbagraph.features.why.witnesses import Witnesses
from gbagraph.rdf.formats import QUERY_FORMS, Format, Kind, RowsFormat, narrowed
from gbagraph.rdf.labels import LabelFinder
from gbagraph.rdf.namespaces import DESCRIBING, compact, expand
from gbagraph.rdf.results import Term, as_json
from gbagraph.sparql.expressions import NotRead
from gbagraph.sparql.restated import NamedSelect
from gbagraph.sparql.terms import sentence, triple_json

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from gbagraph.dataset.view import View
    from gbagraph.features.why.paths import Grounds
    from gbagraph.rdf.dataset import Dataset, Node
    from gbagraph.sparql.parsed import ParsedQuery
    from gbagraph.sparql.restated import Row as Bound
    from gbagraph.sparql.sources import Source

MOST_ROWS: Final = 1000
"""Rows of an answer that are explained."""


NOT_GIVEN: Final = RowEvidence(
    complete=False,
    note=f"Evidence is given for the first {MOST_ROWS:,} rows. Ask for this one with LIMIT and OFFSET.",
)
"""The evidence of a row after the last that is explained."""


def evidence(  # noqa: PLR0913  what was asked, of what, and what is wanted
    store: Dataset,
    view: View,
    query: ParsedQuery,
    rows: Sequence[ox.QuerySolution],
    names: Sequence[str],
    *,
    brief: bool = False,
) -> list[RowEvidence]:
    """The evidence of each of *rows*, which are solutions of *query*.

    Args:
        store: where evidence is looked up.
        view: what the query was asked of.
        query: it, as the engine took it.
        rows: solutions, at most ``MOST_ROWS``; those after them are not explained.
        names: the variables of the solutions, in order.
        brief: give facts without labels and kinds that are not shown, unless a row has no others.
    """
    try:
        select = NamedSelect(query)
    except NotRead as why:
        return [RowEvidence(complete=False, note=f"Not analysed: {why}.") for _ in rows]
    bound = [_row(names, row) for row in rows]
    grounds = Witnesses(view, select).of_rows(select.query, bound)
    known = _Evidence(store)
    known.read_ahead(grounds)
    give = known.brief if brief else known.full
    return [give(found, set(row.values())) for found, row in zip(grounds, bound, strict=True)]


def page_evidence(  # noqa: PLR0913  as of evidence
    store: Dataset,
    view: View,
    query: ParsedQuery,
    names: Sequence[str],
    rows: Sequence[ox.QuerySolution],
    *,
    brief: bool,
) -> list[dict[str, Any]]:
    """Return the evidence of *rows* as ``results.evidence`` has it; arguments as of :func:`evidence`.

    In brief, each row has its ``passages``: by their prefixed names, each as in ``results.passages``.
    """
    found = evidence(store, view, query, rows, names, brief=brief)
    return [
        evidence_json(row)
        | {"paragraphs": row.paragraphs}
        | {"sentences": by_passage(row.sentences), "words": by_passage(row.words)}
        | _given(passages=_passages(row))
        for row in found
    ]


def _row(names: Sequence[str], solution: Iterable[Term | None]) -> Bound:
    pairs = zip(names, solution, strict=True)
    return {f"?{name}": term for name, term in pairs if term is not None}


_KIND: Final = expand("rdf:type")
MARKS: Final = ("disputed", "inferred", "planned", "bound")
"""What makes a row uncertain. ``sparql/marks.rq`` says of which nodes the data say so."""


class _Evidence:
    """What rows rest on, each triple and each passage looked up once."""

    def __init__(self, store: Dataset) -> None:
        self._asserted, self._proofs = EvidenceReader(store), proofs_of(store)
        self._known, self._passage = cache(self._known_of), cache(self._passage_of)
        self._marks = marked(store)
        languages = publication.current().language, "en"
        self._label = LabelFinder(store, languages)
        self._summary = LabelFinder(store, languages, (expand("rdfs:comment"),))

    def read_ahead(self, found: Iterable[Grounds]) -> None:
        """Read at once what is looked up for the triples of *found*."""
        self._asserted.read_ahead({triple for each in found for triple, _ in each.triples})

    def full(self, found: Grounds, shown: Collection[Term]) -> RowEvidence:
        """What was found for a row that has *shown* in its columns, with how each triple is known."""
        kept = few(self._known(triple) for triple, _ in found.triples)
        rows = (self._triple(*each, kept) for each in found.triples)
        triples = sorted(rows, key=lambda row: self._rank(row.triple, shown))
        return self._row(found, triples=tuple(triples))

    def brief(self, found: Grounds, shown: Collection[Term]) -> RowEvidence:
        """The same without labels and kinds not shown: the facts that are known alike together."""
        triples = self._facts(found, shown)
        kept = few(map(self._known, triples))
        groups: dict[Any, list[str]] = defaultdict(list)
        for triple in sorted(triples, key=lambda triple: self._rank(triple, shown)):
            known = self._known(triple)
            passages, _ = known.passages(kept)
            key = (
                known.basis,
                passages,
                known.sentences(passages),
                known.note,
                known.words(passages),
            )
            groups[key].append(sentence(triple))
        facts = tuple(RowFacts(tuple(said), *key) for key, said in groups.items())
        names = sorted({name for each in facts for name in each.paragraphs})
        return self._row(found, facts=facts, passages=tuple(map(self._passage, names)))

    def _row(self, found: Grounds, **given: Any) -> RowEvidence:  # noqa: ANN401  of RowEvidence
        marks = {
            mark
            for triple, _ in found.triples
            for node in (triple.subject, triple.object)
            for mark in self._marks.get(node, ())
        }
        known = [leaf for each in self._facts(found) for leaf in self._known(each).leaves]
        marks.update(m for leaf in known if isinstance(leaf, Proof) for m in leaf.marks)
        if any(leaf.basis == "inferred" for leaf in known):
            marks.add("inferred")
        return RowEvidence(
            complete=not found.lacks,
            note=" ".join((*found.lacks, *found.remarks)),
            services=tuple(found.sources),
            marks=tuple(mark for mark in MARKS if mark in marks),
            **given,
        )

    def _facts(self, found: Grounds, shown: Collection[Term] = ()) -> Iterable[ox.Triple]:
        """Those that say more than a kind not *shown*, a name, or what a term means; or else all."""
        triples = dict.fromkeys(triple for triple, _ in found.triples)
        kinds = {t for t in triples if t.object in shown and t.predicate.value == _KIND}
        return [each for each in triples if each in kinds or not self._describes(each)] or triples

    def _describes(self, triple: ox.Triple) -> bool:
        return triple.predicate.value in DESCRIBING or self._known(triple).basis == "ontology"

    def _rank(self, triple: ox.Triple, shown: Collection[Term]) -> int:
        """First what the row shows, then other facts, kinds and labels, then our words."""
        if self._known(triple).basis == "ours":
            return 3
        if self._describes(triple):
            return 2
        return int(triple.subject not in shown and triple.object not in shown)

    def _triple(self, triple: ox.Triple, graph: Node | None, kept: Collection[str]) -> RowTriple:
        known = self._known(triple)
        passages, others = known.passages(kept)
        said = known.note, others, known.sentences(passages), known.words(passages)
        return RowTriple(triple, known.basis, passages, graph, *said)

    def _known_of(self, triple: ox.Triple) -> Known:
        if said := self._asserted.of(triple):
            return Known(said.basis, (said,))
        proof = self._proofs.proof(triple)
        return Known("derived", tuple(dict.fromkeys(leaves(proof))) if proof else ())

    def _passage_of(self, iri: str) -> Passage:
        said = (find(ox.NamedNode(iri)) for find in (self._label, self._summary))
        return Passage(iri, *(text.value if text else "" for text in said))


@dataclass(frozen=True, slots=True)
class Row:
    """A solution with its evidence: values by name, by place and in order, as pyoxigraph gives them."""

    solution: ox.QuerySolution
    evidence: RowEvidence

    def __getitem__(self, key: str | int | ox.Variable) -> Term | None:
        term: Term | None = self.solution[key]
        return term

    def __iter__(self) -> Iterator[Term | None]:
        return iter(self.solution)

    def __len__(self) -> int:
        return len(self.solution)


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a SELECT query with evidence, and its variables."""

    variables: tuple[ox.Variable, ...]
    rows: tuple[Row, ...]

    def __getitem__(self, place: int) -> Row:
        return self.rows[place]

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)


def rows_with_evidence(
    store: Dataset, view: View, query: ParsedQuery, *, brief: bool = False
) -> Rows:
    """The answer to a SELECT query, each row with its evidence; arguments as of :func:`evidence`.

    Raises:
        RequestError: the query is of another form.
    """
    answer = view.query(query.text)
    if not isinstance(answer, ox.QuerySolutions):
        raise no_rows("boolean" if isinstance(answer, ox.QueryBoolean) else "graph")
    names = [variable.value for variable in answer.variables]
    solutions = list(answer)
    explained = evidence(store, view, query, solutions[:MOST_ROWS], names, brief=brief)
    rows = zip_longest(solutions, explained, fillvalue=NOT_GIVEN)
    return Rows(tuple(answer.variables), tuple(Row(*row) for row in rows))  # type: ignore[arg-type]


def no_rows(kind: Kind) -> RequestError:
    """The error that a result of this kind has no rows with evidence."""
    return RequestError(
        f"Evidence is given for the rows of a SELECT query, and this one is of the form "
        f"{QUERY_FORMS[kind]}. Ask without evidence, or select the variables of its pattern."
    )


def written(  # noqa: PLR0913  as of evidence, and how it is written
    store: Dataset,
    view: View,
    query: ParsedQuery,
    names: Sequence[str],
    solutions: Iterable[ox.QuerySolution],
    *,
    brief: bool,
    form: Format,
) -> Iterator[bytes]:
    """Rows with their evidence: as :func:`results_json`, or in a column more of another *form*.

    That column is called ``evidence``, with an underscore where a variable is. It has the IRIs of the
    passages with spaces between them, and nothing where there are none.
    """
    if form.extension == "srj":
        yield from results_json(store, view, query, names, solutions, brief=brief)
        return
    column, rest = "evidence", iter(solutions)
    while column in names:
        column += "_"
    first = list(islice(rest, MOST_ROWS))
    explained = evidence(store, view, query, first, names, brief=brief)
    cells = (ox.Literal(" ".join(row.paragraphs)) for row in explained)
    rows: Any = zip_longest(chain(first, rest), cells, fillvalue=ox.Literal(""))
    table = narrowed(form, RowsFormat)
    yield from table.rows([*names, column], ((*row, cell) for row, cell in rows))


def results_json(  # noqa: PLR0913  as of evidence
    store: Dataset,
    view: View,
    query: ParsedQuery,
    names: Sequence[str],
    solutions: Iterable[ox.QuerySolution],
    *,
    brief: bool,
) -> Iterator[bytes]:
    """Write SPARQL results JSON with ``results.evidence``, an array parallel to ``results.bindings``.

    *solutions* are the rows of the answer, with the columns *names*; the rest as for :func:`evidence`.
    In brief, ``results.passages`` has for each passage its label and our summary.
    """
    yield b'{"head":' + _json({"vars": names}) + b',"results":{"bindings":['
    explained: list[ox.QuerySolution] = []
    count = 0
    for count, solution in enumerate(solutions, start=1):
        if count <= MOST_ROWS:
            explained.append(solution)
        pairs = zip(names, solution, strict=True)
        yield _after(count) + _json({name: as_json(term) for name, term in pairs if term})
    yield b'],"evidence":['
    by_row = evidence(store, view, query, explained, names, brief=brief)
    for number in range(count):
        row = by_row[number] if number < len(by_row) else NOT_GIVEN
        yield _after(number + 1) + _json(evidence_json(row))
    yield b"]"
    if passages := {name: said for row in by_row for name, said in _passages(row).items()}:
        yield b',"passages":' + _json(passages)
    yield b"}}"


def _passages(row: RowEvidence) -> dict[str, dict[str, str]]:
    """The passages of what is brief, by their prefixed names."""
    return {compact(each.iri): _given(**each._asdict()) for each in row.passages}


def _given(**members: Any) -> dict[str, Any]:  # noqa: ANN401  anything that JSON has
    """The *members* that say something."""
    return {name: value for name, value in members.items() if value}


_json: Final = msgspec.json.encode


def _after(number: int) -> bytes:
    """What stands before the member of an array with this number."""
    return b"," if number > 1 else b""


def evidence_json(row: RowEvidence) -> dict[str, Any]:
    """The evidence of a row as ``results.evidence`` has it.

    There is no ``note`` where there is nothing to note, and so with ``services`` and ``marks``. What is
    brief has ``facts`` in place of ``triples`` and paragraphs.
    """
    full = {"triples": list(map(_triple_json, row.triples)), "paragraphs": row.paragraphs}
    return {
        **({"facts": list(map(_facts_json, row.facts))} if row.facts else full),
        "complete": row.complete,
        **_given(services=list(map(_service_json, row.services)), marks=row.marks, note=row.note),
    }


def _service_json(source: Source) -> dict[str, str]:
    name = {"name": source.name} if source.name else {}
    return {"endpoint": source.endpoint, **name, "retrieved": source.retrieved}


def _triple_json(row: RowTriple) -> dict[str, Any]:
    graph = {"graph": as_json(row.graph)} if row.graph is not None else {}
    known = {"basis": row.basis, "paragraphs": row.paragraphs}
    more = _given(
        note=row.note,
        alternatives=row.alternatives,
        sentences=by_passage(row.sentences),
        words=by_passage(row.words),
    )
    return triple_json(row.triple) | graph | known | more


def _facts_json(row: RowFacts) -> dict[str, Any]:
    named = by_passage(row.sentences, row.paragraphs).items()
    passages = {compact(iri): numbers for iri, numbers in named}
    words = {compact(iri): some for iri, some in by_passage(row.words).items()}
    note = "" if any(row.note in fact for fact in row.facts) else row.note
    more = _given(passages=passages, note=note, words=words)
    return {"facts": row.facts, "basis": row.basis} | more

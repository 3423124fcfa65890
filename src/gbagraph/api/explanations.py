"""Explanations as plain data: evidence of rows, proofs, diagnostics, and matches of identifiers.

What makes them is in the modules beside this one, which import far more.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypeVar

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pyoxigraph as ox

    from gbagraph.rdf.dataset import Node
    from gbagraph.sparql.sources import Source


_T = TypeVar("_T")


class Shown:
    """What notebooks show as HTML."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        """Return it as HTML, in which each text is escaped."""
        # What only notebooks need is imported by them alone.
        return str(import_module("gbagraph.api.notebook").html(self))


Basis = Literal["stated", "inferred", "ours", "derived", "ontology", "asserted"]
"""How a triple is known: a passage states it, or it is inferred from one, or its wording is ours; it is
derived by rules; it belongs to the ontology; or it is asserted, and how it is known is not said."""
Sentences = tuple[tuple[str, int], ...]
"""Numbers of sentences, each with its passage."""
Words = tuple[tuple[str, str], ...]
"""Words of the text of the source, each with its passage: none where nobody has given it."""


def by_passage(
    pairs: Iterable[tuple[str, _T]], passages: Iterable[str] = ()
) -> dict[str, list[_T]]:
    """Return sentences or words by their passage; of *passages* also those that have none."""
    of_passage: dict[str, list[_T]] = {name: [] for name in passages}
    for name, each in pairs:
        of_passage.setdefault(name, []).append(each)
    return of_passage


Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True, slots=True)
class RowTriple:
    """A triple on which a row rests, how it is known, and the *paragraphs* on which it rests there.

    *graph* is the one in which it stands, if the query reads it there by GRAPH. *note* is that of its
    claim, or of those from which it is derived, with the words of the text that they resolve. Each of
    the *alternatives* says it too, alone. *sentences* of its paragraphs are those in which it is found,
    *words* those that carry it.
    """

    triple: ox.Triple
    basis: Basis
    paragraphs: tuple[str, ...] = ()
    graph: Node | None = None
    note: str = ""
    alternatives: tuple[str, ...] = ()
    sentences: Sentences = ()
    words: Words = ()


class Passage(NamedTuple):
    """A paragraph or another source by its IRI, its label, and our summary of it."""

    iri: str
    label: str = ""
    summary: str = ""


class RowFacts(NamedTuple):
    """Facts that are known alike: each a sentence, the rest as of :class:`RowTriple`."""

    facts: tuple[str, ...]
    basis: Basis
    paragraphs: tuple[str, ...] = ()
    sentences: Sentences = ()
    note: str = ""
    words: Words = ()


@dataclass(frozen=True, slots=True)
class RowEvidence:
    """On what a row rests: all of it if *complete*; *note* says why not, or what else it rests on.

    Of its *triples*, those come first that are about what its columns show, then others, then kinds and
    labels, at last what is worded by us. *services* are the other endpoints whose answers it rests on:
    then it is not complete. *marks* say what is uncertain: ``disputed``, ``inferred``, ``planned``,
    ``bound``. In brief there are *facts* in place of triples, and the *passages* on which they rest.
    """

    triples: tuple[RowTriple, ...] = ()
    complete: bool = True
    note: str = ""
    services: tuple[Source, ...] = ()
    marks: tuple[str, ...] = ()
    facts: tuple[RowFacts, ...] = ()
    passages: tuple[Passage, ...] = ()

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """The IRIs of the paragraphs and other sources, sorted: as few as carry all of its triples."""
        of_triples = (name for each in self.triples for name in each.paragraphs)
        of_facts = (name for each in self.facts for name in each.paragraphs)
        return tuple(sorted({*of_triples, *of_facts}))

    @property
    def sentences(self) -> Sentences:
        """The sentences in which its triples are found, sorted."""
        return tuple(sorted({pair for each in self.known for pair in each.sentences}))

    @property
    def words(self) -> Words:
        """The words that carry its triples, each once."""
        return tuple(dict.fromkeys(pair for each in self.known for pair in each.words))

    @property
    def known(self) -> tuple[RowTriple | RowFacts, ...]:
        """Its triples and its facts, each with how it is known."""
        return (*self.triples, *self.facts)


@dataclass(frozen=True, slots=True)
class Proof(Shown):
    """A triple, and the *rule* by which it follows from its *premises*; or ``asserted``, with none.

    *basis* says how it is known, *paragraphs* are the IRIs of the passages at the leaves, sorted. An
    asserted triple has the *claim* about it and its *note*, the *graphs* in which it stands, and the
    *words* that carry it. *sentences* are those in which it is found, or what it follows from. *marks*
    say what is uncertain of a node in it or in what it follows from: ``disputed``, ``planned``,
    ``bound``.
    """

    triple: ox.Triple
    rule: str
    basis: Basis
    paragraphs: tuple[str, ...]
    premises: tuple[Proof, ...] = ()
    claim: str | None = None
    note: str | None = None
    graphs: tuple[str, ...] = ()
    sentences: Sentences = ()
    words: Words = ()
    marks: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return it as lines of a tree; as its repr if proofs are left out."""
        text = import_module("gbagraph.feature").hook("proof text")
        return str(text(self)) if text else repr(self)

    def _repr_pretty_(self, printer: Any, _: bool) -> None:  # noqa: ANN401  of IPython
        printer.text(str(self))


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """What is wrong or misleading in a query.

    ``code`` is stable. ``severity``: an *error* keeps the query, or a part of it, from having any
    answer; a *warning* says that an answer is partial or means something else; an *info* is neither.
    ``line`` and ``column`` (from 1) are those of the token. ``suggestion`` is what should stand there,
    ``query`` the whole query with every repair made that is known; both empty where there is none.
    """

    code: str
    severity: Severity
    message: str
    line: int
    column: int
    suggestion: str = ""
    query: str = ""


StepKind = Literal[
    "pattern", "filter", "bind", "values", "optional", "minus", "union", "graph", "service", "subselect",
    "group", "having", "rows",
]  # fmt: skip


BOUND: Final = 10_000
"""Solutions up to which those of a step are counted."""


@dataclass(frozen=True, slots=True)
class Share:
    """A value, or what things are, and how many *solutions* have it; ``…`` stands for the rest.

    One that none has says among how many solutions these are counted, where that is not all of them.
    """

    value: str
    solutions: int

    def __str__(self) -> str:
        return self.value if self.solutions < 2 else f"{self.value} ×{self.solutions:,}"  # noqa: RUF001


@dataclass(frozen=True, slots=True)
class Step:
    """A part of a query, and how many solutions there were *before* and *after* it.

    ``text`` is the part, ``depth`` says in how many groups it stands, ``line`` and ``column`` (from 1)
    where. ``counts``: of an OPTIONAL the solutions ``unmatched``; of a FILTER those for which it was
    ``true``, ``false`` or in ``error``; of a BIND those left ``unbound``. Numbers end at :data:`BOUND`,
    and a FILTER is measured on those before it that are counted.
    ``left_out`` says what the solutions have there that it drops or leaves unmatched or unbound, the
    commonest first, ``kept`` what those have that it keeps, if that may decide. For a BIND, and a column
    that is computed, that is its values; for groups, their keys with the solutions in each; for LIMIT,
    the sort keys in their order.
    """

    kind: StepKind
    text: str
    line: int
    column: int
    depth: int
    before: int
    after: int
    counts: Mapping[str, int]
    left_out: tuple[Share, ...] = ()
    kept: tuple[Share, ...] = ()


def figures(steps: Iterable[Step]) -> list[tuple[str, str]]:
    """Return the numbers before and after each step as they are told: with + where there may be more."""
    told, sampled = list[tuple[str, str]](), dict[int, int]()
    for step in steps:
        is_first = step.kind == "filter" and max(step.before, sum(step.counts.values())) >= BOUND
        is_more = step.before >= BOUND, step.after >= BOUND
        before, after = (f"{n:,}" for n in (step.before, step.after))
        before += "+" * (is_more[0] or sampled.get(step.depth) == step.before)
        told.append((before, f"{after}{'+' * (is_more[1] or is_first)}"))
        # A FILTER is measured on those before it that are counted.
        sampled[step.depth] = step.after if is_first else -1
    return told


class Explanation(list[Diagnostic], Shown):
    """The diagnostics of a query, the gravest first, and its *steps*: where the rows went.

    ``is_cut`` says whether some are not there, as they take too long.
    """

    def __init__(
        self,
        diagnostics: Iterable[Diagnostic] = (),
        steps: Iterable[Step] = (),
        *,
        is_cut: bool = False,
    ) -> None:
        super().__init__(diagnostics)
        self.steps, self.is_cut = tuple(steps), is_cut

    @property
    def tells(self) -> bool:
        """Whether a step says what it leaves out or keeps, or gives fewer or more than there were."""
        steps = (each for each in self.steps if each.before > 1 or each.left_out or each.kept)
        return any(e.left_out or e.kept or e.after != e.before for e in steps if e.kind != "group")


class Questions(list[dict[str, Any]], Shown):
    """Canned queries, the best first: ``name``, ``question``, ``parameters`` and more."""

    def __repr__(self) -> str:
        return "\n".join(f"{each['name']}: {each['question']}" for each in self)


class Results(list[dict[str, Any]], Shown):
    """What a text may mean, the best first: ``iri``, ``label``, ``kind`` and more of each."""

    def __repr__(self) -> str:
        return "\n".join(f"{each['name']}: {each['label']} ({each['kind']})" for each in self)


class Schema(dict[str, Any], Shown):
    """Rows by what they tell: ``classes`` and ``properties``, or those of a class, or ``joins``."""


class Thing(dict[str, Any], Shown):
    """What is told of a thing: ``label``, ``facts``, ``neighbours``, ``passages`` and more."""


class Link(Struct, frozen=True):
    """A triple that links, as it stands, and on what it rests."""

    subject: str
    predicate: str
    object: str
    basis: Basis
    graphs: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    claim: str = ""
    note: str = ""


class Match(Struct, frozen=True):
    """A thing, its relation to the identifier, and the links that lead there.

    *described* says whether the data say anything of it but to what it is linked. *address* is that of
    its page on a server, relative to the start page.
    """

    iri: str
    name: str
    label: str
    address: str
    described: bool
    relation: str
    links: tuple[Link, ...] = ()


class Suggestion(Struct, frozen=True):
    """Another spelling of an IRI, which is known."""

    iri: str
    label: str = ""


class Identified(Struct, frozen=True):
    """An identifier, and what it is here, the closest first; nothing if it is not known.

    *suggestions* are other spellings that are known. *error* says why the text is no IRI, if it is none.
    """

    iri: str
    matches: tuple[Match, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()
    error: str = ""

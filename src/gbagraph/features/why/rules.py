"""The rules of OWL 2 RL (OWL 2 Profiles, section 4.3): from facts and axioms to what follows.

Only the rules that make facts of facts: none about identity, and none that finds contradictions. To
what each of them applies is said by the axioms of the dataset. Facts are tuples of terms as N-Triples
writes them, which are compared much faster than the engine's terms.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

from gbagraph.rdf.namespaces import expand

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence


Fact = tuple[str, str, str]
"""Subject, predicate and object in N-Triples syntax (RDF 1.1 N-Triples, section 2)."""

RULES: Final = {
    "asserted": "written in the dataset",
    "recorded": "recorded with the data, by a rule that is not known here",
    "cax-sco": "what is of a class is of every wider class",
    "prp-spo1": "what a property joins is joined by every wider property",
    "prp-spo2": "properties one after the other make another one",
    "prp-dom": "what has a property is of the property's domain",
    "prp-rng": "what a property leads to is of the property's range",
    "prp-inv1": "read from the other end, it is the inverse property",
    "prp-inv2": "read from the other end, it is the inverse property",
    "prp-symp": "the property is symmetric",
    "prp-trp": "the property is transitive",
    "scm-sco": "a class above a wider class is a wider class",
    "scm-spo": "a property above a wider property is a wider property",
    "scm-dom1": "a class above the domain is a domain",
    "scm-dom2": "a property has the domain of a wider property",
    "scm-rng1": "a class above the range is a range",
    "scm-rng2": "a property has the range of a wider property",
}
"""Each rule by its name in OWL 2 Profiles, tables 5 to 9, in words; and what is no rule."""


def _term(curie: str) -> str:
    return f"<{expand(curie)}>"


TYPE: Final = _term("rdf:type")
_FIRST, _REST = _term("rdf:first"), _term("rdf:rest")
_CLASS_ABOVE, _PROPERTY_ABOVE = _term("rdfs:subClassOf"), _term("rdfs:subPropertyOf")
_DOMAIN, _RANGE = _term("rdfs:domain"), _term("rdfs:range")
_INVERSE, _CHAIN = _term("owl:inverseOf"), _term("owl:propertyChainAxiom")
_SYMMETRIC, _TRANSITIVE = _term("owl:SymmetricProperty"), _term("owl:TransitiveProperty")

AXIOMS: Final = (
    *(_CLASS_ABOVE, _PROPERTY_ABOVE, _DOMAIN, _RANGE, _INVERSE, _CHAIN),
    *(_FIRST, _REST, _SYMMETRIC, _TRANSITIVE),
)
"""The kinds of facts that are axioms or parts of axioms."""


class Step(NamedTuple):
    """What follows from one fact: *make* puts *term* into it, by an axiom."""

    rule: str
    make: Callable[[Fact, str], Fact]
    term: str
    axiom: Fact


class Path(NamedTuple):
    """What follows from facts in a row, the object of one being the subject of the next."""

    rule: str
    head: str
    links: tuple[str, ...]
    axioms: tuple[Fact, ...] = ()


def _same(fact: Fact, term: str) -> Fact:
    return fact[0], term, fact[2]


def _turned(fact: Fact, term: str) -> Fact:
    return fact[2], term, fact[0]


def _subject_is(fact: Fact, term: str) -> Fact:
    return fact[0], TYPE, term


def _object_is(fact: Fact, term: str) -> Fact:
    return fact[2], TYPE, term


_OF_PROPERTIES: Final = {
    _PROPERTY_ABOVE: ("prp-spo1", _same),
    _DOMAIN: ("prp-dom", _subject_is),
    _RANGE: ("prp-rng", _object_is),
}
"""What follows from a fact by an axiom of its property, by the property of the axiom."""

_ABOUT_TERMS: Final = (
    Path("scm-sco", _CLASS_ABOVE, (_CLASS_ABOVE, _CLASS_ABOVE)),
    Path("scm-spo", _PROPERTY_ABOVE, (_PROPERTY_ABOVE, _PROPERTY_ABOVE)),
    Path("scm-dom1", _DOMAIN, (_DOMAIN, _CLASS_ABOVE)),
    Path("scm-dom2", _DOMAIN, (_PROPERTY_ABOVE, _DOMAIN)),
    Path("scm-rng1", _RANGE, (_RANGE, _CLASS_ABOVE)),
    Path("scm-rng2", _RANGE, (_PROPERTY_ABOVE, _RANGE)),
)


class Rules:
    """The rules as *axioms* make them.

    Axioms that only follow are not applied: so a proof names each wider class on the way.
    """

    def __init__(self, axioms: Iterable[Fact]) -> None:
        self._of_class: dict[str, list[Step]] = defaultdict(list)
        self._of_property: dict[str, list[Step]] = defaultdict(list)
        self._paths: dict[str, list[Path]] = defaultdict(list)
        self._sources: dict[str, set[str]] = defaultdict(set)
        self._heads: set[str] = set()
        self._read(list(axioms))

    def _read(self, axioms: list[Fact]) -> None:
        cells = {fact[:2]: fact[2] for fact in axioms if fact[1] in (_FIRST, _REST)}
        for path in _ABOUT_TERMS:
            self._add_path(path)
        for axiom in axioms:
            subject, predicate, value = axiom
            if predicate == _CHAIN:
                self._add_path(Path("prp-spo2", subject, _listed(value, cells), (axiom,)))
            elif predicate == TYPE and value == _TRANSITIVE:
                self._add_path(Path("prp-trp", subject, (subject, subject), (axiom,)))
            elif predicate == _CLASS_ABOVE:
                self._of_class[subject].append(Step("cax-sco", _subject_is, value, axiom))
                self._sources[value].add(subject)
            else:
                for term, step in _steps(axiom):
                    self._of_property[term].append(step)
                    self._sources[step.term].add(term)

    def _add_path(self, path: Path) -> None:
        for link in dict.fromkeys(path.links):
            self._paths[link].append(path)
        self._sources[path.head].update(path.links)
        self._heads.add(path.head)

    def steps(self, fact: Fact) -> Iterator[tuple[Fact, Step]]:
        """What follows from *fact* alone."""
        steps = self._of_property.get(fact[1], [])
        if fact[1] == TYPE:
            steps = [*steps, *self._of_class.get(fact[2], ())]
        for step in steps:
            follows = step.make(fact, step.term)
            if not follows[0].startswith('"'):  # a literal is no subject
                yield follows, step

    def paths(self, predicate: str) -> Sequence[Path]:
        """The rows of facts in which one with this predicate can stand."""
        return self._paths.get(predicate, ())

    def join(self, kinds: set[str]) -> bool:
        """Whether facts of any of these *kinds* follow from facts in a row."""
        return not self._heads.isdisjoint(kinds)

    def leading_to(self, kind: str) -> set[str]:
        """The kinds of facts from which facts of this *kind* can follow; none if by no rule.

        The kind of a fact is its predicate, or the class that it gives a thing.
        """
        kinds: set[str] = set()
        todo = {kind} & self._sources.keys()
        while todo:
            source = todo.pop()
            kinds.add(source)
            # A rule that is about rdf:type itself is about every class.
            more = self._sources.keys() if source == TYPE else self._sources.get(source, set())
            todo |= more - kinds
        return kinds


def kind_of(fact: Fact) -> str:
    """The predicate of *fact*, or the class that it gives a thing."""
    return fact[2] if fact[1] == TYPE else fact[1]


def _steps(axiom: Fact) -> Iterator[tuple[str, Step]]:
    """Yield the property to which an axiom applies, and what then follows from one fact."""
    subject, predicate, value = axiom
    if predicate in _OF_PROPERTIES:
        rule, make = _OF_PROPERTIES[predicate]
        yield subject, Step(rule, make, value, axiom)
    elif predicate == _INVERSE:
        yield subject, Step("prp-inv1", _turned, value, axiom)
        yield value, Step("prp-inv2", _turned, subject, axiom)
    elif predicate == TYPE and value == _SYMMETRIC:
        yield subject, Step("prp-symp", _turned, subject, axiom)


def _listed(cell: str, cells: dict[tuple[str, str], str]) -> tuple[str, ...]:
    """The members of the list that begins at *cell* (RDF Schema 1.1, section 5.2)."""
    members: dict[str, str] = {}
    while (cell, _FIRST) in cells and cell not in members:
        members[cell] = cells[cell, _FIRST]
        cell = cells.get((cell, _REST), "")
    return tuple(members.values())


class Derivation(NamedTuple):
    """The last step of a proof: a rule and the facts that it needs. The least is the best.

    *size* counts the facts of the whole proof, this one and each premise as often as it is used.
    """

    size: int
    rule: str
    premises: tuple[Fact, ...]


def closure(facts: Iterable[Fact], rules: Rules) -> dict[Fact, Derivation]:
    """What follows from *facts* by *rules*, each with the last step of its shortest proof.

    Facts are found in rounds: those of round n have a proof of height n and none lower. Of several
    such proofs the one with the fewest facts is kept, then the first by name.
    """
    known = dict.fromkeys(facts)
    derived: dict[Fact, Derivation] = {}
    rows = _Rows(rules)
    last: Iterable[Fact] = known
    while last:
        rows.meet(last)
        new: dict[Fact, Derivation] = {}
        for fact in last:
            for follows, rule, premises in _follows(fact, rules, rows):
                if follows not in known and follows not in derived:
                    size = 1 + sum(derived[row].size if row in derived else 1 for row in premises)
                    derivation = Derivation(size, rule, premises)
                    new[follows] = min(derivation, new.get(follows, derivation))
        derived |= new
        last = new
    return derived


def derivations(facts: Iterable[Fact]) -> Iterable[tuple[Fact, tuple[Fact, ...]]]:
    """Return each step by which something follows from *facts*: what follows, and its premises."""
    given = sorted(facts)
    rules = Rules(fact for fact in given if fact[1] in AXIOMS or fact[2] in AXIOMS)
    known = dict.fromkeys([*given, *closure(given, rules)])
    rows = _Rows(rules)
    rows.meet(known)
    # A row of several facts is met at each of them.
    return {
        (follows, premises): None
        for fact in known
        for follows, _, premises in _follows(fact, rules, rows)
    }


def _follows(fact: Fact, rules: Rules, rows: _Rows) -> Iterator[tuple[Fact, str, tuple[Fact, ...]]]:
    """What follows in one step from *fact*, alone or with others: each with rule and premises."""
    for follows, step in rules.steps(fact):
        yield follows, step.rule, (fact, step.axiom)
    for path in rules.paths(fact[1]):
        for row in rows.along(path.links, fact):
            yield (row[0][0], path.head, row[-1][2]), path.rule, (*row, *path.axioms)


class _Rows:
    """The facts met so far that *rules* join into rows, the object of one the subject of the next."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._after: dict[tuple[str, str], list[Fact]] = defaultdict(list)
        self._before: dict[tuple[str, str], list[Fact]] = defaultdict(list)

    def meet(self, facts: Iterable[Fact]) -> None:
        for fact in facts:
            if self._rules.paths(fact[1]):
                self._after[fact[1], fact[0]].append(fact)
                self._before[fact[1], fact[2]].append(fact)

    def along(self, links: tuple[str, ...], fact: Fact) -> Iterator[tuple[Fact, ...]]:
        """The rows along *links* in which *fact* has its place."""
        for place, link in enumerate(links):
            if link == fact[1]:
                for before in self._backward(links[:place], fact[0]):
                    for after in self._forward(links[place + 1 :], fact[2]):
                        yield (*before, fact, *after)

    def _forward(self, links: tuple[str, ...], start: str) -> Iterator[tuple[Fact, ...]]:
        if not links:
            yield ()
            return
        for fact in self._after.get((links[0], start), ()):
            for rest in self._forward(links[1:], fact[2]):
                yield (fact, *rest)

    def _backward(self, links: tuple[str, ...], end: str) -> Iterator[tuple[Fact, ...]]:
        if not links:
            yield ()
            return
        for fact in self._before.get((links[-1], end), ()):
            for rest in self._backward(links[:-1], fact[0]):
                yield (*rest, fact)

"""Whether the facts fit together by the ontology, and the files are those that the claims give."""

from __future__ import annotations

import re
from itertools import chain, zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pyoxigraph as ox

from gbagraph.dataset.named_files import quads
from gbagraph.errors import DatasetError
from gbagraph.features.claims.expansion import TYPE
from gbagraph.features.claims.model import Fault, Place
from gbagraph.features.claims.names import GBA
from gbagraph.features.curation.findings import checked, checks, ill_typed_value, places
from gbagraph.paths import display, own_query, resource

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from gbagraph.features.claims.rules.case import Case

_CHECKS: Final = (
    *(
        resource("ontology", "checks", f"{name}.rq")
        for name in (
            "hierarchies-of-things-have-no-circles",
            "nothing-is-linked-to-itself",
            "one-label-per-language",
            "texts-are-tidy",
            "values-have-a-unit",
        )
    ),
    Path(__file__).parents[1] / "sparql" / "kind.rq",
)
"""The checks of the ontology that hold for any project, beside all contradictions, and one of claims."""
_OF_GBA: Final = re.compile(r"\bgba:(\w+)")
_IRI: Final = re.compile(r"https?://[^\s,<>\"]*[^\s,<>\".]")
_BUILD: Final = "Run: gbagraph claims build"


def contradictions(case: Case) -> Iterator[Fault]:
    """Yield where the claims contradict the ontology or each other, each once, at one of its claims."""
    claimed = (ox.Quad(e.subject, e.predicate, e.value) for e in case.project.claims)
    faults = chain(
        checked((*checks("contradictions"), *_CHECKS), case.graph),
        filter(None, map(ill_typed_value, claimed)),
    )
    for node, rule, message in sorted({(each.node, each.rule, each.message) for each in faults}):
        said = _IRI.sub(lambda match: case.name(match[0]), message)
        yield Fault(_place(case, node, message), rule, f"{case.name(node)}: {said}")


def _place(case: Case, node: str, message: str) -> Place:
    """Return where a node is written: the last claim on it with a property or value of the message."""
    named = {*_IRI.findall(message), *(GBA + name for name in _OF_GBA.findall(message))}
    claims = case.project.claims
    of_node = [each for each in claims if each.subject.value == node]
    of_node = of_node or [each for each in claims if each.value.value == node]
    fitting = [
        each for each in of_node if {each.predicate.value, each.value.value} & named
    ] or of_node
    if fitting:
        return fitting[-1].place
    paths = case.project.ontology or [case.project.built["facts"]]
    return Place(*places({node}, paths).get(node, (display(paths[0]), 1)))


def differing(case: Case, contents: Mapping[str, bytes]) -> Iterator[Fault]:
    """Yield where the files that were built are not those that the claims give now, *contents*.

    A file beside them has terms, and no facts.
    """
    rows: Any = case.graph.query(own_query("features/claims", "things"))
    things, base = {row["thing"] for row in rows}, f"<{case.project.names.base}"
    described = {quad.subject for quad in case.project.terms if quad.predicate == TYPE}
    others = {
        quad.triple
        for quad in case.project.terms
        if case.of(quad.subject)
        or quad.subject in things
        or (quad.subject not in described and str(quad.subject).startswith(base))
    }
    yield from _unclaimed(case, others, case.project.ontology)
    built = case.project.built
    if missing := [path for path in built.values() if not path.is_file()]:
        said = f"Not there: {', '.join(path.name for path in missing)}. {_BUILD}"
        yield Fault(Place(display(missing[0]), 1), "not-built", said)
    for name, path in built.items():
        if path.is_file() and path.read_bytes() != contents[name]:
            yield _changed(path, contents[name])
            yield from _differing_facts(case, path) if name == "facts" else ()


def _changed(path: Path, wanted: bytes) -> Fault:
    pairs = zip_longest(path.read_bytes().splitlines(), wanted.splitlines())
    lines = (number for number, (one, other) in enumerate(pairs, start=1) if one != other)
    said = f"It is not as the claims give it. Correct the claims, not this file. {_BUILD}"
    return Fault(Place(display(path), next(lines, 1)), "not-as-built", said)


def _differing_facts(case: Case, path: Path) -> Iterator[Fault]:
    """Yield the facts of a file that are without a claim, and those that are claimed and not in it."""
    claimed = {
        ox.Triple(each.subject, each.predicate, each.value): each for each in case.project.claims
    }
    stated = {quad.triple for quad in quads(path)}
    for triple in claimed.keys() - stated:
        said = f"{case.sentence(triple)} is claimed, and is not in {display(path)}. {_BUILD}"
        yield Fault(claimed[triple].place, "fact-missing", said)
    yield from _unclaimed(case, stated - claimed.keys(), [path])


def _unclaimed(
    case: Case, triples: AbstractSet[ox.Triple], paths: Sequence[Path]
) -> Iterator[Fault]:
    written = places({str(each.subject).strip("<>") for each in triples}, paths)
    for each in triples:
        place = Place(*written.get(str(each.subject).strip("<>"), (display(paths[0]), 1)))
        said = f"No claim says: {case.sentence(each)}. Claim it, or take it away."
        yield Fault(place, "fact-without-claim", said)


def by_shapes(case: Case) -> Iterator[Fault]:
    """Yield where the project's data do not fit its own shapes.

    Raises:
        DatasetError: the package that checks shapes is not installed.
    """
    if not case.project.shapes:
        return
    try:
        from gbagraph.features.curation.validation import validate_by  # noqa: PLC0415  an extra
    except ModuleNotFoundError as problem:
        raise DatasetError(
            f"The shapes need the package {problem.name}, which is not installed. Install it with: "
            "pip install 'gbagraph[curation]'"
        ) from None
    paths = [path for path in case.project.built.values() if path.is_file()]
    for each in validate_by(case.project.shapes, [*paths, *case.project.ontology])[0]:
        yield Fault(Place(each.file, each.line), each.rule, f"{each.node}: {each.message}")

"""Whether the files that are published are those that the claims give, and fit the project's shapes."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Final

from gbagraph.errors import DatasetError
from gbagraph.features.claims.model import Fault, Place
from gbagraph.features.claims.ontology import read
from gbagraph.features.curation.findings import places
from gbagraph.paths import display

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from gbagraph.features.claims.rules.case import Case

_BUILD: Final = "Run: gbagraph claims build"


def differing(case: Case, contents: Mapping[str, bytes]) -> Iterator[Fault]:
    """Yield where the files that were built are not those that the claims give now, *contents*."""
    for name, path in case.project.built.items():
        if not path.is_file():
            yield Fault(Place(display(path), 1), "not-built", f"It is not there. {_BUILD}")
        elif path.read_bytes() != contents[name]:
            yield from _changed(case, path, contents[name])


def _changed(case: Case, path: Path, wanted: bytes) -> Iterator[Fault]:
    """Yield that a file is another, and of the facts which are without a claim or not in the file."""
    file = display(path)
    said = f"It is not as the claims give it. Correct the claims, not this file. {_BUILD}"
    pairs = zip_longest(path.read_bytes().splitlines(), wanted.splitlines())
    differing = (number for number, (one, other) in enumerate(pairs, start=1) if one != other)
    yield Fault(Place(file, next(differing, 1)), "not-as-built", said)
    if path != case.project.built["facts"]:
        return
    claimed = {(each.subject, each.predicate, each.value): each for each in case.project.claims}
    stated = {(quad.subject, quad.predicate, quad.object) for quad in read([path])}
    for triple in claimed.keys() - stated:
        said = f"{case.told(*triple)} is claimed, and is not in {file}. {_BUILD}"
        yield Fault(claimed[triple].place, "fact-missing", said)
    for triple in stated - claimed.keys():
        at = places({str(triple[0].value)}, [path]).get(str(triple[0].value), (file, 1))
        said = f"No claim says: {case.told(*triple)}. Claim it, or take it away."
        yield Fault(Place(*at), "fact-without-claim", said)


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
            f"The shapes need the package {problem.name}, which is not installed. Install "
            "it with: pip install 'gbagraph[curation]'"
        ) from None
    paths = [path for path in case.project.built.values() if path.is_file()]
    for each in validate_by(case.project.shapes, [*paths, *case.project.ontology])[0]:
        yield Fault(Place(each.file, each.line), each.rule, f"{each.node}: {each.message}")

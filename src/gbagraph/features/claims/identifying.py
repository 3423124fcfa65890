"""Identifiers of things elsewhere, looked up by name in a table of the project, and proposed."""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import groupby
from typing import TYPE_CHECKING, Final, NamedTuple

import pyoxigraph as ox

from gbagraph.errors import SettingError
from gbagraph.features.claims.model import Fault, Place
from gbagraph.features.verify.texts import content
from gbagraph.names.texts import plain
from gbagraph.paths import display
from gbagraph.rdf.namespaces import expand

if TYPE_CHECKING:
    from pathlib import Path

    from gbagraph.features.claims.project import Project

_NAMES: Final = (expand("rdfs:label"), expand("skos:altLabel"))
_PACKAGE: Final = re.compile(r"\A([A-Za-z0-9][\w.-]*) (\d[\w.+!-]*)\Z")
"""A package of PyPI and its version: as an IRI, its package URL (purl)."""


class Row(NamedTuple):
    """A line of a table: a source calls by this name what the IRI identifies."""

    line: int
    name: str
    iri: str
    source: str
    note: str


def read(path: Path) -> tuple[list[Row], list[Fault]]:
    """Return the rows of the table at *path* that are right, and what is wrong in it.

    A row has a name, an IRI, a source and perhaps a note, with tabs between them. The source is an IRI,
    or a package of PyPI and its version. Two things of one site need two names.

    Raises:
        SettingError: it cannot be read.
    """
    text = content(path, "Divide the table.").decode("utf-8-sig", "replace")
    rows: list[Row] = []
    faults = []
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip() and not re.match(r"#|name\t", line, re.IGNORECASE):
            row = _row(number, line)
            wrong = _malformed(row) or _ambiguous(row, rows)
            faults += [Fault(Place(display(path), number), "identifiers", wrong)] if wrong else []
            rows += [] if _malformed(row) else [row]
    return rows, faults


def _row(number: int, line: str) -> Row:
    name, iri, source, note = (*map(str.strip, line.split("\t")), "", "", "", "")[:4]
    source = _PACKAGE.sub(lambda package: f"pkg:pypi/{package[1].lower()}@{package[2]}", source)
    return Row(number, name, iri, source, note)


def _malformed(row: Row) -> str:
    """Say what is wrong with a row by itself; nothing if it is right."""
    try:
        ox.NamedNode(row.iri), ox.NamedNode(row.source)
    except ValueError:
        return (
            f"{row.iri!r} has to be an IRI, and {row.source!r} an IRI or a package and its version. "
            "Columns stand between tabs: name, IRI, source, note."
        )
    return "" if row.name else "The first column is the name, and it is empty."


def _ambiguous(row: Row, rows: list[Row]) -> str:
    """Say on which line before the same site gives the name another IRI; nothing if none does."""
    same = (each for each in rows if (each.name, _site(each)) == (row.name, _site(row)))
    others = (
        f"{each.name!r} is <{each.iri}> on line {each.line}" for each in same if each.iri != row.iri
    )
    return next((f"{other}. Give each a name of its own." for other in others), "")


def _site(row: Row) -> str:
    """What the IRI of a row has in common with others of the same site, which may end with a slash."""
    return re.sub(r"[^/#]*[/#]?$", "", row.iri)


def sources(path: Path | None) -> set[str]:
    """Return the IRIs of the sources that a table names, on which claims may rest.

    Raises:
        SettingError: it cannot be read, or a row is malformed.
    """
    rows, faults = read(path) if path else ([], [])
    malformed = {fault.place.line for fault in faults} - {row.line for row in rows}
    for fault in faults:
        if fault.place.line in malformed:
            raise SettingError(str(fault), file=str(path))
    return {row.source for row in rows}


def identify(project: Project, rows: list[Row]) -> tuple[list[dict[str, str]], list[str]]:
    """Return a proposal for each thing of the claims that *rows* name, and what is left undecided.

    A name is the same whatever its case, accents and spaces; where one is the same to the letter, others
    do not count. Two sources that agree make owl:sameAs, one skos:closeMatch. Nothing is proposed where
    a site has several things of the name, nor what is claimed.
    """
    known = {(claim.subject.value, claim.value.value) for claim in project.claims}
    called: dict[str, list[str]] = defaultdict(list)
    for claim in project.claims:
        if claim.predicate.value in _NAMES:
            called[claim.subject.value].append(claim.value.value)
    proposed, undecided = [], []
    for thing, names in called.items():
        name, folded = project.names.written(thing, "subject"), set(map(plain, names))
        same = [row for row in rows if row.name in names]
        same = same or [row for row in rows if plain(row.name) in folded]
        for _, of_site in groupby(sorted(same, key=lambda row: (_site(row), row.iri)), _site):
            rows_of_site = list(of_site)
            iris = dict.fromkeys(row.iri for row in rows_of_site)
            if len(iris) > 1:
                undecided.append(f"{name}: {' or '.join(f'<{iri}>' for iri in iris)}?")
            elif (thing, rows_of_site[0].iri) not in known:
                proposed.append(_proposal(name, rows_of_site))
    return proposed, undecided


def _proposal(subject: str, rows: list[Row]) -> dict[str, str]:
    """Return the proposal that a thing is what *rows* identify, as JSON."""
    sources = dict.fromkeys(f"<{row.source}>" for row in rows)
    notes = dict.fromkeys(row.note or f"Its name there is {row.name}." for row in rows)
    return {
        "subject": subject,
        "property": "owl:sameAs" if len(sources) > 1 else "skos:closeMatch",
        "value": f"<{rows[0].iri}>",
        "passage": ", ".join(sources),
        "note": " ".join(notes),
    }

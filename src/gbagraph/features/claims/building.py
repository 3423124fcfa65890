"""The files that claims give: facts, evidence, selectors and terms, each written whole."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from gbagraph.dataset.named_files import in_folders, quads
from gbagraph.errors import BadParameter, SettingError
from gbagraph.features.claims import rdf
from gbagraph.features.claims.names import Names
from gbagraph.features.claims.ontology import published
from gbagraph.features.claims.project import load
from gbagraph.features.claims.rules import words
from gbagraph.features.claims.rules.case import Case
from gbagraph.features.claims.writing import write
from gbagraph.features.verify.verification import OA
from gbagraph.paths import display, write_whole
from gbagraph.rdf.namespaces import PREFIXES
from gbagraph.text import counted

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from gbagraph.features.claims.model import Passages
    from gbagraph.features.claims.project import Project
    from gbagraph.settings import Settings

_MARK: Final = "# Made by gbagraph claims build. Change the claims, not this file."
_HEADS: Final = {
    "facts": "The facts that the claims state.",
    "evidence": "On which passage each fact rests, and how.",
    "selectors": "The passages, and which words of them carry each claim: places and hashes, no text.",
    "terms": "The terms of other ontologies that the facts use, as those explain them.",
}


def built(project: Project) -> dict[str, bytes]:
    """Return the content of each file that the claims of *project* give, by its name.

    Raises:
        BadParameter: the words of a claim do not stand in their passage, or claims share a name.
    """
    names = project.names
    prefixes = {"": names.base, "art": names.passages, "c": names.claims, "oa": OA}
    return {
        name: rdf.turtle(triples, prefixes | names.prefixes, f"{_MARK}\n# {_HEADS[name]}")
        for name, triples in _graphs(project).items()
    }


def _graphs(project: Project) -> dict[str, set[ox.Triple]]:
    names, claims, passages = project.names, project.claims, project.passages
    parts = passages.parts(names.document)
    structure = rdf.document(names) | rdf.structure(parts) | rdf.parthood(parts) | rdf.hashes(parts)
    graphs = {
        "facts": rdf.facts(claims),
        "evidence": rdf.evidence(claims, names),
        "selectors": structure | rdf.selectors(claims, passages, names),
    }
    ontology = ox.Store()
    ontology.extend(published())
    if any(f"<{PREFIXES['schema']}" in str(triple) for triple in graphs["facts"]):
        from gbagraph.features.claims import schema_org  # noqa: PLC0415  few facts need it

        ontology.extend(schema_org.terms()[0])
    return {**graphs, "terms": rdf.terms(chain.from_iterable(graphs.values()), ontology)}


def faults(project: Project) -> list[str]:
    """Return a line for each fault in the form or the words: with one, nothing is made."""
    case = Case(project)
    missing = (fault for claim in project.claims for fault in words.wrong(case, claim))
    return [str(fault) for fault in sorted({*project.faults, *missing})]


def build(project: Project) -> str:
    """Write the files that the claims of *project* give, and return what was written.

    Raises:
        BadParameter: the words of a claim do not stand in their passage, or claims share a name.
        SettingError: where a file has to be written is one that was not made so.
        OSError: a file cannot be written.
    """
    for path in project.built.values():
        if path.is_file() and not path.read_bytes().startswith(_MARK.encode()):
            raise SettingError(
                f"{display(path)} was not made by gbagraph claims build, which has to write it. Give it "
                "another name.",
                file=str(path),
            )
    for name, content in built(project).items():
        write_whole(project.built[name], content)
    files = ", ".join(map(display, project.built.values()))
    claims, facts = len(project.claims), len(rdf.facts(project.claims))
    there = project.passages.names()
    used = {rest.passage for claim in project.claims for rest in claim.rests}.intersection(there)
    return (
        f"Wrote {files}.\n{counted(claims, 'claim')} on {counted(facts, 'fact')} rest on {len(used)} of "
        f"{counted(len(there), 'passage')}."
    )


def written(files: Iterable[Path], settings: Settings) -> str:
    """Return the claims in RDF files in the form, with the names of the project of *settings*.

    The words are verbatim where the project has the text, and ranges of characters elsewhere. Without a
    project, the names are those of the built-in dataset.

    Raises:
        DatasetError: a file cannot be read.
        BadParameter: there is no claim; or as :func:`rdf.claims_of`.
    """
    store = ox.Store()
    for path in in_folders(files):
        store.extend(ox.Quad(*quad.triple) for quad in quads(path))  # one in two graphs is one
    passages: Passages = rdf.FromData(store)
    names = Names(PREFIXES["id"], passages=PREFIXES["art"], claims=PREFIXES["c"])
    if settings.value("claims"):
        project = load(settings)
        names, passages = project.names, project.passages
    claims = rdf.claims_of(store, passages, names)
    if not claims:
        raise BadParameter(
            "There is no ev:Claim in these files. Give those with the evidence, too."
        )
    return write(claims, names)

"""Findings: what is wrong with data, where, and how to correct it; whether files are well-formed.

Files are read as streams, so they can be of any size.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from gbagraph.dataset.files import unpacked
from gbagraph.dataset.identity import BUILT_IN
from gbagraph.dataset.named_files import in_folders, quads
from gbagraph.engine.evaluation import syntax_fault
from gbagraph.errors import DatasetError, QueryFileError
from gbagraph.paths import display, resource
from gbagraph.queries.catalog import all_queries, require_valid
from gbagraph.rdf.namespaces import BASES, PREFIXES, base, compact, expand
from gbagraph.sparql.tokens import declared_prefixes, resolved

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

TOLD: Final = 1000
"""Findings that are reported, and the most values of a wrong datatype in a file; more help nobody."""


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """What is wrong: about which node, by which rule, and what would be right."""

    node: str
    rule: str
    message: str


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One fault: the file and line, the node, the rule, and how to correct it."""

    file: str
    line: int
    node: str
    rule: str
    message: str

    def __str__(self) -> str:
        """One line, in the form that editors understand."""
        node = f"{self.node}: " if self.node else ""
        return f"{self.file}:{self.line}: {node}{self.message} [{self.rule}]"


def ill_typed(node: str, predicate: str, value: str, datatype: str) -> Fault:
    """Return the fault of a literal that no value belongs to (rule dt-not-type of OWL 2 RL)."""
    return Fault(
        node,
        "ill-typed-literal",
        f"The value {value!r} of {compact(predicate)} is not of the datatype {compact(datatype)}. "
        "Correct the value or its datatype.",
    )


def located(faults: Iterable[Fault], paths: Sequence[Path]) -> list[Finding]:
    """Return *faults* with their places in *paths*; at the head of the first where there is none."""
    ordered = sorted(set(faults))
    known = places({each.node for each in ordered}, paths)
    head = display(paths[0]), 1
    return [
        Finding(*known.get(each.node, head), compact(each.node), each.rule, each.message)
        for each in ordered
    ]


def places(nodes: Collection[str], paths: Sequence[Path]) -> dict[str, tuple[str, int]]:
    """File and line of the first place with each of *nodes* as a subject, else of the first with it.

    Each file is read at most once, line by line, and only what is asked for is kept.
    """
    subjects: dict[str, tuple[str, int]] = {}
    others: dict[str, tuple[str, int]] = {}
    for path in paths if nodes else ():
        for iri, is_subject, line in _named_in(path):
            if iri in nodes:
                (subjects if is_subject else others).setdefault(iri, (display(path), line))
        if len(subjects) == len(nodes):
            break
    return others | subjects


_NAME: Final = re.compile(r"<([^<>]*)>|(?<![\w-])([\w-]*):(\w(?:[\w.-]*[\w-])?)")


def _named_in(path: Path) -> Iterator[tuple[str, bool, int]]:
    """Yield each IRI in a file, whether its line begins with it, and the number of the line."""
    prefixes = dict(PREFIXES)
    for number, line in enumerate(_lines(path), start=1):
        if "prefix" in line[:20].lower():
            prefixes |= declared_prefixes(line)
        for name in () if line.startswith("#") else _NAME.finditer(line):
            written, prefix, local = name.groups()
            iri = f"{prefixes.get(prefix)}{local}" if written is None else resolved(base(), written)
            yield iri, name.start() == 0, number


def _lines(path: Path) -> Iterator[str]:
    with path.open("rb") as file, unpacked(path, file) as reader:
        for line in reader:
            yield line.decode("utf-8", errors="replace")


_NUMBER: Final = r"[+-]?(?:\d+\.?\d*|\.\d+)"
_ZONE: Final = r"(?:Z|[+-]\d\d:\d\d)?"
_DATE: Final = r"-?\d{4,}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
_LEXICAL: Final = {
    PREFIXES["xsd"] + name: re.compile(form)
    for name, form in {
        "boolean": "true|false|0|1",
        "integer": r"[+-]?\d+",
        "decimal": _NUMBER,
        "double": rf"{_NUMBER}(?:[eE][+-]?\d+)?|[+-]?INF|NaN",
        "float": rf"{_NUMBER}(?:[eE][+-]?\d+)?|[+-]?INF|NaN",
        "date": _DATE + _ZONE,
        "dateTime": rf"{_DATE}T\d\d:[0-5]\d:[0-5]\d(?:\.\d+)?{_ZONE}",
        "gYear": rf"-?\d{{4,}}{_ZONE}",
    }.items()
}
"""How values of the commonest datatypes are written."""


SYNTAX: Final = "syntax"
"""The rule by which a file can be read."""


def well_formed(files: Sequence[Path]) -> tuple[list[Finding], int]:
    """Return what is not well-formed in *files* and those in folders, and how many triples they have.

    A file that cannot be read, or has nothing in it, is a finding too.
    """
    found: list[Finding] = []
    triples, passages, whole = 0, set[str](), list[Path]()
    for given in files:
        try:
            paths = list(in_folders([given]))
        except DatasetError as problem:
            found.append(_unreadable(given, problem))
        else:
            for path in paths:
                faults, size = _read(path, passages)
                found += faults
                triples += size
                whole += [path] * (SYNTAX not in {each.rule for each in faults})
    return found + _undescribed(passages, whole), triples


def _unreadable(path: Path, problem: DatasetError) -> Finding:
    line = int(problem.details.get("line") or 1)
    return Finding(display(path), line, "", SYNTAX, str(problem.reason or problem.message))


def _undescribed(passages: set[str], paths: Sequence[Path]) -> list[Finding]:
    """Return the findings of *passages* of which *paths* say nothing, if they describe others."""
    if not passages:
        return []
    subjects = (quad.subject for path in paths for quad in quads(path))
    described = passages & {each.value for each in subjects if isinstance(each, ox.NamedNode)}
    said = "Facts rest on it, but nothing describes it. Describe it, or correct its IRI."
    gone = sorted(passages - described)[:TOLD] if described else ()
    return located((Fault(each, "undescribed-passage", said) for each in gone), paths)


def _read(path: Path, passages: set[str]) -> tuple[list[Finding], int]:
    """Return the findings in a file, and how many triples it has; add the *passages* it rests on."""
    size, wrong = 0, dict[Fault, None]()
    try:
        for size, quad in enumerate(quads(path), start=1):  # noqa: B007
            if quad.predicate.value in _RESTS and isinstance(quad.object, ox.NamedNode):
                passages.add(quad.object.value)
            fault = ill_typed_value(quad) or _unknown_term(quad)
            if fault is not None and len(wrong) < TOLD:
                wrong[fault] = None
    except DatasetError as problem:
        return [_unreadable(path, problem)], size
    if not size:
        return [Finding(display(path), 1, "", "empty", "It has no triple.")], 0
    return located(wrong, [path]), size


_RESTS: Final = frozenset((*BASES, expand("ev:restsOn")))


@cache
def _terms_of_evidence() -> frozenset[str]:
    subjects = (quad.subject for quad in quads(resource(*BUILT_IN["ontology/evidence"])))
    named = (each.value for each in subjects if isinstance(each, ox.NamedNode))
    return frozenset((PREFIXES["ev"], *named))


def _unknown_term(quad: ox.Quad) -> Fault | None:
    """Return the fault of a term that the vocabulary of evidence does not have."""
    for term in (quad.predicate, quad.object):
        if isinstance(term, ox.NamedNode) and term.value.startswith(PREFIXES["ev"]):
            known = _terms_of_evidence()
            if term.value not in known:
                near = difflib.get_close_matches(term.value, known, n=1)
                hint = f" Did you mean ev:{near[0].removeprefix(PREFIXES['ev'])}?" if near else ""
                return Fault(term.value, "unknown-term", f"There is no such term.{hint}")
    return None


def ill_typed_value(quad: ox.Quad) -> Fault | None:
    """Return the fault of a value that is not of its datatype; None if it is."""
    value = quad.object
    if not isinstance(value, ox.Literal):
        return None
    datatype = value.datatype.value
    form = _LEXICAL.get(datatype)
    if form is None or form.fullmatch(value.value):
        return None
    node = quad.subject.value if isinstance(quad.subject, ox.NamedNode) else ""
    return ill_typed(node, quad.predicate.value, value.value, datatype)


def queries() -> Iterator[Finding]:
    """Yield the faults of the canned queries, in their headers and in their SPARQL."""
    try:
        require_valid([syntax_fault(query.text) for query in all_queries().values()])
    except QueryFileError as problem:
        for one in problem.details["faults"]:
            name = one.details["file"].rpartition("/")[2]
            yield Finding(
                one.details["file"], one.details["line"] or 1, name, "query-file", one.message
            )


def checked(checks: Iterable[Path], store: ox.Store) -> Iterator[Fault]:
    """Yield the rows of queries in files: ?node, and ?message with the remedy.

    Each has the name of its query as its rule.
    """
    for check in checks:
        rows = store.query(check.read_text(encoding="utf-8"))
        if not isinstance(rows, ox.QuerySolutions):
            raise TypeError(f"{check.name} is not a SELECT query")
        for row in rows:
            # A message that would name a blank node is unbound; no-blank-nodes reports the node.
            if row["message"] is not None:
                yield Fault(row["node"].value, check.stem, row["message"].value)


def checks(folder: str) -> list[Path]:
    """Return the queries in a folder of the ontology."""
    return sorted(resource("ontology", folder).glob("*.rq"))

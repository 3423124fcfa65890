"""The reference questions: how their files are read, and what is wrong with one.

A file is a list in YAML. An entry has the question in one to three languages, and either a query, with
others that are accepted too, or ``refuse``, where the data do not say.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, get_args
from urllib.parse import urljoin

import msgspec
import yaml
from msgspec import Meta

from gbagraph.errors import GbaGraphError, QueryFileError
from gbagraph.paths import display, reason, resource
from gbagraph.rdf.namespaces import base_iri, in_full, prefixes
from gbagraph.sparql.failures import translated_errors
from gbagraph.sparql.parsed import ParsedQuery
from gbagraph.sparql.tokens import undeclared

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Kind = Literal[
    "lookup", "path", "comparison", "count", "aggregate", "time", "negation", "provenance", "federation"
]  # fmt: skip
Trap = Literal[
    "stated-or-inferred", "doubtful-unit", "plan-or-fact", "open-list", "bound", "wrong-kind"
]
LANGUAGES: Final = ("en", "zh-Hans", "zh-Hant")
Passage = Annotated[str, Meta(pattern=r"^\S+(: [0-9]+)?$")]

_FORM: Final = (
    "An entry has id (words with hyphens), kind ({kinds}), en, zh-Hans or zh-Hant, and query or "
    "refuse: true; it may have trap ({traps}), because, also, near, order and passages (such as "
    '"knowledge-city-3: 2", with the number of a sentence).'
).format(kinds=", ".join(get_args(Kind)), traps=", ".join(get_args(Trap)))


class Question(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A question in up to three languages, with the queries that answer it, or to be refused.

    ``query`` and those of ``also`` are accepted, with rows in this order if ``order``. ``passages`` are
    the paragraphs that decide the answer, each with a sentence. ``near`` asks what the data do say of
    what is to be refused. ``because`` says why it is, or what the trap is.
    """

    id: Annotated[str, Meta(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    kind: Kind
    trap: Trap | None = None
    en: str = ""
    hans: str = msgspec.field(default="", name="zh-Hans")
    hant: str = msgspec.field(default="", name="zh-Hant")
    query: str = ""
    also: tuple[str, ...] = ()
    order: bool = False
    refuse: bool = False
    near: str = ""
    passages: tuple[Passage, ...] = ()
    because: str = ""

    @property
    def texts(self) -> dict[str, str]:
        """The question by language, in those in which it is asked."""
        texts = zip(LANGUAGES, (self.en, self.hans, self.hant), strict=True)
        return {language: text for language, text in texts if text}

    @property
    def queries(self) -> tuple[str, ...]:
        """The accepted queries, which declare their prefixes; none if it is to be refused."""
        return tuple(map(declared, (self.query, *self.also))) if self.query else ()

    def faults(self) -> Iterator[str]:
        """Yield what is wrong with it beyond its form."""
        if not self.texts:
            yield "it asks nothing: give en, zh-Hans or zh-Hant"
        if bool(self.query) == self.refuse:
            yield "it has to have either a query or refuse: true"
        if (self.trap or self.refuse) and not self.because:
            yield "it is a trap or to be refused: say why, with because"
        for text in map(declared, filter(None, (self.query, *self.also, self.near))):
            try:
                with translated_errors(text):
                    ParsedQuery(text).require_valid()
            except GbaGraphError as problem:
                yield f"its query is not right: {problem.message}"


def passage(text: str) -> str:
    """Return the IRI of the passage that *text* names: an IRI, a prefixed name, or one of ``art:``."""
    name = re.sub(r": [0-9]+$", "", text)
    return in_full(name if ":" in name else f"art:{name}")


def declared(query: str) -> str:
    """Return *query* with a PREFIX line for each known prefix that it uses and does not declare."""
    return undeclared(query, prefixes()) + query.strip()


def dataset() -> str:
    """Return the IRI by which others know the dataset that is published."""
    return urljoin(base_iri(), "dataset")


def own() -> Path:
    """Return the folder of the questions about the built-in dataset."""
    return resource("bench", "questions")


def load(folder: Path) -> list[Question]:
    """Return the questions of the files ``*.yaml`` in *folder*, in the order of their ids.

    Raises:
        QueryFileError: there are none, or some are not right; it names file, entry, and what would be.
    """
    questions: dict[str, Question] = {}
    faults: list[str] = []
    for path in sorted(folder.glob("*.yaml")):
        for place, entry in enumerate(_entries(path), start=1):
            name = entry.get("id", place) if isinstance(entry, dict) else place
            where = f"{display(path)}, entry {name}"
            try:
                question = msgspec.convert(entry, Question)
            except msgspec.ValidationError as problem:
                faults.append(f"{where}: {problem}. {_FORM}")
                continue
            if question.id in questions:
                faults.append(f"{where}: there is another question with this id. Give it its own.")
            faults += (f"{where}: {fault.removesuffix('.')}." for fault in question.faults())
            questions[question.id] = question
    if not questions and not faults:
        faults = [
            f"{display(folder)} has no questions: files *.yaml, each a list of entries. {_FORM}"
        ]
    if faults:
        raise QueryFileError("\n".join(faults), file=display(folder), faults=faults)
    return [questions[name] for name in sorted(questions)]


def _entries(path: Path) -> list[Any]:
    try:
        # That in C, where there is one, takes a tenth of the time.
        loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        entries = yaml.load(path.read_bytes(), loader)  # noqa: S506
    except (OSError, yaml.YAMLError, ValueError, RecursionError) as problem:
        raise QueryFileError(f"{display(path)}: {reason(problem)}.", file=display(path)) from None
    if not isinstance(entries, list):
        raise QueryFileError(f"{display(path)} is no list of entries. {_FORM}", file=display(path))
    return entries

"""A citation of data: as a sentence, in BibTeX, and in CSL-JSON."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final

from gbagraph import publication
from gbagraph.dataset.identity import stated
from gbagraph.errors import UnknownResource
from gbagraph.queries.catalog import find
from gbagraph.rdf import namespaces
from gbagraph.rdf.formats import TEXT, Format
from gbagraph.rdf.namespaces import DATASET, compact, expand
from gbagraph.rdf.results import rows

if TYPE_CHECKING:
    from gbagraph.dataset.identity import Description
    from gbagraph.features.answers.permalink import Permalink
    from gbagraph.features.versions.history import Version
    from gbagraph.settings import About

BIBTEX: Final = Format("application/x-bibtex", "bib", "BibTeX", names=("bibtex",))
CSL: Final = Format(
    "application/vnd.citationstyles.csl+json", "csl.json", "CSL-JSON", names=("csl",)
)
FORMATS: Final = (TEXT, BIBTEX, CSL)
"""What a citation is offered as."""

_LATEX: Final = str.maketrans(
    {
        **{sign: f"\\{sign}" for sign in "&%$#_{}"},
        "\\": r"\textbackslash{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
    }
)
_DOI: Final = "https://doi.org/"
_NO_KEY: Final = re.compile(r"[^A-Za-z0-9.-]+")


@dataclass(frozen=True, slots=True)
class Citation:
    """What is cited: the dataset in a version, or what is in it, of which *part* is the title.

    *address* is where it is found, *note* what lets a reader check it, *accessed* the day of today.
    """

    title: str
    publisher: str
    version: str
    issued: date | None
    address: str
    accessed: date
    part: str = ""
    note: str = ""
    creators: tuple[str, ...] = ()
    doi: str = ""

    @property
    def text(self) -> str:
        """A sentence for a list of references."""
        said = f"“{self.part}”, in: " if self.part else ""
        year, day = (f" ({self.issued.year})", f" ({self.issued})") if self.issued else ("", "")
        authors = f"{'; '.join(self._authors)}{year}. " if self._authors else ""
        publisher = f" {self.publisher.rstrip('.')}." if self.creators and self.publisher else ""
        note = f" {self.note}." if self.note else ""
        return (
            f"{authors}{said}{self.title}, version {self.version}{day} [data set]."
            f"{publisher}{note} "
            f"{self.address}, accessed {self.accessed}."
        )

    @property
    def bibtex(self) -> str:
        """An entry of BibTeX, in UTF-8."""
        title = f"{self.part}, in: {self.title}" if self.part else self.title
        fields = {
            "author": " and ".join(f"{{{each.translate(_LATEX)}}}" for each in self._authors),
            "publisher": self.publisher.translate(_LATEX) if self.creators else "",
            "title": f"{{{title.translate(_LATEX)}}}",
            "year": str(self.issued.year) if self.issued else "",
            "month": str(self.issued.month) if self.issued else "",
            "version": self.version.translate(_LATEX),
            "howpublished": "Data set",
            "doi": self.doi.removeprefix(_DOI),
            "url": self.address,
            "urldate": str(self.accessed),
            "note": self.note.translate(_LATEX),
        }
        lines = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items() if value)
        return f"@misc{{{self._key},\n{lines}}}\n"

    @property
    def csl(self) -> list[dict[str, Any]]:
        """A list with an item of CSL-JSON."""
        item: dict[str, Any] = {
            "id": self._key,
            "type": "dataset",
            "title": self.part or self.title,
            "version": self.version,
            "accessed": _parts(self.accessed),
            "URL": self.address,
        }
        if self.part:
            item["container-title"] = self.title
        more = {
            "issued": _parts(self.issued) if self.issued else None,
            "author": [{"literal": each} for each in self._authors],
            "publisher": self.publisher,
            "DOI": self.doi.removeprefix(_DOI),
            "note": self.note,
        }
        return [item | {key: value for key, value in more.items() if value}]

    @property
    def _authors(self) -> tuple[str, ...]:
        """Who made it; the publisher if nobody else is named."""
        return self.creators or tuple(filter(None, [self.publisher]))

    @property
    def _key(self) -> str:
        return _NO_KEY.sub("-", f"{self.part or self.title}-{self.version}").strip("-").lower()[:60]

    def written(self, form: Format) -> str:
        """Return it in one of :data:`FORMATS`."""
        if form is CSL:
            return json.dumps(self.csl, ensure_ascii=False, indent=1) + "\n"
        return self.bibtex if form is BIBTEX else f"{self.text}\n"


def _parts(day: date) -> dict[str, Any]:
    return {"date-parts": [[day.year, day.month, day.day]]}


def _issued(about: About, version: Version) -> date | None:
    """Return the day of publication; of data of others nobody knows it but they."""
    if about.issued:
        return date.fromisoformat(about.issued)
    return version.generated.date() if publication.current().is_own else None


def of_dataset(
    dataset: Description,
    version: Version,
    address: str,
    *,
    part: str = "",
    note: str = "",
) -> Citation:
    """Return the citation of a dataset, or of a *part* of it that is found at *address*."""
    site = publication.current()
    # Releases do not keep the title of our dataset.
    own = stated(expand("dcterms:title"))[DATASET][0].value if site.is_own else ""
    about = site.about
    return Citation(
        own or site.title or dataset.title,
        site.publisher,
        about.version or version.name,
        _issued(about, version),
        address if part else about.doi or address,
        datetime.now(UTC).date(),
        part,
        note,
        about.creator,
        "" if part else about.doi,
    )


def address_of(version: Version, base: str) -> str:
    """Return the address of a version: the permanent one of ours, else that of the server at *base*."""
    if publication.current().is_own:
        return f"{DATASET}/{version.name}"
    return publication.current().home or namespaces.base() or f"{base}/"


def answer_title(link: Permalink) -> str:
    """Return what the answer behind a link is called."""
    name = link.path.partition("/")[2]
    return f"Answer to: {find(name).summary}" if name else "Answer to a SPARQL query"


def note(link: Permalink) -> str:
    """Return what lets a reader check the answer behind a link."""
    return f"Asked {link.date}, SHA-256 {link.answer[:16]}"


def label_in(body: bytes, iri: str) -> str:
    """Return the name of a thing from the answer to the query for it.

    Raises:
        UnknownResource: nothing is said of the thing.
    """
    answer = rows(body)
    if not answer:
        raise UnknownResource(f"Nothing is said of <{iri}> here.")
    return str(answer[0]["label"]["value"]) if "label" in answer[0] else compact(iri)

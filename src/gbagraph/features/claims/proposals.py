"""Proposed claims: their JSON form, and the file in which they wait until somebody decides on them.

The file has one JSON object a line (JSON Lines). It is only added to, and only of what was found right;
several processes may do so at once. A line that was not written to its end does no harm.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct

from gbagraph.errors import BadParameter, SettingError, StorageFull, visible
from gbagraph.features.claims.model import Basis  # noqa: TC001  msgspec reads it
from gbagraph.paths import display, reason
from gbagraph.text import counted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


DECISIONS: Final = "decisions.jsonl"
"""The name of the file of decisions, beside that of the proposals."""
MOST: Final = 2_000
"""Proposals that a file holds at most."""
_LARGEST_FILE: Final = 1_000_000
_LARGEST: Final = 8_000
"""Bytes of one proposal at most."""

_NO_JSON: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_Line = TypeVar("_Line", bound=Struct)
_Name = Annotated[str, Meta(pattern=r'^[^\s|"#]+$', max_length=200)]
_Text = Annotated[str, Meta(max_length=2_000)]


class Claim(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A claim that somebody proposes, on one passage."""

    subject: Annotated[
        _Name, Meta(description="The name of a thing, such as harbour-tram. It may be new.")
    ]
    property: Annotated[_Name, Meta(description="A property of the ontology, such as developedBy.")]
    value: Annotated[
        _Text,
        Meta(
            min_length=1,
            description='One value as the claims form writes it: the name of a thing, "a text"@en, '
            "1904-05, over 4 km2.",
        ),
    ]
    words: Annotated[
        _Text,
        Meta(
            description="The words of the passage that say it, verbatim; they stand there once. Another "
            "source than the text has none here.",
        ),
    ] = ""
    passage: Annotated[
        str,
        Meta(
            pattern=r"^([ph][0-9]{1,8}|<[^<>\s|]+>(, <[^<>\s|]+>)*)?$",
            max_length=1_000,
            description="The passage, such as p3, or the IRIs of other sources, as <iri>, <iri>. Leave "
            "it out where only one passage has the words.",
        ),
    ] = ""
    basis: Annotated[
        Basis,
        Meta(
            description="stated: the words say it. inferred: it follows from them; note says how. "
            "worded: the words are the proposer's own."
        ),
    ] = "stated"
    note: Annotated[_Text, Meta(description="How it follows. inferred needs it, or resolves.")] = ""
    resolves: Annotated[
        _Text, Meta(description="The words, such as last May, that the date is.")
    ] = ""
    kind: Annotated[
        _Text, Meta(description="The kind of a thing that is new, such as Project.")
    ] = ""
    label: Annotated[_Text, Meta(description="What a thing that is new is called.")] = ""


class Proposal(Claim, frozen=True, kw_only=True):
    """A claim, and who proposes it."""

    by: Annotated[_Text, Meta(description="Who proposes it: a person, a script, an assistant.")] = (
        ""
    )


class Received(Proposal, frozen=True, kw_only=True):
    """A proposal as the file has it. The same claim has the same id, whoever proposes it."""

    id: str
    received: str


Outcome = Literal["accepted", "corrected", "rejected"]


class Decision(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who decided what on the proposal *id*, and when (UTC): the text that was accepted, or why not."""

    id: str
    decision: Outcome
    text: str = ""
    reason: str = ""
    by: str
    at: str

    def __str__(self) -> str:
        """What was decided, by whom, when, and why."""
        return f"{self.decision} by {self.by}, {self.at}" + f": {self.reason}" * bool(self.reason)


def schema() -> dict[str, Any]:
    """Return the JSON Schema of a proposal."""
    return msgspec.json.schema(Proposal)


def of_json(text: bytes) -> list[Any]:
    """Return the proposals in a JSON array, a JSON object, or JSON Lines, before they are looked at.

    Raises:
        BadParameter: it is none of them.
    """
    try:
        content = msgspec.json.decode(text)
    except _NO_JSON:
        return [
            _of_line(number, line)
            for number, line in enumerate(text.splitlines(), 1)
            if line.strip()
        ]
    return content if isinstance(content, list) else [content]


def _of_line(number: int, line: bytes) -> Any:  # noqa: ANN401  any JSON
    try:
        return msgspec.json.decode(line)
    except _NO_JSON as problem:
        raise BadParameter(
            f"The proposals are neither a JSON array, a JSON object, nor JSON Lines: line {number}, "
            f"{problem}."
        ) from None


def read(given: Any, by: str = "") -> Proposal:  # noqa: ANN401  any JSON
    """Return the proposal that is *given* as JSON, with white space as one space; *by* prevails.

    Raises:
        BadParameter: a member is missing, unknown or wrong, or it is too large.
    """
    more = {"by": by} if by and isinstance(given, dict) else {}
    try:
        proposal = msgspec.convert({**given, **more} if more else given, Proposal)
    except msgspec.ValidationError as problem:
        names = ", ".join(field.name for field in msgspec.structs.fields(Proposal))
        raise BadParameter(f"It is not right: {problem}. A proposal has: {names}.") from None
    content: dict[str, Any] = {
        name: " ".join(value.split()) for name, value in msgspec.structs.asdict(proposal).items()
    }
    if not content["words"] and not content["passage"].startswith("<"):
        raise BadParameter("It has no words. Copy those of the passage that say it.")
    written = "".join(content.values())
    if visible(written) != written:
        raise BadParameter("It has control characters. Leave them out.")
    if len(written.encode()) > _LARGEST:
        raise BadParameter(f"It has more than {_LARGEST} bytes, the most that one may have.")
    if proposal.basis == "inferred" and not (content["note"] or content["resolves"]):
        raise BadParameter("inferred needs note, how it follows, or resolves.")
    return Proposal(**content)


def name(proposal: Claim) -> str:
    """Return the id of a proposal: of what is claimed, not of who proposes it."""
    content = [str(getattr(proposal, each)) for each in Claim.__struct_fields__]
    return hashlib.sha256("\0".join(content).encode()).hexdigest()[:12]


def now() -> str:
    """Return the time in UTC, to the second (ISO 8601)."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def add(path: Path, proposal: Proposal) -> Received:
    """Add a proposal to the file at *path*, if that has not got it; return it as it is there.

    Raises:
        StorageFull: the file has no room.
        OSError: it cannot be written.
    """
    received = Received(**msgspec.structs.asdict(proposal), id=name(proposal), received=now())
    line = msgspec.json.encode(received)
    with locked(path):
        known = {each.id: each for each in lines(path, Received)}
        if received.id in known:
            return known[received.id]
        if len(known) >= MOST or path.stat().st_size + len(line) > _LARGEST_FILE:
            raise StorageFull(
                f"{display(path)} is full: it holds {counted(MOST, 'proposal')} and "
                f"{_LARGEST_FILE:,} bytes at most. Decide on them with gbagraph claims review, then "
                "remove the lines that are decided."
            )
        append(path, line)
    return received


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keep other processes from writing the file at *path*, which is made where it is not there.

    Raises:
        SettingError: it cannot be written.
    """
    try:
        file = path.open("ab")
    except OSError as problem:
        raise SettingError(f"{display(path)} cannot be written: {reason(problem)}.") from None
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def append(path: Path, line: bytes) -> None:
    """Write a line at the end of a file that is locked, below what was not written to its end."""
    with path.open("rb+") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(size - 1, 0))
        is_open = file.read(1) not in (b"", b"\n")
        file.write(b"\n" * is_open + line + b"\n")


def lines(path: Path, kind: type[_Line]) -> list[_Line]:
    """Return what the lines of a file say, but for those that were not written to their end.

    Raises:
        SettingError: a line says something else.
    """
    read = []
    for number, line in enumerate(path.read_bytes().splitlines() if path.exists() else (), 1):
        try:
            read.append(msgspec.json.decode(line, type=kind))
        except msgspec.ValidationError as problem:
            raise SettingError(f"{display(path)}:{number} is not right: {problem}.") from None
        except _NO_JSON:
            continue
    return read


def decided(path: Path) -> dict[str, Decision]:
    """Return the decisions beside the file of proposals at *path*, by the ids of these."""
    return {each.id: each for each in lines(path.with_name(DECISIONS), Decision)}

"""Proposed claims: their JSON form, and the file in which they wait until somebody decides on them.

The file has one JSON object a line (JSON Lines). It is only added to, and only of what was found right;
several processes may do so at once. A line that was not written to its end does no harm.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeVar

import msgspec
from msgspec import Meta, Struct

from gbagraph.errors import BadParameter, StorageFull, visible
from gbagraph.paths import display
from gbagraph.text import counted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gbagraph.features.claims.model import Basis

MOST: Final = 2_000
"""Proposals that a file holds at most."""
_LARGEST_FILE: Final = 1_000_000
_LARGEST: Final = 8_000
"""Bytes of one proposal at most."""

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
            min_length=1,
            description="The words of the passage that say it, verbatim; they stand there once.",
        ),
    ]
    passage: Annotated[
        str,
        Meta(
            pattern=r"^([ph][0-9]+)?$",
            max_length=9,
            description="The passage, such as p3. Leave it out where only one has the words.",
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


def schema() -> dict[str, Any]:
    """Return the JSON Schema of a proposal."""
    return msgspec.json.schema(Proposal)


def of_json(text: bytes) -> list[Any]:
    """Return the proposals in a JSON array, a JSON object, or JSON Lines, before they are looked at.

    Raises:
        BadParameter: it is none of them.
    """
    try:
        found = json.loads(text)
    except ValueError:
        lines = [line for line in text.splitlines() if line.strip()]
        found = [_of_line(number, line) for number, line in enumerate(lines, start=1)]
    return found if isinstance(found, list) else [found]


def _of_line(number: int, line: bytes) -> Any:  # noqa: ANN401  any JSON
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as problem:
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
        found = msgspec.convert({**given, **more} if more else given, Proposal)
    except msgspec.ValidationError as problem:
        names = ", ".join(field.name for field in msgspec.structs.fields(Proposal))
        raise BadParameter(f"It is not right: {problem}. A proposal has: {names}.") from None
    content = {
        name: " ".join(value.split()) for name, value in msgspec.structs.asdict(found).items()
    }
    written = "".join(content.values())
    if visible(written) != written:
        raise BadParameter("It has control characters. Leave them out.")
    if len(written.encode()) > _LARGEST:
        raise BadParameter(f"It has more than {_LARGEST} bytes, the most that one may have.")
    return Proposal(**content)


def name(proposal: Claim) -> str:
    """Return the id of a proposal: of what is claimed, not of who proposes it."""
    content = [str(getattr(proposal, each)) for each in Claim.__struct_fields__]
    return hashlib.sha256("\0".join(content).encode()).hexdigest()[:12]


def now() -> str:
    """Return the time in UTC, to the second (ISO 8601)."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def add(path: Path, proposal: Proposal) -> Received | None:
    """Add a proposal to the file at *path*; None if the file has it.

    Raises:
        StorageFull: the file has no room.
        OSError: it cannot be written.
    """
    found = Received(**msgspec.structs.asdict(proposal), id=name(proposal), received=now())
    with locked(path):
        known, _ = lines(path, Received)
        if any(each.id == found.id for each in known):
            return None
        line = msgspec.json.encode(found)
        if len(known) >= MOST or path.stat().st_size + len(line) > _LARGEST_FILE:
            raise StorageFull(
                f"{display(path)} is full: it holds {counted(MOST, 'proposal')} and "
                f"{_LARGEST_FILE:,} bytes at most. Decide on them with gbagraph claims review, then "
                "remove the lines that are decided."
            )
        append(path, line)
    return found


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keep other processes from writing the file at *path*, which is made where it is not there."""
    with path.open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def append(path: Path, line: bytes) -> None:
    """Write a line at the end of a file that is locked, below what was not written to its end."""
    with path.open("rb+") as file:
        is_open = (
            file.seek(0, os.SEEK_END) > 0 and (file.seek(-1, os.SEEK_END), file.read(1))[1] != b"\n"
        )
        file.write(b"\n" * is_open + line + b"\n")
        file.flush()
        os.fsync(file.fileno())


def lines(path: Path, kind: type[_Line]) -> tuple[list[_Line], int]:
    """Return what the lines of a file say, and how many cannot be read; of no file, nothing."""
    found, broken = [], 0
    for line in path.read_bytes().splitlines() if path.exists() else ():
        try:
            found.append(msgspec.json.decode(line, type=kind))
        except (msgspec.DecodeError, UnicodeDecodeError):
            broken += bool(line.strip())
    return found, broken

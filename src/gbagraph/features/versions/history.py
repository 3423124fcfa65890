"""Which versions of the dataset there are, when each was made, and which a name or a time means."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from gbagraph.dataset.identity import meant, release_hash, releases, stated
from gbagraph.errors import UnknownResource
from gbagraph.rdf.namespaces import DATASET, expand

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gbagraph.dataset.identity import Description


class Version(NamedTuple):
    """A version: its name, the hash of what it asserts, when it was made, whether it is served now."""

    name: str
    hash: str
    generated: datetime
    is_present: bool = False


def history(present: Description) -> tuple[Version, ...]:
    """Return all versions, the oldest first: the kept releases, and what is served at *present*.

    What is no dataset of ours has the present one only.
    """
    is_ours = present.built_in or bool(present.release)
    kept = _kept() if is_ours else ()
    others = [each for each in kept if each.name != present.version]
    made = _times().get(present.version) if is_ours else None
    served = Version(
        present.version,
        present.hash,
        made or datetime.fromtimestamp(int(present.modified), UTC),
        is_present=True,
    )
    return tuple(sorted((*others, served), key=lambda each: each.generated))


def find(name: str, versions: Sequence[Version]) -> Version:
    """Return the version that *name* means: its own name, or the beginning of its hash.

    Raises:
        UnknownResource: there is none; the message lists those that there are.
    """
    by_name = {each.name: each for each in versions}
    if found := meant(name, {each.name: each.hash for each in versions}):
        return by_name[found]
    known = ", ".join(by_name)
    raise UnknownResource(
        f"There is no version {name[:80]}. There are: {known}. A version can also be named by the "
        "first eight digits of its hash, or more.",
        versions=list(by_name),
    )


def at(when: datetime, versions: Sequence[Version]) -> Version:
    """Return the version that was there at a time; the first one for a time before it.

    So a TimeGate answers (RFC 7089, section 4.5.3).
    """
    past = [each for each in versions if each.generated <= when]
    return past[-1] if past else versions[0]


@cache
def _kept() -> tuple[Version, ...]:
    times = _times()
    return tuple(Version(name, release_hash(name), times[name]) for name in releases())


@cache
def _times() -> dict[str, datetime]:
    """When each version was made, as the metadata of the dataset say."""
    times = stated(expand("prov:generatedAtTime"))
    return {
        iri.removeprefix(f"{DATASET}/"): datetime.fromisoformat(time.value)
        for iri, (time, *_) in times.items()
    }

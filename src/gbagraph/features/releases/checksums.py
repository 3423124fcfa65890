"""The checksums of a kept release: of its data, the Dataset-Hash, and of its files, for sha256sum."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from gbagraph.dataset.identity import asserted_file, inferred_file, queries_file
from gbagraph.dataset.loader import read_release
from gbagraph.errors import DatasetError
from gbagraph.paths import display
from gbagraph.rdf.dataset import canonical_lines, digest

if TYPE_CHECKING:
    from pathlib import Path

    from gbagraph.dataset.identity import Release


def checksums_file(version: str) -> Path:
    """Return the file for the checksums of a release, whether there is one or not."""
    return asserted_file(version).with_name(f"{version}.sha256")


def checksums(version: str, dataset_hash: str) -> str:
    """Return the checksums of those files of a release that there are, after the hash of its data."""
    return "\n".join([_head(dataset_hash), *_of_files(version), ""])


def checked(release: Release) -> tuple[Path, list[str]]:
    """Return the file with the checksums of a release, and what is not as it says.

    Raises:
        DatasetError: there is no such file.
    """
    path = checksums_file(release.version)
    if not path.is_file():
        raise DatasetError(f"{display(path)} is missing. Install the package anew.")
    head, *kept = path.read_text(errors="replace").split("\n")
    differing = {*kept, ""} ^ {*_of_files(release.version), ""}
    if differing:
        return path, sorted({line.rpartition("  ")[2] for line in differing})
    dataset_hash = digest(canonical_lines(read_release(release, followed=False)))
    return path, ["Dataset-Hash"] * (head != _head(dataset_hash))


def _head(dataset_hash: str) -> str:
    return f"# Dataset-Hash: {dataset_hash}"


def _of_files(version: str) -> list[str]:
    folder = asserted_file(version).parent
    files = [place(version) for place in (asserted_file, inferred_file, queries_file)]
    return [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder).as_posix()}"
        for path in files
        if path.is_file()
    ]

"""Follow the feed of patches of a server, and verify each state by the hash that the feed gives for it.

The file is its own state: the hash of what it holds says which release that is, and a patch is written
into it only when the hash after the patch is right. So a mirror can be interrupted at any time.
"""

from __future__ import annotations

import asyncio
import gzip
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated, Final
from urllib.parse import quote

import httpx
import msgspec
import pyoxigraph as ox

from gbagraph._version import user_agent
from gbagraph.dataset.files import read_packed
from gbagraph.errors import BadParameter, DatasetError, LoadFailed, ServiceFailed
from gbagraph.paths import display, in_one_line, reason, write_whole
from gbagraph.rdf.dataset import canonical_lines, digest, has_blank_node

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

_LARGEST: Final = 64 * 1024 * 1024
"""Bytes of a response, and of a state: ten times what a release has."""
_SECONDS: Final = 30.0
"""Time for each part of a response."""
_SECONDS_FOR_ALL: Final = 600.0
_SHOWN: Final = 200
"""Characters of a text of the server that an error shows."""


_Id = Annotated[str, msgspec.Meta(pattern="^urn:uuid:[0-9a-f-]{36}$")]
_Version = Annotated[str, msgspec.Meta(pattern="^[0-9A-Za-z.+-]{1,64}$")]
_Hash = Annotated[str, msgspec.Meta(pattern="^sha256:[0-9a-f]{64}$")]


class PatchOf(msgspec.Struct):
    """A patch as the feed names it."""

    id: _Id
    prev: _Id | None


class Release(msgspec.Struct):
    """A release as the feed names it: the patch that leads to it, and the hash after that."""

    version: _Version
    hash: _Hash
    patch: PatchOf


class Feed(msgspec.Struct):
    """The feed: the releases in their order."""

    releases: list[Release]


def mirror(
    url: str, path: Path, until: str = "", told: Callable[[str], object] = lambda _: None
) -> None:
    """Bring the file *path* to the newest release that the server at *url* has, or to that of *until*.

    *told* is called with a sentence for each state that was verified and written.

    Raises:
        BadParameter: *path* names no N-Quads file, or there is no release *until* ahead.
        ServiceFailed: the server gives no answer, not in time, or more than is taken.
        DatasetError: the feed, a patch or the file is not what it should be. The file stays as it was.
    """
    if path.name.removesuffix(".gz").rpartition(".")[2] != "nq":
        raise BadParameter(
            f"{display(path)} is no name of an N-Quads file. Give one that ends in .nq or .nq.gz.",
            parameter="file",
        )
    asyncio.run(_mirror(_Server(url), path, until, told))


async def _mirror(server: _Server, path: Path, until: str, told: Callable[[str], object]) -> None:
    lines = _read(path)
    async with server.connected():
        releases = await server.releases()
        ahead = _ahead(releases, lines, path, until)
        for before, release in ahead:
            text = await server.patch(release.version)
            lines = verified(applied(lines, text, before, release), release)
            written = "".join(lines).encode()
            write_whole(path, gzip.compress(written, mtime=0) if path.suffix == ".gz" else written)
            told(f"{release.version}: {len(lines):,} quads, verified: {release.hash}")
        if not ahead:
            told(f"{display(path)} is up to date.")


def _read(path: Path) -> list[str]:
    """Return the canonical lines of a file; none where there is no file."""
    if not path.exists():
        return []
    try:
        return _canonical(read_packed(path).decode(), display(path))
    except (OSError, UnicodeDecodeError) as problem:
        raise DatasetError(f"{display(path)} cannot be read: {reason(problem)}.") from None


def _canonical(text: str, what: str) -> list[str]:
    try:
        quads = list(ox.parse(text, format=ox.RdfFormat.N_QUADS))
    except SyntaxError as problem:
        raise DatasetError(f"{what} is no N-Quads: {in_one_line(str(problem), _SHOWN)}") from None
    if any(map(has_blank_node, quads)):
        raise DatasetError(f"{what} has blank nodes, which no patch of a mirror can name.")
    return canonical_lines(quads)


def _ahead(
    releases: list[Release], lines: list[str], path: Path, until: str
) -> list[tuple[Release | None, Release]]:
    """Return the releases ahead of the state that *lines* are, each with the one before it."""
    here = -1
    if lines:
        hashes = [release.hash for release in releases]
        if (state := digest(lines)) not in hashes:
            raise DatasetError(
                f"{display(path)} holds no release of this server, or was changed ({state}). Name "
                "another file, or remove this one."
            )
        here = hashes.index(state)
    versions = [release.version for release in releases]
    if until and until not in versions[max(here, 0) :]:
        raise BadParameter(
            f"There is no release {until} ahead. There are: {', '.join(versions[max(here, 0) :])}.",
            parameter="until",
        )
    end = versions.index(until) + 1 if until else len(releases)
    befores: list[Release | None] = [None, *releases]
    return list(zip(befores, releases, strict=False))[here + 1 : end]


def applied(lines: list[str], text: str, before: Release | None, release: Release) -> str:
    """Return the lines of the state after a patch, not yet verified; raises DatasetError."""
    quads, header, is_open, is_whole = set(lines), dict[str, str](), False, False
    for number, row in enumerate(text.split("\n"), 1):
        operation, _, rest = row.partition(" ")
        if operation == "H" and not is_open:
            name, _, term = rest.removesuffix(" .").partition(" ")
            header[name] = term
        elif operation == "TX" and not is_open:
            _require_next(header, before, release)
            is_open = True
        elif operation == "A" and is_open and not is_whole:
            quads.add(f"{rest}\n")
        elif operation == "D" and is_open and not is_whole and f"{rest}\n" in quads:
            quads.remove(f"{rest}\n")
        elif operation == "TC" and is_open and not is_whole:
            is_whole = True
        elif row:
            raise _wrong(release, f"line {number} cannot be applied: {in_one_line(row, _SHOWN)}")
    if not is_whole:
        raise _wrong(release, "it is cut: it does not end with TC")
    return "".join(quads)


def _require_next(header: dict[str, str], before: Release | None, release: Release) -> None:
    wanted = {"id": f"<{release.patch.id}>", "hash": f'"{release.hash}"'}
    if before is not None:
        wanted["prev"] = f"<{before.patch.id}>"
    differing = ", ".join(
        f"{name} is {header.get(name)} and not {wanted.get(name)}"
        for name in ("id", "prev", "hash")
        if header.get(name) != wanted.get(name)
    )
    if differing:
        said = in_one_line(differing, _SHOWN)
        raise _wrong(release, f"it is not the one that the feed names: {said}")


def verified(text: str, release: Release) -> list[str]:
    """Return the canonical lines of a state; raises DatasetError if its hash is not right."""
    if len(text) > _LARGEST:
        raise _wrong(release, f"what it leads to has more than {_LARGEST:,} characters")
    lines = _canonical(text, f"What the patch to {release.version} leads to")
    if (state := digest(lines)) != release.hash:
        raise _wrong(release, f"it leads to {state} and not to {release.hash}")
    return lines


def _wrong(release: Release, why: str) -> LoadFailed:
    return LoadFailed(f"The patch to {release.version} is wrong: {why}. The file stays as it was.")


class _Server:
    """What a server has at ``/changes``, read within bounds of time and size.

    No redirect is followed, and no address that the server gives.
    """

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        self._client = httpx.AsyncClient(
            timeout=_SECONDS,
            follow_redirects=False,
            headers={"accept-encoding": "gzip", "user-agent": user_agent()},
        )

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[None]:
        """Keep connections to it meanwhile, and translate what goes wrong with them."""
        try:
            async with asyncio.timeout(_SECONDS_FOR_ALL), self._client:
                yield
        except TimeoutError:
            raise self._failed(f"took more than {_SECONDS_FOR_ALL:g} seconds") from None
        except (httpx.HTTPError, httpx.InvalidURL) as problem:
            said = in_one_line(str(problem), _SHOWN) or type(problem).__name__
            raise self._failed(f"gave no whole answer: {said}") from None

    async def releases(self) -> list[Release]:
        """Return the releases, each of which follows on that before it."""
        try:
            releases = msgspec.json.decode(await self._get("/changes"), type=Feed).releases
        except msgspec.DecodeError as problem:
            raise self._failed(f"has no feed of changes that can be read: {problem}") from None
        ids = [None, *(release.patch.id for release in releases)]
        if any(row.patch.prev != prev for row, prev in zip(releases, ids, strict=False)):
            raise self._failed("has a feed whose patches do not follow on each other")
        return releases

    async def patch(self, version: str) -> str:
        """Return the text of the patch to a release."""
        body = await self._get(f"/changes/{quote(version, safe='')}")
        try:
            return body.decode()
        except UnicodeDecodeError as problem:
            raise self._failed(f"has a patch that is no UTF-8: {problem.reason}") from None

    async def _get(self, path: str) -> bytes:
        headers = {"accept": "application/json, application/rdf-patch;q=0.9"}
        async with self._client.stream("GET", self._url + path, headers=headers) as response:
            if response.is_redirect:
                target = in_one_line(response.headers.get("location", ""), _SHOWN)
                raise self._failed(f"redirects to {target}: give that server's address")
            if response.status_code != httpx.codes.OK:
                raise self._failed(f"answered {path} with status {response.status_code}")
            return b"".join([block async for block in self._blocks(response)])

    async def _blocks(self, response: httpx.Response) -> AsyncIterator[bytes]:
        # A block of gzip is at most a thousand times as long unpacked; of others there is no such bound.
        if response.headers.get("content-encoding", "identity") not in ("identity", "gzip"):
            raise self._failed("answered in a content coding that was not asked for")
        left = _LARGEST
        async for block in response.aiter_bytes():
            left -= len(block)
            if left < 0:
                raise self._failed(f"answered with more than {_LARGEST:,} bytes")
            yield block

    def _failed(self, what: str) -> ServiceFailed:
        return ServiceFailed(f"{self._url} {what}.")

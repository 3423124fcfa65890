"""The proofs of facts as files, in buckets: of all facts to whose proofs the pages of a site lead.

A bucket is JSON with what it has by fact, which is its three terms in N-Triples with a space between
them. Its name is the first byte of the SHA-256 of the fact, in hexadecimal digits. There is one set of
buckets with the proofs as JSON, and one for each language with what their pages show.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

from gbagraph.errors import BadParameter
from gbagraph.features.site.asking import AT_ONCE
from gbagraph.features.site.packing import packed
from gbagraph.features.site.questions import encoded
from gbagraph.sparql.terms import fact_of, read

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable

    from gbagraph.features.site.asking import Answer, Asking

_FOUND: Final = 200
FOLDER: Final = "endpoint/why"
_TITLE: Final = re.compile(r"<title>(.*?)</title>", re.DOTALL)
_AS_TEXT: Final = re.compile(r' <a href="[^"]*format=text">[^<]*</a>')
"""The link to the proof as text, which a site does not have."""
_MAIN: Final = re.compile(r"<main\b[^>]*>(.*)</main>", re.DOTALL)
_Buckets = dict[str, dict[str, Any]]


async def files(
    asked: Asking,
    addresses: Iterable[str],
    languages: Iterable[str],
    linked: Callable[[str, str], str],
) -> AsyncIterator[tuple[str, bytes]]:
    """Yield the buckets with the proofs at *addresses*, each as its path and its content.

    *linked* returns a page in a language with links as they lead from the page for proofs there.
    """
    facts = {fact: address for address in sorted(addresses) if (fact := _fact(address))}
    buckets = await _buckets(asked, facts, "application/json", "en", lambda text: text)
    for path, content in _written(FOLDER, buckets):
        yield path, content
    for language in languages:
        shown = _shown(linked, language)
        buckets = await _buckets(asked, facts, "text/html", language, shown)
        for path, content in _written(f"{FOLDER}/{language}", buckets):
            yield path, content


async def _buckets(
    asked: Asking,
    facts: dict[str, str],
    accept: str,
    language: str,
    kept: Callable[[str], Any],
) -> _Buckets:
    """Return, by the names of buckets, what is *kept* of the proofs of *facts*, where there is one."""
    free = asyncio.Semaphore(AT_ONCE)

    async def ask(address: str) -> Answer:
        async with free:
            return await asked.ask(address, accept, language)

    buckets: _Buckets = defaultdict(dict)
    answers = await asyncio.gather(*map(ask, facts.values()))
    for fact, answer in zip(facts, answers, strict=True):
        if answer.status == _FOUND:
            buckets[bucket(fact)][fact] = kept(answer.body.decode())
    return buckets


def bucket(fact: str) -> str:
    """Return the name of the bucket that has a *fact*, which is written in N-Triples."""
    return hashlib.sha256(fact.encode()).hexdigest()[:2]


def _fact(address: str) -> str:
    """Return the fact whose proof is at *address*; empty if it names none."""
    given = dict(parse_qsl(address.partition("?")[2], keep_blank_values=True))
    try:
        written = [given.pop(name) for name in ("s", "p", "o")]
        triple = read(*written, language=given.get("lang", ""), datatype=given.get("datatype", ""))
    except (BadParameter, KeyError):
        return ""
    return " ".join(fact_of(triple))


def _shown(linked: Callable[[str, str], str], language: str) -> Callable[[str], dict[str, str]]:
    """Return what takes from a page of a proof its title and its main part."""

    def parts(page: str) -> dict[str, str]:
        page = linked(_AS_TEXT.sub("", page), language)
        found = {"title": _TITLE.search(page), "main": _MAIN.search(page)}
        return {name: match[1] for name, match in found.items() if match}

    return parts


def _written(folder: str, buckets: _Buckets) -> Iterable[tuple[str, bytes]]:
    for name, proofs in sorted(buckets.items()):
        yield f"{folder}/{name}.json.lzma", packed(encoded(proofs))

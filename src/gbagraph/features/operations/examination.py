"""What a server needs of this machine and of its settings: found out before it is started."""

from __future__ import annotations

import asyncio
import os
import platform
import resource
import sys
import time
from collections import Counter
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from gbagraph import publication
from gbagraph._version import __version__
from gbagraph.composition import check_queries, engine_of, published
from gbagraph.engine import JobOptions, Query
from gbagraph.errors import AddressError, GbaGraphError
from gbagraph.features.operations import control
from gbagraph.names.texts import local_name
from gbagraph.rdf import namespaces
from gbagraph.rdf.results import rows
from gbagraph.server.processes import listening
from gbagraph.settings import MEGABYTE
from gbagraph.web.addresses import BUILT, static_files
from gbagraph.web.context import READABLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gbagraph.engine import Engine
    from gbagraph.engine.confinement import Confinement
    from gbagraph.settings import Settings


Verdict = Literal["good", "warning", "fault"]

_TRIED: Final = "0.5.13"
"""The version of pyoxigraph on which was tried what the engine relies on."""
_DESCRIPTORS: Final = 4096
_PROCESSES: Final = 64
_MEMORY: Final = Path("/proc/meminfo")
_GROUP: Final = Path("/sys/fs/cgroup")


class Finding(NamedTuple):
    """What was looked at, what was found there, and what to do if that is not good."""

    verdict: Verdict
    what: str
    found: str
    advice: str = ""


def examine(settings: Settings) -> Iterator[Finding]:
    """Look at everything that a server with these settings needs, one after the other."""
    for look in (_software, _pages, _system, _descriptors, _processes, _memory, _address):
        yield look(settings)
    yield from _data(settings)


def _software(_: Settings) -> Finding:
    engine = version("pyoxigraph")
    software = f"gbagraph {__version__}, pyoxigraph {engine}, Python {platform.python_version()}"
    advice = f"What the engine relies on was tried on pyoxigraph {_TRIED}: install that one."
    return _judged("software", software, advice, is_good=engine == _TRIED)


def _judged(what: str, found: str, advice: str, *, is_good: bool) -> Finding:
    return Finding("good", what, found) if is_good else Finding("warning", what, found, advice)


def _pages(_: Settings) -> Finding:
    missing = sorted(name for name in BUILT if not static_files().address(name))
    built = f"{', '.join(missing)} {'are' if len(missing) > 1 else 'is'} not built"
    advice = (
        "Pages work, but queries have no colours and maps no land. In a checkout: make frontend."
    )
    found = built if missing else "all files are there"
    return _judged("pages", found, advice, is_good=not missing)


def _system(settings: Settings) -> Finding:
    system = f"{platform.system()} {platform.release()} on {platform.machine()}"
    if sys.platform == "linux":
        return Finding("good", "system", system)
    advice = "Here the memory of a query is not limited. Use Linux for whoever you do not know."
    if settings.value("store"):
        return Finding("fault", "system", system, "A store on disk is served on Linux only.")
    return Finding("warning", "system", system, advice)


def _descriptors(_: Settings) -> Finding:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    limits = f"{_shown(soft)} may be open in a process, {_shown(hard)} at most"
    advice = (
        f"Each connection needs one. Allow {_DESCRIPTORS}: ulimit -n, or LimitNOFILE of systemd."
    )
    return _judged("descriptors", limits, advice, is_good=_holds(soft, _DESCRIPTORS))


def _processes(settings: Settings) -> Finding:
    soft, _ = resource.getrlimit(resource.RLIMIT_NPROC)
    needed = settings.workers * (_PROCESSES + settings.max_slow_queries)
    limit = f"{_shown(soft)} may run for a user"
    advice = f"Each query that runs needs one. Allow {needed}: ulimit -u, or TasksMax of systemd."
    is_good = _holds(soft, needed) or os.geteuid() == 0
    return _judged("processes", limit, advice, is_good=is_good)


def _memory(settings: Settings) -> Finding:
    free = _free_memory()
    needed = settings.query_memory * settings.max_slow_queries + settings.cache_size + 256
    text = f"{free:,} MB are free" if free else "unknown"
    advice = f"Queries alone may use {needed:,} MB: lower query_memory or max_slow_queries."
    return _judged("memory", text, advice, is_good=not free or free > needed)


def _free_memory() -> int:
    """Megabytes, of the machine or its control group (cgroups(7)), whichever is less; 0 if not known."""
    amounts: list[int] = []
    with suppress(OSError, ValueError):
        (line,) = (
            row for row in _MEMORY.read_text().splitlines() if row.startswith("MemAvailable:")
        )
        amounts.append(int(line.split()[1]) * 1024)
    with suppress(OSError, ValueError):  # without a limit, it is the word max
        most, used = (int((_GROUP / f"memory.{name}").read_text()) for name in ("max", "current"))
        amounts.append(most - used)
    return min(amounts, default=0) // MEGABYTE


def _address(settings: Settings) -> Finding:
    where = f"{settings.host}, port {settings.port}"
    try:
        with listening(settings.host, settings.port):
            return Finding("good", "address", f"{where} is free")
    except AddressError as problem:
        ours = [each.pid for each in control.processes(settings.port)]
        if ours:
            return Finding("good", "address", f"{where}: gbagraph serves there already ({ours[0]})")
        return Finding("fault", "address", f"{where} cannot be used", problem.message)


def _data(settings: Settings) -> Iterator[Finding]:
    """Load everything as a server does, check the canned queries, and ask a query."""
    try:
        publication.use(published(settings))
        yield from asyncio.run(_of_engine(settings))
    except GbaGraphError as problem:
        yield Finding("fault", "data", "they cannot be served", problem.message)


async def _of_engine(settings: Settings) -> list[Finding]:
    begun = time.monotonic()
    async with engine_of(settings) as engine:
        dataset, seconds = engine.description, time.monotonic() - begun
        size = dataset.default_graph + sum(dataset.graphs.values())
        text = f"version {dataset.version}: {size:,} triples, loaded in {seconds:.1f} s"
        findings = [Finding("good", "data", text)]
        findings.append(_confinement(settings, engine.pool.supervisor.confinement))
        findings.append(
            Finding("good", "canned queries", f"{await check_queries(engine)} checked, all right")
        )
        if not namespaces.base():
            findings.append(await _base(engine))
        begun = time.monotonic()
        query = Query("ASK { ?s ?p ?o }", {"boolean": "application/sparql-results+json"})
        await engine.answer(query, JobOptions(is_reserved=True))
        milliseconds = (time.monotonic() - begun) * 1000
        findings.append(Finding("good", "a query", f"answered in {milliseconds:.0f} ms"))
    return findings


_SUBJECTS: Final = "SELECT DISTINCT ?thing { ?thing ?p ?o FILTER (ISIRI(?thing)) } LIMIT 1000"


async def _base(engine: Engine) -> Finding:
    """Tell what most things begin with: with that as the base they have pages of their own."""
    answer = await engine.answer(Query(_SUBJECTS, READABLE), JobOptions(is_reserved=True))
    things = [row["thing"]["value"] for row in rows(await answer.read())]
    spaces = Counter(each.removesuffix(local_name(each)) for each in things)
    base, count = spaces.most_common(1)[0] if spaces else ("", 0)
    found = f"none is set; {count} of {len(things)} things begin with {base}"
    advice = f'Set base = "{base}": then each of them has a page at its own path.'
    return _judged("base", found, advice, is_good=count * 2 <= len(things))


def _confinement(settings: Settings, confinement: Confinement) -> Finding:
    is_good = confinement.filter and bool(confinement.landlock or not settings.value("store"))
    advice = (
        "A query that takes over its process could read other files. Linux 5.13 or newer prevents that, "
        "with Landlock among its security modules (lsm=landlock,…)."
    )
    return _judged("workers", str(confinement), advice, is_good=is_good)


def _holds(limit: int, wanted: int) -> bool:
    return limit == resource.RLIM_INFINITY or limit >= wanted


def _shown(limit: int) -> str:
    return "any number" if limit == resource.RLIM_INFINITY else f"{limit:,}"

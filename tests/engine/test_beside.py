"""An engine of other data beside one, forked from its fork server."""

import asyncio
import contextlib
import os
import sys

import pytest

from gbagraph.engine import Engine, Query
from gbagraph.engine.source import Files
from gbagraph.errors import DatasetError
from gbagraph.publication import OWN
from support import children, descendants, eventually, file_with

pytestmark = pytest.mark.processes


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """A source that takes a while to load."""
    lines = "".join(f"<a:{number}> <a:p> <a:{number}> .\n" for number in range(200_000))
    return Files((str(file_with(tmp_path_factory.mktemp("large") / "large.nt", lines)),))


COUNT = Query("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", {"solutions": "text/csv"})


@pytest.mark.skipif(sys.platform != "linux", reason="scheduling classes are of Linux")
def test_an_engine_beside_is_loaded_while_processors_are_idle(small_file, large):
    """It would else keep others waiting; once it is loaded, its queries run as those of any engine."""

    def policies(known):
        found = set()
        for pid in descendants(os.getpid()) - known:
            with contextlib.suppress(ProcessLookupError):  # it has ended since
                found.add(os.sched_getscheduler(pid))
        return found

    async def seen():
        async with Engine([small_file]) as engine:
            known = descendants(os.getpid())
            other = engine.beside(large, OWN)
            opening = asyncio.create_task(other.pool.start())
            meanwhile = set()
            while not opening.done():
                meanwhile |= policies(known)
                await asyncio.sleep(0.01)
            await opening
            try:
                answer = await other.answer(COUNT)
                return meanwhile, policies(known), answer.body
            finally:
                await other.pool.stop()

    meanwhile, after, body = asyncio.run(seen())

    assert os.SCHED_IDLE in meanwhile
    assert after == {os.SCHED_OTHER}
    assert body == b"n\r\n200000\r\n"


def test_data_that_cannot_be_loaded_are_told_and_leave_nothing_behind(small_file, tmp_path):
    broken = Files((str(file_with(tmp_path / "broken.ttl", "<a:a> <a:p> ")),))

    async def opened():
        known = children(os.getpid())
        async with Engine([small_file]) as engine:
            other = engine.beside(broken, OWN)
            with pytest.raises(DatasetError, match=r"broken\.ttl, line 1"):
                await other.pool.start()
            assert b"\r\n" in (await engine.answer(COUNT)).body
            (server,) = set(children(os.getpid())) - set(known)
            assert eventually(lambda: not any(map(children, children(server))))

    asyncio.run(opened())


def test_an_engine_that_is_left_while_one_beside_it_loads_ends(small_file, large):
    """As a server does that is stopped while a version is opened; it would else wait for ever."""

    async def left():
        known = descendants(os.getpid())
        async with Engine([small_file]) as engine:
            before = descendants(os.getpid())
            opening = asyncio.create_task(engine.beside(large, OWN).pool.start())
            assert await asyncio.to_thread(
                eventually, lambda: not descendants(os.getpid()) <= before
            )
        opening.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait_for(opening, 60)
        assert opening.done()
        return known

    known = asyncio.run(left())
    assert eventually(lambda: not descendants(os.getpid()) - known)

"""Messages between processes: the same on both sides, whole whatever their size, bounded in memory."""

import asyncio
import socket
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gbagraph.engine import Dump, Quads, Query, SyntaxCheck, encode, wire
from gbagraph.engine.connection import Connection
from gbagraph.engine.jobs import Decoder
from gbagraph.feature import job_modules
from gbagraph.web.jobs import JsonLdContext, JsonLdDocument

decode = Decoder(job_modules()).decode
text = st.text(max_size=50)
_JOBS = st.one_of(
    st.builds(
        Query,
        text,
        st.dictionaries(st.sampled_from(["solutions", "boolean", "graph"]), text),
        st.none() | st.lists(text, max_size=3).map(tuple),
        st.none() | st.lists(text, max_size=3).map(tuple),
    ),
    st.builds(Dump, st.none() | text, text),
    st.builds(Quads, text, text),
    st.builds(JsonLdDocument, text, text),
    st.builds(JsonLdContext),
    st.builds(SyntaxCheck, st.lists(text, max_size=3).map(tuple)),
)


@given(_JOBS)
def test_a_job_is_the_same_on_the_other_side(job):
    assert decode(encode(job)) == job
    assert encode(decode(encode(job))) == encode(job)


def received(ours):
    """The frames that come until the other side closes."""

    async def receive():
        connection = await Connection.open(ours)
        found = []
        while frame := await connection.next_frame():
            found.append(frame)
        return found

    return asyncio.run(receive())


def pair():
    """The ends of a connection, of which the first is for the event loop."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    return ours, theirs


@pytest.mark.parametrize("sizes", [[0], [1, 0, 7], [70_000], [10_000_000, 3], [1] * 1000])
def test_frames_come_whole_and_in_order(sizes):
    payloads = [bytes([number % 251]) * size for number, size in enumerate(sizes)]
    ours, theirs = pair()

    def send():
        for payload in payloads:
            theirs.sendall(wire.pack(wire.DATA, payload))
        theirs.close()

    thread = threading.Thread(target=send)
    thread.start()
    found = received(ours)
    thread.join()

    assert found == [(wire.DATA, payload) for payload in payloads]


def test_a_frame_that_is_cut_is_no_frame():
    for cut in range(8):
        ours, theirs = pair()
        theirs.sendall(wire.pack(wire.DATA, b"abc")[:cut])
        theirs.close()
        assert received(ours) == []


@pytest.mark.slow
def test_who_is_not_read_is_made_to_wait():
    """What is not taken stays with the peer: the server's memory is bounded."""

    async def fill(ours, theirs):
        connection = await Connection.open(ours)
        frame = wire.pack(wire.DATA, bytes(65_536))
        sent = 0
        theirs.setblocking(False)
        for _ in range(2000):
            try:
                sent += theirs.send(frame)
            except BlockingIOError:
                await asyncio.sleep(0.001)
        connection.close()
        return sent

    ours, theirs = pair()
    assert asyncio.run(fill(ours, theirs)) < 8 * 1024 * 1024


def test_a_blocking_reader_takes_a_frame_of_any_size():
    ours, theirs = socket.socketpair()
    payload = bytes(range(256)) * 4000
    thread = threading.Thread(target=ours.sendall, args=[wire.pack(wire.JOB, payload)])
    thread.start()
    reader = wire.Reader(theirs)
    assert reader.read() == (wire.JOB, payload)
    thread.join()
    ours.close()
    assert reader.read() is None

"""What a server needs of the machine, as far as it is seen without starting one."""

import resource
import socket

import pytest

from gbagraph.features.operations import examination
from gbagraph.settings import MEGABYTE, Settings

LOOKS = {
    "software": examination._software,
    "pages": examination._pages,
    "system": examination._system,
    "descriptors": examination._descriptors,
    "processes": examination._processes,
    "memory": examination._memory,
}


@pytest.mark.parametrize("name", LOOKS)
def test_each_look_finds_something_here(name):
    found = LOOKS[name](Settings())

    assert found.what == name
    assert found.found
    assert bool(found.advice) == (found.verdict != "good")


def test_queries_that_may_use_more_memory_than_there_is_are_a_warning():
    found = examination._memory(Settings(query_memory=1_000_000, max_slow_queries=64))

    assert found.verdict == "warning"
    assert "lower query_memory" in found.advice


def test_of_a_control_group_what_is_left_of_its_limit_counts(tmp_path, monkeypatch):
    monkeypatch.setattr(examination, "_GROUP", tmp_path)
    (tmp_path / "memory.max").write_text(f"{5 * MEGABYTE}\n")
    (tmp_path / "memory.current").write_text(f"{3 * MEGABYTE}\n")
    assert examination._memory(Settings()).found == "2 MB are free"

    (tmp_path / "memory.max").write_text("max\n")
    assert examination._memory(Settings()).found != "2 MB are free"


def test_descriptors_are_those_of_the_process():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (512, hard))
        found = examination._descriptors(Settings())
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert (found.verdict, found.found[:3]) == ("warning", "512")
    assert "ulimit -n" in found.advice


def test_an_address_where_we_serve_already_is_good(small_server):
    found = examination._address(Settings(port=small_server.port))

    assert found.verdict == "good"
    assert "gbagraph serves there already" in found.found


def test_an_address_that_is_taken_is_a_fault():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert examination._address(Settings(port=port)).verdict == "fault"
    assert examination._address(Settings(port=port)).verdict == "good"

"""What a worker can still do that was taken over by whoever wrote the query."""

import contextlib
import errno
import json
import sys
from functools import cache
from pathlib import Path

import pytest

from gbagraph.engine.confinement import Confinement, confine, filter_of
from gbagraph.features.stores.loading import load
from gbagraph.features.stores.versions import in_service
from support import each_worker_has, eventually, processes

pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(sys.platform != "linux", reason="by means of Linux"),
]

REFUSED = {errno.EACCES, errno.EPERM, errno.EMFILE}

TAKEN_OVER = """
import ctypes, json, os, resource, socket, sys, threading
from pathlib import Path
import pyoxigraph as ox
from gbagraph.features.stores.manifest import MANIFEST
from gbagraph.features.stores.serving import OpenStore
from gbagraph.engine import confinement, forkserver
from gbagraph.engine.source import Held

folder, kind, outside = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
libc, parent, file = ctypes.CDLL(None, use_errno=True), os.getppid(), str(folder / MANIFEST)
if kind == "store without Landlock":
    confinement._restrict_paths = lambda *_, **__: 0
source = Held(ox.Store(), None) if kind == "memory" else OpenStore(folder)
_, held = forkserver._confined(source, 256, may_write=kind == "index")

def syscall(*arguments):
    if libc.syscall(*arguments) < 0:
        raise OSError(ctypes.get_errno(), "")

def start_thread():
    thread = threading.Thread(target=lambda: None)
    thread.start()
    thread.join()

def rename():
    os.rename(file, f"{file}.old")
    os.rename(f"{file}.old", file)

def create(path):
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))

ATTEMPTS = {
    "read /etc/passwd": lambda: os.close(os.open("/etc/passwd", os.O_RDONLY)),
    "read the parent's environment": lambda: os.close(os.open(f"/proc/{parent}/environ", os.O_RDONLY)),
    "read the parent's memory": lambda: os.close(os.open(f"/proc/{parent}/mem", os.O_RDONLY)),
    "list /": lambda: os.listdir("/"),
    "read the store": lambda: os.close(os.open(file, os.O_RDONLY)),
    "write into the store": lambda: os.close(os.open(file, os.O_WRONLY)),
    "empty a file of the store": lambda: os.truncate(file, 0),
    "make a file in the store": lambda: create(folder / "made"),
    "rename a file of the store": rename,
    "change the mode of a file": lambda: os.chmod(file, 0o777),
    "touch a file": lambda: os.utime(file),
    "link a file": lambda: os.link(file, f"{file}.link"),
    "make a folder in the store": lambda: os.mkdir(folder / "folder"),
    "make a file elsewhere": lambda: create(outside + "/made"),
    "delete a file elsewhere": lambda: os.unlink(outside + "/there"),
    "change a file elsewhere by its mode": lambda: os.chmod(outside + "/there", 0o777),
    "make a socket": lambda: socket.socket().close(),
    "make a pair of sockets": lambda: socket.socketpair(),
    "make a ring of calls": lambda: syscall(425, 8, ctypes.create_string_buffer(120)),
    "execute": lambda: os.execv("/bin/true", ["true"]),
    "fork": lambda: os.fork() or os._exit(0),
    "trace the parent": lambda: syscall(101, 16, parent, 0, 0),
    "send the parent a signal": lambda: os.kill(parent, 0),
    "send all a signal": lambda: os.kill(-1, 0),
    "limit the parent": lambda: resource.prlimit(parent, resource.RLIMIT_CORE, (0, 0)),
    "renice the parent": lambda: os.setpriority(os.PRIO_PROCESS, parent, 19),
    "outlive the parent": lambda: syscall(157, 1, 0, 0, 0, 0),
    "lift its limit of memory": lambda: resource.setrlimit(resource.RLIMIT_DATA, (-1, -1)),
    "another namespace": lambda: syscall(272, 0x10000000),
    "send itself a signal": lambda: os.kill(os.getpid(), 0),
    "read its limits": lambda: resource.getrlimit(resource.RLIMIT_DATA),
    "start a thread": start_thread,
    "delete a file of the store": lambda: os.unlink(file),
}
found = {}
for name, attempt in ATTEMPTS.items():
    try:
        attempt()
        found[name] = 0
    except ValueError:
        found[name] = 1  # so Python tells that a limit cannot be raised
    except OSError as problem:
        found[name] = problem.errno
print(json.dumps({"found": found, "held": str(held)}))
"""

HARMLESS = {"send itself a signal", "read its limits", "start a thread"}
READING = {"read the store"}
WRITING = {
    *("write into the store", "empty a file of the store", "make a file in the store"),
    *("rename a file of the store", "delete a file of the store", "make a folder in the store"),
}
ATTRIBUTES = {
    *("change the mode of a file", "touch a file", "link a file"),
    "change a file elsewhere by its mode",
}
"""Of files that a process can name: Landlock has no rule for these, and the index needs some."""
WITHOUT_LANDLOCK = {"read /etc/passwd", "list /"}
OF_THE_PARENT = {"read the parent's environment", "read the parent's memory"}
"""Refused without Landlock, too, where the parent has privileges that were dropped here."""


@pytest.fixture(scope="module")
def tried(tmp_path_factory):
    """What a process can do that was confined as a worker is, by its kind."""

    @cache
    def attempt(kind):
        base = tmp_path_factory.mktemp("confined")
        (base / "data.ttl").write_text("<http://e/a> <http://e/b> <http://e/c> .")
        (base / "outside").mkdir()
        (base / "outside" / "there").touch()
        load(base / "store", [base / "data.ttl"])
        places = in_service(base / "store"), kind, base / "outside"
        command = [sys.executable, "-c", TAKEN_OVER, *places]
        run = processes.run(command, capture_output=True, text=True)
        assert run.returncode == 0, run.stderr
        return json.loads(run.stdout)

    return attempt


def possible(tried, kind):
    found = tried(kind)["found"]
    assert {number for number in found.values() if number} <= REFUSED | {errno.ENOSYS}
    return {name for name, number in found.items() if not number}


def test_a_worker_of_data_in_memory_can_do_nothing(tried):
    assert possible(tried, "memory") == HARMLESS


def test_a_worker_of_a_store_can_read_it_and_nothing_else(tried):
    if "no Landlock" in tried("store")["held"]:
        pytest.skip("this kernel has no Landlock")
    assert possible(tried, "store") == HARMLESS | READING


def test_without_landlock_it_can_read_what_its_user_can_and_write_nothing(tried):
    found = possible(tried, "store without Landlock")

    assert "no Landlock" in tried("store without Landlock")["held"]
    assert found - OF_THE_PARENT == HARMLESS | READING | WITHOUT_LANDLOCK


def test_who_makes_the_index_can_write_into_the_folder_of_the_store_alone(tried):
    assert possible(tried, "index") - ATTRIBUTES == HARMLESS | READING | WRITING


def test_a_worker_that_aborts_is_seen_to_abort():
    """The reason of an error depends on it."""
    code = "from gbagraph.engine.confinement import confine; confine(); import os; os.abort()"
    assert processes.run([sys.executable, "-c", code], capture_output=True).returncode == -6


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
@pytest.mark.parametrize("may_write", [False, True])
def test_the_filter_is_one_that_a_kernel_takes(machine, may_write):
    """Every jump stays within it, and it ends with a return: else there would be no filter at all."""
    rows = filter_of(machine, 4711, may_write=may_write)

    assert len(rows) < 4096
    assert rows[-1][0] == 6
    for place, (code, if_true, if_false, _) in enumerate(rows):
        assert code in {0x20, 0x15, 0x35, 0x45, 6}
        assert code == 6 or place + 1 + max(if_true, if_false) < len(rows)


def is_confined(pid):
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    found = dict(line.split(":\t", 1) for line in lines)
    return (found["Seccomp"], found["NoNewPrivs"]) == ("2", "1") and not int(found["CapPrm"], 16)


def test_every_worker_is_confined(small_server):
    assert each_worker_has(small_server, is_confined)


def test_a_worker_has_no_descriptor_of_another_one_nor_of_its_parents(small_server):
    def held(pid):
        entries = Path(f"/proc/{pid}/fd").iterdir()
        found = [(str(entry.readlink()), entry.stat().st_ino) for entry in entries]
        return {(name.partition(":")[0], number) for name, number in found if name != "/dev/null"}

    def each_has_its_own():
        workers = small_server.descendants() - {small_server.fork_server()}
        with contextlib.suppress(OSError):  # one ends just now
            found = [held(pid) for pid in workers]
            outputs = [number for each in found for name, number in each if "memfd" in name]
            kinds = {name for each in found for name, _ in each}
            return len(set(outputs)) == len(outputs) == len(workers) and "pipe" not in kinds
        return False

    assert eventually(each_has_its_own)


def test_another_system_has_no_such_means(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")

    assert confine() == Confinement(0, False)
    assert "not shut in" in str(confine())

"""What surrounds a process is not as usual: its streams, user, language, home and limits."""

import json
import os
import shlex
import socket
import sys

import pytest

from gbagraph.features.stores.loading import load
from support import GBAGRAPH, ROOT, eventually, file_with, free_port, get, processes, run
from support.faults import assert_one_line, report
from support.soak import some

pytestmark = pytest.mark.processes

CLOSED = {
    "stdin": ("<&-", 0),
    "stdout": (">&-", 3),
    "stderr": ("2>&-", 0),
    "all": ("<&- >&- 2>&-", 3),
    "none, but the disk of both outputs is full": (">/dev/full 2>/dev/full", 3),
}
"""How a shell closes streams, and the exit code of a command whose output cannot be written then."""
COMMANDS = {
    "query": ("query", "ASK {}", "--data", "DATA"),
    "info": ("info", "--data", "DATA"),
    "load": ("load", "STORE", "DATA"),
    "diff": ("diff", "DATA", "DATA"),
    "validate": ("validate", "--shapes", "DATA", "DATA"),
    "queries": ("queries",),
    "settings": ("settings",),
    "doctor": ("doctor", "--port", "0", "--data", "DATA"),
    "new": ("new", "STORE"),
    "run": ("run", "builders"),
    "lookup": ("lookup", "urn:a", "--data", "DATA"),
    "explain": ("explain", "ASK {}", "--data", "DATA"),
    "why": ("why", "<urn:a>", "<urn:p>", "<urn:b>", "--data", "DATA"),
    "infer": ("infer",),
    "switch": ("switch", "one", "--store", "LOADED"),
    "rollback": ("rollback", "--store", "LOADED"),
}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return file_with(tmp_path_factory.mktemp("data") / "data.nt", "<urn:a> <urn:p> <urn:b> .\n")


def in_shell(line, **options):
    return processes.run(["sh", "-c", line], capture_output=True, text=True, timeout=120, **options)


@pytest.mark.parametrize("closed", some(CLOSED, "stdout", "all", [*CLOSED][-1]))
@pytest.mark.parametrize("name", some(COMMANDS, "query"))
def test_standard_streams_are_closed(tmp_path, data, name, closed):
    """A command answers where it can, and nothing of one stream gets into another."""
    places = {"DATA": str(data), "STORE": str(tmp_path / "store")}
    if "LOADED" in COMMANDS[name]:
        places["LOADED"] = str(tmp_path / "loaded")
        for version in ("two", "one", "three"):
            load(tmp_path / "loaded", [data], name=version)
    words = [places.get(each, each) for each in COMMANDS[name]]
    line, code = CLOSED[closed]
    done = in_shell(f"{shlex.join([*GBAGRAPH, *words])} {line}")
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stdout + done.stderr, done.stdout + done.stderr
    if closed == "stdout":
        assert_one_line(done.stderr, "The output cannot be written: Bad file descriptor.")
    report(f"closed: {closed}; {name}", 1, f"exit code {done.returncode}, no traceback")


@pytest.mark.parametrize("closed", some(CLOSED, "all"))
def test_a_server_whose_streams_are_closed_serves(data, closed):
    port = free_port()
    line = f"exec {shlex.join([*GBAGRAPH, 'serve', '--port', str(port), '--data', str(data)])}"
    with processes.Popen(["sh", "-c", f"{line} {CLOSED[closed][0]}"]) as process:
        assert eventually(lambda: is_answered(port))
        process.terminate()
    report(f"closed: {closed}; serve", 1, "serves")


def is_answered(port):
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
            client.sendall(get("/health/ready", "Connection: close"))
            return b'"status": "ready"' in client.makefile("rb").read()
    except OSError:
        return False


@pytest.mark.parametrize("language", some(["C", "de_DE.ISO-8859-1", "nowhere"], "C"))
def test_language_of_the_system(tmp_path, language):
    """Names of files and texts that are not ASCII are the same in any."""
    folder = tmp_path / "数据"
    folder.mkdir()
    (folder / "größe.nt").write_text('<urn:a> <urn:p> "大湾区 é" .\n', encoding="utf-8")
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": os.environ.get("PYTHONPATH", "")}
    env |= {"LANG": language, "LC_ALL": language}
    done = processes.run(
        [*GBAGRAPH, "query", "SELECT ?o { ?s ?p ?o }", "-f", "csv", "--data", str(folder)],
        capture_output=True,
        env=env,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.decode().split("\n", 1)[1].strip() == "大湾区 é"
    (folder / "größe.nt").write_text("<urn:a> 大 .\n", encoding="utf-8")
    done = processes.run(
        [*GBAGRAPH, "query", "ASK {}", "--data", str(folder)],
        capture_output=True,
        env=env,
        timeout=120,
    )
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1, done.stderr
    report(f"LANG={language}", 2, "the same answers, one line for a fault")


def test_a_port_in_use(data):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = run("serve", "--port", taken.getsockname()[1], "--data", data)
    assert done.returncode == 3
    assert_one_line(done.stderr, "Address already in use", "--port")
    report("port in use", 1, "one line, exit code 3")


# --- Another user, in a file system of its own ---------------------------------------------------------

NOBODY = 65_531
"""A user that this machine does not have, and who owns nothing."""


def as_nobody(line, *, limits="", shm=True, user=NOBODY, more="true"):
    """What a shell prints that runs *line* as nobody, on files of which it can write none.

    It is given how the command is called, as ``$gbagraph``.
    """
    if os.geteuid() or not hides():
        pytest.skip("only root can make a file system of its own here")
    python = sys.base_prefix
    prepare = (
        f"mount --bind {ROOT} /mnt && mount --bind {sys.prefix} /srv && mount --bind {python} /media && "
        f"mount -t tmpfs -o mode=755 tmpfs /root && mkdir -p {python} && "
        f"mount --bind /media {python} && mount -t tmpfs -o mode=755 tmpfs /tmp && {more} && "
        "mount -o remount,ro,bind / && mount -o remount,ro /tmp && "
        f"{'true' if shm else 'mount -t tmpfs -o mode=000 tmpfs /dev/shm'}"
    )
    run = (
        "exec env -i PATH=$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=/mnt/src HOME=/nowhere "
        "gbagraph='/srv/bin/python -m gbagraph' "
        f"prlimit {limits} setpriv --reuid={user} --regid={user} --clear-groups --no-new-privs "
        f"--bounding-set=-all sh -c {shlex.quote(line)}"
    )
    return processes.run(
        ["unshare", "--mount", "--fork", "--kill-child", "sh", "-c", f"{prepare} && {run}"],
        capture_output=True,
        text=True,
        timeout=120,
    )


def hides():
    return processes.run(["unshare", "--mount", "true"], capture_output=True).returncode == 0


SERVE = (
    "$gbagraph serve --port PORT & for n in $(seq 60); do sleep 0.5; "
    '/srv/bin/python -c "import urllib.request as r; print(r.urlopen('
    "'http://127.0.0.1:PORT/sparql?query=ASK%7B%7D').read().decode())\" 2>/dev/null && break; done; "
    "kill $!; wait $!"
)


NOBODYS = {
    "nobody, HOME that is not there, nothing to write": {},
    "no /dev/shm": {"shm": False},
    "ulimit -u 64": {"limits": "--nproc=64"},
}


@pytest.mark.parametrize("name", some(NOBODYS, "ulimit -u 64"))
def test_a_server_of_nobody(name):
    done = as_nobody(SERVE.replace("PORT", str(free_port())), **NOBODYS[name])
    assert '"boolean":true' in done.stdout, done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    report(name, 1, "serves")


@pytest.mark.soak
@pytest.mark.parametrize("processes", [3, 4, 6])
def test_hardly_any_process_is_allowed(processes):
    """An answer, or a line that says what is not allowed."""
    done = as_nobody(
        f"prlimit --pid $$ --nproc={processes}:{processes}; $gbagraph query 'ASK {{}}'; echo code $?",
        user=NOBODY + processes,
    )
    if "code 0" in done.stdout:
        assert json.loads(done.stdout.splitlines()[0])["boolean"]
    else:
        assert "code 3" in done.stdout, (done.stdout, done.stderr)
        assert "Traceback" not in done.stderr, done.stderr
        assert_one_line(done.stderr.splitlines()[-1], "The system")
    report(f"ulimit -u {processes}", 1, done.stdout.splitlines()[-1].replace("code", "exit code"))


def test_files_that_may_not_be_read_or_written():
    """Who is not root is told which file that is."""
    done = as_nobody(
        "$gbagraph query 'ASK {}' --data /tmp/secret.nt; echo code $?; "
        "$gbagraph load /tmp/store /tmp/secret.nt; echo code $?; "
        "$gbagraph new /tmp/new; echo code $?",
        more="echo '<urn:a> <urn:b> <urn:c> .' > /tmp/secret.nt && chmod 600 /tmp/secret.nt",
    )
    codes = [line for line in done.stdout.splitlines() if line.startswith("code")]
    assert codes == ["code 2", "code 2", "code 3"], (done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
    assert done.stderr.count("secret.nt") == 2
    assert "/tmp/new cannot be written: Read-only file system." in done.stderr
    report("files that may not be read or written", 3, "told by name, exit codes 2 and 3")

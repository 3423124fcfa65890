"""The programs that ``make clients`` installs, and how they are run."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn, Self

import httpx
import pytest

from support import ROOT, eventually, free_port, processes

# Debian keeps servers in /usr/sbin, which is not in everyone's path.
PATH = os.pathsep.join([str(ROOT / ".clients" / "bin"), os.environ["PATH"], "/usr/sbin"])


def needs(*programs: str) -> None:
    """Skip the test if one of *programs* is not installed; in CI that is a failure."""
    missing = [name for name in programs if not shutil.which(name, path=PATH)]
    if missing:
        cannot_run(f"not installed: {', '.join(missing)}. Run make clients")


def cannot_run(reason: str) -> NoReturn:
    """Skip the test for *reason*; in CI, where all can be installed, that is a failure."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def output(*command: object) -> str:
    """What *command* prints; an AssertionError with its complaint if it fails."""
    return finished(*command).stdout


def finished(*command: object) -> subprocess.CompletedProcess[str]:
    """*command*, run to its end; an AssertionError with its complaint if it fails."""
    done = processes.run(
        [str(part) for part in command],
        env={**os.environ, "PATH": PATH},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, f"{command[0]} ended with {done.returncode}:\n{done.stderr}"
    return done


class Program:
    """*command* as a process, until the end of the ``with``; a server is there when its *port* is."""

    def __init__(
        self,
        *command: object,
        port: int = 0,
        cwd: Path | None = None,
        environment: dict[str, str] | None = None,
    ) -> None:
        self._command, self._port, self._cwd = [str(part) for part in command], port, cwd
        self._environment = environment or {}

    def __enter__(self) -> Self:
        self._process = processes.Popen(
            self._command,
            env={**os.environ, "PATH": PATH, **self._environment},
            cwd=self._cwd,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        assert eventually(self._runs, 120), f"{self._command} did not start"
        return self

    def _runs(self) -> bool:
        assert self._process.poll() is None, f"{self._command} ended at start"
        return not self._port or listens(self._port)

    def __exit__(self, *_: object) -> None:
        processes.end(self._process)


def listens(port: int) -> bool:
    """Whether anybody listens on a port of loopback."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def comunica(
    *endpoints: str, seconds: int, workers: int = 1, environment: dict[str, str] | None = None
) -> Iterator[str]:
    """Comunica's endpoint over others, with a limit of *seconds* for a query."""
    needs("comunica-sparql-http", "node")
    port = free_port()
    sources, limits = [f"sparql@{each}" for each in endpoints], ("-t", seconds, "-w", workers)
    url = f"http://127.0.0.1:{port}/sparql"
    with Program("comunica-sparql-http", *sources, "-p", port, *limits, environment=environment):
        assert eventually(lambda: _answers(url), 300), "Comunica did not start"
        yield url


def _answers(url: str) -> bool:
    try:
        return httpx.post(url, data={"query": "ASK {}"}, timeout=60).is_success
    except httpx.TransportError:
        return False


_VIRTUOSO_INI = """
[Database]
DatabaseFile = virtuoso.db
ErrorLogFile = virtuoso.log
TransactionFile = virtuoso.trx
xa_persistent_file = virtuoso.pxa
[TempDatabase]
DatabaseFile = virtuoso-temp.db
TransactionFile = virtuoso-temp.trx
[Parameters]
ServerPort = 127.0.0.1:{sql}
NumberOfBuffers = 2000
[HTTPServer]
ServerPort = 127.0.0.1:{http}
ServerThreads = 4
"""

# Without these rights Virtuoso answers a query with SERVICE by "must have select privileges".
_MAY_CALL_SERVICES = (
    'grant select on "DB.DBA.SPARQL_SINV_2" to "SPARQL";'
    'grant execute on "DB.DBA.SPARQL_SINV_IMP" to "SPARQL";'
)


class Virtuoso(Program):
    """A Virtuoso server of its own on loopback, with an empty database in *folder*."""

    def __init__(self, folder: Path) -> None:
        super().__init__("virtuoso-t", "+foreground", "+configfile", "virtuoso.ini", cwd=folder)
        self._sql, http = free_port(), free_port()
        self.sparql = f"http://127.0.0.1:{http}/sparql"
        (folder / "virtuoso.ini").write_text(_VIRTUOSO_INI.format(sql=self._sql, http=http))

    def load(self, file: Path, graph: str) -> None:
        """Load an N-Triples or Turtle *file*, which is in the database's folder, into *graph*."""
        # 255: line by line errors are kept, and IRIs and blank nodes taken as they are.
        statement = f"DB.DBA.TTLP_MT(file_to_string_output('{file.name}'), '', '{graph}', 255)"
        done = self._execute(statement)
        assert done.returncode == 0, done.stderr

    def update(self, text: str) -> None:
        """Change what it holds by SPARQL Update."""
        done = self._execute(f"SPARQL {text}")
        assert done.returncode == 0, done.stderr

    def kill(self) -> None:
        """End it at once, as ``kill -9`` does."""
        self.__exit__()

    def _runs(self) -> bool:
        return super()._runs() and self._execute(_MAY_CALL_SERVICES).returncode == 0

    def _execute(self, statement: str) -> subprocess.CompletedProcess[bytes]:
        login = [f"127.0.0.1:{self._sql}", "dba", "dba"]
        return processes.run(["isql-vt", *login, f"exec={statement}"], capture_output=True)


_HTTPD_CONF = """
ServerName localhost
Listen 127.0.0.1:{port}
PidFile {folder}/httpd.pid
ErrorLog {folder}/error.log
User www-data
Group www-data
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule authz_host_module {modules}/mod_authz_host.so
LoadModule headers_module {modules}/mod_headers.so
LoadModule dir_module {modules}/mod_dir.so
LoadModule rewrite_module {modules}/mod_rewrite.so
LoadModule proxy_module {modules}/mod_proxy.so
LoadModule proxy_http_module {modules}/mod_proxy_http.so
LoadModule ssl_module {modules}/mod_ssl.so
{site}
"""


@contextmanager
def apache(folder: Path, site: str) -> Iterator[str]:
    """The address of an Apache on loopback, with what stands in *site*; ``{port}`` there is its port."""
    port, config = free_port(), folder / "httpd.conf"
    modules, site = "/usr/lib/apache2/modules", site.replace("{port}", str(port))
    config.write_text(_HTTPD_CONF.format(port=port, folder=folder, modules=modules, site=site))
    with Program("apache2", "-f", config, "-DFOREGROUND", port=port):
        yield f"http://127.0.0.1:{port}"


_NGINX_CONF = ROOT / "bench" / "nginx.conf"


@contextmanager
def nginx(folder: Path, site: str, port: int = 0) -> Iterator[str]:
    """The address of an nginx on loopback, with what stands in *site* at the level of its http block.

    In it, ``{port}`` stands for the *port*, by default a free one.
    """
    port, config = port or free_port(), folder / "nginx.conf"
    config.write_text(_NGINX_CONF.read_text().format(folder=folder))
    (folder / "site.conf").write_text(site.replace("{port}", str(port)))
    with Program("nginx", "-e", folder / "error.log", "-c", config, port=port):
        yield f"http://127.0.0.1:{port}"

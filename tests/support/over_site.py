"""Exchanges the servers of tests for sites: pytest -p support.over_site tests/endpoint.

Each is written as ``gbagraph site`` writes it, from the same data, and answered by its endpoint in Node.
"""

import tempfile
from functools import cache
from pathlib import Path
from typing import Any, Self

import httpx
import pytest

import support
from support import ROOT, RunningServer, eventually, processes, run

BRIDGE = ROOT / "tests" / "support" / "site_server.mjs"
_OF_DATA = ("--data", "--no-infer", "--without", "--infer")


def _of_site(options: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the *options* of a server that say what is published."""
    found: list[str] = []
    for name, value in zip(options, (*options[1:], ""), strict=False):
        if name in _OF_DATA:
            found += [name] if name in ("--no-infer", "--infer") else [name, value]
    return tuple(found)


@cache
def folder_of(options: tuple[str, ...]) -> Path:
    """The folder of the site with these options."""
    folder = Path(tempfile.mkdtemp(prefix="site-"))
    done = run("site", folder / "site", *options)
    assert done.returncode == 0, done.stderr
    return folder / "site"


class SiteServer(RunningServer):
    """A site in place of a server with the same options, as far as a site has them."""

    def __init__(self, *options: object, prelude: str = "", **_: Any) -> None:
        super().__init__(*options)
        if prelude:
            pytest.fail("a site has no process of Python")
        named = dict(zip(self.options, self.options[1:], strict=False))
        self._prefix = named.get("--root-path", "")
        self._seconds = named.get("--query-timeout")

    def __enter__(self) -> Self:
        base = f"http://127.0.0.1:{self.port}{self._prefix}/"
        folder = folder_of(_of_site(tuple(self.options)))
        self.process = processes.Popen(["node", BRIDGE, folder, base, self._seconds or ""])
        self.client = httpx.Client(base_url=self.url, timeout=60)
        assert eventually(self._answers, 30), "the site did not answer"
        return self

    def _answers(self) -> bool:
        try:
            return self.client.get(f"{self._prefix}/endpoint/settings.json").status_code == 200
        except httpx.TransportError:
            return False


support.RunningServer = SiteServer  # type: ignore[misc]  that is what this module is for

"""A site in place of a server, answered in Node over HTTP."""

import json
import os
import shutil
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any, Self

import httpx
import pytest

from gbagraph.features.site.folder import MARKER
from support import ROOT, RunningServer, eventually, processes

_BRIDGE = ROOT / "tests" / "support" / "site_server.mjs"
_LIMITS = {
    "--query-timeout": "seconds",
    "--result-size": "result_megabytes",
    "--body-size": "body_megabytes",
}

_BASE = ("--base", "https://example.org/graph/")


@cache
def built(*options: str) -> Path:
    """The folder of a site with these options, in English; that of none may be given in SITE."""
    if not options and "SITE" in os.environ:
        return Path(os.environ["SITE"])
    folder = Path(tempfile.mkdtemp(prefix="site-"))
    command = [sys.executable, "-m", "gbagraph", "site", folder, "--languages", "en", *options]
    # The whole one knows its address: without it, the service is described in Turtle alone.
    done = processes.run([*command, *(() if options else _BASE)], capture_output=True)
    # It is whole also where a page leads to what is not there: no JSON-LD has triple terms.
    assert (folder / MARKER).exists(), done.stderr.decode()
    return folder


def limited(folder: Path, limits: dict[str, float]) -> Path:
    """A copy of the site with other limits; itself if there are none."""
    if not limits:
        return folder
    copy = Path(tempfile.mkdtemp(prefix="site-"))
    shutil.copytree(folder, copy, copy_function=os.link, dirs_exist_ok=True)
    file = copy / "endpoint" / "settings.json"
    settings = json.loads(file.read_bytes())
    settings["limits"] |= limits
    file.unlink()
    file.write_text(json.dumps(settings))
    return copy


class SiteServer(RunningServer):
    """A site in place of a server with the same options, as far as it has them."""

    def __init__(self, *options: object, prelude: str = "", **_: Any) -> None:
        super().__init__(*options)
        if prelude:
            pytest.fail("a site has no process of Python")
        pairs = [*zip(self.options, self.options[1:], strict=False)]
        if "--queries" in self.options and "--data" not in self.options:
            pytest.fail("minutes would be needed to build a site of the whole graph for this test")
        self._data = [each for pair in pairs if pair[0] in ("--data", "--queries") for each in pair]
        self._limits = {_LIMITS[name]: float(value) for name, value in pairs if name in _LIMITS}
        self._path = dict(pairs).get("--root-path", "")

    def __enter__(self) -> Self:
        self.start(limited(self.folder(), self._limits), f"{self.url}{self._path}/")
        self.client = httpx.Client(base_url=self.url, timeout=60)
        assert eventually(self._answers), "the site did not answer"
        return self

    def folder(self) -> Path:
        """Return the folder of the whole site."""
        return built(*self._data)

    def start(self, folder: Path, base: str) -> None:
        """Answer from *folder* at *base*."""
        self.process = processes.Popen(["node", _BRIDGE, folder, base])

    def _answers(self) -> bool:
        try:
            return self.client.get(f"{self._path}/sparql?query=ASK{{}}").is_success
        except httpx.TransportError:
            return False


class EndpointServer(SiteServer):
    """The endpoint of a site in *folder*, without the pages, which take minutes to write."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def folder(self) -> Path:
        """Return what was given."""
        return self._folder

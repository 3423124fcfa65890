"""The endpoint of a site in place of a server, answered in Node over HTTP."""

import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any, Self

import httpx
import pytest

from support import ROOT, RunningServer, eventually, processes

_BRIDGE = ROOT / "tests" / "support" / "site_server.mjs"
_WRITE = """
import sys
from pathlib import Path
from gbagraph import publication
from gbagraph.composition import published
from gbagraph.features.site.endpoint import files
from gbagraph.settings import Settings
folder, megabytes, *data = sys.argv[1:]
given = {"data": tuple(map(Path, data))} if data else {}
settings = Settings(**given, result_size=int(megabytes))
publication.use(published(settings))
for path, content in files(settings):
    place = Path(folder, path)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)
"""
_LARGEST = "1024"


@cache
def _folder(*options: str) -> Path:
    """The files of the endpoint of what is published with these options."""
    folder = Path(tempfile.mkdtemp(prefix="site-"))
    done = processes.run([sys.executable, "-c", _WRITE, folder, *options], capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    return folder


class SiteServer(RunningServer):
    """The endpoint of a site in place of a server with the same options, as far as it has them."""

    def __init__(self, *options: object, prelude: str = "", **_: Any) -> None:
        super().__init__(*options)
        if prelude:
            pytest.fail("a site has no process of Python")
        pairs = [*zip(self.options, self.options[1:], strict=False)]
        self._data = [value for name, value in pairs if name == "--data"]
        self._named = dict(pairs)

    def __enter__(self) -> Self:
        base = f"{self.url}{self._named.get('--root-path', '')}/"
        folder = _folder(self._named.get("--result-size", _LARGEST), *self._data)
        seconds = self._named.get("--query-timeout", "")
        self.process = processes.Popen(["node", _BRIDGE, folder, base, seconds])
        self.client = httpx.Client(base_url=self.url, timeout=60)
        assert eventually(self._answers, 30), "the site did not answer"
        return self

    def _answers(self) -> bool:
        try:
            return self.client.get(
                f"{self._named.get('--root-path', '')}/sparql?query=ASK{{}}"
            ).is_success
        except httpx.TransportError:
            return False

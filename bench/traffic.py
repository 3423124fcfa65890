"""Normal traffic: small queries, each a new one, from four connections, as a process of its own.

Run as ``python -m bench.traffic PORT PATH SIZE SECONDS``.
"""

from __future__ import annotations

import http.client
import json
import statistics
import sys
import threading
import time
from typing import Final

from bench import queries

_CONNECTIONS: Final = 4
_PAUSE: Final = 0.01
_LONGEST: Final = 30


class Traffic:
    """What four clients saw of a server."""

    def __init__(self, port: int, path: str, size: str) -> None:
        self._port, self._path = port, path
        self._asked = queries.ad_hoc(size)
        self.taken: list[float] = []
        self.failed: list[str] = []

    def run(self, seconds: float) -> None:
        """Ask for so long."""
        end = time.monotonic() + seconds
        threads = [
            threading.Thread(target=self._client, args=(n, end), daemon=True)
            for n in range(_CONNECTIONS)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(max(end - time.monotonic(), 0) + _LONGEST)

    def _client(self, number: int, end: float) -> None:
        client = http.client.HTTPConnection("127.0.0.1", self._port, timeout=_LONGEST)
        turn = number
        while time.monotonic() < end:
            turn += 1
            started = time.monotonic()
            self._ask(client, self._asked[turn % len(self._asked)].cold(f"{number}-{started}"))
            self.taken.append(time.monotonic() - started)
            time.sleep(_PAUSE)
        client.close()

    def _ask(self, client: http.client.HTTPConnection, query: queries.Query) -> None:
        try:
            client.request("GET", query.path(self._path), headers={"Accept": query.accept})
            answer = client.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException) as problem:
            self.failed.append(type(problem).__name__)
            client.close()
        else:
            if answer.status != 200:
                self.failed.append(str(answer.status))


def _summary(traffic: Traffic) -> dict[str, object]:
    cuts = statistics.quantiles(traffic.taken, n=1000) if len(traffic.taken) > 1 else [0.0] * 999
    return {
        "count": len(traffic.taken),
        "failed": len(traffic.failed),
        "failures": sorted(set(traffic.failed)),
        "p50": cuts[499] * 1000,
        "p99": cuts[989] * 1000,
        "most": max(traffic.taken, default=0.0) * 1000,
    }


def main() -> None:
    """Print what was seen as JSON."""
    port, path, size, seconds = sys.argv[1:]
    traffic = Traffic(int(port), path, size)
    traffic.run(float(seconds))
    sys.stdout.write(json.dumps(_summary(traffic)))


if __name__ == "__main__":
    main()

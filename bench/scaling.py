"""Three replicas behind nginx: what the way through it costs, what its cache takes off, who survives."""

from __future__ import annotations

import collections
import contextlib
import http.client
import os
import random
import shutil
import signal
import statistics
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from bench import graphs, queries
from bench.graphs import FOLDER, OWN
from bench.records import spread, values, where
from bench.servers import Ours, Server, program
from bench.throughput import COLD, GZIP, REPEATED, Point

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from bench.graphs import Graph
    from bench.records import Record

_CONF: Final = Path(__file__).with_name("nginx.conf")
_SITE: Final = Path(__file__).resolve().parent.parent / "deploy" / "nginx" / "replicas.conf"
_REPLICAS: Final = 3
_CONNECTIONS: Final = (8, 64)
_TEXTS: Final = 500
"""Different queries of which clients ask, the n-th most wanted 1/n times as often as the first."""
_CLIENTS: Final = 8
_KILLED_AFTER: Final = 0.4
"""The part of the time after which a replica is killed."""

DIRECT, ONE, ALL, CACHED = ("one server", "nginx, one", f"nginx, {_REPLICAS}", "nginx, cache")
WAYS: Final = (DIRECT, ONE, ALL, CACHED)


def _mix() -> list[queries.Query]:
    """The ad-hoc queries but for that whose answer is too large to be kept by a server."""
    return [query for query in queries.ad_hoc(OWN) if query.kind != "star"]


class _Nginx(Server):
    """nginx in front of *replicas*, by the file of deploy/, with its cache or without."""

    def __init__(self, name: str, graph: Graph, replicas: list[Server], *, keeps: bool) -> None:
        super().__init__(graph)
        self.name, self._replicas, self._keeps = name, replicas, keeps
        self._home = FOLDER / f"nginx-{self.port}"

    def command(self) -> list[str]:
        """In the foreground, with one worker process."""
        self._home.mkdir()
        (self._home / "nginx.conf").write_text(_CONF.read_text().format(folder=self._home))
        (self._home / "site.conf").write_text(self._site())
        return [program("nginx"), "-c", str(self._home / "nginx.conf")]

    def _site(self) -> str:
        lines = _SITE.read_text().splitlines()
        text = "\n".join(line for line in lines if not line.strip().startswith("server 127."))
        named = "".join(f"server 127.0.0.1:{each.port};\n" for each in self._replicas)
        text = text.replace("least_conn;", f"least_conn;\n{named}")
        text = text.replace("/var/cache/nginx/gbagraph", f"{self._home}/cache")
        text = text.replace("listen 80;", f"listen 127.0.0.1:{self.port};")
        return text if self._keeps else text.replace("proxy_cache gbagraph;", "proxy_cache off;")

    def stop(self) -> None:
        """End it and remove its folder."""
        super().stop()
        shutil.rmtree(self._home, ignore_errors=True)


class _Clients:
    """Clients that ask often for few of many queries, and count how that went."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self.taken: list[float] = []
        self.seen: collections.Counter[str] = collections.Counter()
        mix = _mix()
        self._texts = [mix[n % len(mix)].cold(str(n)) for n in range(_TEXTS)]
        self._weights = [1 / (n + 1) for n in range(_TEXTS)]

    def run(self, seconds: float, meanwhile: Callable[[], None] = lambda: None) -> Self:
        """Ask for so long; *meanwhile* is called when a part of the time is over."""
        end = time.monotonic() + seconds
        threads = [threading.Thread(target=self._ask, args=(n, end)) for n in range(_CLIENTS)]
        for thread in threads:
            thread.start()
        time.sleep(seconds * _KILLED_AFTER)
        meanwhile()
        for thread in threads:
            thread.join()
        return self

    def _ask(self, seed: int, end: float) -> None:
        chance = random.Random(seed)  # noqa: S311  the same at every run
        client = http.client.HTTPConnection("127.0.0.1", self._server.port, timeout=60)
        while time.monotonic() < end:
            query = chance.choices(self._texts, self._weights)[0]
            begun = time.monotonic()
            try:
                headers = {"Accept": query.accept, "Accept-Encoding": GZIP}
                client.request("GET", query.path(self._server.path), headers=headers)
                answer = client.getresponse()
                answer.read()
                known = answer.headers.get("Cache-Status", "")
                self.seen[known if answer.status == 200 else str(answer.status)] += 1
            except (OSError, http.client.HTTPException) as problem:
                self.seen[type(problem).__name__] += 1
                client.close()
            self.taken.append(time.monotonic() - begun)
        client.close()

    def summary(self) -> Record:
        """Requests, how many the cache answered and how many failed, and times in milliseconds."""
        hits = sum(n for said, n in self.seen.items() if "hit" in said)
        whole = sum(n for said, n in self.seen.items() if said.startswith("nginx"))
        cuts = statistics.quantiles(self.taken, n=1000)
        return {
            "requests": len(self.taken),
            "hits": hits / max(whole, 1),
            "failed": len(self.taken) - whole,
            "failures": {said: n for said, n in self.seen.items() if not said.startswith("nginx")},
            "p50": cuts[499] * 1000,
            "p99": cuts[989] * 1000,
            "most": max(self.taken) * 1000,
        }


def run(rounds: int, seconds: float, log: Callable[[str], None]) -> list[Record]:
    """Measure the ways in turn, then clients of a popular mix, and one replica killed under it."""
    graph = graphs.graph(OWN)
    rows: list[Record] = []
    with contextlib.ExitStack() as stack:
        replicas = [stack.enter_context(_Replica(graph)) for _ in range(_REPLICAS)]
        rows += [_cost(each) for each in replicas]
        ways = dict(_ways(stack, graph, [*replicas]))
        for turn in range(rounds):
            log(f"scaling: round {turn + 1} of {rounds}")
            rows += _round(ways, replicas, seconds)
            # Each time through a cache that is empty.
            with _Nginx(CACHED, graph, [*replicas], keeps=True) as proxy:
                rows.append({"what": "popular", **_Clients(proxy).run(seconds * 2).summary()})
        for turn in range(rounds):
            log(f"scaling: a replica is killed, {turn + 1} of {rounds}")
            rows.append({"what": "killed", **_killed(ways[ALL], replicas[-1], seconds * 4)})
    return rows


class _Replica(Ours):
    """A server that can be killed, and started again at its port."""

    def kill(self) -> None:
        """Kill it, without a word to anybody."""
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait(10)


def _cost(replica: Server) -> Record:
    return {"what": "cost", "start": replica.start_seconds, "memory": replica.settled_memory()}


def _ways(
    stack: contextlib.ExitStack, graph: Graph, replicas: list[Server]
) -> Iterator[tuple[str, Server]]:
    yield DIRECT, replicas[0]
    for name, behind, keeps in (
        (ONE, replicas[:1], False),
        (ALL, replicas, False),
        (CACHED, replicas, True),
    ):
        yield name, stack.enter_context(_Nginx(name, graph, behind, keeps=keeps))


def _round(ways: dict[str, Server], replicas: Sequence[Server], seconds: float) -> Iterator[Record]:
    servers = {id(each): each for each in (*ways.values(), *replicas)}.values()
    work = _mix()
    for connections in _CONNECTIONS:
        for mode in (REPEATED, COLD):
            for name, server in ways.items():
                if (name, mode) == (CACHED, COLD):
                    continue  # what never comes twice is never in a cache
                before = _used(servers)
                found = Point(server, mode, GZIP, int(seconds)).run(work, connections)
                used = (_used(servers) - before) / max(found["requests"], 1) * 1e3
                row: dict[str, Any] = {"what": "load", "way": name, "mode": mode}
                yield {**row, "connections": connections, "processor": used, **found}


def _used(servers: Iterable[Server]) -> float:
    return sum(each.processor() for each in servers)


def _killed(proxy: Server, replica: _Replica, seconds: float) -> Record:
    """What clients see when a replica is killed; it is started again afterwards."""
    found = _Clients(proxy).run(seconds, replica.kill).summary()
    replica.__enter__()
    return found


def report(rows: list[Record]) -> str:
    """The tables of reports/benchmarks.md."""
    if not rows:
        return ""
    cost, popular, killed = (where(rows, what=what) for what in ("cost", "popular", "killed"))
    return "\n".join(
        [
            _HEAD,
            *(_row(rows, mode, n) for n in _CONNECTIONS for mode in (REPEATED, COLD)),
            "",
            _REST.format(
                memory=spread(values(cost, "memory"), 0),
                start=spread(values(cost, "start"), 1),
                clients=_CLIENTS,
                texts=_TEXTS,
                hits=spread([row["hits"] * 100 for row in popular]),
                p50=spread(values(popular, "p50"), 1),
                p99=spread(values(popular, "p99"), 1),
                asked=f"{sum(values(killed, 'requests')):,.0f}",
                failed=f"{sum(values(killed, 'failed')):.0f}",
                most=f"{max(values(killed, 'most')):,.0f}",
            ),
        ]
    )


_HEAD: Final = f"""## Replicas behind nginx

Ad-hoc queries (but for the star: its answer is too large to be kept) on this repository's graph, by wrk
with gzip, to one server and through nginx (one worker process) to one and to {_REPLICAS} of them, as in
`deploy/nginx/replicas.conf`; *cache* is nginx's own. Requests in a second, and in brackets the
milliseconds of processor time that servers and nginx used for each. All share the processors of one
machine with wrk: this shows what the way costs, not what more machines give.

| Mode, connections | {DIRECT} | {ONE} | {ALL} | {CACHED} |
| --- | ---: | ---: | ---: | ---: |"""

_REST: Final = """A replica takes {memory} MB (what it shares with others counts in part) and starts in
{start} s.

{clients} clients ask of {texts} queries, the n-th most wanted 1/n as often as the first. Through a cache
that was empty at first, nginx answered {hits} % of their requests; median {p50} ms, 99th percentile
{p99} ms. When a replica was killed (SIGKILL) under the same clients, without the cache, {failed} of
{asked} requests failed; the slowest took {most} ms.
"""


def _row(rows: list[Record], mode: str, connections: int) -> str:
    cells = [f"{mode}, {connections}"]
    for way in WAYS:
        found = where(rows, what="load", way=way, mode=mode, connections=connections)
        rates = [row["requests"] / row["microseconds"] * 1e6 for row in found]
        used = values(found, "processor")
        cells.append(
            f"{statistics.median(rates):,.0f} ({statistics.median(used):.2f})" if found else "-"
        )
    return f"| {' | '.join(cells)} |"

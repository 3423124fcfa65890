"""Messages by a grammar at ``gbagraph mcp`` over HTTP: calls of every tool, right and wrong ones."""

import json
import random
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from fuzzing import grammar
from fuzzing.soaking import SEED, keep_sending
from support import descendants, eventually
from support.assistant import Assistant, ToolServer
from support.holdings import open_files

pytestmark = pytest.mark.processes

BATCH = 100
HEADERS = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}
METHODS = ("tools/list", "resources/list", "ping", "initialize", "logging/setLevel", "x", "")
STRANGE = (None, True, -1, 1e300, [], {}, [[]], {"a": {}}, "", "\u0000", "x" * 10_000)


def at_rest(count):
    """What is counted once it stays the same for a second: spare workers follow the first one."""
    last, now = -1, count()
    while now != last:
        time.sleep(1)
        last, now = now, count()
    return now


class Target:
    """A server of tools, with what came of the messages that it was sent."""

    def __init__(self, server):
        self.server = server
        self.outcomes = Counter()
        with Assistant(server.url) as assistant:
            tools = assistant.tools()
            self._reference = assistant.call("gbagraph_search", text="Baidu")
        self._tools = {
            name: list(tool.input_schema.get("properties", {})) for name, tool in tools.items()
        }
        self._processes = at_rest(lambda: len(descendants(server.process.pid)))
        self._descriptors = open_files(self.server.process.pid)

    def message(self, rng):
        """A message, and its media type; most are calls of tools."""
        name = rng.choice(list(self._tools))
        known = self._tools[name]
        names = rng.sample(known, rng.randrange(len(known) + 1)) if known else []
        given = {each: self._value(rng, each) for each in names}
        if rng.random() < 0.1:
            given[rng.choice(grammar.TEXTS)] = rng.choice(STRANGE)
        call = {"name": name, "arguments": given if rng.random() < 0.95 else rng.choice(STRANGE)}
        made = {"jsonrpc": "2.0", "id": rng.choice((1, "a", 2**70)), "method": "tools/call"}
        made["params"] = call
        changed = rng.random()
        if changed < 0.1:
            made["method"] = rng.choice(METHODS)
        elif changed < 0.2:
            made = {"method": "resources/read", "params": {"uri": grammar.iri(rng)}} | {
                key: made[key] for key in ("jsonrpc", "id")
            }
        elif changed < 0.3:
            made[rng.choice(list(made))] = rng.choice(STRANGE)
        text = json.dumps(made).encode()
        return grammar.damaged(rng, text) if rng.random() < 0.1 else text

    def _value(self, rng, name):
        if name == "sparql":
            return grammar.query_text(rng)
        return rng.choice((grammar.value(rng), rng.randrange(-1, 40), rng.choice(STRANGE)))

    def send(self, rng, count=BATCH):
        """Send so many messages, four at once; each is answered, and nothing is left of them."""
        with httpx.Client(headers=HEADERS, timeout=60) as client, ThreadPoolExecutor(4) as pool:
            messages = [self.message(rng) for _ in range(count)]
            for message, outcome in zip(
                messages, pool.map(lambda text: self._answer(client, text), messages), strict=True
            ):
                assert outcome, message
                self.outcomes[outcome] += 1
        self.assert_nothing_is_left()

    def _answer(self, client, text):
        """What came of a message, in a word or two; empty if that must not be."""
        response = client.post(self.server.url, content=text)
        if response.status_code not in {200, 202, 400, 406, 413}:
            return ""
        if response.status_code == 202:
            return "202"
        found = response.json()
        if "error" in found:
            code = found["error"]["code"]
            return f"error {code}" if code != -32603 else ""  # our fault
        if not found["result"].get("isError"):
            return "result"
        return "refused" if found["result"]["content"][0]["text"] else ""

    def assert_nothing_is_left(self):
        with Assistant(self.server.url) as assistant:
            assert assistant.call("gbagraph_search", text="Baidu") == self._reference
        pid = self.server.process.pid
        assert eventually(lambda: len(descendants(pid)) <= self._processes + 1)
        assert eventually(lambda: open_files(self.server.process.pid) <= self._descriptors + 2)
        assert "Traceback" not in self.server.said, self.server.said[-3000:]


@pytest.fixture(scope="module")
def target():
    with ToolServer("--query-timeout", "5", "--query-memory", "128") as server:
        yield Target(server)


def test_whatever_an_assistant_sends_is_answered_and_nothing_is_left(target):
    target.send(random.Random(f"{SEED} tools"))


@pytest.mark.soak
def test_however_much_an_assistant_sends_it_is_answered_and_nothing_is_left(target):
    target.outcomes.clear()
    keep_sending("tools of assistants", target.send, BATCH, target.outcomes)

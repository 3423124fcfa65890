"""Chromium without a window, steered by its DevTools protocol as a person would use it."""

from __future__ import annotations

import itertools
import json
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self

import httpx
from websockets.sync.client import connect

from support import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from websockets.sync.client import ClientConnection

_ALONE = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class Chromium:
    """A browser with an empty profile; ``open`` gives a new tab."""

    def __init__(self, profile: Path) -> None:
        self._profile = profile

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            ["chromium", *_ALONE, "--remote-debugging-port=0", f"--user-data-dir={self._profile}"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        assert eventually(self._tells_its_port, 60), "Chromium did not start within 60 seconds"
        return self

    def _tells_its_port(self) -> bool:
        assert self._process.poll() is None, "Chromium ended at start"
        told = self._profile / "DevToolsActivePort"
        lines = told.read_text().splitlines() if told.exists() else []
        if len(lines) == 2:
            self._devtools = f"http://127.0.0.1:{lines[0]}"
        return len(lines) == 2

    @contextmanager
    def open(self, address: str) -> Iterator[Page]:
        """A new tab that shows this address."""
        tab = httpx.put(f"{self._devtools}/json/new?about:blank").json()
        with connect(tab["webSocketDebuggerUrl"], max_size=None, proxy=None) as devtools:
            page = Page(devtools)
            page.go(address)
            yield page

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(30)


class Page:
    """A tab: what it shows, and the mouse and keyboard over it."""

    def __init__(self, devtools: ClientConnection) -> None:
        self._devtools = devtools
        self._numbers = itertools.count(1)

    def go(self, address: str) -> None:
        self._call("Page.navigate", url=address)
        arrived = f"document.readyState === 'complete' && location.href === {json.dumps(address)}"
        assert eventually(lambda: self.value(arrived), 30), f"{address} was not loaded"

    def value(self, script: str) -> Any:
        """The value of a JavaScript expression; a promise is waited for."""
        answer = self._call(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def resize(self, width: int, height: int) -> None:
        """Show the page as a telephone of this size does."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": True}
        self._call("Emulation.setDeviceMetricsOverride", **size)

    def write(self, element: str, text: str) -> None:
        """Replace what stands in the field that the expression *element* gives."""
        self.value(f"{element}.focus(), {element}.select()")
        self._call("Input.insertText", text=text)

    def click(self, element: str) -> None:
        """Click in the middle of what the expression *element* gives."""
        self.value(f"{element}.scrollIntoView()")
        box = self.value(f"{element}.getBoundingClientRect().toJSON()")
        place = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
        for event in ("mousePressed", "mouseReleased"):
            self._call("Input.dispatchMouseEvent", type=event, button="left", clickCount=1, **place)

    def _call(self, method: str, **parameters: object) -> dict[str, Any]:
        number = next(self._numbers)
        self._devtools.send(json.dumps({"id": number, "method": method, "params": parameters}))
        answer: dict[str, Any] = {}
        while answer.get("id") != number:
            answer = json.loads(self._devtools.recv(timeout=60))
        assert "error" not in answer, answer["error"]
        return answer["result"]

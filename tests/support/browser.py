"""Chromium without a window, steered by its DevTools protocol as a person would use it."""

import base64
import itertools
import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import httpx
from websockets.sync.client import ClientConnection, connect

from support import ROOT, eventually, processes
from support.installed import cannot_run

_AXE = ROOT / ".clients" / "node_modules" / "axe-core" / "axe.min.js"

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
        self._process = processes.Popen(
            ["chromium", *_ALONE, "--remote-debugging-port=0", f"--user-data-dir={self._profile}"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        assert eventually(self._tells_its_port, 120), "Chromium did not start"
        return self

    def _tells_its_port(self) -> bool:
        assert self._process.poll() is None, "Chromium ended at start"
        told = self._profile / "DevToolsActivePort"
        lines = told.read_text().splitlines() if told.exists() else []
        if len(lines) == 2:
            self._devtools = f"http://127.0.0.1:{lines[0]}"
        return len(lines) == 2

    @contextmanager
    def open(self, address: str) -> "Iterator[Page]":
        """A new tab that shows this address."""
        tab = httpx.put(f"{self._devtools}/json/new?about:blank", timeout=60).json()
        with connect(tab["webSocketDebuggerUrl"], max_size=None, proxy=None) as devtools:
            page = Page(devtools)
            page.go(address)
            yield page
            page.close()

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(60)


def until(page: "Page", script: str) -> None:
    """Wait until the expression holds; while one page gives way to another, none does."""

    def holds() -> bool:
        try:
            return page.value(f"Boolean({script})")
        except AssertionError:
            return False

    assert eventually(holds), script


class Page:
    """A tab: what it shows, and the mouse and keyboard over it.

    *complaints* are what the browser wrote to its console since the tab was opened: errors, what a
    policy refused, files that failed to load. *requests* are the addresses that it asked for, *octets*
    is the size of what came, as it was sent.
    """

    def __init__(self, devtools: ClientConnection) -> None:
        self._devtools = devtools
        self._numbers = itertools.count(1)
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.octets = 0
        for domain in ("Page", "Runtime", "Log", "Network"):
            self._call(f"{domain}.enable")

    def close(self) -> None:
        """Close the tab."""
        self._call("Page.close")

    def go(self, address: str) -> None:
        # It returns when the new document has begun, also where the server led elsewhere.
        told = self._call("Page.navigate", url=address)
        assert "errorText" not in told, told
        arrived = "document.readyState === 'complete'"
        assert eventually(lambda: self.value(arrived)), f"{address} was not loaded"

    def value(self, script: str) -> Any:
        """The value of a JavaScript expression; a promise is waited for."""
        answer = self._call(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def resize(self, width: int, height: int, *, mobile: bool = True) -> None:
        """Show the page as a telephone of this size does; or, if not *mobile*, as a window does."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": mobile}
        self._call("Emulation.setDeviceMetricsOverride", **size)

    def speak(self, language: str) -> None:
        """Prefer this language from now on, as a setting of the browser does."""
        self._call("Network.setExtraHTTPHeaders", headers={"Accept-Language": language})

    def dark(self, *, on: bool = True) -> None:
        """Prefer dark colours, as a setting of the system does."""
        feature = {"name": "prefers-color-scheme", "value": "dark" if on else "light"}
        self._call("Emulation.setEmulatedMedia", features=[feature])

    def before(self, script: str) -> None:
        """Run *script* before those of the pages that are opened from now on."""
        self._call("Page.addScriptToEvaluateOnNewDocument", source=script)

    def on_paper(self) -> None:
        """Show pages as they are printed."""
        self._call("Emulation.setEmulatedMedia", media="print")

    def for_the_first_time(self) -> None:
        """Take nothing from the cache from now on."""
        self._call("Network.setCacheDisabled", cacheDisabled=True)

    def without_scripts(self) -> None:
        """Run no scripts in the pages that are opened from now on."""
        self._call("Emulation.setScriptExecutionDisabled", value=True)

    def picture(self, file: Path) -> None:
        """Save the whole page as a PNG; or what is seen of it, as a WebP, if *file* is named so."""
        whole = {"format": "png", "captureBeyondViewport": True}
        seen = {"format": "webp", "quality": 75}
        answer = self._call("Page.captureScreenshot", **(seen if file.suffix == ".webp" else whole))
        file.write_bytes(base64.b64decode(answer["data"]))

    def violations(self) -> list[str]:
        """What axe finds wrong for people with disabilities: rules, with elements that break them."""
        if not _AXE.exists():
            cannot_run("not installed: axe-core. Run make clients")
        if not self.value("typeof axe === 'object'"):
            self.value(_AXE.read_text("utf-8") + "; true")
        with_sizes = "axe.run({rules: {'target-size': {enabled: true}}})"
        found = self.value(f"{with_sizes}.then(found => found.violations)")
        return [
            f"{rule['id']}: {' '.join(node['target'][0] for node in rule['nodes'][:5])}"
            for rule in found
        ]

    def press(self, key: str, *, control: bool = False) -> None:
        """Press and release a key by its name, such as Enter or ArrowDown."""
        codes = {
            "Enter": 13,
            "Escape": 27,
            "ArrowDown": 40,
            "ArrowUp": 38,
            "Tab": 9,
            "Backspace": 8,
            " ": 32,
            "z": 90,
            "Home": 36,
            "End": 35,
            "ArrowLeft": 37,
            "Delete": 46,
            "F2": 113,
        }
        text = {"text": "\r"} if key == "Enter" and not control else {}
        common = {
            "key": key,
            "code": key,
            "windowsVirtualKeyCode": codes[key],
            "modifiers": 2 if control else 0,
        }
        self._call("Input.dispatchKeyEvent", type="keyDown", **common, **text)
        self._call("Input.dispatchKeyEvent", type="keyUp", **common)

    def type(self, text: str) -> None:
        """Type *text* where the focus is, one character after the other."""
        for character in text:
            self._call("Input.dispatchKeyEvent", type="keyDown", text=character, key=character)
            self._call("Input.dispatchKeyEvent", type="keyUp", key=character)

    def write(self, element: str, text: str) -> None:
        """Replace what stands in the field that the expression *element* gives."""
        self.value(f"{element}.focus(), {element}.select()")
        self._call("Input.insertText", text=text)

    def click(self, element: str) -> None:
        """Click in the middle of what the expression *element* gives, once that stays where it is."""
        last, place = None, self._middle(element)
        while place != last:
            # It is told of the mouse with the next frame: till then, what comes into sight moves others.
            self._call("Input.dispatchMouseEvent", type="mouseMoved", **place)
            last, place = place, self._middle(element)
        for event in ("mousePressed", "mouseReleased"):
            self._call("Input.dispatchMouseEvent", type=event, button="left", clickCount=1, **place)

    def _middle(self, element: str) -> dict[str, float]:
        self.value(f"{element}.scrollIntoView({{block: 'center', behavior: 'instant'}})")
        box = self.value(f"{element}.getBoundingClientRect().toJSON()")
        return {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}

    def _call(self, method: str, **parameters: object) -> dict[str, Any]:
        number = next(self._numbers)
        self._devtools.send(json.dumps({"id": number, "method": method, "params": parameters}))
        answer: dict[str, Any] = {}
        while answer.get("id") != number:
            answer = json.loads(self._devtools.recv(timeout=120))
            self._notice(answer)
        assert "error" not in answer, answer["error"]
        return answer["result"]

    def _notice(self, event: dict[str, Any]) -> None:
        """Keep what the browser tells by itself."""
        method, told = event.get("method"), event.get("params", {})
        if method == "Network.requestWillBeSent":
            self.requests.append(told["request"]["url"])
        elif method == "Network.loadingFinished":
            self.octets += told["encodedDataLength"]
        elif method == "Log.entryAdded" and told["entry"]["level"] in ("error", "warning"):
            self.complaints.append(f"{told['entry']['text']} {told['entry'].get('url', '')}")
        elif method == "Runtime.exceptionThrown":
            self.complaints.append(json.dumps(told["exceptionDetails"]))
        elif method == "Runtime.consoleAPICalled" and told["type"] in ("error", "warning"):
            self.complaints.append(json.dumps(told["args"]))

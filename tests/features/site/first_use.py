"""What the first use of a site takes in a browser: bytes by file, and times on a line of 10 Mbit/s.

``PYTHONPATH=tests python tests/features/site/first_use.py DIR`` writes the medians of five. Each time
the site has another address, so that nothing of it is known to the browser.
"""

import sys
import tempfile
import threading
import time
from pathlib import Path
from statistics import median
from urllib.parse import quote

from support.browser import Chromium, until
from support.static_host import StaticHost

RATE, LATENCY = 1_250_000, 0.04
ROUNDS = 5
QUERY = "SELECT ?class (COUNT(?s) AS ?n) { ?s a ?class } GROUP BY ?class ORDER BY DESC(?n) ?class"
ASKED = "document.getElementById('query')?.value.includes('COUNT')"
ANSWERED = "document.querySelector('#answer table')"


class Line(StaticHost):
    """A host behind a slow line: *sent* are the bytes of each file."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.sent: dict[str, int] = {}
        self._line = threading.Lock()

    def send(self, path: str, content: bytes) -> bytes:
        """Wait as the line does."""
        time.sleep(LATENCY)
        self.sent[path] = self.sent.get(path, 0) + len(content)
        with self._line:
            time.sleep(len(content) / RATE)
        return content


def first_page(tab, host):
    tab.go(f"{host.url}/")


def by_hand(tab, host):
    tab.go(f"{host.url}/sparql/?query={quote(QUERY)}")
    until(tab, f"{ASKED} && {ANSWERED}")


def in_editor(tab, host):
    tab.go(f"{host.url}/sparql/")
    until(tab, "document.documentElement.classList.contains('has-editor')")
    tab.write("document.getElementById('query')", QUERY)
    tab.press("Enter", control=True)
    until(tab, f"location.search && {ANSWERED}")


def canned(tab, host):
    tab.go(f"{host.url}/queries/builders/")
    until(tab, ANSWERED)


def main() -> None:
    """Write the numbers."""
    folder = Path(sys.argv[1])
    profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
    with profile as name, Chromium(Path(name)) as chromium:
        for use in (first_page, canned, by_hand, in_editor):
            times = []
            for _ in range(ROUNDS):
                with Line(folder) as host, chromium.open("about:blank") as tab:
                    begun = time.monotonic()
                    use(tab, host)
                    times.append(time.monotonic() - begun)
                    sent = dict(host.sent)
            sys.stdout.write(
                f"{use.__name__}: {median(times):.2f} s, {sum(sent.values()):,} bytes\n"
            )
            for path, size in sorted(sent.items(), key=lambda row: -row[1]):
                sys.stdout.write(f"  {size:>9,} {path}\n")


if __name__ == "__main__":
    main()

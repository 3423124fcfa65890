"""One entrance, fuzzed by what its code covers: ``python -m fuzzing ENTRANCE TALLY [options] CORPUS``.

The options are libFuzzer's. What came of the inputs is counted in the file TALLY, as JSON.
"""

import json
import sys
import time
from collections import Counter
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["gbagraph"], enable_loader_override=False):
    from fuzzing.entrances import tried


class _Tally:
    """Counts outcomes; the file is renewed now and then, since a fuzzer may end in any way."""

    def __init__(self, entrance: str, file: Path) -> None:
        self._entrance, self._file = entrance, file
        self._counted: Counter[str] = Counter()
        self._written = 0.0

    def try_(self, data: bytes) -> None:
        self._counted[tried(self._entrance, data)] += 1
        if time.monotonic() > self._written + 0.2:
            self._written = time.monotonic()
            self._file.write_text(json.dumps(self._counted))


def main() -> None:
    entrance, file, *options = sys.argv[1:]
    atheris.Setup([sys.argv[0], *options], _Tally(entrance, Path(file)).try_)
    atheris.Fuzz()


main()

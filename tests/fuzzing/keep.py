"""Keep of new inputs those that run further lines: ``python -m fuzzing.keep ENTRANCE CORPUS NEW``.

They are copied into the folder CORPUS, the smallest first, each under the hash of its bytes.
"""

import hashlib
import sys
from pathlib import Path

import coverage


def main() -> None:
    entrance, corpus, new = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    measured = coverage.Coverage(data_file=None, source_pkgs=["gbagraph"], config_file=False)
    measured.start()
    from fuzzing.entrances import tried  # noqa: PLC0415  its imports are measured

    for file in sorted(corpus.iterdir()):
        tried(entrance, file.read_bytes())
    known = _lines(measured)
    for file in sorted(new.iterdir(), key=lambda each: each.stat().st_size):
        data = file.read_bytes()
        tried(entrance, data)
        if (found := _lines(measured)) > known:
            known = found
            (corpus / hashlib.sha256(data).hexdigest()[:12]).write_bytes(data)


def _lines(measured: coverage.Coverage) -> int:
    """How many lines have been run so far."""
    data = measured.get_data()
    return sum(len(data.lines(name) or ()) for name in data.measured_files())


main()

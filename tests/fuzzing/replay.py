"""How much of an entrance's code a corpus reaches: ``python -m fuzzing.replay ENTRANCE FOLDER...``.

It prints a line of JSON: of each module of the entrance, how many percent of its lines are run.
"""

import json
import sys
from pathlib import Path

import coverage

import gbagraph

_PACKAGE = Path(gbagraph.__file__).parent


def main() -> None:
    entrance, *folders = sys.argv[1:]
    measured = coverage.Coverage(data_file=None, source_pkgs=["gbagraph"], config_file=False)
    measured.start()
    from fuzzing.entrances import ENTRANCES, tried  # noqa: PLC0415  its imports are measured

    for folder in folders:
        for file in sorted(Path(folder).iterdir()):
            tried(entrance, file.read_bytes())
    measured.stop()
    json.dump({name: _percent(measured, name) for name in ENTRANCES[entrance].modules}, sys.stdout)


def _percent(measured: coverage.Coverage, module: str) -> int:
    _, lines, _, missing, _ = measured.analysis2(str(_PACKAGE / f"{module}.py"))
    return round(100 * (1 - len(missing) / len(lines)))


main()

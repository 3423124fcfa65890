"""What reads the words of others reads them or refuses them: corpora, and what fuzzers derive from them.

What a fuzzer has found has a file in ``corpus/ENTRANCE/`` whose name begins with ``found``, what was
written to begin with ``seed``. ``python -m fuzzing.keep`` adds inputs that reach further code.
"""

import json
import os
import re
import secrets
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fuzzing.entrances import ENTRANCES, folder_of, tried
from support import ROOT, processes
from support.reliability import record
from support.soak import SECONDS

CORPUS = Path(__file__).parent / "corpus"
SLOWEST = 5
"""Seconds after which a fuzzer takes an input for one that never ends."""
OF_ALL = 40
"""The time of a soak has so many parts, of which each entrance gets one."""
A_SECOND = 200
"""Inputs in all at one entrance for a second of the soak: fast ones do not count for the others."""


@pytest.mark.parametrize("entrance", ENTRANCES)
def test_what_is_in_the_corpus_is_read_or_refused(entrance):
    files = sorted((CORPUS / folder_of(entrance)).iterdir())
    assert files
    modules = [ROOT / "src" / "gbagraph" / f"{name}.py" for name in ENTRANCES[entrance].modules]
    assert all(path.exists() for path in modules), "their coverage is told by make soak"
    for file in files:
        started = time.process_time()
        assert tried(entrance, file.read_bytes()) != "an error without a word", file.name
        assert time.process_time() - started < SLOWEST, file.name


def python(*arguments: object) -> subprocess.CompletedProcess[str]:
    path = f"{ROOT / 'src'}{os.pathsep}{ROOT / 'tests'}"
    return processes.run(
        [sys.executable, *map(str, arguments)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
    )


def covered(entrance: str, *folders: Path) -> str:
    """What of the code of an entrance the inputs in these folders reach."""
    done = python("-m", "fuzzing.replay", entrance, *folders)
    assert done.returncode == 0, done.stderr[-2000:]
    return ", ".join(f"{module} {share} %" for module, share in json.loads(done.stdout).items())


@pytest.mark.soak
@pytest.mark.processes
@pytest.mark.parametrize("entrance", ENTRANCES)
def test_whatever_a_fuzzer_derives_is_read_or_refused(entrance, tmp_path):
    tally, new, own = tmp_path / "tally.json", tmp_path / "new", CORPUS / folder_of(entrance)
    new.mkdir()
    seed = secrets.randbelow(2**31 - 1) + 1
    done = python(
        *("-m", "fuzzing", entrance, tally, f"-seed={seed}", f"-timeout={SLOWEST}"),
        *(
            f"-max_total_time={max(2, round(SECONDS / OF_ALL))}",
            f"-runs={round(A_SECOND * SECONDS)}",
        ),
        *(f"-max_len={ENTRANCES[entrance].longest}", "-rss_limit_mb=2048", "-print_final_stats=1"),
        *(f"-artifact_prefix={tmp_path}/", new, own),
    )

    assert done.returncode == 0, f"seed {seed}: {done.stderr[-4000:]}"
    number = re.search(r"number_of_executed_units: (\d+)", done.stderr)
    record(
        "inputs",
        f"parser: {entrance}",
        tried=int(number[1]),
        outcomes=len(json.loads(tally.read_text())),
        coverage=covered(entrance, own, new),
        seed=str(seed),
    )

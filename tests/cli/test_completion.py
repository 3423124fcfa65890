"""What a shell is offered to complete."""

import os
import sys
from pathlib import Path

import pytest

from support import processes
from support.inside import command


def completed(shell, *words):
    """What a shell is offered for the last of *words*."""
    line = " ".join(["gbagraph", *words])
    variables = {
        "_GBAGRAPH_COMPLETE": f"complete_{shell}",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(words)),
        "_TYPER_COMPLETE_ARGS": line,
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
        "_TYPER_COMPLETE_WORD_TO_COMPLETE": words[-1],
    }
    return command(**variables).stdout


@pytest.mark.parametrize(
    ("shell", "words", "offers"),
    [
        ("bash", ("que",), ["query", "queries"]),
        ("zsh", ("queries", ""), ["show", "check"]),
        ("fish", ("run", "zones-"), ["zones-by-area", "zones-for-topic"]),
        ("bash", ("queries", "show", "is-"), ["is-in"]),
        ("bash", ("run", "place-to-country", "pl"), ["place="]),
        ("bash", ("query", "--format", "nd"), ["ndjson"]),
    ],
)
def test_a_shell_is_offered_what_can_come_next(shell, words, offers):
    shown = completed(shell, *words)

    assert [offer for offer in offers if offer not in shown] == []


def test_a_shell_is_offered_the_queries_of_the_folder(tmp_path, monkeypatch):
    (tmp_path / "d.ttl").write_text("<urn:a> <urn:b> <urn:c> .")
    (tmp_path / "numbers.rq").write_text("#+ summary: Is it?\nASK {}")
    (tmp_path / "gbagraph.toml").write_text('data = ["d.ttl"]\nqueries = "."\n')

    monkeypatch.chdir(tmp_path)
    assert completed("bash", "run", "").split() == ["numbers"]


@pytest.mark.processes
def test_bash_completes_by_the_script_of_the_command():
    folder = Path(sys.executable).parent
    lines = [
        'eval "$(_GBAGRAPH_COMPLETE=source_bash gbagraph)"',
        "COMP_WORDS=(gbagraph run zones-b) COMP_CWORD=2",
        "_gbagraph_completion gbagraph",
        "echo ${COMPREPLY[@]}",
    ]

    done = processes.run(
        ["bash", "-c", "\n".join(lines)],
        env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
    )

    assert done.stdout == "zones-by-area\n", done.stderr

"""gbagraph doctor: what a server needs here, and what is to be mended."""

import pytest

from support import ROOT, file_with, free_port
from support.inside import command

pytestmark = pytest.mark.processes


def examined(*options):
    """The exit code, and what is said of each thing that was looked at."""
    done = command("doctor", "--port", free_port(), *options)
    assert "Traceback" not in done.stderr
    rows = [line for line in done.stdout.splitlines() if not line.startswith(" ")]
    return done.exit_code, {row[9:].partition(":")[0]: row for row in rows}, done.stdout


def test_data_that_cannot_be_served_are_a_fault(tmp_path):
    (tmp_path / "bad.ttl").write_text("oops")
    code, rows, text = examined("--data", tmp_path / "bad.ttl")

    assert code == 1
    assert rows["data"].startswith("FAULT")
    assert "line 1" in text


def test_a_canned_query_with_a_fault_is_one(tmp_path, small_file):
    (tmp_path / "bad.rq").write_text("# title: Bad\nSELECT * { ?s ?p }\n")
    code, _, text = examined("--data", small_file, "--queries", tmp_path)

    assert code == 1
    assert "bad.rq" in text


@pytest.mark.parametrize(("options", "says"), [((), "WARNING"), (("--base", "urn:v#"), "")])
def test_a_base_that_most_things_share_is_told(tmp_path, options, says):
    file = file_with(
        tmp_path / "v.ttl", "<urn:v#a> a <urn:v#B> . <urn:v#B> <urn:p> 1 . <urn:x> a <urn:y> ."
    )
    code, rows, text = examined("--data", file, *options)

    assert (code, rows.get("base", "")[:7]) == (0, says)
    assert ('Set base = "urn:v#"' in text) == bool(says)


def test_a_checkout_is_good(monkeypatch):
    """As CI has it, with the front end built."""
    monkeypatch.chdir(ROOT)
    code, rows, text = examined()

    assert code == 0, text
    assert rows.keys() >= {"software", "system", "memory", "address", "data", "canned queries"}
    assert not [row for row in rows.values() if row.startswith("FAULT")]

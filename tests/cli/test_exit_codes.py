"""The table of exit codes, a closed pipe, and the length of help: for every command that there is."""

import errno
import json
import os
import re
import sys
from functools import partial

import pytest
import typer
import typer.main
from typer.testing import CliRunner

from gbagraph import errors
from gbagraph.cli import Late, app
from gbagraph.cli.output import Commands
from gbagraph.settings import rows
from support import file_with
from support.inside import command

GROUP = typer.main.get_command(app)
OF_DATA = ("--data", "DATA")
NOBODY = "http://127.0.0.1:1"


def named(group=GROUP, before=()):
    """Each command and subcommand, as the words that call it."""
    for name, late in group.commands.items():
        command = late.load() if isinstance(late, Late) else late
        yield (*before, name)
        yield from named(command, (*before, name)) if hasattr(command, "commands") else ()


COMMANDS = list(named())


invoke = partial(command, COLUMNS="80")


PROCESS = pytest.mark.processes
TABLE = [
    (0, ("--version",)),
    (0, ("queries",)),
    (0, ("queries", "show", "is-in")),
    (0, ("settings",)),
    (0, ("diff", "0.2.0", "0.2.0")),
    (1, ("diff", "0.1.0", "0.2.0")),
    (2, ("diff", "0.2.0", "9.9.9")),
    (2, ("diff", "0.2.0", "-f", "yaml")),
    (2, ("query", "@nowhere.rq")),
    (2, ("query", "ASK {}", "-f", "yaml")),
    (2, ("query", "ASK {}", "--data")),
    (2, ("run", "nothing")),
    (2, ("run", "is-in", "place=china")),
    (2, ("run", "is-in", "inner")),
    (2, ("queries", "show", "nothing")),
    (2, ("queries", "check", "nothing")),
    (2, ("queries", "-f", "yaml")),
    (2, ("why", "a b", "gba:develops", "id:china")),
    (2, ("explain", "@nowhere.rq")),
    (2, ("cite", "@nowhere.rq")),
    (2, ("cite", "")),
    (2, ("query", "FILE.rq")),
    (2, ("lookup", "Q1", "-f", "csv")),
    (2, ("verify", "nothing")),
    (2, ("verify", "0.2.0", "--text", "x")),
    (2, ("validate", "nowhere.ttl")),
    (2, ("validate", "--shapes", "DATA", "DATA")),
    (2, ("load", "STORE", "nowhere.ttl")),
    (2, ("load", "STORE", "DATA", "--shapes", "DATA")),
    (2, ("switch", "1", "--store", "nowhere")),
    (2, ("rollback", "--store", "nowhere")),
    (2, ("publish",)),
    (2, ("mirror", NOBODY, "m.ttl")),
    (2, ("new", "FULL")),
    (2, ("serve", "--config", "nowhere.toml")),
    (2, ("serve", "--port", "x")),
    (2, ("settings", "--log-level", "loud")),
    (2, ("doctor", "--log-format", "xml")),
    (2, ("mcp", "--transport", "x")),
    (2, ("top", "--stop", "x")),
    (2, ("test", "--endpoint", "nosuch")),
    (2, ("test", "--endpoint", NOBODY, "--at", "0.2.0")),
    (2, ("terms", "--endpoint", NOBODY, "--at", "0.2.0")),
    (3, ("terms", "--endpoint", NOBODY)),
    (3, ("test", "--endpoint", f"{NOBODY}/sparql")),
    (2, ("--without", "nothing", "queries")),
    (2, ("nothing",)),
    (3, ("mirror", NOBODY, "STORE.nq")),
    (3, ("publish", "--engine", f"{NOBODY}/", "--graph-store", f"{NOBODY}/")),
    (3, ("top", "--port", "1")),
    pytest.param(1, ("query", "ASK { FILTER (false) }", "--exit-status", *OF_DATA), marks=PROCESS),
    pytest.param(
        1,
        ("query", "SELECT * { FILTER (false) }", "--exit-status", *OF_DATA),
        marks=PROCESS,
    ),
    pytest.param(0, ("explain", "ASK { ?s a <urn:No> }", *OF_DATA), marks=PROCESS),
    pytest.param(1, ("explain", "ASK { ?s a <urn:No> }", "--strict", *OF_DATA), marks=PROCESS),
    pytest.param(2, ("run", "is-in", "inner=atlantis"), marks=PROCESS),
    pytest.param(2, ("info", "--data", "9.9.9"), marks=PROCESS),
    pytest.param(2, ("lookup", "a b"), marks=PROCESS),
    pytest.param(2, ("cite", "id:baidu", "foo=1"), marks=PROCESS),
    pytest.param(2, ("cite", "zones-by-are"), marks=PROCESS),
]
"""What is called, and how it ends; each that needs no process takes some milliseconds."""


@pytest.mark.parametrize(("code", "words"), TABLE)
def test_a_command_ends_with_the_code_of_the_table(tmp_path, code, words):
    (tmp_path / "full").mkdir()
    places = {
        "DATA": file_with(tmp_path / "full" / "data.ttl", "<urn:a> a <urn:Class> ."),
        "FILE.rq": file_with(tmp_path / "ok.rq", "ASK {}"),
        "STORE": tmp_path / "s",
        "STORE.nq": tmp_path / "s.nq",
        "FULL": tmp_path / "full",
    }
    done = invoke(*(places.get(each, each) for each in words))

    assert done.exit_code == code, done.stderr
    assert "Traceback" not in done.stderr
    if code >= 2:
        assert done.stderr
        assert "[Errno" not in done.stderr
        assert "Input should" not in done.stderr


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_refuses_what_it_does_not_know(words):
    done = invoke(*words, "--no-such-option")

    assert (done.exit_code, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 2


def ended(problem):
    """How a command ends that raises *problem*, and what it says."""
    failing = typer.Typer(cls=Commands)

    @failing.callback()
    def group(): ...

    @failing.command()
    def fail():
        raise problem

    return CliRunner().invoke(failing, ["fail"])


@pytest.mark.parametrize("kind", errors.classes().values(), ids=lambda kind: kind.__name__)
def test_the_class_of_an_error_has_the_exit_code(kind):
    done = ended(kind("This is wrong.", excerpt="here"))

    assert (done.exit_code, done.stdout, done.stderr) == (
        kind.exit_code,
        "",
        "This is wrong.\nhere\n",
    )
    is_usage = issubclass(
        kind,
        errors.RequestError | errors.DatasetError | errors.SettingError | errors.QueryFileError,
    )
    assert kind.exit_code == {
        errors.UnknownTriple: 1,
        errors.RateExceeded: 3,
        errors.LoadFailed: 3,
    }.get(kind, 2 if is_usage else 3)


@pytest.mark.parametrize(
    ("problem", "code", "says"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), 3, "The output cannot be written: No "),
        (FileNotFoundError(errno.ENOENT, "No such file", "a.ttl"), 2, "a.ttl cannot be used: No "),
        (PermissionError(errno.EACCES, "Forbidden", "a.ttl"), 3, "a.ttl cannot be used: Forb"),
        (MemoryError(), 3, "The system does not give what is needed"),
        (ZeroDivisionError("a fault of ours"), 3, "Traceback"),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_what_else_can_happen_has_a_code_too(problem, code, says):
    """A fault of ours must not look like differences that were found."""
    done = ended(problem)

    assert done.exit_code == code
    assert done.stderr.startswith(says)


def code_of_a_closed_pipe(monkeypatch, *words):
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as closed:
        monkeypatch.setattr(sys, "stdout", closed)
        with pytest.raises(SystemExit) as end:
            GROUP.main(list(words))
    return end.value.code


@pytest.mark.parametrize("words", [(), *COMMANDS], ids=" ".join)
def test_nobody_who_reads_the_help_is_no_error(monkeypatch, capsys, words):
    assert code_of_a_closed_pipe(monkeypatch, *words, "--help") == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    "words",
    [
        ("queries",),
        ("queries", "show", "is-in"),
        ("settings",),
        ("diff", "0.2.0", "0.2.0"),
        pytest.param(("info",), marks=PROCESS),
        pytest.param(("run", "zones-by-area", "-f", "table"), marks=PROCESS),
    ],
    ids=" ".join,
)
def test_nobody_who_reads_the_answer_is_no_error(monkeypatch, capsys, words):
    assert code_of_a_closed_pipe(monkeypatch, *words) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("words", [(), *COMMANDS], ids=" ".join)
def test_help_fits_on_a_page(words):
    said = invoke(*words, "--help").stdout

    assert said.startswith("Usage")
    assert len(said.splitlines()) < 60
    assert max(map(len, said.splitlines())) <= 80
    assert not {"<bool>", "<str>", "<path>", "[default"} & set(said.split())


def test_all_help_has_every_setting_in_a_theme():
    short, whole = (
        re.findall(r"--[a-z-]+", invoke("serve", each).stdout) for each in ("--help", "--help-all")
    )

    of_serve = {row.option for row in rows() if row.command in ("", "serve")}
    assert {row.option for row in rows()} & {*whole} == of_serve
    assert sum(row.option in short for row in rows()) <= 12
    assert {row.theme for row in rows()} == {
        "Data",
        "Description",
        "Server",
        "Limits",
        "Log",
        "Features",
    }


@pytest.mark.processes
@pytest.mark.parametrize(
    "text",
    [
        "Baidu",
        *(pytest.param(n, marks=pytest.mark.matrix) for n in ("baidu", "id:baidu", "Q14772")),
    ],
)
def test_a_thing_is_cited_however_it_is_named(text):
    assert "https://w3id.org/gbagraph/id/baidu, " in invoke("cite", text).stdout


@pytest.mark.processes
def test_an_identifier_elsewhere_is_the_subject_of_what_is_known_of_the_thing_that_has_it():
    elsewhere, here = (
        invoke("why", each, "a", "gba:City").stdout for each in ("Q16572", "guangzhou")
    )

    assert elsewhere == here != ""


@pytest.mark.processes
def test_the_values_of_the_example_are_told():
    done = invoke("run", "is-in", "inner=guangzhou")

    assert (done.stderr, json.loads(done.stdout)["boolean"]) == (
        "With the example value outer=china.\n",
        True,
    )


@pytest.mark.processes
def test_a_canned_query_that_is_false_is_right():
    """Of a query of one's own that is false, it is told why."""
    canned = invoke("run", "is-in", "inner=china", "outer=guangzhou")
    own = invoke("query", "ASK { <id/china> <ontology#locatedIn> <id/guangzhou> }")

    assert (json.loads(canned.stdout)["boolean"], canned.stderr) == (False, "")
    assert "reversed-direction" in own.stderr


def test_the_codes_are_in_the_help():
    said = invoke("--help").stdout

    assert all(f"{code} " in said.partition("Exit codes:")[2] for code in range(4))
    assert "More:" not in said  # every command has a theme

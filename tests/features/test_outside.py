"""A feature that another distribution brings: an address, a command, a setting, a tool, a template."""

import json
import sys

import pytest

from gbagraph import feature
from gbagraph.errors import SettingError
from gbagraph.settings import Settings, table
from support import processes
from support.features import ServerWithNotes, environment

FRAMEWORK = {"fastapi", "starlette"}


@pytest.mark.usefixtures("notes")
def test_it_is_present_and_has_its_place():
    assert list(feature.present())[-1] == "notes"
    names = list(table())
    assert names[names.index("title") + 1] == "note"
    kind = feature.present()["notes"].load(".settings:NoteSettings")
    assert Settings.from_values({"note": "Closed."}).of(kind).note == "Closed."


@pytest.mark.usefixtures("notes")
def test_it_can_be_left_out(left_out):
    left_out(["notes"])

    assert "notes" not in feature.present()
    assert "note" not in table()
    assert "gbagraph_notes" not in sys.modules


@pytest.mark.usefixtures("notes")
def test_what_it_needs_cannot_be_left_out(left_out):
    with pytest.raises(SettingError, match="notes needs operations"):
        left_out(["operations"])


@pytest.mark.usefixtures("notes")
def test_one_that_does_not_load_stops_the_start(left_out, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setitem(sys.modules, "gbagraph_notes", None)
        with pytest.raises(SettingError, match="notes of gbagraph_notes:FEATURE does not load"):
            left_out([])
        left_out(["notes"])


def test_two_of_one_name_stop_the_start(tmp_path, monkeypatch, left_out):
    brought = tmp_path / "gbagraph_twin-1.dist-info"
    brought.mkdir()
    (brought / "METADATA").write_text("Metadata-Version: 2.1\nName: gbagraph-twin\nVersion: 1\n")
    (brought / "entry_points.txt").write_text(
        "[gbagraph.features]\nsearch = gbagraph_twin:FEATURE\n"
    )
    with monkeypatch.context() as patched:
        patched.syspath_prepend(str(tmp_path))
        with pytest.raises(SettingError, match=r"named search\..*gbagraph_twin:FEATURE"):
            left_out([])


def gbagraph(*arguments, **variables):
    command = [sys.executable, "-m", "gbagraph", *arguments]
    return processes.run(
        command, env=environment(**variables), capture_output=True, text=True, check=False
    )


@pytest.mark.processes
def test_its_command_and_its_setting_are_there():
    assert gbagraph("note", "Closed.").stdout == "Closed.\n"
    assert '"meaning": "The note of the operator."' in gbagraph("settings").stdout


@pytest.mark.processes
@pytest.mark.parametrize("where", ["option", "environment", "file"])
def test_a_command_is_left_out_wherever_it_is_said(where, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    if where == "file":
        (tmp_path / "gbagraph.toml").write_text('without = ["why", "remote"]\n')
    variables = {"GBAGRAPH_WITHOUT": "why,remote"} if where == "environment" else {}
    option = ["--without", "why", "--without", "remote"] if where == "option" else []
    if where != "option":
        assert " why " not in gbagraph("--help", **variables).stdout
        assert "No such command 'why'" in gbagraph("why", "a", "b", "c", **variables).stderr

    told = gbagraph("settings", *option, "--format", "json", **variables)

    assert json.loads(told.stdout)["without"]["value"] == ["why", "remote"]
    assert '"engine"' not in told.stdout


@pytest.mark.processes
def test_a_wrong_name_ends_any_command_in_one_line():
    told = gbagraph("info", GBAGRAPH_WITHOUT="serch")

    assert told.returncode == 2
    assert told.stderr.startswith("There is no feature 'serch' to leave out. Did you mean search?")
    assert told.stderr.count("\n") == 1


@pytest.mark.processes
def test_the_application_imports_no_framework():
    """The command line may: typer imports pydantic for values that are not plain."""
    code = (
        "import sys; from gbagraph.web import addresses, app\n"
        "for owner, view in addresses.views(): owner.load(view.code)\n"
        "print(*sys.modules)"
    )
    told = processes.run(
        [sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=True
    )
    assert "gbagraph.features.canned.api_pages" in told.stdout.split()
    assert (FRAMEWORK | {"pydantic"}).isdisjoint(told.stdout.split())


@pytest.mark.processes
def test_its_page_is_served_and_no_framework_is_imported():
    with ServerWithNotes("--note", "Closed on Monday.") as server:
        assert "<h1>Closed on Monday.</h1>" in server.page("/notes")
        loaded = server.client.get("/notes/modules").json()
        assert (FRAMEWORK | {"pydantic"}).isdisjoint(loaded), "as its parent, of which it is a fork"

        assert server.client.get("/openapi.json").json()["openapi"].startswith("3.1")
        assert set(server.client.get("/notes/modules").json()) >= FRAMEWORK

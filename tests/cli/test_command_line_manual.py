"""The manual of the command line names all commands and formats; ``tests/docs`` runs what it shows."""

from gbagraph.cli.answering import FORMATS
from gbagraph.features.canned import commands
from support import ROOT

MANUAL = (ROOT / "docs" / "command-line.md").read_text()


def test_every_command_about_canned_queries_is_in_the_manual():
    names = [command.callback.__name__ for command in commands.app.registered_commands]

    assert names
    assert [name for name in names if f"`gbagraph queries {name}" not in MANUAL] == []


def test_every_name_of_a_format_is_in_one_of_the_manuals():
    formats = (ROOT / "docs" / "formats.md").read_text()

    assert [name for name in FORMATS if f"`{name}`" not in MANUAL + formats] == []

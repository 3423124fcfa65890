"""docs/canned-queries.md: its file is read and answered, and its tables name what there is."""

import re

from gbagraph.queries import modifiers
from gbagraph.queries.parse import KEYS, parse
from gbagraph.queries.types import TYPES, type_named
from gbagraph.sparql.protocol import RESERVED
from support import ROOT, file_with

TEXT = (ROOT / "docs" / "canned-queries.md").read_text(encoding="utf-8")


def section(title):
    return TEXT.split(f"\n## {title}\n")[1].split("\n## ")[0]


def named(text):
    """What stands in code in the first column of the tables of *text*."""
    cells = re.findall(r"^\| (`[^|]*)\|", text, re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)}


def test_every_key_is_documented():
    assert named(section("The header")) == set(KEYS)


def test_every_type_and_modifier_is_documented():
    types, others = section("Parameters").split("Beside its own parameters")

    assert all(type_named(name) for name in named(types))

    assert set(TYPES) <= named(types)
    assert named(others) == set(modifiers.NAMES)
    assert all(f"`{name}`" in others for name in RESERVED)


def test_the_file_is_read_and_answered(graph, tmp_path):
    path = file_with(
        tmp_path / "large-zones.rq", re.search(r"```sparql\n(.*?)```", TEXT, re.DOTALL)[1]
    )
    query = parse(path)

    whole = list(graph.query(query.bind([])))
    some = list(graph.query(query.bind([("zone", "nansha-science-city"), ("zone", "ai-zone")])))

    assert [row["squareKilometres"].value for row in whole] == ["123", "99"]
    assert [row["squareKilometres"].value for row in some] == ["99"]

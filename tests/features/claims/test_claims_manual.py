"""The page "Another article in an afternoon" is followed to its end, as a stranger with a text would."""

import json
import re
import sys
from pathlib import Path

import pytest

from gbagraph.features.claims import rules
from gbagraph.features.claims.checking import OF_CLAIMS
from support import ROOT
from support.assistant import Assistant
from support.examples import Reader, examples

PAGE = ROOT / "docs" / "another-article.md"
BLOCKS = examples(PAGE)
PROPOSED = {
    "subject": "old-market",
    "property": "comment",
    "value": '"Where the tram begins."@en',
    "words": "from Old Market",
    "basis": "worded",
}


@pytest.mark.processes
def test_the_page_leads_from_a_text_to_an_endpoint_a_site_and_an_assistant(server, tmp_path):
    with Reader(tmp_path, server) as reader:
        for block in BLOCKS:
            reader.follow(block)
    (settings,) = (json.loads(block.text) for block in BLOCKS if block.language == "json")
    (started,) = settings["mcpServers"].values()
    command = (str(Path(sys.executable).parent / started["command"]), *started["args"])
    with Assistant.over_stdio(command=command, cwd=tmp_path) as assistant:
        rows = assistant.call("gbagraph_ask", question="planned")["rows"]
        (answer,) = assistant.call("gbagraph_propose_claims", claims=[PROPOSED])["claims"]
    proposed = (tmp_path / "orsund" / "proposals.jsonl").read_text("utf-8").splitlines()

    assert {row[0].split()[0] for row in rows} == {"d:tram-line", "d:first-tram"}
    assert answer["id"] == json.loads(proposed[-1])["id"]
    assert (tmp_path / "site" / "index.html").is_file()


def test_the_page_names_the_rules_that_there_are():
    """Those on claims and their words; others have names that say what they find."""
    table = PAGE.read_text("utf-8").partition("## What the checks find")[2]
    told = {name for row in table.splitlines() for name in re.findall("`([a-z-]+)`", row[:100])}
    code = Path(rules.__file__).parent.glob("*.py")
    named = {name for path in code for name in re.findall('"([a-z]+-[a-z-]+)"', path.read_text())}

    assert {*OF_CLAIMS, "no-words", *(n for n in named if n.startswith("words-"))} <= told
    assert told <= {*OF_CLAIMS, *named}

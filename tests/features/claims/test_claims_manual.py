"""The page "Another article in an afternoon" is followed to its end, as a stranger with a text would."""

import json
import sys
from pathlib import Path

import pytest

from support import ROOT
from support.assistant import Assistant
from support.examples import Reader, examples

PAGE = ROOT / "docs" / "another-article.md"
PROPOSED = {
    "subject": "old-market",
    "property": "comment",
    "value": '"Where the tram begins."@en',
    "words": "from Old Market",
    "basis": "worded",
}


@pytest.mark.processes
def test_the_page_leads_from_a_text_to_an_endpoint_a_site_and_the_tool_of_an_assistant(
    server, tmp_path
):
    with Reader(tmp_path, server) as reader:
        for example in examples(PAGE):
            reader.follow(example)

    (settings,) = (json.loads(each.text) for each in examples(PAGE) if each.language == "json")
    (server_of,) = settings["mcpServers"].values()
    command = (str(Path(sys.executable).parent / server_of["command"]), *server_of["args"])
    with Assistant.over_stdio(command=command, cwd=tmp_path) as assistant:
        rows = assistant.call("gbagraph_ask", question="planned")["rows"]
        assert {row[0] for row in rows} == {"d:tram-line", "d:first-tram"}
        (answer,) = assistant.call("gbagraph_propose_claims", claims=[PROPOSED])["claims"]
    waiting = (tmp_path / "orsund" / "proposals.jsonl").read_text().splitlines()

    assert answer["id"] == json.loads(waiting[-1])["id"]
    assert (tmp_path / "site" / "tram-line" / "index.html").is_file()

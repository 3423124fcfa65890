"""Proposed claims wait apart, whoever proposes them, and only what a person accepts is a claim."""

import asyncio
import codecs
import io
import json
import os
import pty
import re
import select
import shutil
import sys
import termios
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ClassVar

import httpx
import pytest
from mcp import Client

from gbagraph.cli.project import read
from gbagraph.errors import BadParameter, SettingError, UnknownResource
from gbagraph.features.assistants import CURATION
from gbagraph.features.assistants.commands import TOKEN, check_writing
from gbagraph.features.assistants.offer import FEW, tools
from gbagraph.features.assistants.tool_server import server
from gbagraph.features.claims import proposals, review
from gbagraph.features.claims.decisions import AlreadyDecided, decide, items, pending
from gbagraph.features.claims.form import parse
from gbagraph.features.claims.project import load
from gbagraph.features.claims.proposing import Shown, propose
from gbagraph.features.claims.writing import write
from gbagraph.settings import Settings
from support import eventually
from support.assistant import Assistant, ToolServer

NAME = "gbagraph_propose_claims"
TOML = """\
base = "https://example.org/"
data = "data"
claims = "claims"
claims_text = "article.txt"
proposals = "proposals.jsonl"
"""
TEXT = """\
The harbour tram opened last May. It is a line of the town.

Esk Tramways builds it with the town council, and it will cover more than four square kilometres.
"""
CLAIMS = """\
# Written by hand.
esk-tramways:   Company
  label "Esk Tramways"@en | p2 "Esk Tramways"
"""

NEW = {
    "subject": "tram",
    "property": "developedBy",
    "value": "esk-tramways",
    "words": "Esk Tramways builds it",
    "kind": "Project",
    "label": "harbour tram",
}
AREA = {
    "subject": "tram",
    "property": "area",
    "value": "over 4 km2",
    "words": "more than four square kilometres",
    "by": "Ann",
}
ACCEPTED = """\
tram: Project
  label "harbour tram"@en | worded p2 "Esk Tramways builds it"
  developedBy esk-tramways | p2 "Esk Tramways builds it"
"""


@pytest.fixture
def folder(tmp_path):
    for name, text in {
        "gbagraph.toml": TOML,
        "article.txt": TEXT,
        "claims/hand.claims": CLAIMS,
        "data/terms.ttl": "<https://example.org/terms/> a <http://www.w3.org/2002/07/owl#Ontology> .",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.fixture
def settings(folder):
    return Settings.from_values(read(folder / "gbagraph.toml"))


def test_what_is_right_waits_and_what_is_wrong_is_told_and_not_written(settings, folder):
    wrong = [
        ({"subject": "tran"}, "'tran' is neither .* Did you mean tram?"),
        ({"property": "developdBy"}, "no property .* Did you mean .*developedBy"),
        ({"value": "esk-tramway"}, "Did you mean esk-tramways?"),
        ({"passage": "p1"}, "They stand in p2."),
        ({"words": "the town"}, "stand in p1, p2: name one"),
        ({"words": "the moon"}, "stand in no passage once"),
        ({"value": 'esk-tramways | p1 "last May"'}, "sign of the form"),
        ({"property": "comment", "value": '“a"b”, “c” | worded p1 as x | "'}, "sign of the form"),
        ({"basis": "inferred"}, "needs note"),
        ({"note": "\x1b[2J"}, "control characters"),
        ({"note": "x" * 2001}, "note"),
        ({"note": "a | b \n c", "value": "over 6 km2", "words": "moon"}, "stand in no"),
        ({"valu": "x"}, "unknown field `valu`"),
    ]
    given = [NEW, AREA, *({**AREA, "value": "over 5 km2", **each} for each, _ in wrong), 7]
    found = propose(settings, given)

    assert [each.taken for each in found] == [True, True] + [False] * (len(wrong) + 1)
    for answer, (_, said) in zip(found[2:], wrong, strict=False):
        assert re.search(said, answer.problem), answer
    lines = (folder / "proposals.jsonl").read_text().splitlines()
    assert [json.loads(line)["id"] for line in lines] == [each.id for each in found[:2]]
    assert [each.called() for each in pending(settings)] == [
        ("harbour tram", "developed by", "Esk Tramways"),
        ("tram", "area", "over 4 km2"),
    ]
    assert pending(settings)[0].passages[0].spans == ((0, 22),)


def test_the_same_claim_is_one_and_writers_and_broken_lines_do_no_harm(folder, monkeypatch):
    path, lines = folder / "proposals.jsonl", proposals.lines
    path.write_bytes(b'{"subject": "tram", "prop')

    def slowly(*given):
        found = lines(*given)
        time.sleep(0.01)  # so that others would come in between
        return found

    monkeypatch.setattr(proposals, "lines", slowly)
    sent = [proposals.read({**NEW, "note": str(number % 4)}, f"{number}") for number in range(16)]
    with ThreadPoolExecutor(8) as pool:
        known = {each.id for each in pool.map(partial(proposals.add, path), sent)}

    assert {each.id for each in lines(path, proposals.Received)} == known
    assert len(known) == 4
    assert path.read_bytes().count(b"\n") == 5


def test_a_file_that_is_full_takes_no_more(settings, monkeypatch):
    monkeypatch.setattr(proposals, "MOST", 1)
    first, second = propose(settings, [NEW, AREA])

    assert (first.taken, second.taken) == (True, False)
    assert "is full: it holds 1 proposal" in second.problem
    large = {**NEW, **dict.fromkeys(("value", "label", "note", "resolves", "by"), "x" * 2000)}
    with pytest.raises(BadParameter, match="more than 8000 bytes"):
        proposals.read(large)


def test_only_what_is_accepted_becomes_claims_and_once(settings, folder):
    first, second = (each.id for each in propose(settings, [NEW, AREA]))
    before = load(settings).claims

    with pytest.raises(BadParameter, match="'tram' is neither a thing"):
        decide(settings, second, "accepted", by="Eve")
    with pytest.raises(BadParameter, match="0 times"):
        decide(
            settings, first, "corrected", by="Eve", text=ACCEPTED.replace("builds it", "sells it")
        )
    with pytest.raises(BadParameter, match="Say why"):
        decide(settings, second, "rejected", by="Eve", reason=" ")
    with pytest.raises(UnknownResource):
        decide(settings, "0", "accepted", by="Eve")
    assert load(settings).claims == before
    assert not (folder / "claims" / "accepted.claims").exists()

    def accept(who):
        try:
            return decide(settings, first, "accepted", by=who).by
        except AlreadyDecided as problem:
            return problem.message

    with ThreadPoolExecutor(2) as pool:
        told = list(pool.map(accept, ("Eve", "Adam")))
    winner = next(each for each in told if each in ("Eve", "Adam"))
    assert f"already decided on it: accepted by {winner}" in "".join(told)
    decide(settings, second, "corrected", by="Eve", text='tram:\n  area about 4 km2 | p2 "four"\n')

    accepted = (folder / "claims" / "accepted.claims").read_text()
    assert accepted == ACCEPTED + '\ntram:\n  area about 4 km2 | p2 "four"\n'
    project = load(settings)
    claims, faults = parse(accepted, "accepted.claims", project.names)
    assert write(claims, project.names) == ACCEPTED + '  area about 4 km2 | p2 "four"\n'
    assert (faults, project.faults) == ([], ())
    assert (folder / "claims" / "hand.claims").read_text() == CLAIMS
    made = [(each.decision.decision, each.decision.by, each.text) for each in items(settings)]
    assert made == [
        ("accepted", winner, ACCEPTED),
        ("corrected", "Eve", 'tram:\n  area about 4 km2 | p2 "four"\n'),
    ]
    (again,) = propose(settings, [AREA])
    assert "corrected by Eve" in again.problem


def test_what_is_accepted_stays_as_people_edit_it_and_is_there_once(settings, folder):
    first, second = (each.id for each in propose(settings, [NEW, AREA]))
    path = (folder / "claims" / "hand.claims").rename(folder / "claims" / "accepted.claims")
    decide(settings, first, "accepted", by="Eve")
    (folder / "decisions.jsonl").write_text("")  # as if it had been interrupted
    decide(settings, first, "accepted", by="Eve")
    assert path.read_text() == f"{CLAIMS}\n{ACCEPTED}"
    path.rename(folder / "claims" / "hand.claims")
    decide(settings, second, "accepted", by="Eve")
    (folder / "decisions.jsonl").write_text("")
    decide(settings, second, "accepted", by="Eve")
    assert path.read_text().count("over 4 km2") == 1
    labels = {each.value.value for each in load(settings).claims if "-area" in each.subject.value}
    assert "Area of harbour tram" in labels

    (folder / "decisions.jsonl").write_text('{"id": "x"}\n')
    with pytest.raises(SettingError, match=r"decisions.jsonl:1 is not right: .*`decision`"):
        decide(settings, second, "accepted", by="Eve")


def test_a_person_sees_what_the_checks_would_find(settings, capsys, monkeypatch):
    wrong = {**NEW, "property": "area", "value": "over 5 km2", "words": AREA["words"]}
    propose(settings, [NEW, wrong])

    sound, faulty = pending(settings)
    assert (sound.warnings, sound.fault) == ([], "")
    assert re.search(r"4.*\[number\]", " ".join(faulty.warnings))
    console = review.Console(width=300, record=True, file=io.StringIO())
    review.show(console, faulty, 1)
    assert "[number]" in console.export_text()
    review.show_all(settings, as_json=True)
    told = [each["findings"] for each in json.loads(capsys.readouterr().out)]
    assert told == [[], faulty.warnings]
    keys = iter("asaa")  # accept, back, accept, accept all the same
    monkeypatch.setattr(review.typer, "getchar", lambda: next(keys))
    assert review._is_decided(console, settings, faulty, "Eve")
    assert [*keys] == []
    assert len(pending(settings)) == 1


def test_another_source_has_no_words_and_the_first_claim_needs_no_folder(settings, folder):
    shutil.rmtree(folder / "claims")  # git keeps no folder without files
    source = {"passage": "<https://esk.example/>", "words": ""}
    (found,) = propose(settings, [{**NEW, **source, "property": "comment", "value": '"Old."@en'}])
    decide(settings, found.id, "accepted", by="Eve")

    accepted = (folder / "claims" / "accepted.claims").read_text()
    assert '  label "harbour tram"@en | worded <https://esk.example/>\n' in accepted


def test_what_stands_no_more_in_the_text_is_not_accepted(settings, folder):
    (first,) = propose(settings, [NEW])
    (folder / "article.txt").write_text(
        TEXT.replace("Esk Tramways builds", "Tweed Tramways builds")
    )

    with pytest.raises(BadParameter, match="stand in no passage"):
        decide(settings, first.id, "accepted", by="Eve")


def test_a_decision_is_undone_by_taking_its_lines_out(settings, folder):
    (first,) = propose(settings, [NEW])
    decide(settings, first.id, "rejected", by="Eve", reason="It is not so.")
    assert pending(settings) == []
    (folder / "decisions.jsonl").write_text("")

    assert [each.proposal.id for each in pending(settings)] == [first.id]


class Terminal:
    """A review in a terminal of so many columns, by its keys."""

    def __init__(self, folder, columns):
        self.said, self._decoder = "", codecs.getincrementaldecoder("utf-8")()
        self._pid, self._screen = pty.fork()
        if self._pid == 0:
            os.chdir(folder)
            os.environ["COLUMNS"] = str(columns)
            command = [sys.executable, "-m", "gbagraph", "claims", "review", "--by", "Eve"]
            os.execv(command[0], command)

    def until(self, mark):
        """Read until it says *mark*."""
        while not (found := re.search(mark, self.said)):
            assert select.select([self._screen], [], [], 60)[0], self.said
            self.said += self._decoder.decode(os.read(self._screen, 65536))
        self.said = self.said[found.end() :]

    def press(self, key):
        """Press a key, once a single one is waited for."""
        self.until("q quit")
        assert eventually(lambda: not termios.tcgetattr(self._screen)[3] & termios.ICANON)
        os.write(self._screen, key)

    def type(self, text):
        """Type a line."""
        os.write(self._screen, text)

    def end(self):
        """Return its exit code."""
        return os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])


@pytest.mark.processes
def test_a_person_decides_in_a_terminal_to_which_no_controls_come(settings, folder):
    propose(settings, [NEW, AREA])
    path = folder / "proposals.jsonl"
    path.write_text(path.read_text().replace('"by":"Ann"', '"by":"\\u001b[41mAnn\\u202e"'))
    terminal = Terminal(folder, 120)
    terminal.until("Text ─+╮╭─+ Claim")
    terminal.press(b"a")
    terminal.until(r"\\x1b\[41mAnn\\u202e")
    terminal.press(b"c")
    terminal.until("tram:")
    terminal.type(b"\r")
    terminal.until("area .*kilometres")
    terminal.type(b"X\r")
    terminal.until("Here .*'X'")
    terminal.press(b"r")
    terminal.until(r"Why\?")
    terminal.type(b"About the town.\r")
    terminal.until("Nothing more to decide")

    assert terminal.end() == 0
    assert [each.decision.decision for each in items(settings)] == ["accepted", "rejected"]


def test_a_passage_is_never_cut(settings):
    """Rich cuts what has no spaces, such as Chinese, unless it is folded."""
    propose(settings, [NEW])
    (item,) = pending(settings)
    vars(item)["passages"] = [Shown("p1", "港口电车" * 30, ((112, 120),))]
    console = review.Console(width=40, record=True, file=io.StringIO())
    review.show(console, item, 1)

    assert [console.export_text(clear=False).count(each) for each in "港口电车"] == [30] * 4


def test_a_narrow_terminal_has_the_passage_above_the_claim(settings):
    propose(settings, [NEW])
    found = {}
    for width in (99, 100):
        console = review.Console(width=width, record=True, file=io.StringIO())
        review.show(console, pending(settings)[0], 1)
        found[width] = console.export_text().splitlines()

    assert ["Text" in line and "Claim" in line for line in found[99]].count(True) == 0
    assert ["Text" in line and "Claim" in line for line in found[100]].count(True) == 1


def test_all_are_listed_with_who_decided_when_and_why(settings, capsys):
    first, _ = propose(settings, [NEW, AREA])
    decide(settings, first.id, "rejected", by="Eve", reason="No\r\x1b[2J.")
    review.show_all(settings, as_json=False)
    listed = capsys.readouterr().out
    review.show_all(settings, as_json=True)
    told = capsys.readouterr().out

    assert re.search(r"rejected .* Esk Tramways  \(by Eve, \d{4}-.*Z: No \\x1b\[2J\.\)", listed)
    assert listed.endswith("1 proposal waits, 1 decided.\n")
    assert told.isascii()
    assert "\x1b" not in told
    assert [each["decision"] and each["decision"]["by"] for each in json.loads(told)] == [
        "Eve",
        None,
    ]


def test_assistants_propose_into_the_file_that_the_operator_names(settings):
    async def asked():
        loaded = asyncio.get_running_loop().create_future()
        loaded.set_result(None)  # nothing is asked of the data
        async with Client(server(loaded, CURATION, (), settings)) as client:
            listed = {tool.name: tool for tool in (await client.list_tools()).tools}
            given = {"claims": [NEW, {**AREA, "subject": "tran"}], "by": "Bot"}
            answer = await client.call_tool(NAME, given)
            refused = await client.call_tool(NAME, {"claims": [NEW] * 21})
        return listed, answer.structured_content["claims"], refused.structured_content["message"]

    listed, (taken, wrong), refused = asyncio.run(asked())

    assert listed.keys() == tools(FEW).keys() | {NAME}
    assert not listed[NAME].annotations.read_only_hint
    assert listed[NAME].input_schema["properties"]["claims"]["items"]["required"][0] == "subject"
    assert (taken["taken"], wrong["taken"]) == (True, False)
    assert "Did you mean tram?" in wrong["problem"]
    assert "claims" in refused
    assert [(each.proposal.by, each.text) for each in pending(settings)] == [
        ("assistant: Bot", ACCEPTED)
    ]


def test_they_do_not_without_a_file_or_for_strangers(settings):
    with pytest.raises(SettingError, match="proposals is missing"):
        tools(CURATION, settings=settings.having(proposals=None))
    settings = settings.having(tools=CURATION)
    with pytest.raises(SettingError, match=TOKEN):
        check_writing(settings, None)
    check_writing(settings, "s3cret")


@pytest.mark.matrix
@pytest.mark.processes
def test_they_do_over_stdio(folder, settings):
    options = ("--tools", CURATION, "--config", folder / "gbagraph.toml")
    with Assistant.over_stdio(*options) as assistant:
        assert assistant.call(NAME, claims=[NEW])["claims"][0]["taken"]
    assert len(pending(settings)) == 1


@pytest.mark.matrix
@pytest.mark.processes
def test_they_do_over_http_with_the_token(folder, settings):
    class Guarded(ToolServer):
        environment: ClassVar = {**os.environ, TOKEN: "s3cret"}

    options = ("--tools", CURATION, "--config", folder / "gbagraph.toml")
    with Guarded(*options) as running:
        call = {"name": NAME, "arguments": {"claims": [NEW]}}
        message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
        sent = partial(httpx.post, running.url, json=message)
        accept = {"Accept": "application/json, text/event-stream"}
        assert sent(headers=accept).status_code == 401
        found = sent(headers={**accept, "Authorization": "Bearer s3cret"}).json()["result"]

    assert found["structuredContent"]["claims"][0]["taken"]
    assert len(pending(settings)) == 1

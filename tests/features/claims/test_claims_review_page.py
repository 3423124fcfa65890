"""The page on which one person decides on proposed claims: what it shows, does and refuses."""

import json
import signal
import subprocess
import sys

import pytest
from starlette.testclient import TestClient

from gbagraph.features.claims import decisions, proposing
from gbagraph.features.claims.review_page import application
from gbagraph.features.claims.review_server import Guarded
from gbagraph.settings import Settings
from support import processes
from support.browser import until

HOST = "127.0.0.1:8123"
HERE = {"origin": f"http://{HOST}"}
TEXT = """# The port

Esk Tramways builds a tram to the port. It will open next year.

The old tram closed in 1951. Nobody missed it. The **new** one has four stops.
"""
CLAIMS = """esk-tramways: Organization
  label "Esk Tramways"@en | worded p1
tram: Project
  label "The new tram"@en | worded p1
  status Planned | p1 "will open"
"""
BUILDS = {
    "subject": "tram",
    "property": "developedBy",
    "value": "esk-tramways",
    "words": "Esk Tramways builds a tram",
    "by": '<i>"a script"</i>',
}
OPENS = {"subject": "tram", "property": "date", "value": "1951", "words": "closed in 1951"}
PLANNED = {"subject": "tram", "property": "comment", "value": '"A tram."@en', "words": "a tram"}


@pytest.fixture
def project(tmp_path):
    """A folder with a text, claims on it, and three proposals."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "ontology.ttl").write_text("# Nothing yet.\n")
    (tmp_path / "claims").mkdir()
    (tmp_path / "claims" / "tram.claims").write_text(CLAIMS)
    (tmp_path / "article.md").write_text(TEXT)
    answers = proposing.propose(settings(tmp_path), [BUILDS, OPENS, PLANNED])
    assert all(answer.taken for answer in answers), answers
    return tmp_path


def settings(folder):
    paths = {"claims": "claims", "claims_text": "article.md", "proposals": "proposals.jsonl"}
    return Settings.from_values(
        {name: folder / path for name, path in paths.items()}
        | {"base": "https://example.org/port/", "data": (folder / "data",)}
    )


@pytest.fixture
def stranger(project):
    """Somebody who has not the token, but knows where the page is."""
    served = Guarded(application(settings(project), "Ada"), HOST, "the-token")
    return TestClient(served, f"http://{HOST}", follow_redirects=False)


@pytest.fixture
def person(stranger):
    """The person who has opened the address that was printed."""
    assert stranger.get("/?token=the-token").headers["location"] == "/"
    return stranger


def sent(person, proposal, **form):
    return person.post("/decide", data={"id": proposal, **form}, headers=HERE)


def waiting(folder):
    return [item.proposal.id for item in decisions.pending(settings(folder))]


def until_left(page, number):
    """Wait until the page is there, with its script, and says how many are left."""
    is_there = "document.readyState === 'complete'"
    until(page, f"{is_there} && document.title.startsWith('{number} left')")


def last_decision(folder):
    return json.loads((folder / "decisions.jsonl").read_text().splitlines()[-1])


@pytest.mark.parametrize("address", ["/", "/?token=wrong", "/text", "/static/site.css", "/decide"])
def test_nobody_is_let_in_without_the_token(stranger, address):
    assert stranger.get(address).status_code == 401
    assert stranger.post(address, headers=HERE).status_code == 401


def test_the_token_is_needed_once_and_goes_from_the_address(stranger):
    answer = stranger.get("/?token=the-token")

    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert {"HttpOnly", "SameSite=strict"} <= set(answer.headers["set-cookie"].split("; "))
    assert stranger.get("/").status_code == 200


@pytest.mark.parametrize("host", ["evil.example:8123", "localhost:8123", "127.0.0.1", ""])
def test_another_name_of_this_host_leads_to_nothing(person, host):
    """So a page of another site whose name is made to lead here (DNS rebinding) reads nothing."""
    assert person.get("/?token=the-token", headers={"host": host}).status_code == 421


@pytest.mark.parametrize(
    "origin",
    [{}, {"origin": "null"}, {"origin": "http://evil.example"}, {"origin": f"https://{HOST}"}],
)
def test_pages_of_others_decide_nothing(person, project, origin):
    first = waiting(project)[0]

    answer = person.post("/decide", data={"id": first, "decision": "accept"}, headers=origin)

    assert answer.status_code == 403
    assert waiting(project)[0] == first


def test_no_form_is_read_beyond_its_bound(person):
    assert sent(person, "x", line="x" * 70_000).status_code == 413


def test_answers_limit_what_the_page_may_do_and_hold_text_alone(person):
    answer = person.get("/")

    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
    assert "&lt;i&gt;&#34;a script&#34;&lt;/i&gt;" in answer.text
    assert "<i>" not in answer.text


def test_words_are_marked_among_the_sentences_around_them(person, project):
    page = person.get(f"/?at={waiting(project)[1]}").text

    assert '<p class="around">It will open next year.</p>' in page
    assert "The old tram <mark>closed in 1951</mark>. " in page
    assert '<span class="around">Nobody missed it. </span>' in page


def test_the_other_claims_on_a_thing_lead_to_their_words_in_the_text(person):
    page = person.get("/").text
    text = person.get("/text?of=tram").text

    assert (
        '<code>status Planned | p1 &#34;will open&#34;</code> <a href="/text?of=tram#p1">' in page
    )
    assert "It <mark>will open</mark> next year." in text
    assert "<mark>closed in 1951</mark>" in text


def test_a_claim_is_told_in_labels_in_the_language_of_the_reader(person):
    english = person.get("/").text
    chinese = person.get("/", headers={"accept-language": "zh-CN"}).text

    assert "<h1><bdi>The new tram</bdi></h1>" in english
    assert "<span>developed by</span> <bdi>Esk Tramways</bdi>" in english
    assert '<html lang="zh-Hans">' in chinese
    assert "<span>developed by</span>" not in chinese


def test_accept_takes_what_stands_there_and_leads_to_the_next(person, project):
    first, second, _ = waiting(project)
    line = decisions.pending(settings(project))[0].text.replace("\n", "\r\n")

    answer = sent(person, first, line=line, decision="accept")

    assert answer.headers["location"] == f"/?at={second}"
    assert waiting(project)[0] == second
    assert (last_decision(project)["decision"], last_decision(project)["by"]) == ("accepted", "Ada")


def test_a_fault_stands_at_its_field_and_nothing_is_lost(person, project):
    first = waiting(project)[0]
    line = 'tram:\n  developedBy esk-tramways | p1 "Esk builds <it>"'

    page = sent(person, first, line=line, reason="so far", decision="accept")

    assert page.status_code == 422
    assert "  developedBy esk-tramways | p1 &#34;Esk builds &lt;it&gt;&#34;</textarea>" in page.text
    assert 'value="so far"' in page.text
    assert 'aria-invalid="true" aria-describedby="line-fault"' in page.text
    assert "stands 0 times" in page.text
    assert waiting(project)[0] == first


def test_a_rejection_needs_a_reason_and_keeps_the_line(person, project):
    first = waiting(project)[0]

    page = sent(person, first, line="tram: corrected", reason=" ", decision="reject")

    assert page.status_code == 422
    assert 'aria-describedby="reason-fault"' in page.text
    assert "tram: corrected</textarea>" in page.text
    assert sent(person, first, reason="", choice="It is a plan.").status_code == 303
    assert last_decision(project)["reason"] == "It is a plan."


def test_what_somebody_else_has_decided_is_told_with_what_was_written(person, project):
    first = waiting(project)[0]
    decisions.decide(settings(project), first, "rejected", by="Ben", reason="no")

    page = sent(person, first, line="tram: mine", decision="accept")

    assert page.status_code == 409
    assert "Ben" in page.text
    assert "<pre>tram: mine</pre>" in page.text


def test_a_project_that_cannot_be_read_is_told_with_what_was_written(person, project):
    first = waiting(project)[0]
    (project / "article.md").unlink()

    assert "article.md" in person.get("/").text
    page = sent(person, first, line="tram: mine", decision="accept")

    assert "<pre>tram: mine</pre>" in page.text


@pytest.mark.processes
def test_a_person_accepts_corrects_and_rejects_with_keys_alone(project, chromium):
    (project / "gbagraph.toml").write_text(
        'base = "https://example.org/port/"\ndata = "data"\nclaims = "claims"\n'
        'claims_text = "article.md"\nproposals = "proposals.jsonl"\n'
    )
    command = (sys.executable, "-m", "gbagraph", "claims", "review", "--page", "--by", "Ada")
    with processes.Popen(command, cwd=project, stdout=subprocess.PIPE, text=True) as served:
        address = served.stdout.readline().split()[-1]
        with chromium.open(address) as page:
            until_left(page, 3)
            assert page.violations() == []
            page.type("a")
            until_left(page, 2)
            page.type("r")
            until(page, "document.activeElement.name === 'choice'")
            assert page.violations() == []
            page.type("1")
            until_left(page, 1)
            line = "document.querySelector('#line')"
            page.write(line, page.value(f"{line}.value").replace("A tram", "A line"))
            page.press("Escape")
            page.type("a")
            until(page, "document.querySelector('h1').textContent.startsWith('Nothing is left')")
            assert page.violations() == []
            assert page.complaints == []
        served.send_signal(signal.SIGINT)
        assert served.wait(60) == 0

    made = [json.loads(line) for line in (project / "decisions.jsonl").read_text().splitlines()]
    assert [each["decision"] for each in made] == ["accepted", "rejected", "corrected"]
    assert made[1]["reason"] == "The passage does not say this."
    assert '"A line."@en' in (project / "claims" / "accepted.claims").read_text()

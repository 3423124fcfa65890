"""Lines of the log: for people and for programs."""

import asyncio
import json
import logging
import re

import pytest

from gbagraph.endpoint.access_log import request_id
from gbagraph.endpoint.asgi import TruncatedAnswer
from gbagraph.endpoint.responder import Route, Routes
from gbagraph.server import serving
from gbagraph.server.processes import as_json, as_text


@pytest.fixture(autouse=True)
def _as_before():
    """The loggers that are configured, as they were before, afterwards."""
    found = [logging.getLogger(name) for name in ("gbagraph", "uvicorn", "uvicorn.error")]
    before = [(each.handlers, each.level, each.propagate, list(each.filters)) for each in found]
    yield
    for each, (handlers, level, propagate, filters) in zip(found, before, strict=True):
        each.handlers, each.propagate, each.filters = handlers, propagate, filters
        each.setLevel(level)


def written(capsys, log_format, *, level="info", told=None, name="gbagraph.x", **more):
    serving.configure(log_format, level)
    extra = {"told": told} if told else None
    logging.getLogger(name).warning("what %s", "happened", extra=extra, **more)
    return capsys.readouterr().err


def test_a_line_for_people_names_the_request(capsys):
    token = request_id.set("r-1")
    try:
        assert written(capsys, "text") == "WARNING:  what happened (request r-1)\n"
    finally:
        request_id.reset(token)
    told = {"method": "GET", "id": "r-2", "status": 200}
    assert written(capsys, "text", told=told) == "WARNING:  what happened id=r-2 status=200\n"


def test_an_object_has_all_that_is_told(capsys):
    found = json.loads(written(capsys, "json", told={"id": "r-2", "status": 200}))

    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", found.pop("time"))
    assert found == {
        "level": "warning",
        "logger": "gbagraph.x",
        "message": "what happened",
        "id": "r-2",
        "status": 200,
    }


def test_a_traceback_is_one_member_of_one_line(capsys):
    line = written(capsys, "json", exc_info=ValueError("two\nlines"))

    assert line.count("\n") == 1
    assert "ValueError: two\nlines" in json.loads(line)["exception"]


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_a_secret_is_masked_in_every_format(capsys, log_format):
    line = written(capsys, log_format, told={"id": "r-2", "agent": "http://u:s3cret@h/"})

    assert "s3cret" not in line
    assert "http://…@h/" in line


def test_what_is_below_the_level_is_not_written(capsys):
    assert not written(capsys, "text", level="error")


def test_an_answer_that_broke_off_is_told_once(capsys):
    assert not written(capsys, "text", name="uvicorn.error", exc_info=TruncatedAnswer("cut"))
    assert written(capsys, "text", name="uvicorn.error")


def test_the_parent_writes_the_same_lines():
    assert as_text("ERROR", "no") == "ERROR:    no"
    found = json.loads(as_json(1.25, "ERROR", "gbagraph.server", "no"))
    assert found == {
        "time": "1970-01-01T00:00:01.250Z",
        "level": "error",
        "logger": "gbagraph.server",
        "message": "no",
    }


def test_a_view_that_cannot_be_imported_is_told_before_it_is_asked(monkeypatch, caplog):
    def fail():
        raise ImportError("no such module")

    monkeypatch.setattr(serving, "_SETTLED", 0)
    asyncio.run(serving._import_handlers(Routes([Route("/page", fail)])))

    assert "a view cannot be imported" in caplog.text
    assert "no such module" in caplog.text


def test_views_are_imported_again_once_files_can_be_opened(monkeypatch, caplog):
    outcomes = [OSError(24, "Too many open files"), None]

    def imported():
        if problem := outcomes.pop(0):
            raise problem

    monkeypatch.setattr(serving, "_SETTLED", 0)
    asyncio.run(serving._import_handlers(Routes([Route("/page", imported)])))

    assert outcomes == []
    assert caplog.text == ""

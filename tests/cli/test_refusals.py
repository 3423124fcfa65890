"""What the command line refuses, and helps with, before there is any engine: in this process."""

import pytest

import gbagraph
from support import PATH
from support.inside import command


def assert_refused(arguments, code, says):
    done = command(*arguments)

    assert (done.exit_code, done.stdout) == (code, "")
    assert says in done.stderr


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--format", "yaml"), "There are: table, json"),
        (("--labels", "not a language"), "Give language tags"),
        (("--labels", "en", "--evidence"), "not with both"),
        (("--evidence", "--format", "xml"), "Only table, json, csv and tsv have room"),
    ],
)
def test_options_of_an_answer_that_cannot_be(options, says):
    assert_refused(("query", PATH, *options), 2, says)


@pytest.mark.parametrize(
    ("bound", "says"),
    [
        (("y=1",), "y"),
        (("x",), "not of the form"),
        (('x="open',), "is no term"),
        (("x=1", "x=2"), "twice"),
    ],
)
def test_a_binding_that_is_wrong(bound, says):
    options = [part for each in bound for part in ("-p", each)]
    assert_refused(("query", "SELECT ?x { }", *options), 2, says)


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("run", "no-such-query"), 2, "no canned query named"),
        (("run", "place-to-country", "city=foshan"), 2, "has no parameter city"),
        (("run", "place-to-country", "place"), 2, "not of the form PARAMETER=VALUE"),
        (("query", "@nowhere.rq"), 2, "nowhere.rq cannot be used: No such file"),
        (("why", "a b", "gba:develops", "id:china"), 2, "parameter s"),
        (("why", "id:baidu", "gba:develops", "id:china", "--format", "csv"), 2, "text, json"),
        (("doctor", "--log-format", "xml"), 2, "one of text, json"),
        (("serve", "a.ttl"), 2, "--data FILE"),
    ],
)
def test_arguments_that_are_wrong(arguments, code, says):
    assert_refused(arguments, code, says)


def test_version():
    assert command("--version").stdout.strip() == gbagraph.__version__

"""What comes of SERVICE is told: who gave what, what is refused, what fails, what does not meet."""

from functools import partial

import pytest

from gbagraph.features.diagnostics.diagnosis import Explainer
from gbagraph.features.diagnostics.finding import Services
from gbagraph.features.federation.explained import explained
from gbagraph.setting import AllowedService
from support.sentences import english
from support.services import PREFIX, Remote, store

ENDPOINT, OTHER = "http://endpoint.example/sparql", "https://other.example/sparql"
SERVICES = {
    ENDPOINT: AllowedService(iri=ENDPOINT),
    OTHER: AllowedService(iri=OTHER, name="Other", inner=(ENDPOINT,)),
}
CITIES = ":a a :City ; :same <http://wd/1> . :b a :City ; :same <http://wd/2> ."
CALL = f"SELECT * {{ ?x a :City SERVICE <{ENDPOINT}> {{ ?x :pop ?n }} }}"


def asked(lines, problem=""):
    """Endpoints of these data, which fail with *problem*, if there is one."""
    return Remote(dict.fromkeys(SERVICES, store(lines)), problem, 0 if problem else 1000)


def diagnose(query, remote, local=CITIES, language="en"):
    own = store(local)
    ask = partial(explained, store=own, services=SERVICES, ask=remote)
    services = Services([*SERVICES.values()], ask)
    return Explainer(own).diagnose(PREFIX + query, services=services, language=language)


def codes(found):
    return [(each.severity, each.code) for each in found]


# --- Who is asked ---------------------------------------------------------------------------------


def test_what_an_endpoint_gave_is_told():
    (found,) = diagnose(CALL, asked(":a :pop 5 ."))

    assert (found.severity, found.code) == ("info", "service-called")
    assert (found.line, found.column) == (2, 23)
    assert found.message == (
        f"<{ENDPOINT}>, asked for 2 bindings, gave 1 solution in 0.25 seconds."
    )


def test_an_endpoint_that_gives_nothing_is_told_with_what_it_was_sent():
    remote = asked(":c :other 5 .")
    (found,) = diagnose(CALL, remote)

    assert (found.severity, found.code) == ("warning", "service-empty")
    assert remote.texts[0] in found.message


def test_an_endpoint_without_anything_to_ask_about_is_not_called():
    remote = asked(":a :pop 5 .")
    found = diagnose(CALL.replace(":City", ":Cty"), remote)

    assert codes(found) == [("error", "unknown-class"), ("info", "service-not-called")]
    assert remote.texts == []


def test_a_filter_over_what_others_gave_is_what_is_wrong():
    called, wrong = diagnose(CALL.replace("} }", "} FILTER (?n > 7) }"), asked(":a :pop 5 ."))

    assert (called.code, wrong.code) == ("service-called", "filter-removes-all")
    assert "?n is" in wrong.message


def test_a_filter_over_what_others_gave_is_no_mistake_where_it_leaves_rows():
    found = diagnose(CALL.replace("} }", "} FILTER (?n > 3) }"), asked(":a :pop 5 ."))

    assert codes(found) == [("info", "service-called")]


def test_a_failure_is_an_error_and_one_that_silent_passes_over_a_warning():
    (loud,) = diagnose(CALL, asked("", "service-failed"))
    (silent,) = diagnose(CALL.replace("SERVICE", "SERVICE SILENT"), asked("", "service-timeout"))

    assert (loud.severity, loud.code, loud.message) == ("error", "service-failed", "It is down.")
    assert (silent.severity, silent.code) == ("warning", "service-failed")
    assert "SILENT passes over a failure: It is down." in silent.message


IN_CHINESE = {
    "service-called": (CALL, asked(":a :pop 5 .")),
    "service-not-called": (CALL.replace("?x a", "?x :no ?y ; a"), asked(":a :pop 5 .")),
    "service-without-match": (CALL, asked("<http://wd/1> :pop 5 .")),
    "service-unsupported": (CALL.replace(f"<{ENDPOINT}>", "?e"), asked(":a :pop 5 .")),
    "service-empty": (CALL, asked(":c :other 5 .")),
}


@pytest.mark.parametrize("code", IN_CHINESE)
def test_what_came_of_calls_is_told_in_chinese(code):
    found = diagnose(*IN_CHINESE[code], language="zh-Hans")
    said = next(each.message for each in found if each.code == code)

    assert english(said.partition("SELECT")[0]) == []


# --- What does not meet ---------------------------------------------------------------------------


def test_iris_of_two_sites_are_joined_by_what_links_them():
    remote = asked("<http://wd/1> :pop 5 .")
    (found,) = diagnose(CALL, remote)

    assert (found.severity, found.code) == ("warning", "service-without-match")
    assert "<http://e/a>" in found.message
    assert "<http://wd/1> there" in found.message
    assert found.query == PREFIX + (
        "SELECT * { ?x a :City . ?x <http://e/same> ?xThere . "
        f"SERVICE <{ENDPOINT}> {{ ?xThere :pop ?n }} }}"
    )
    assert codes(diagnose(found.query.removeprefix(PREFIX), remote)) == [("info", "service-called")]


def test_no_link_is_offered_by_which_there_is_no_answer_either():
    (found,) = diagnose(CALL, asked("<http://wd/3> :pop 5 ."))

    assert (found.code, found.query) == ("service-without-match", "")


def test_values_that_do_not_meet_are_told_of_what_cannot_be_restricted_too():
    query = f"SELECT * {{ ?x a :City SERVICE <{ENDPOINT}> {{ SELECT ?x ?n {{ ?x :pop ?n }} }} }}"
    (found,) = diagnose(query, asked("<http://wd/1> :pop 5 ."))

    assert found.code == "service-without-match"
    assert "?xThere ?n { ?xThere :pop ?n }" in found.query


def test_texts_with_and_without_a_language_do_not_meet():
    query = f"SELECT * {{ ?x :label ?l SERVICE <{ENDPOINT}> {{ ?n :name ?l }} }}"
    (found,) = diagnose(query, asked(':c :name "A" .'), ':a :label "A"@en .')

    assert '"A"@en here, and "A" there' in found.message
    assert "languages" in found.message


# --- What is not allowed --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("<https://endpoint.example/sparql>", ENDPOINT),
        ("<http://ENDPOINT.example/sparql/>", ENDPOINT),
        ("<http://endpoint.example:80/sparql>", ENDPOINT),
        ("<http://endpoint.example/sparq>", ENDPOINT),
        ("<other>", OTHER),
        ("other:", OTHER),
        ("<https://far.example/sparql>", ""),
        ("<http://endpoint1.example/sparql>", ""),
    ],
)
def test_an_endpoint_that_is_meant_is_offered(written, meant):
    declared = "PREFIX other: <https://far.example/>\n" if written == "other:" else ""
    remote = asked(":a :pop 5 .")
    (found,) = diagnose(declared + CALL.replace(f"<{ENDPOINT}>", written), remote)

    assert (found.severity, found.code) == ("error", "service-not-allowed")
    assert f"Other <{OTHER}>" in found.message
    assert remote.texts == []
    if meant:
        assert f"SERVICE <{meant}> {{" in found.query
    else:
        assert "SERVICE" not in found.query


def test_one_that_is_passed_over_is_told_once():
    found = diagnose(CALL.replace(f"<{ENDPOINT}>", "SILENT <http://far.example/>"), asked(""))

    assert codes(found) == [("warning", "service-not-allowed")]


def test_a_service_in_a_service_is_not_called_unless_that_is_allowed():
    query = "SELECT * {{ SERVICE <{}> {{ ?x a ?k SERVICE <{}> {{ ?x :pop ?n }} }} }}"
    (found,) = diagnose(query.format(ENDPOINT, OTHER), asked(""))

    assert (found.severity, found.code) == ("error", "service-not-allowed")
    assert "in it" in found.message


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { ?x a :City SERVICE ?e { ?x :pop ?n } }",
        f"SELECT (EXISTS {{ SERVICE <{ENDPOINT}> {{ ?s ?p ?o }} }} AS ?e) {{ }}",
    ],
)
def test_what_is_not_supported_is_told(query):
    remote = asked("")
    assert ("error", "service-unsupported") in codes(diagnose(query, remote))
    assert remote.texts == []


def test_a_variable_names_several_endpoints():
    query = f"SELECT * {{ VALUES ?e {{ <{ENDPOINT}> <{OTHER}> }} SERVICE ?e {{ ?x :pop ?n }} }}"
    (found,) = diagnose(query, asked(":a :pop 5 ."))

    assert found.code == "service-called"
    assert f"Other <{OTHER}>, asked" in found.message
    assert f"<{ENDPOINT}>, asked" in found.message


# --- What is not asked ----------------------------------------------------------------------------


def test_nothing_is_said_of_what_is_not_known():
    """Without calls a condition on what others have is no mistake."""
    query = PREFIX + CALL.replace("} }", "} FILTER (?n > 7) } OFFSET 1")
    assert Explainer(store(CITIES)).diagnose(query, services=Services([*SERVICES.values()])) == []

"""The project's tests of the protocol, with the endpoint of a site in place of the server."""

import re
import sys

import pytest

from endpoint.test_endpoint import (
    test_a_syntax_error_says_where_and_what,
    test_not_acceptable_says_what_there_is,
    test_scripts_of_other_sites_may_ask,
    test_the_four_ways_to_ask_give_one_answer,
    test_the_protocol_chooses_the_default_graph,
    test_the_protocol_chooses_the_named_graphs,
    test_what_the_graph_store_does_not_have,
)
from support import ROOT, processes
from support.installed import needs
from support.sites import SiteServer

SAMPLE = (
    test_a_syntax_error_says_where_and_what,
    test_not_acceptable_says_what_there_is,
    test_scripts_of_other_sites_may_ask,
    test_the_four_ways_to_ask_give_one_answer,
    test_the_protocol_chooses_the_default_graph,
    test_the_protocol_chooses_the_named_graphs,
    test_what_the_graph_store_does_not_have,
)
"""Run here again as they are, with the servers below."""

MODULES = ("test_endpoint.py", "test_formats_and_labels.py", "test_conditions_and_caches.py")

PAGES = {
    "test_errors_are_negotiated_too": "the page of the endpoint",
    "test_a_problem_type_resolves": "a page",
    "test_every_answer_names_the_dataset_version": "the start page",
    "test_the_service_description_is_negotiated": "files of the description",
    "test_the_list_of_queries_for_programs": "a file",
    "test_the_text_of_a_query": "a file",
    "test_every_resource_knows_the_parameter_format": "files",
    "test_prefixes": "files",
}
"""What is a file of the site: here it has its endpoint alone."""

DIFFERENT = {
    "test_behind_a_proxy_with_a_prefix": "a site has one address, and reads no fields of proxies",
    "test_variables_are_bound_in_queries_of_some_length_alone": "parameters bind no variables (501)",
    "test_a_large_answer_is_streamed": "an answer is sent when it is whole",
    "test_nothing_is_evaluated_for_a_304": "the tag is that of the bytes, which are made for it",
    "test_if_modified_since": "a site has no time: two builds give the same bytes",
    "test_each_format_and_encoding_has_its_own_tag": "nothing is sent, so nothing is encoded",
    "test_an_encoded_answer_is_the_same_answer": "nothing is sent, so nothing is encoded",
    "test_an_explanation_of_an_answer_that_changes_is_made_anew": "explanations are made anew",
    "test_a_query_too_long_to_be_read_has_no_tag_or_a_weak_one": "the tag is that of the bytes",
}
"""What is different at a site, with the reason."""


@pytest.fixture(scope="module")
def server():
    needs("node")
    with SiteServer() as running:
        yield running


@pytest.fixture(scope="module")
def small_server(small_file):
    needs("node")
    with SiteServer("--data", small_file) as running:
        yield running


@pytest.mark.matrix
@pytest.mark.processes
def test_all_pass_but_those_with_a_reason():
    needs("node")
    modules = [ROOT / "tests" / "endpoint" / name for name in MODULES]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "support.over_site", "--tb=no"]

    done = processes.run(
        [*command, "-m", "processes and not alone and not soak", *modules],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )

    failed = re.findall(r"(?m)^(?:FAILED|ERROR) \S+::(\w+)", done.stdout)
    passed = int(re.search(r"(\d+) passed", done.stdout)[1])
    assert set(failed) == {*PAGES, *DIFFERENT}
    different = sum(name in DIFFERENT for name in failed)
    assert different * 10 <= passed + different

"""The project's tests of the protocol, with the endpoint of a site in place of the server."""

import re
import sys
from xml.etree import ElementTree as ET

import pytest

from endpoint.test_endpoint import (  # noqa: F401  run here again, with the servers below
    test_a_syntax_error_says_where_and_what,
    test_not_acceptable_says_what_there_is,
    test_scripts_of_other_sites_may_ask,
    test_the_four_ways_to_ask_give_one_answer,
    test_the_protocol_chooses_the_default_graph,
    test_the_protocol_chooses_the_named_graphs,
    test_what_the_graph_store_does_not_have,
)
from gbagraph.settings import Settings
from support import ROOT, processes, published_site
from support.installed import needs
from support.questions import written
from support.sites import EndpointServer

MODULES = (
    *("endpoint/test_endpoint.py", "endpoint/test_formats_and_labels.py"),
    *("endpoint/test_conditions_and_caches.py", "endpoint/test_canned.py"),
    *("endpoint/test_cut_answers.py", "endpoint/test_coding.py"),
    *("web/test_json_ld.py", "web/test_signposting.py"),
    *("interoperability/test_recorded_clients.py", "interoperability/test_real_clients.py"),
)
HOSTS = {"over_site": "Node", "over_fetch": "browsers"}
"""What exchanges the servers, and what it does so for."""

REPORT = ROOT / "reports" / "static-site.md"
"""It lists what is different, with reasons."""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    needs("node")
    with EndpointServer(published_site.endpoint_once(tmp_path_factory)) as running:
        yield running


@pytest.fixture(scope="module")
def small_server(small_file, tmp_path_factory):
    folder = written(Settings(data=(small_file,)), tmp_path_factory.mktemp("small"))
    with EndpointServer(folder) as running:
        yield running


def listed(host):
    """The tests that the report lists for a host, each as ``test_name[case]``."""
    sections = re.split(r"(?m)^### Tests that differ in ", REPORT.read_text())[1:]
    return {
        test
        for section in sections
        if host in section.partition("\n")[0]
        for test in re.findall(r"`(test_[^`]+)`", section)
    }


@pytest.mark.matrix
@pytest.mark.processes
@pytest.mark.parametrize("plugin", HOSTS)
def test_all_pass_but_those_with_a_reason(tmp_path, plugin):
    needs("node")
    results = tmp_path / "results.xml"
    command = [sys.executable, "-m", "pytest", "-q", "-p", f"support.{plugin}", "--tb=no"]
    chosen = ["-m", "processes and not alone and not soak and not matrix", f"--junitxml={results}"]

    processes.run([*command, *chosen, *(ROOT / "tests" / name for name in MODULES)], cwd=ROOT)

    cases = list(ET.parse(results).iter("testcase"))
    failed = {case.get("name") for case in cases if {"failure", "error"} & {e.tag for e in case}}
    assert failed == listed(HOSTS[plugin])
    told = " ".join(REPORT.read_text().split())
    passed = {"Node": "{} pass in Node", "browsers": "{} in Chromium"}[HOSTS[plugin]]
    assert f"Of {len(cases)} tests " in told
    assert passed.format(len(cases) - len(failed)) in told
    assert len(failed) * 10 <= len(cases)

"""The recipes of deploy/: web servers in front of ours, a unit of systemd, files for containers."""

import json
import re
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import yaml

from support import LoggedServer, eventually, file_with
from support.installed import finished, needs
from support.proxies import DEPLOY, NAME, Authority, apache, caddy, nginx
from support.queries import sampled

pytestmark = pytest.mark.processes

JSON = "application/sparql-results+json"
ALL = "SELECT ?s ?p ?o { ?s ?p ?o }"
PROXIES = {
    "nginx": nginx,
    "nginx, HTTP/1.0": lambda *given: nginx(*given, version="1.0"),
    "Apache": apache,
    "Caddy": caddy,
}


@pytest.fixture(scope="module")
def behind_server(tmp_path_factory):
    options = ("--access-log", "--log-format", "json")
    with LoggedServer(tmp_path_factory.mktemp("log") / "log", *options) as running:
        yield running


@contextmanager
def client_of(url, authority, address="127.0.0.1"):
    """A client at an *address* of loopback that finds the server by its name."""
    transport = httpx.HTTPTransport(verify=authority.trusting, local_address=address)
    with httpx.Client(base_url=url, transport=transport, timeout=60) as client:
        client.headers["Host"] = NAME
        client.event_hooks["request"] = [named]
        client.authority = authority
        yield client


def named(request):
    request.extensions["sni_hostname"] = NAME


@pytest.fixture(scope="module", params=sampled({name: name for name in PROXIES}, ["nginx"]))
def proxied(request, behind_server):
    # Not tmp_path: a web server that root started serves as another user, who may not look into it.
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        authority = Authority(folder)
        with (
            PROXIES[request.param](folder, behind_server.port, authority) as url,
            client_of(url, authority) as client,
        ):
            yield client


def test_the_answer_is_the_same_whatever_its_size(proxied, behind_server):
    for query in ("ASK { ?s ?p ?o }", ALL):
        direct = behind_server.ask(query)
        for send, given in ((proxied.get, "params"), (proxied.post, "data")):
            found = send("/sparql", **{given: {"query": query}}, headers={"Accept": JSON})
            assert (found.status_code, found.text) == (200, direct.text)
    assert len(direct.text) > 1_000_000


def test_a_dump_comes_whole_and_a_second_time_not_at_all(proxied, behind_server):
    found = proxied.get("/dumps/gbagraph.nq")
    assert found.text == behind_server.client.get("/dumps/gbagraph.nq").text

    tag = found.headers["ETag"]
    assert proxied.get("/dumps/gbagraph.nq", headers={"If-None-Match": tag}).status_code == 304


def test_a_query_as_long_as_the_server_takes_it_passes(proxied):
    assert proxied.get("/sparql", params={"query": f"ASK {{}} #{'x' * 50_000}"}).status_code == 200


def test_links_and_redirects_have_the_public_address(proxied):
    described = proxied.get("/sparql", headers={"Accept": "text/turtle"}).text
    host = proxied.headers["Host"]
    assert f"<https://{host}/sparql>" in described

    found = proxied.get("/id/baidu", headers={"Accept": "text/turtle"})
    assert found.status_code == 303
    assert found.headers["Location"].startswith(("/", f"https://{host}/"))
    assert "baidu" in proxied.get(found.headers["Location"], headers={"Accept": "text/turtle"}).text


def test_browsers_are_told_to_come_by_tls(proxied):
    for path in ("/", "/nothing/here"):
        assert "max-age=" in proxied.get(path).headers["Strict-Transport-Security"]


def test_an_encoded_slash_stays_one(proxied, behind_server):
    direct = behind_server.client.get("/doc/id%2Fbaidu")
    found = proxied.get("/doc/id%2Fbaidu")

    assert (found.status_code, "baidu" in found.text) == (
        direct.status_code,
        "baidu" in direct.text,
    )


def test_each_client_is_one_of_its_own(proxied, behind_server):
    """Also where the answer had been kept; and what a client says of itself is not believed."""
    agent = f"who am I, by {proxied.base_url}"
    forged = {"X-Forwarded-For": "203.0.113.9", "X-Request-Id": "forged", "User-Agent": agent}
    with client_of(str(proxied.base_url), proxied.authority, "127.0.0.2") as other:
        got = [other.get("/queries/builders", headers=forged).status_code for _ in range(3)]

    assert got == [200] * 3
    assert eventually(lambda: len(behind_server.requests(agent=agent)) == 3), behind_server.said
    found = behind_server.requests(agent=agent)
    assert {row["client"] for row in found} == {"127.0.0.2"}
    assert len({row["id"] for row in found} - {"forged"}) == 3
    assert found[-1]["origin"] in ("response-cache", "result-cache")  # the latter over HTTP/1.0


def test_errors_and_methods_pass(proxied):
    found = proxied.get("/sparql", params={"query": "SELECT"})
    assert (found.status_code, found.headers["Content-Type"]) == (400, "application/problem+json")
    assert proxied.delete("/sparql").status_code == 405
    assert proxied.head("/queries/builders").status_code == 200
    asked = {"content": "ASK {}", "headers": {"Content-Type": "application/sparql-query"}}
    assert proxied.request("QUERY", "/sparql", **asked).status_code == 200


def test_a_client_that_leaves_leaves_nothing(proxied, behind_server):
    with proxied.stream("GET", "/sparql", params={"query": ALL + "# leaves"}) as found:
        next(found.iter_bytes())

    assert proxied.get("/sparql", params={"query": "ASK {}"}).status_code == 200
    assert eventually(lambda: set(behind_server.slots().values()) == {0})


# --- systemd, containers -----------------------------------------------------------------------------


def test_the_unit_is_valid_and_shut_in(tmp_path):
    needs("systemd-analyze")
    unit = (DEPLOY / "systemd" / "gbagraph.service").read_text()
    file = file_with(
        tmp_path / "gbagraph.service", re.sub(r"ExecStart=\S+", f"ExecStart={sys.executable}", unit)
    )

    finished("systemd-analyze", "verify", "--man=no", file)
    # From 0 (shut in) to 10 (open): as an integer, ten times that.
    finished("systemd-analyze", "security", "--offline=true", "--threshold=15", file)


def test_the_unit_lets_a_worker_shut_itself_in():
    needs("systemd-analyze")
    unit = (DEPLOY / "systemd" / "gbagraph.service").read_text()
    (names,) = re.findall(r"^SystemCallFilter=(.*)$", unit, re.MULTILINE)
    allowed = calls_of(names.split())

    landlock = {f"landlock_{name}" for name in ("create_ruleset", "add_rule", "restrict_self")}
    assert {"prctl", "prlimit64", "sched_setscheduler"} | landlock <= allowed


def calls_of(names):
    """The system calls of these names, and of systemd's sets, which begin with an at sign."""
    sets = {each for each in names if each.startswith("@")}
    return (set(names) - sets).union(*map(calls_in, sets))


def calls_in(name):
    lines = finished("systemd-analyze", "syscall-filter", name).stdout.splitlines()[1:]
    return calls_of([line.strip() for line in lines if not line.strip().startswith("#")])


def test_the_options_of_all_recipes_are_ours():
    unit = (DEPLOY / "systemd" / "gbagraph.service").read_text()
    image = (DEPLOY / "container" / "Containerfile").read_text()
    pod, service = yaml.safe_load_all((DEPLOY / "kubernetes" / "gbagraph.yaml").read_text())
    (container,) = pod["spec"]["template"]["spec"]["containers"]
    commands = [
        re.search(r"ExecStart=\S+/gbagraph serve (.*)", unit)[1].split(),
        json.loads(re.search(r"^CMD (\[.*\])", image, re.MULTILINE)[1])[1:],
        container["args"][1:],
    ]

    for options in commands:
        finished(*[sys.executable, "-m", "gbagraph", "settings", *options])
    ports = container["ports"] + service["spec"]["ports"]
    assert {row.get("containerPort", row.get("targetPort")) for row in ports} == {8000}
    assert re.search(r"^EXPOSE 8000$", image, re.MULTILINE)
    assert re.search(r"^USER [1-9]\d*:[1-9]\d*$", image, re.MULTILINE)


def test_the_probes_are_answered(behind_server):
    text = "".join(path.read_text() for path in DEPLOY.rglob("*") if path.is_file())
    probes = set(re.findall(r"/health/\w+", text))

    assert probes == {"/health/live", "/health/ready"}
    assert all(behind_server.client.get(path).status_code == 200 for path in probes)


def test_nothing_in_deploy_is_left_out():
    """Each file is used by a test above, by test_behind_nginx or by those of engines."""
    found = {str(path.relative_to(DEPLOY)) for path in DEPLOY.rglob("*") if path.is_file()}

    assert found == {
        *("apache/proxy.conf", "caddy/Caddyfile", "container/Containerfile"),
        *("comunica/config.json", "comunica/patch.cjs", "kubernetes/gbagraph.yaml"),
        *(
            "nginx/engines.conf",
            "nginx/proxy.conf",
            "nginx/replicas.conf",
            "systemd/gbagraph.service",
        ),
    }

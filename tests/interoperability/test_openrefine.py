"""OpenRefine reconciles a column of a table and adds one from our data, over its own HTTP interface."""

import json

import httpx
import pytest

from gbagraph.rdf.namespaces import BASE
from support import eventually, free_port
from support.installed import Program, needs

TABLE = "name,within\nGuangzhou City,Guangdong\n   ,\nBaidu Inc.,\nBeijing,\n南沙区,Guangzhou\nNobody,\n"
OPTIONS = {"separator": ",", "headerLines": 1, "encoding": "UTF-8"}
ALL = json.dumps({"facets": [], "mode": "row-based"})
WITHIN = f"{BASE}ontology#locatedIn"


class Project:
    """A table in an OpenRefine, with the commands that its pages send."""

    def __init__(self, client):
        self._client, self._asked = client, {}
        options = {
            "project-name": "names",
            "format": "text/line-based/*sv",
            "options": json.dumps(OPTIONS),
        }
        made = self.post(
            "create-project-from-upload", files={"project-file": ("names.csv", TABLE)}, **options
        )
        self._asked["project"] = made.headers["Location"].partition("=")[2]

    def post(self, command, files=None, **fields):
        token = self._client.get("get-csrf-token").json()["token"]
        asked = {"csrf_token": token, **self._asked}
        return self._client.post(command, params=asked, data={"engine": ALL, **fields}, files=files)

    def run(self, command, **fields):
        """Start a process, and wait for its end."""
        assert self.post(command, **fields).json()["code"] == "pending"
        assert eventually(
            lambda: not self._client.get("get-processes", params=self._asked).json()["processes"],
            60,
        )


@pytest.fixture
def project(tmp_path):
    needs("openrefine-server")
    port = free_port()
    options = "-x", "refine.headless=true", "-m", "512M"
    client = httpx.Client(base_url=f"http://127.0.0.1:{port}/command/core", timeout=60)
    with Program("openrefine-server", "-d", tmp_path, "-p", port, *options, port=port), client:
        assert eventually(lambda: client.get("get-csrf-token").is_success)
        yield Project(client)


@pytest.mark.matrix
def test_a_table_is_reconciled_and_extended(server, project):
    service = f"{server.url}/reconcile"
    spaces = {
        name: server.client.get("/reconcile").json()[name]
        for name in ("identifierSpace", "schemaSpace")
    }
    guessed = project.post("guess-types-of-column", columnName="name", service=service).json()[
        "types"
    ]
    by = {"column": "within", "propertyName": "located in", "propertyID": WITHIN}
    config = {
        "mode": "standard-service",
        "service": service,
        "autoMatch": True,
        "batchSize": 10,
        "limit": 0,
        "columnDetails": [by],
        **spaces,
    }
    project.run("reconcile", columnName="name", config=json.dumps(config))
    table = project.post("get-rows", start=0, limit=50).json()
    recons = table["pool"]["recons"]
    found = {row["cells"][0]["v"]: recons[row["cells"][0]["r"]] for row in table["rows"]}
    extension = json.dumps({"properties": [{"id": WITHIN, "name": "located in"}]})
    project.run(
        "extend-data",
        baseColumnName="name",
        endpoint=service,
        extension=extension,
        columnInsertIndex=1,
        **spaces,
    )
    exported = project.post("export-rows/names.csv", format="csv").text.splitlines()

    assert f"{BASE}ontology#City" in [each["id"] for each in guessed]
    matched = {
        name: each["m"]["id"].removeprefix(f"{BASE}id/")
        for name, each in found.items()
        if "m" in each
    }
    assert matched == {"Guangzhou City": "guangzhou", "Baidu Inc.": "baidu", "南沙区": "nansha"}
    assert [each["id"] for each in found["Beijing"]["c"]] == [f"{BASE}id/central-government"]
    assert found["Nobody"]["c"] == found["   "]["c"] == []
    assert exported[:2] == ["name,located in,within", "Guangzhou,China,Guangdong"]
    assert "Nansha,China,Guangzhou" in exported

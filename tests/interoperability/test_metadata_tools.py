"""Planners, assistants and generators of others find in the metadata what they look for.

They are Comunica, the generator sparql-api-codegen, and the queries of sparql-llm and of the editor of
the SIB. ``make clients`` installs the programs.
"""

import json
import sys

import httpx
import pytest
import rdflib
from metadata_queries import SPARQL_EDITOR, SPARQL_LLM

from gbagraph.queries.catalog import all_queries
from gbagraph.rdf.namespaces import BASE, PREFIXES
from support import ROOT, ok, plain_rows
from support.installed import needs, output
from support.serving import serving

GBA, XSD = PREFIXES["gba"], PREFIXES["xsd"]
JSON = "application/sparql-results+json"
TOOLS = pytest.mark.parametrize("queries", [SPARQL_LLM, SPARQL_EDITOR], ids=["llm", "editor"])


def found(sparql: str, query: str) -> list[dict[str, str]]:
    """The rows as both tools get them: of the endpoint, or else of its service description."""
    answer = ok(httpx.get(sparql, params={"query": query}, headers={"Accept": JSON}, timeout=60))
    if rows := plain_rows(answer.text):
        return rows
    description = httpx.get(sparql, headers={"Accept": "text/turtle"}, timeout=60)
    solutions = rdflib.Graph().parse(data=description.text, format="turtle").query(query)
    return [{str(name): str(value) for name, value in row.asdict().items()} for row in solutions]


def schema(rows: list[dict[str, str]]) -> dict[str, dict[str, set[str]]]:
    """Class, property, and classes or datatypes of values, as both tools group the rows."""
    grouped: dict[str, dict[str, set[str]]] = {}
    for row in rows:
        values = grouped.setdefault(row["subjectClass"], {}).setdefault(row["prop"], set())
        values.update(row[name] for name in ("objectClass", "objectDatatype") if name in row)
    return grouped


# --- Ours ------------------------------------------------------------------------------------------


@TOOLS
def test_prefixes(server, queries):
    rows = found(server.sparql, queries["prefixes"])

    assert {row["prefix"]: row["namespace"] for row in rows} == dict(PREFIXES)


@TOOLS
def test_properties_of_classes(server, queries):
    classes = schema(found(server.sparql, queries["schema"]))
    assert len(classes) > 50
    zone = classes[f"{GBA}Zone"]
    assert zone[f"{GBA}directlyIn"] >= {f"{GBA}District", f"{GBA}City"}
    assert zone[f"{PREFIXES['rdfs']}label"] == {f"{PREFIXES['rdf']}langString"}
    assert classes[f"{GBA}Quantity"][f"{GBA}value"] >= {f"{XSD}integer"}
    assert classes[f"{GBA}Place"], (
        "a class that has only subclasses in the files has properties too"
    )


@TOOLS
def test_examples(server, queries):
    rows = found(server.sparql, queries["examples"])

    assert {row["sq"] for row in rows} == {f"{BASE}query/{name}" for name in all_queries()}
    texts = {row["sq"]: row["query"] for row in rows}
    assert texts[f"{BASE}query/is-in"] == all_queries()["is-in"].body


# --- Data of others --------------------------------------------------------------------------------

TEA = """
@prefix tea: <http://example.org/tea/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
tea:oolong a tea:Tea ; rdfs:label "Oolong"@en ; tea:from tea:hill ; tea:price 3.5 .
tea:sencha a tea:Tea ; rdfs:label "Sencha"@en ; tea:from tea:hill .
tea:hill a tea:Farm ; rdfs:label "Hill farm"@en ; tea:hectares 12 .
"""
tea_server = serving(TEA)


@TOOLS
def test_prefixes_of_others(tea_server, queries):
    rows = found(tea_server.sparql, queries["prefixes"])

    prefixes = {row["prefix"]: row["namespace"] for row in rows}
    assert prefixes["tea"] == "http://example.org/tea/"
    assert prefixes["rdfs"] == PREFIXES["rdfs"]
    assert "gba" not in prefixes


@TOOLS
def test_properties_of_classes_of_others(tea_server, queries):
    tea, label = "http://example.org/tea/", PREFIXES["rdfs"] + "label"

    assert schema(found(tea_server.sparql, queries["schema"])) == {
        f"{tea}Tea": {
            label: {PREFIXES["rdf"] + "langString"},
            f"{tea}from": {f"{tea}Farm"},
            f"{tea}price": {f"{XSD}decimal"},
        },
        f"{tea}Farm": {
            label: {PREFIXES["rdf"] + "langString"},
            f"{tea}hectares": {f"{XSD}integer"},
        },
    }


def test_the_editor_reads_the_service_description_by_comunica(tea_server):
    needs("comunica-sparql", "node")
    query = SPARQL_EDITOR["prefixes"]

    text = output("comunica-sparql", f"file@{tea_server.sparql}", "-q", query, "-t", JSON)

    assert {"prefix": "tea", "namespace": "http://example.org/tea/"} in plain_rows(text)


# --- Comunica --------------------------------------------------------------------------------------

GEOGRAPHIC = """
PREFIX geo: <http://www.opengis.net/ont/geosparql#>
PREFIX geof: <http://www.opengis.net/def/function/geosparql/>
SELECT ?feature {{ ?feature geo:asWKT ?point FILTER ({}) }}"""
BOX = '"POLYGON((113 22, 114 22, 114 24, 113 24, 113 22))"^^geo:wktLiteral'
CENTRE = '"POINT(113.26 23.13)"^^geo:wktLiteral'
METRE = "<http://www.opengis.net/def/uom/OGC/1.0/metre>"


@pytest.mark.parametrize(
    "condition",
    [
        pytest.param(f"geof:sfWithin(?point, {BOX})", id="within", marks=pytest.mark.matrix),
        pytest.param(f"geof:distance(?point, {CENTRE}, {METRE}) < 100000", id="distance"),
        pytest.param(
            f"!geof:rcc8dc(?point, {BOX})", id="not disconnected", marks=pytest.mark.matrix
        ),
    ],
)
def test_comunica_leaves_geosparql_to_the_service(server, condition):
    needs("comunica-sparql", "node")
    query = GEOGRAPHIC.format(condition)
    direct = sorted(row["feature"] for row in server.rows(query))

    text = output("comunica-sparql", server.sparql, "-q", query, "-t", JSON)

    assert sorted(row["feature"] for row in plain_rows(text)) == direct
    assert 5 < len(direct) < len(server.rows(GEOGRAPHIC.format("true")))


# --- sparql-api-codegen ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def generated(server, tmp_path_factory):
    """The Python module that sparql-api-codegen writes from the metadata."""
    needs("sparql-api-codegen")
    folder = tmp_path_factory.mktemp("generated") / "bay_area"
    # It does not read the service description, and puts no GRAPH into its queries.
    graphs = ("article", "context", "meta", "ontology")
    asked = "&".join(f"default-graph-uri={BASE}graph/{name}" for name in graphs)
    # Without a class to ignore, 0.0.1 fails with the command-line library of today.
    output(
        "sparql-api-codegen", f"{server.sparql}?{asked}", folder, "-i", "http://example.org/Nothing"
    )
    module = folder / "src" / "bay_area" / "__init__.py"
    # It makes names of labels, of which it takes the last, and strips ( and ), but not the Chinese ones.
    module.write_text(module.read_text().translate(dict.fromkeys(map(ord, "\uff08\uff09"))))
    return module


def test_what_it_writes_asks_the_endpoint(generated, server):
    program = (
        "import inspect, json, bay_area as found\n"
        f"zone = next(c for _, c in inspect.getmembers(found, inspect.isclass) "
        f"if getattr(c, 'type', '') == '{GBA}Zone')\n"
        "print(json.dumps([each.iri for each in zone.get()]))"
    )

    # Where the generator is installed, there is also the library for HTTP that its classes need.
    path = f"PYTHONPATH={generated.parents[1]}:{ROOT / '.clients' / 'sparql-api-codegen'}"
    printed = output("env", path, sys.executable, "-c", program)

    expected = {row["zone"] for row in server.rows(f"SELECT ?zone {{ ?zone a <{GBA}Zone> }}")}
    assert set(json.loads(printed)) == expected
    assert f"{BASE}id/knowledge-city" in expected

"""What each feature declares exists, and is gone from every list when the feature is left out."""

import ast
import inspect
from dataclasses import fields
from importlib import import_module
from pathlib import Path

import pytest
import typer.main

import gbagraph
from gbagraph import feature
from gbagraph.cli import Late, app
from gbagraph.cli.project import checked
from gbagraph.errors import RequestError, SettingError
from gbagraph.features import FEATURES
from gbagraph.features.assistants.offer import tools
from gbagraph.queries.catalog import all_queries
from gbagraph.settings import Settings, rows, table
from gbagraph.web import addresses

NAMES = [each.name for each in FEATURES]
each_feature = pytest.mark.parametrize("one", FEATURES, ids=NAMES)


def with_dependents(one):
    return [one.name, *(each.name for each in FEATURES if one.name in each.needs)]


@each_feature
def test_what_is_declared_exists(one):
    for code in (*one.tools, *one.settings, *one.hooks.values()):
        assert one.load(code)
    for module in one.jobs:
        assert import_module(module)
    for view in one.routes:
        assert inspect.iscoroutinefunction(one.load(view.code)), view


NOT_YET_DECLARED = {
    ("benchmark", "assistants"),
    ("federation", "diagnostics"),
    ("reconcile", "search"),
    ("reconcile", "why"),
}
"""Features that import others, which they can do without in part."""


def names_of_modules(tree):
    """Every module that code imports or refers to by a string, but for type checkers alone."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{each.name}" for each in node.names)
        elif isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        yield from names_of_modules(node)


@each_feature
def test_it_imports_no_feature_but_those_that_it_needs(one):
    folder = Path(import_module(one.package).__file__).parent
    used = {
        name.split(".")[2]
        for path in folder.rglob("*.py")
        # Tools are imported by the feature for assistants alone.
        for name in names_of_modules(ast.parse(path.read_text()))
        if name.startswith("gbagraph.features.")
        and (path.name, name.split(".")[2]) != ("tools.py", "assistants")
    }
    undeclared = {(one.name, name) for name in used - {one.name, *one.needs}}

    assert undeclared == {pair for pair in NOT_YET_DECLARED if pair[0] == one.name}


@each_feature
def test_the_help_of_a_command_is_the_one_declared(one):
    for declared in one.commands:
        assert " ".join(Late(one, declared).load().help.split()).startswith(declared.help)


@each_feature
def test_nothing_of_it_is_listed_when_it_is_left_out(one, left_out):
    of_settings = [
        row.name for code in one.settings for row in fields(one.load(code)) if row.metadata
    ]
    assert set(of_settings) <= table().keys()
    left_out(with_dependents(one))

    assert {view.path for _, view in addresses.views()}.isdisjoint(view.path for view in one.routes)
    commands = typer.main.get_command(app).commands
    feature.leave_out(with_dependents(one))
    assert set(commands) >= {"serve", "query"}
    assert {row.name for row in rows()}.isdisjoint(of_settings)


@each_feature
def test_its_addresses_are_not_served(one, left_out):
    paths = [view.path for view in one.routes if "{" not in view.path]
    assert all(map(addresses.serves, paths))
    left_out(with_dependents(one))

    assert not any(map(addresses.serves, paths))
    assert addresses.serves("/sparql")


def test_without_canned_queries_there_are_none(left_out):
    assert all_queries()
    left_out(["canned"])

    assert all_queries() == {}


def test_a_setting_of_what_is_left_out_is_unknown(left_out):
    given = {"engine": "https://example.org/sparql"}
    assert checked(given, "the file")["engine"] == ("https://example.org/sparql",)
    left_out(["remote"])

    with pytest.raises(SettingError, match="engine"):
        checked(given, "the file")


def test_settings_are_given_by_the_class_of_their_feature(left_out):
    (stores,) = (each for each in FEATURES if each.name == "stores")
    kind = stores.load(*stores.settings)
    settings = Settings.from_values({"default_graph": "union", "port": 1})
    assert (settings.of(kind).default_graph, settings.port) == ("union", 1)
    assert settings.value("default_graph") == "union"
    assert settings.having(port=2, default_graph="stored").of(kind) == kind()

    left_out(["stores"])
    assert Settings.from_values({"default_graph": "union"}).of(kind) == kind()


def test_an_unknown_name_is_refused_with_the_nearest(left_out):
    with pytest.raises(
        SettingError, match=r"no feature 'serch' to leave out\. Did you mean search"
    ):
        left_out(["serch"])


def test_what_another_feature_needs_is_not_left_out_alone(left_out):
    with pytest.raises(SettingError, match=r"ontology needs things: leave out both \(without = "):
        left_out(["things"])


def test_an_extension_point_is_empty_without_its_feature(left_out):
    assert feature.hook("suggestions") is not None
    left_out(["search"])

    assert feature.hook("suggestions") is None
    assert feature.hooks("no such point") == ()


def test_a_graph_names_the_feature_that_a_method_needs(left_out):
    graph = gbagraph.open()
    left_out(["diagnostics", "reconcile", "why"])

    with pytest.raises(RequestError, match="needs the feature diagnostics, which is left out"):
        graph.explain("SELECT * {}")
    with pytest.raises(RequestError, match="needs the feature reconcile"):
        graph.lookup("https://example.org/")
    with pytest.raises(RequestError, match="needs the feature why"):
        graph.why("id:baidu", "a", "gba:Company")
    with pytest.raises(RequestError, match="needs the feature why"):
        graph.select("SELECT * { ?s ?p ?o } LIMIT 1", evidence=True)
    assert len(graph.select("SELECT * { ?s ?p ?o } LIMIT 1")) == 1


def test_tools_go_with_their_features(left_out):
    assert {"search", "explain", "why"} <= tools("all").keys()
    left_out(["search", "diagnostics", "why", "things", "ontology", "canned"])

    assert list(tools("all")) == ["schema", "query"]
    assert list(tools()) == ["gbagraph_schema", "gbagraph_query"]


def test_a_dead_link_keeps_its_text_and_a_form_goes(left_out):
    left_out(["why", "search"])
    page = (
        '<a href="/r/why?s=1">why</a><svg><a href="/r/why"><rect/></a></svg><a href="/r/docs">on</a>'
        '<form action="/r/search"><input></form><form action="/r/sparql">'
        '<button formaction="/r/search">Find</button></form><a href="/why">elsewhere</a>'
    )

    assert addresses.without_dead_links(page, "/r") == (
        '<span>why</span><svg><g><rect/></g></svg><a href="/r/docs">on</a>'
        '<form action="/r/sparql"></form><a href="/why">elsewhere</a>'
    )

"""The docs are true: they name what there is. Examples, tables and links: ``tests/docs``."""

import re

import yaml

import gbagraph
from gbagraph.dataset.identity import BUILT_IN
from support import ROOT

README = (ROOT / "README.md").read_text()
MAKEFILE = (ROOT / "Makefile").read_text()


def make_targets():
    return set(re.search(r"\.PHONY: (.*)", MAKEFILE)[1].split())


def test_every_make_target_is_documented():
    """README names those for everybody, CONTRIBUTING the rest."""
    contributing = (ROOT / "CONTRIBUTING.md").read_text()
    missing = {
        target
        for target in make_targets()
        if not re.search(rf"`make {target}[ `]", README + contributing)
    }

    assert missing == set()
    assert all(f"`make {name}`" in README for name in ("serve", "check", "test", "soak", "matrix"))


def test_every_target_that_is_no_file_is_named_as_one():
    assert set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE)) == make_targets()


def test_the_hooks_only_call_make():
    (repository,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]

    assert {hook["entry"] for hook in repository["hooks"]} == {"make lint", "make check"}


def test_the_benchmarks_are_of_this_version():
    """Another version needs another run of `make bench`."""
    text = (ROOT / "reports" / "benchmarks.md").read_text()

    assert re.findall(r"^Figures of gbagraph (\S+),", text, re.MULTILINE) == [gbagraph.__version__]


def test_every_graph_is_documented():
    graphs = gbagraph.open().description.graphs
    text = (ROOT / "docs" / "data.md").read_text()

    assert {f"graph/{iri.rpartition('/')[2]}" for iri in graphs} == set(
        re.findall(r"^\| `(graph/\w+)` \|", text, re.MULTILINE)
    )
    assert all("/".join(parts) in text for parts in BUILT_IN.values())


def test_what_is_importable_is_what_is_named():
    answers = {
        "Answer",
        "Boolean",
        "Solutions",
        "ExplainedSolutions",
        "Row",
        "ExplainedRow",
        "Triples",
    }
    graphs = {
        "Graph",
        "SafeGraph",
        "RemoteGraph",
        "AsyncRemoteGraph",
        "Queryable",
        "AsyncQueryable",
    }
    functions = {"open", "connect", "connect_async"}

    assert set(gbagraph.__all__) == answers | graphs | functions | {
        "__version__",
        "answers",
        "errors",
    }

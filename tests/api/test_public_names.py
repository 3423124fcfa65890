"""The names of the package: few are shown, and a client of a server loads little for its own."""

import builtins
import pydoc
import sys

import pytest

import gbagraph
from support import processes

PUBLIC = sorted(gbagraph.__all__)
MOST_MODULES = 25
"""Of this package, those that a client of a server may load."""


def loaded(code):
    """What a new interpreter has imported after *code*."""
    code = f"import sys\n{code}\nprint(*sys.modules)"
    done = processes.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_completion_shows_public_names_alone():
    gbagraph.open  # noqa: B018  imports modules, which become attributes of the package

    assert dir(gbagraph) == PUBLIC
    assert {"open", "connect", "errors"} <= set(PUBLIC)


@pytest.mark.parametrize("name", PUBLIC)
def test_public_name_has_a_docstring(name):
    assert getattr(gbagraph, name).__doc__


def test_help_shows_public_names_alone():
    page = pydoc.plain(pydoc.render_doc(gbagraph))
    functions = page.partition("\nFUNCTIONS\n")[2].partition("\nDATA\n")[0]
    data = page.partition("\nDATA\n")[2].partition("\nVERSION\n")[0]

    assert [line[4:].partition("(")[0] for line in functions.splitlines() if line[4:5].strip()] == [
        *("connect", "connect_async", "open"),
    ]
    assert all(name not in data for name in ("TYPE_CHECKING", "annotations", "_PLACES"))


def test_other_name_is_an_error():
    assert gbagraph.open is not builtins.open
    with pytest.raises(AttributeError, match="no attribute 'opne'"):
        gbagraph.opne  # noqa: B018


@pytest.mark.processes
def test_package_imports_nothing_of_others():
    heavy = {"pyoxigraph", "rdflib", "httpx", "asyncio", "msgspec", "pandas", "fastapi"}

    assert heavy.isdisjoint(loaded("import gbagraph"))


@pytest.mark.processes
def test_client_of_a_server_loads_few_modules():
    modules = [name for name in loaded("import gbagraph; gbagraph.connect") if "gbagraph" in name]

    assert len(modules) <= MOST_MODULES, modules
    for heavy in ("dataset", "engine", "features", "names", "queries.catalog", "web"):
        assert f"gbagraph.{heavy}" not in modules


@pytest.mark.processes
def test_without_a_package_the_error_says_what_to_install():
    code = (
        "sys.modules |= dict.fromkeys(('httpx', 'pandas', 'polars'))\n"
        "import gbagraph\n"
        "df = gbagraph.Solutions(('x',), ()).df\n"
        "connects = gbagraph.connect, gbagraph.connect_async\n"
        "calls = [(each, 'http://127.0.0.1:1') for each in connects]\n"
        "for call, given in (*calls, (df, 'pandas'), (df, 'polars')):\n"
        "    try: call(given)\n"
        "    except gbagraph.answers.MissingPackage as problem: print(problem)\n"
        "for name in dir(gbagraph): getattr(gbagraph, name)\n"
    )

    assert [word for word in loaded(code) if word.startswith("'")] == [
        *["'gbagraph[client]'"] * 2,
        *("'pandas'", "'polars'"),
    ]

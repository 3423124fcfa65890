"""A project of others whose queries are tested with pytest, and runs of pytest in it."""

import io
import sys
from contextlib import chdir, redirect_stderr, redirect_stdout

import pytest

DATA = """
PREFIX e: <http://example.org/>
e:a e:name "Ann" ; e:size 1 . e:b e:name "Bob" ; e:size 2 .
"""
NAMES = (
    "PREFIX e: <http://example.org/>\nSELECT ?x ?name ?size { ?x e:name ?name ; e:size ?size }\n"
)
RIGHT = "x,name,size\ne:a,Ann,1\ne:b,Bob,2.0\n"
ASKED = ("--sparql", "queries", "--data", "data.ttl")


def run(folder, *options, status=0):
    """What pytest prints in *folder*, where it runs in this process; it must end with *status*."""
    known, paths, said = set(sys.modules), sys.path[:], io.StringIO()
    given = ["-p", "no:cacheprovider", "-W", "error", *map(str, options)]
    with chdir(folder), redirect_stdout(said), redirect_stderr(said):
        ended = pytest.main(given)
    sys.path[:] = paths
    for name in sys.modules.keys() - known:
        # The next project has other modules of the same names.
        if (getattr(sys.modules[name], "__file__", None) or "").startswith(f"{folder}"):
            del sys.modules[name]
    assert ended == status, said.getvalue()
    return said.getvalue()

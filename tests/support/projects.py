"""A project of others whose queries are tested with pytest, and runs of pytest in it."""

import os
import sys

from support import processes

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
    """What pytest prints in *folder*; it must end with *status*."""
    done = processes.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-p",
            "no:cacheprovider",
            "-W",
            "error",
            *map(str, options),
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={name: value for name, value in os.environ.items() if not name.startswith("PYTEST")},
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout

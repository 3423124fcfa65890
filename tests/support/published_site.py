"""Sites that are written once for all test modules of a run, which may run in several processes."""

import fcntl
import sys
import tempfile
from functools import partial
from pathlib import Path

from gbagraph.settings import Settings
from support import processes
from support.questions import written

TITLE = "Wells"
BASE = "https://w3id.org/example/wells/"
LICENCE = "https://creativecommons.org/licenses/by/4.0/"
SOURCE = "https://town.example/wells"
SETTINGS = f"""
title = "{TITLE}"
description = "Wells, each with its depth."
version = "1.0"
license = "{LICENCE}"
publisher = "The museum"
creator = ["A. Digger"]
issued = "2026-01-31"
keywords = ["wells", "water"]
sources = ["{SOURCE}"]
base = "{BASE}"
data = "wells.ttl"
queries = "queries"
"""
DATA = """
@prefix : <https://w3id.org/example/wells/> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
:one a :Well ; rdfs:label "One" ; :depth 7 ; :beside :two . :two rdfs:label "Two" ; :depth 9 .
"""
QUERY = """#+ summary: How deep are the wells?
SELECT ?well ?depth { ?well <https://w3id.org/example/wells/depth> ?depth } ORDER BY ?well
"""
OPTIONS = ("--languages", "en,zh-Hans", "--without", "manual")


def project(folder):
    """Write a small graph of a publisher into a new *folder*, and return that."""
    (folder / "queries").mkdir(parents=True)
    (folder / "gbagraph.toml").write_text(SETTINGS)
    (folder / "wells.ttl").write_text(DATA)
    (folder / "queries" / "depths.rq").write_text(QUERY)
    return folder


TWICE = """
import sys
from contextlib import suppress
from gbagraph.__main__ import main
from gbagraph.features.site import building
with suppress(SystemExit):
    main()
building.QUERIED = building.LISTED = 3
sys.argv[2:] = {large!r}
main()
"""
"""The command, and again with other arguments, when more than three quads are many."""


def build(folder, site, *options, command=("-m", "gbagraph")):
    """Build the *site* of the project in a *folder*; return the process that has ended."""
    command = [sys.executable, *command, "site", str(site), *OPTIONS, *options]
    return processes.run(command, cwd=folder, capture_output=True, text=True)


def _shared(tmp_path_factory, name, write):
    """Return a folder of the run, written by the first that asks."""
    run = tmp_path_factory.getbasetemp()
    run = run.parent if run.name.startswith("popen-") else run
    with (run / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (run / name).exists():
            folder = Path(tempfile.mkdtemp(dir=run))
            write(folder)
            folder.rename(run / name)
    return run / name


def _write(folder):
    done = build(project(folder), folder / "site")
    assert done.returncode == 0, done.stderr


def once(tmp_path_factory):
    """Return the folder of the small site, which is in that of its project."""
    return _shared(tmp_path_factory, "site-project", _write) / "site"


def endpoint_once(tmp_path_factory):
    """Return a folder with the endpoint of our own graph, without pages."""
    return _shared(tmp_path_factory, "endpoint", partial(written, Settings()))

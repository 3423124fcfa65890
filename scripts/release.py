"""Checks that a release can be made, and says what is left to do by hand. Publishes nothing.

``make release`` runs it, and ``make release ARGS=--tested`` where ``make test`` has just passed. The
environment of GitHub names the tag and the repository, which must be those of the version. ``--notes``
prints the section of the changelog instead.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

import gbagraph
import query_names
from gbagraph.dataset.identity import inferred_file, queries_file, releases
from gbagraph.features.curation.reasoning import inferred
from gbagraph.features.releases.checksums import checksums_file
from gbagraph.features.releases.commands import outdated
from gbagraph.queries.catalog import local_queries

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT: Final = Path(__file__).resolve().parent.parent

_BASE: Final = "https://w3id.org/gbagraph"
VERSION_STANDS: Final = (
    ("data/dataset.ttl", 'owl:versionInfo "{}" ;\n    dcterms:issued'),
    ("data/dataset.ttl", f"<{_BASE}/dataset/{{}}> dcterms:issued"),
    ("ontology/gba.ttl", f"owl:versionIRI <{_BASE}/ontology/{{}}>"),
    ("ontology/gba.ttl", 'owl:versionInfo "{}"'),
    ("ontology/gba.ttl", f'{_BASE}/ontology/{{}}"@en'),
    ("ontology/shapes.ttl", f"owl:versionIRI <{_BASE}/shapes/{{}}>"),
    ("ontology/shapes.ttl", 'owl:versionInfo "{}"'),
    ("ontology/shapes.ttl", f'{_BASE}/shapes/{{}}"@en'),
    ("CITATION.cff", "\nversion: {}\n"),
    ("data/changes.toml", '[[release]]\nversion = "{}"\n'),
    ("CHANGELOG.md", "\n## {} ("),
    ("README.md", "gbagraph-{}-py3-none-any.whl"),
    ("README.md", 'graph.version == "{}"'),
    ("docs/first-answers.md", "gbagraph-{}-py3-none-any.whl"),
    ("docs/first-answers.md", "dataset-version: {}\n"),
    *(
        (f"docs/{page}.md", "gbagraph-{}-py3-none-any.whl")
        for page in ("assistants", "first-test", "operate", "publish", "testing")
    ),
    ("docs/first-test.md", 'graph.version == "{}"'),
    ("docs/versions.md", "dataset-version: {}\n"),
)
"""Each place that names the version, by its file and the text around it."""

DATE_STANDS: Final = (
    ("CHANGELOG.md", "\n## {0} ({1})\n"),
    ("CITATION.cff", "\ndate-released: {1}\n"),
    ("data/dataset.ttl", f'<{_BASE}/dataset/{{0}}> dcterms:issued "{{1}}"'),
    ("data/dataset.ttl", 'dcterms:modified "{1}"'),
    ("ontology/gba.ttl", 'dcterms:modified "{1}"'),
    ("ontology/shapes.ttl", 'dcterms:modified "{1}"'),
)
"""Each place that names the day of the release; the changelog's is taken for the right one."""


def version_faults(root: Path, version: str) -> Iterator[str]:
    """Files that do not name the version, or not the day, of this release."""
    for name, form in VERSION_STANDS:
        if form.format(version) not in (root / name).read_text():
            yield f"{name} does not say {form.format(version).strip()!r}"
    changelog = (root / "CHANGELOG.md").read_text()
    if found := re.search(rf"\n## {re.escape(version)} \((\d{{4}}-\d\d-\d\d)\)\n", changelog):
        for name, form in DATE_STANDS:
            if form.format(version, found[1]) not in (root / name).read_text():
                yield f"{name} does not say {form.format(version, found[1]).strip()!r}"
    if "\n## Unreleased" in changelog:
        yield f"CHANGELOG.md still has a section Unreleased: call it {version}, with the day"


def file_faults(version: str) -> Iterator[str]:
    """What is wrong with the files that keep the releases; those before this one are never changed."""
    for path in outdated():
        name = path.relative_to(ROOT)
        if path.is_file():
            yield f"{name} holds other data: give the dataset a new version"
        else:
            yield f"{name} is missing: run `gbagraph release` and commit it"
    if query_names.PLACE.read_text(encoding="utf-8") != query_names.text():
        yield "type checkers do not know all canned queries: run `python scripts/query_names.py`"
    kept = {name: path for name, path in releases().items() if name != version}
    parts = [each(name) for each in (inferred_file, queries_file, checksums_file) for name in kept]
    for path in [*kept.values(), *filter(Path.is_file, parts)]:
        if len(_git("log", "--format=%h", "--", str(path)).split()) > 1:
            yield f"{path.relative_to(ROOT)} was changed after it was released"


def answer_faults() -> Iterator[str]:
    """What is made from the data, and is not as the data is now."""
    graph = gbagraph.open()
    for query in local_queries().values():
        answer = graph.run(query.name, **query.examples)
        if isinstance(answer, gbagraph.Triples):
            raise TypeError(f"{query.name} answers with a graph, which is not compared")
        now = json.loads(answer.serialize(format=ox.QueryResultsFormat.JSON) or b"")
        if now != json.loads(query.expected.read_text()):
            yield f"queries/expected/{query.expected.name} is not what {query.name} answers"
    if (ROOT / "data" / "inferred.ttl").read_text() != inferred():
        yield "data/inferred.ttl is not what follows from the data: run `make infer`"


def tree_faults(version: str) -> Iterator[str]:
    """What git says against a release from here."""
    if changed := _git("status", "--porcelain"):
        yield f"there are changes that are not committed:\n{changed}"
    tag = os.environ.get("GITHUB_REF_NAME")
    if tag is None and _git("tag", "--list", f"v{version}"):
        yield f"the tag v{version} is there: this version was released"
    if tag not in (None, f"v{version}"):
        yield f"the tag is {tag}, but the version {version}: name it v{version}"


def repository_faults(root: Path) -> Iterator[str]:
    """Why readers could not know by whom a release must be signed."""
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    named, here = project.get("urls", {}).get("Repository"), os.environ.get("GITHUB_REPOSITORY")
    if named is None:
        yield "pyproject.toml does not name the repository: Repository, in [project.urls]"
    elif here is not None and named != f"https://github.com/{here}":
        yield f"pyproject.toml names the repository {named}, but this is https://github.com/{here}"


def notes(root: Path, version: str) -> str:
    """Return the section of the changelog on a version; of one without, what is not released yet."""
    sections = (root / "CHANGELOG.md").read_text().split("\n## ")
    found = (text for text in sections if text.startswith((f"{version} ", "Unreleased\n")))
    return next(found).partition("\n")[2].strip()


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.rstrip()


def _make(target: str) -> Iterator[str]:
    if subprocess.run(["make", target], cwd=ROOT, check=False).returncode:
        yield f"`make {target}` failed"


_BY_HAND: Final = """
All is ready. By hand now, if they were not done since the last change:
  make matrix               lowest and newest dependencies, each Python
  make soak SECONDS=3600    an hour of load
  make conformance, make bench, and commit what they write

Then:
  git tag -a v{0} -m "gbagraph {0}"
  git push origin v{0}, which starts the workflow Release; agree to what it asks
  deploy it, and see that /sparql on the server says Dataset-Version: {0}
"""


def main() -> int:
    """Say of each check whether it found a fault; what takes long runs only if nothing did."""
    version = gbagraph.__version__
    if "--notes" in sys.argv[1:]:
        print(notes(ROOT, version))
        return 0
    tested = [] if "--tested" in sys.argv[1:] else [("all tests pass", lambda: _make("test"))]
    checks: list[tuple[str, Callable[[], Iterator[str]]]] = [
        (f"every file names {version} and its day", lambda: version_faults(ROOT, version)),
        ("the data of each release is kept, and what follows", lambda: file_faults(version)),
        ("expected answers and inferences are current", answer_faults),
        ("the tree is clean, the version new and the tag its own", lambda: tree_faults(version)),
        ("readers know by whom it must be signed", lambda: repository_faults(ROOT)),
    ]
    for stage in (checks, [*tested, ("the wheel is built", lambda: _make("wheel"))]):
        if any([_tell(what, list(check())) for what, check in stage]):  # noqa: C419  all are told
            return 1
    print(_BY_HAND.format(version))
    return 0


def _tell(what: str, faults: list[str]) -> bool:
    print(f"{'NOT YET' if faults else 'good   '}  {what}", flush=True)
    for fault in faults:
        print(f"         {fault}")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())

"""Write where the published files come from: an in-toto statement with SLSA's provenance, as JSON.

For each file of data, ontology and queries it has the hash, the commit that changed it last, and whether
it was written by hand or made by a command from which other files. The same commit gives the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from gbagraph._version import __version__

ROOT: Final = Path(__file__).resolve().parents[1]
FOLDERS: Final = ("data", "ontology", "queries")
MADE: Final = {
    "data/evidence.ttl": "scripts/article_claims.py",
    "data/selectors.ttl": "scripts/article_claims.py",
    "data/inferred.ttl": "make infer",
    "data/releases/": "gbagraph release",
    "queries/expected/": "gbagraph queries check --update",
}
"""By what files or folders are made; all others are written by hand."""
FROM: Final = {
    "data/inferred.ttl": (
        "data/gba.ttl",
        "data/context.ttl",
        "ontology/gba.ttl",
        "ontology/evidence.ttl",
    )
}
"""What the contents of a file follow from."""
_KIND: Final = "https://w3id.org/gbagraph/docs/extend"


def statement(files: list[str]) -> dict[str, Any]:
    """The statement on *files*, which are named from the root of the checkout.

    Raises:
        subprocess.CalledProcessError: this is no checkout of git.
    """
    commit = git("rev-parse", "HEAD")
    return {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [_subject(name) for name in files],
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {
            "buildDefinition": {
                "buildType": _KIND,
                "externalParameters": {"version": __version__},
                "resolvedDependencies": [{"name": "source", "digest": {"gitCommit": commit}}],
            },
            "runDetails": {"builder": {"id": f"{_KIND}#release"}},
        },
    }


def published() -> list[str]:
    """All files that git has of the published folders."""
    return git("ls-files", *FOLDERS).splitlines()


def _subject(name: str) -> dict[str, Any]:
    commit, changed = git("log", "-1", "--format=%H %cI", "--", name).split()
    made = next((made for start, made in MADE.items() if name.startswith(start)), "by hand")
    return {
        "name": name,
        "digest": {"sha256": hashlib.sha256((ROOT / name).read_bytes()).hexdigest()},
        "annotations": {
            "made": made,
            "from": list(FROM.get(name, ())),
            "commit": commit,
            "changed": changed,
        },
    }


def git(*arguments: str) -> str:
    """What git prints."""
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()


if __name__ == "__main__":
    json.dump(statement(published()), sys.stdout, indent=2)
    print()

"""What SHACL shapes beside the data call links from their other end."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any, Final, cast

import pyoxigraph as ox

from gbagraph.dataset.named_files import in_folders, rdf_format
from gbagraph.errors import DatasetError
from gbagraph.web.kinds import BACKWARD, of_dataset

if TYPE_CHECKING:
    from pathlib import Path

_LARGEST: Final = 2_000_000
"""Bytes of the largest file of shapes that is read."""


@cache
def backward(paths: tuple[Path, ...]) -> tuple[dict[str, Any], ...]:
    """Return rows as of the query ``properties`` from the shapes in *paths*; none if one is broken."""
    store = ox.Store()
    try:
        for path in in_folders(paths):
            form = rdf_format(path)
            if form and path.stat().st_size <= _LARGEST:
                store.load(path=path, format=form, lenient=True)
    except (DatasetError, OSError, SyntaxError):
        return ()
    answer = cast("ox.QuerySolutions", store.query(of_dataset("web", "properties")))
    written = answer.serialize(format=ox.QueryResultsFormat.JSON)
    rows = json.loads(written or b"")["results"]["bindings"]
    return tuple(row for row in rows if row["tells"]["value"] == BACKWARD)

"""Downloads: all graphs, one graph, the facts with their evidence, releases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gbagraph import publication
from gbagraph.dataset.catalog import WHOLE, downloads, whole
from gbagraph.dataset.identity import SUFFIX, inferred_file, releases
from gbagraph.endpoint.evaluation import Evaluation
from gbagraph.endpoint.response import Response, file_stream
from gbagraph.engine import Dump, Quads
from gbagraph.errors import UnknownResource
from gbagraph.web import markup

if TYPE_CHECKING:
    from pathlib import Path

    from gbagraph.endpoint.request import Request
    from gbagraph.web.context import Context


_SHOWN: Final = 20
"""Names of files that an error shows."""


async def file(context: Context, request: Request, name: str) -> Evaluation | Response:
    """A file: all graphs, one graph, the facts with their evidence, or a release."""
    released = _released()
    if name in released:
        return _packed(released[name], name)
    # The files of the whole dataset had the name of the software, whatever the dataset was.
    older = name.replace(f"{WHOLE}.", f"{whole()}.", 1)
    path = downloads(context.dataset.graphs).get(older)
    if path is None:
        names = list(downloads(context.dataset.graphs))
        raise UnknownResource(f"There is no file {name}. There are: {', '.join(names[:_SHOWN])} …")
    media_type = path.format.media_type
    job = Quads(path.query, media_type) if path.query else Dump(path.graph, media_type)
    links = markup.of_file(publication.current(), context.dataset, request.prefix, path.graph or "")
    return Evaluation(job, name=path.name, links=markup.value(links))


def _released() -> dict[str, Path]:
    """Return the files of the releases by name: what each asserts, and what followed from it then."""
    files: dict[str, Path] = {}
    if not publication.current().is_own:
        return files
    for version, path in releases().items():
        files[f"{WHOLE}-{version}{SUFFIX}"] = path
        if (followed := inferred_file(version)).is_file():
            files[f"{WHOLE}-{version}-inferred{SUFFIX}"] = followed
    return files


def _packed(path: Path, name: str) -> Response:
    """Return a release, compressed as it is stored."""
    response = Response(200, [(b"content-type", b"application/gzip")])
    response.add("content-length", str(path.stat().st_size))
    response.add("content-disposition", f'attachment; filename="{name}"')
    response.stream = file_stream(path.open("rb"))
    return response

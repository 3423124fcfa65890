"""Keep the built-in data as the release of its version, and lose nothing that was released."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import pyoxigraph as ox
import typer

from gbagraph.cli.output import CANNOT, USAGE, chosen, fail
from gbagraph.dataset.identity import (
    META,
    QUERIES,
    asserted_file,
    inferred_file,
    queries_file,
    releases,
)
from gbagraph.dataset.loader import data_quads, load, read_built_in
from gbagraph.errors import DatasetError
from gbagraph.features.releases.checksums import checksums, checksums_file
from gbagraph.paths import display, is_installed, write_whole
from gbagraph.publication import OWN, folder_of_queries
from gbagraph.rdf.dataset import canonical_lines
from gbagraph.rdf.namespaces import BASE

if TYPE_CHECKING:
    from collections.abc import Iterable


def keep() -> tuple[Path, ...]:
    """Write the release of the version of the built-in data: quads, what follows, queries, checksums.

    Raises:
        DatasetError: the version is already released with other data, an IRI of the last release is no
            longer described, or this is no checkout.
    """
    if is_installed():
        raise DatasetError(
            "These are the data of an installed package, which are released already. Release those of a "
            "checkout of the project."
        )
    store, description = load()
    files, queries = _files(store, description.version), queries_file(description.version)
    for path in _changed(files, queries):
        if path.is_file():
            raise DatasetError(
                f"{display(path)} holds other data. A release is never changed: give the dataset a "
                "new version in data/dataset.ttl."
            )
    _require_described(canonical_lines(store))
    for path, lines in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        # No time in the header: the same data gives the same file.
        write_whole(path, gzip.compress("".join(lines).encode(), mtime=0))
    queries.parent.mkdir(parents=True, exist_ok=True)
    write_whole(queries, packed_queries())
    sums = checksums_file(description.version)
    write_whole(sums, checksums(description.version, description.hash).encode())
    return *files, queries, sums


def outdated() -> list[Path]:
    """Return the files of the release of this version that are missing, or that hold other data."""
    store, description = load()
    version = description.version
    sums, right = checksums_file(version), checksums(version, description.hash)
    changed = _changed(_files(store, version), queries_file(version))
    return changed + [sums] * (not sums.is_file() or sums.read_text() != right)


def _changed(files: dict[Path, list[str]], queries: Path) -> list[Path]:
    """Return which of *files* are missing or hold other lines, and *queries* if they do so."""
    changed = [path for path, lines in files.items() if unpacked(path) != lines]
    return changed + [queries] * (not queries.is_file() or _is_other(queries))


def _files(store: ox.Store, version: str) -> dict[Path, list[str]]:
    """Return the two files of a release, and the canonical lines that belong into each."""
    asserted = set(data_quads(read_built_in()))
    # What describes the data, and the queries, are of the software, and change without the data.
    apart = {META, QUERIES, ox.DefaultGraph()}
    followed = {quad for quad in store if quad.graph_name not in apart} - asserted
    return {
        asserted_file(version): canonical_lines(asserted),
        inferred_file(version): canonical_lines(followed),
    }


def unpacked(path: Path) -> list[str]:
    """Return the lines of a file of a release; none where there is no file."""
    if not path.is_file():
        return []
    text = gzip.decompress(path.read_bytes()).decode()
    # Not splitlines(): U+2028 and its like stand unescaped in literals.
    return [f"{line}\n" for line in text.split("\n") if line]


def vanished(before: Iterable[str], after: Iterable[str]) -> list[str]:
    """Return our IRIs of which *before* says something and *after* nothing, from canonical lines."""
    return sorted(_described(before) - _described(after))


def _described(lines: Iterable[str]) -> set[str]:
    ours = f"<{BASE}"
    return {line[1 : line.index(">")] for line in lines if line.startswith(ours)}


def packed_queries() -> bytes:
    """Return the archive of the canned queries with their expected answers; always the same bytes."""
    root, packed = Path(OWN.queries), io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted(each for each in root.rglob("*") if each.is_file()):
            # Without a time, and with the same mode everywhere.
            info = zipfile.ZipInfo(path.relative_to(root).as_posix())
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(info, path.read_bytes(), compresslevel=9)
    return packed.getvalue()


def _is_other(path: Path) -> bool:
    """Whether an archive has other queries, or answers, than there are now."""
    contents = []
    for file in (path, io.BytesIO(packed_queries())):
        with zipfile.ZipFile(file) as archive:
            contents.append({name: archive.read(name) for name in archive.namelist()})
    return contents[0] != contents[1]


def _require_described(lines: list[str]) -> None:
    known = list(releases().values())
    if known and (lost := vanished(unpacked(known[-1]), lines)):
        raise DatasetError(
            f"IRIs that were released are not described any more: {', '.join(lost)}. Keep each with "
            "owl:deprecated and dcterms:isReplacedBy: a term in ontology/gba.ttl for one release, "
            "then, like a thing or a claim, in data/dataset.ttl."
        )


def diff(  # noqa: PLR0913  one option each
    before: Annotated[
        str, typer.Argument(metavar="A", help="A release such as 0.2.0, current, or an RDF file.")
    ],
    after: Annotated[str, typer.Argument(metavar="B", help="What to compare it with.")] = "current",
    *,
    output: Annotated[
        str,
        typer.Option(
            "--format",
            "-f",
            help="text, json, or patch (RDF Patch); with --query or --queries also markdown, a comment.",
        ),
    ] = "text",
    full: Annotated[bool, typer.Option("--full", help="In text, each triple too.")] = False,
    graph: Annotated[
        str, typer.Option(help="Compare this graph alone: article, an IRI, or default.")
    ] = "",
    inferred: Annotated[
        bool,
        typer.Option("--inferred", help="Compare what only follows, and computed claims, too."),
    ] = False,
    query: Annotated[
        str,
        typer.Option(
            metavar="NAME|FILE",
            help="Compare the answers of this query, each row with the triples that caused its change.",
        ),
    ] = "",
    queries: Annotated[
        bool, typer.Option("--queries", help="Compare the answers of the canned queries instead.")
    ] = False,
    queries_from: Annotated[
        Path | None,
        typer.Option(help="Ask both versions the query files of this folder, not each its own."),
    ] = None,
) -> None:
    """Summarize what changed from A to B.

    Exit code 0 if nothing did, 1 if something did.
    """
    queries = queries or queries_from is not None
    if (queries or query) and (full or graph or inferred):
        fail("To compare answers takes no --full, --graph and --inferred.", code=USAGE)
    written, code = (
        _explained(before, after, output, query, queries_from)
        if query or (queries and output == "markdown")
        else _compared_answers(before, after, output, queries_from)
        if queries
        else _compared_data(before, after, output, full=full, graph=graph, inferred=inferred)
    )
    print(written, end="")  # noqa: T201
    raise typer.Exit(code)


def _compared_data(  # noqa: PLR0913  one option each
    before: str, after: str, output: str, *, full: bool, graph: str, inferred: bool
) -> tuple[str, int]:
    # Imported here: no other command compares.
    from gbagraph.features.releases.diff import FORMS, compare, full_text

    form = chosen(output, FORMS)
    difference = compare(before, after, graph=graph, inferred=inferred)
    return (full_text if full and output == "text" else form)(difference), int(bool(difference))


def _compared_answers(before: str, after: str, output: str, folder: Path | None) -> tuple[str, int]:
    from gbagraph.features.releases.answer_diff import FORMS, compare

    form = chosen(output, FORMS)
    comparisons = compare(before, after, None if folder is None else folder_of_queries(folder))
    statuses = {row.status for row in comparisons}
    code = CANNOT if "failed" in statuses else int(statuses != {"same"})
    return form(before, after, comparisons), code


def _explained(
    before: str, after: str, output: str, query: str, folder: Path | None
) -> tuple[str, int]:
    from gbagraph.features.releases import cause_diff

    queries = None if folder is None else folder_of_queries(folder)
    if query:
        return cause_diff.of_query(before, after, query, output, queries)
    return cause_diff.of_all(before, after, queries)


def release() -> None:
    """Keep the built-in data as a release.

    With it goes what follows, and the canned queries.
    """
    print(*keep(), sep="\n")  # noqa: T201

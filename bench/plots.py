"""The plots of the report, as SVG."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bench.graphs import SIZES
from bench.records import median, values, where
from bench.servers import BEFORE, FLOOR, OURS, OXIGRAPH, RDFLIB, VIRTUOSO
from bench.throughput import COLD, CONNECTIONS, PLAIN, REPEATED

if TYPE_CHECKING:
    from pathlib import Path

    from bench.records import Record

_COLOURS: Final = {
    OURS: "#0b6e4f",
    BEFORE: "#8fc1ae",
    OXIGRAPH: "#d1603d",
    RDFLIB: "#7a77b9",
    VIRTUOSO: "#c2a83e",
    FLOOR: "#777777",
}


def draw(kept: dict[str, list[Record]], folder: Path) -> None:
    """Write the plots of what was measured; none where matplotlib is missing."""
    try:
        import matplotlib as mpl  # type: ignore[import-not-found]  # noqa: PLC0415  needed here only
    except ImportError:
        return
    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "gbagraph"
    for name, part, draws in _PLOTS:
        if kept[part]:
            figure = draws(kept[part])
            figure.savefig(folder / f"benchmarks-{name}.svg", metadata={"Date": None})


def _figure(columns: int) -> tuple[Any, Any]:
    import matplotlib.pyplot as plt  # type: ignore[import-not-found]  # noqa: PLC0415

    size = (4 * columns, 3.6)
    figure, axes = plt.subplots(1, columns, figsize=size, layout="constrained", squeeze=False)
    return figure, axes


def _throughput(rows: list[Record]) -> Any:  # noqa: ANN401  a figure
    loads = where(rows, what="load", work="ad-hoc", coding=PLAIN)
    sizes = [size for size in SIZES if where(loads, size=size)]
    figure, axes = _figure(len(sizes))
    for axis, size in zip(axes[0], sizes, strict=True):
        for server in _COLOURS:
            for mode, style in ((REPEATED, "-"), (COLD, "--")):
                _line(
                    axis,
                    where(loads, size=size, server=server, mode=mode),
                    f"{server}, {mode}",
                    style,
                )
        axis.set(title=size, xlabel="connections", xscale="log", yscale="log")
        axis.set_xticks(CONNECTIONS, map(str, CONNECTIONS))
    axes[0][0].set_ylabel("requests in a second (ad-hoc queries)")
    figure.legend(*axes[0][0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return figure


def _line(axis: Any, rows: list[Record], label: str, style: str) -> None:  # noqa: ANN401  an axis
    points = {n: median(rows, "rate", connections=n) for n in CONNECTIONS}
    known = {n: value for n, value in points.items() if value}
    if known:
        colour = _COLOURS[rows[0]["server"]]
        axis.plot(known.keys(), known.values(), style, marker="o", label=label, color=colour)


def _storm(rows: list[Record]) -> Any:  # noqa: ANN401  a figure
    ran = [row for row in rows if "during" in row]
    figure, axes = _figure(2)
    for axis, field in zip(axes[0], ("p50", "p99"), strict=True):
        for shift, when, alpha in ((-0.2, "quiet", 0.45), (0.2, "during", 1.0)):
            places = [n + shift for n in range(len(ran))]
            heights = [row[when][field] for row in ran]
            colours = [_COLOURS[row["server"]] for row in ran]
            axis.bar(places, heights, 0.4, color=colours, alpha=alpha)
        axis.set(title=f"{field}: quiet (pale), storm (full)", yscale="log", ylabel="ms")
        axis.set_xticks(range(len(ran)), [row["server"] for row in ran])
    return figure


def _scan(rows: list[Record]) -> Any:  # noqa: ANN401  a figure
    figure, axes = _figure(2)
    servers = (FLOOR, OURS, OXIGRAPH)
    for axis, kind in zip(axes[0], ("json", "tsv"), strict=True):
        found = [values(rows, "seconds", format=kind, server=name) for name in servers]
        heights = [median(rows, "seconds", format=kind, server=name) or 0 for name in servers]
        below = [height - min(one, default=0) for height, one in zip(heights, found, strict=True)]
        above = [max(one, default=0) - height for height, one in zip(heights, found, strict=True)]
        axis.bar(servers, heights, color=[_COLOURS[name] for name in servers], yerr=[below, above])
        axis.set(title=f"a million rows as {kind}", ylabel="seconds")
    return figure


_PLOTS: Final = (
    ("throughput", "throughput", _throughput),
    ("storm", "storm", _storm),
    ("scan", "scan", _scan),
)

"""Releases: differences between two, a new one, publishing to an engine, dumps."""

from gbagraph.feature import Command, Feature, View

FEATURE = Feature(
    name="releases",
    summary=__doc__,
    package=__name__,
    routes=(View("/dumps/{name}", ".routes:file"),),
    commands=(
        Command(
            "diff",
            ".commands:diff",
            "Summarize what changed from A to B.",
            after="validate",
        ),
        Command(
            "release",
            ".commands:release",
            "Keep the built-in data as a release.",
            after="diff",
            theme="Publish",
        ),
    ),
    hooks={"release checked": ".checksums:checked"},
)

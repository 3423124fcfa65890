"""The published graph as a folder of files, which any file host serves without a server of ours."""

from gbagraph.feature import Command, Feature

FEATURE = Feature(
    name="site",
    summary=__doc__,
    package=__name__,
    commands=(
        Command(
            "site",
            ".commands:site",
            "Write a folder for any file host: pages, data, endpoint.",
            after="mirror",
        ),
    ),
)

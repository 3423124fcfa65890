"""Changes: what each release changed, in words; a feed of patches, and a mirror that verifies."""

from gbagraph.feature import Command, Feature, View

FEATURE = Feature(
    name="changes",
    summary=__doc__,
    package=__name__,
    needs=("releases",),
    routes=(
        View("/changes", ".routes:changes"),
        View("/changes.atom", ".routes:atom"),
        View("/changes/{version}", ".routes:patch"),
    ),
    hooks={"sitemap": ".routes:addresses"},
    commands=(
        Command(
            "mirror",
            ".commands:mirror",
            "Follow the patches of a server into a file.",
            after="release",
        ),
    ),
)

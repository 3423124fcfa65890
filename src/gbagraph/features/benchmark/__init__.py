"""Reference questions with gold answers, and the scores of systems that answer them."""

from gbagraph.feature import Command, Feature, View

FEATURE = Feature(
    name="benchmark",
    summary=__doc__,
    package=__name__,
    routes=(
        View("/questions-benchmark", ".routes:page"),
        View("/questions-benchmark/{name}", ".routes:file"),
    ),
    hooks={"sitemap": ".routes:addresses"},
    commands=(
        Command(
            "benchmark",
            ".commands:app",
            "Score systems by reference questions.",
            after="terms",
        ),
    ),
)

"""What operators need: metrics, health, the queries that run, a check of the settings."""

from gbagraph.feature import Command, Feature, View

FEATURE = Feature(
    name="operations",
    summary=__doc__,
    package=__name__,
    routes=(
        View("/metrics", ".routes:metrics", is_free=True),
        View("/health/live", ".routes:live", is_free=True),
        View("/health/ready", ".routes:ready", is_free=True),
    ),
    hooks={"while served": ".control:answering"},
    commands=(
        Command(
            "doctor",
            ".commands:doctor",
            "Check what a server started here needs, and what to fix.",
            after="settings",
        ),
        Command(
            "top",
            ".commands:top",
            "Show which queries run on your servers, or stop one of them.",
            after="doctor",
        ),
    ),
)

"""The manual as pages of the server, with a search."""

from gbagraph.feature import Feature, View

FEATURE = Feature(
    name="manual",
    summary=__doc__,
    package=__name__,
    routes=(
        View("/docs", ".routes:index"),
        View("/docs/{path:path}", ".routes:page"),
    ),
    hooks={
        "manual_search": ".routes:search",
        "manual_sections": ".routes:sections",
        "sitemap": ".routes:addresses",
    },
)

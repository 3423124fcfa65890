"""The manual as pages of the server, with a search."""

from gbagraph.feature import Feature, View

FEATURE = Feature(
    name="manual",
    summary=__doc__,
    routes=(
        View("/docs", "gbagraph.features.manual.routes:index"),
        View("/docs/{path:path}", "gbagraph.features.manual.routes:page"),
    ),
    hooks={
        "manual_search": "gbagraph.features.manual.pages:search",
        "sitemap": "gbagraph.features.manual.pages:addresses",
    },
)

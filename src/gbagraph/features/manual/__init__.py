"""The manual as pages of the server, with a search."""

from gbagraph.feature import Feature, View

FEATURE = Feature(
    name="manual",
    summary=__doc__,
    routes=(
        View("/docs", "gbagraph.web.views.docs:index"),
        View("/docs/{path:path}", "gbagraph.web.views.docs:page"),
    ),
    hooks={
        "manual_search": "gbagraph.web.manual:search",
        "sitemap": "gbagraph.web.manual:addresses",
    },
)

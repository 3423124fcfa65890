"""Queries that call the endpoints of others with SERVICE."""

from gbagraph.feature import Feature

FEATURE = Feature(
    name="federation",
    summary=__doc__,
    package=__name__,
    hooks={
        "service": "gbagraph.federation.exchange:evaluate",
        "service explained": "gbagraph.federation.exchange:explain",
    },
    settings=(".settings:ServiceSettings",),
)

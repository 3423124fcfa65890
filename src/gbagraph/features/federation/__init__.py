"""Queries that call the endpoints of others with SERVICE."""

from gbagraph.feature import Feature

FEATURE = Feature(
    name="federation",
    summary=__doc__,
    package=__name__,
    hooks={
        "providers": ".outbound:providers",
        "service": ".explained:evaluate",
        "service explained": ".explained:explain",
    },
    settings=(".settings:ServiceSettings",),
)

"""Stores on disk: large data, loaded once, with versions that are switched."""

from gbagraph.feature import Command, Feature

FEATURE = Feature(
    name="stores",
    summary=__doc__,
    package=__name__,
    hooks={
        "data checked": ".serving:check",
        "published": ".serving:published",
        "source": ".serving:of_settings",
        "versions": ".following:follow",
    },
    settings=(".settings:StoreSettings",),
    commands=(
        Command(
            "load",
            ".commands:load",
            "Load files into a store on disk, for graphs that do not fit into memory: "
            "serve --store DIR.",
            after="serve",
        ),
        Command(
            "switch",
            ".commands:switch",
            "Put another version of a store into service; running servers take it up within a "
            "second.",
            after="load",
        ),
        Command(
            "rollback",
            ".commands:rollback",
            "Put the version of a store into service again that was there before.",
            after="switch",
        ),
    ),
)

"""A note of the operator: a feature as another distribution adds one, for the tests."""

from gbagraph.feature import Command, Feature, View

FEATURE = Feature(
    name="notes",
    summary=__doc__,
    package=__name__,
    needs=("operations",),
    settings=(".settings:NoteSettings",),
    routes=(View("/notes", ".views:page"), View("/notes/modules", ".views:modules")),
    commands=(Command("note", ".commands:note", "Print a note.", after="serve"),),
    tools=(".tools:NOTE",),
)

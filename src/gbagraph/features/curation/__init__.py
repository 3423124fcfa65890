"""Curation of the built-in data: validation and inference."""

from gbagraph.feature import Command, Feature

FEATURE = Feature(
    name="curation",
    summary=__doc__,
    package=__name__,
    hooks={"check by shapes": ".commands:check_by_shapes"},
    commands=(
        Command(
            "validate",
            ".commands:validate",
            "Check data and canned queries; exit code 1 if something is wrong.",
            after="explain",
            theme="Check",
        ),
        Command(
            "infer",
            ".commands:infer",
            "Write what follows from the built-in dataset by its ontology (OWL 2 RL), as Turtle.",
            after="release",
        ),
    ),
)

"""The project that pytest tests."""

import pytest

from support.projects import DATA, NAMES, RIGHT


@pytest.fixture
def project(tmp_path):
    """A project with data, a query and what a subject expert expects of it."""
    folder = tmp_path / "project"
    (folder / "queries" / "expected").mkdir(parents=True)
    (folder / "data.ttl").write_text(DATA)
    (folder / "queries" / "names.rq").write_text(NAMES)
    (folder / "queries" / "expected" / "names.csv").write_text(RIGHT)
    return folder

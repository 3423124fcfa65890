"""The sound project, in a folder of its own for each test."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gbagraph import publication
from gbagraph.cli import project
from support import claims

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _published_again(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A command that runs in the process of the tests publishes its project, for this test alone."""
    monkeypatch.setattr(project._Here, "settings", project._Here.settings)
    yield
    publication.use(publication.OWN)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sound project, built."""
    folder = tmp_path_factory.mktemp("sound")
    claims.write(folder)
    return folder


@pytest.fixture
def folder(built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it, in which the test runs."""
    shutil.copytree(built, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path

"""The sound project, in a folder of its own for each test."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from support import claims


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

"""Features, left out and added in this process."""

import sys

import pytest

from gbagraph import feature
from support.features import OUTSIDE


@pytest.fixture
def left_out():
    """Leave features out in this process; afterwards all are present again."""
    yield feature.leave_out
    feature.leave_out(None)


@pytest.fixture
def notes(monkeypatch):
    """The distribution gbagraph-notes, installed in this process."""
    with monkeypatch.context() as patched:
        patched.syspath_prepend(str(OUTSIDE))
        feature.present.cache_clear()
        yield
    for name in [name for name in sys.modules if name.startswith("gbagraph_notes")]:
        del sys.modules[name]
    feature.leave_out(None)

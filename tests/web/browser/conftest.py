"""A browser for the tests of a module."""

import pytest

from support.browser import Chromium
from support.installed import needs


@pytest.fixture(scope="module")
def chromium(tmp_path_factory):
    needs("chromium")
    with Chromium(tmp_path_factory.mktemp("profile")) as running:
        yield running

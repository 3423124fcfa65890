"""Fixtures that are servers with data of their own, one for a module."""

import pytest

from support import RunningServer


def serving(turtle: str, *options: object):
    """A fixture: a server with these data; to be given a name that ends in ``server``."""

    @pytest.fixture(scope="module")
    def server(tmp_path_factory):
        path = tmp_path_factory.mktemp("data") / "data.ttl"
        path.write_text(turtle, encoding="utf-8")
        with RunningServer("--data", path, *options) as running:
            yield running

    return server

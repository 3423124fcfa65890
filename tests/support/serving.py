"""Fixtures that are servers with data of their own, one for a module."""

import pytest

from support import RunningServer, file_with


def serving(text: str, *options: object, name: str = "data.ttl"):
    """A fixture: a server with these data; to be given a name that ends in ``server``."""

    @pytest.fixture(scope="module")
    def server(tmp_path_factory):
        path = file_with(tmp_path_factory.mktemp("data") / name, text)
        with RunningServer("--data", path, *options) as running:
            yield running

    return server

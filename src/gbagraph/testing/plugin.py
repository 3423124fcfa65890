"""The pytest plugin by its public name, which entry points and ``pytest -p`` use."""

pytest_plugins = ("gbagraph.features.testing.plugin",)

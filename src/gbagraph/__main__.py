"""``python -m gbagraph`` is the command ``gbagraph``."""

from gbagraph.cli import app

app()

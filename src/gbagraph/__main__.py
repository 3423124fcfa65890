"""``python -m gbagraph`` is the command ``gbagraph``."""

from gbagraph.cli import app

if __name__ == "__main__":
    app()

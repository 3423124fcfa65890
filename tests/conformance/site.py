"""Write the endpoint of a site of files: ``python -m conformance.site DATA FOLDER``."""

import sys
from pathlib import Path

from gbagraph.features.site import endpoint
from gbagraph.settings import Settings


def write(data: Path, folder: Path) -> None:
    """Write the files from which a browser, or Node, answers queries about *data*."""
    for path, content in endpoint.files(Settings(data=(data,))):
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)


if __name__ == "__main__":
    write(*map(Path, sys.argv[1:]))

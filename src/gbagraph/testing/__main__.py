"""``python -m gbagraph.testing``, which became commands of gbagraph: it says which."""

import sys

sys.stderr.write(
    "Use gbagraph terms and gbagraph mutants in place of python -m gbagraph.testing.\n"
)
sys.exit(2)

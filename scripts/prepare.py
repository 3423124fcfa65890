"""Keep the built-in dataset as it is once loaded, unless it is kept already."""

from gbagraph.dataset import prepared
from gbagraph.dataset.loader import compute_built_in

if prepared.read() is None:
    prepared.keep(*compute_built_in(infer=True))

"""The dataset: how it is loaded, what it says of itself, its releases."""

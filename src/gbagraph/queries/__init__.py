"""The canned queries: files, their parameters, and the terms that values become."""

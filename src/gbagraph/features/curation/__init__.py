"""Curation of data: validation, inference, expected answers, and the canned queries as a test suite."""

"""The canned queries and the description of their addresses."""

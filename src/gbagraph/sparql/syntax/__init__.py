"""A query as a tree whose every part knows its place in the text (SPARQL 1.1, section 19.8)."""

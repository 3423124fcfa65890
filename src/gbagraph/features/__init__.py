"""Features: parts of the product that can be left out, one folder each."""

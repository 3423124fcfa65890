"""SPARQL as text: protocol and negotiation, tokens, normalization, and what is wrong with a query."""

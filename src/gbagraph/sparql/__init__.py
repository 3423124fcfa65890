"""SPARQL as text: what it says, what the engine makes of it, and what is wrong with it."""

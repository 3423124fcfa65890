"""Proofs: why a triple is in the graph."""

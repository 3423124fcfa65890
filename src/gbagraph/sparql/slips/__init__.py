"""Slips of the pen that the tokens of a query show."""

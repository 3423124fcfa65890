"""Calls of other endpoints with SERVICE: which may be made, how, and what becomes of the answers."""

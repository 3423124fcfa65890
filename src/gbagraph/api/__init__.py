"""Graphs in Python: in the caller's process, in workers, or on a server."""

"""Graphs on disk: how a folder is loaded with files, and opened to be served."""

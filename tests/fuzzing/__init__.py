"""Hostile input by method: what fuzzers try, and what has to hold for all of it."""

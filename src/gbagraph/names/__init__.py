"""Names of what is served: search by them, values that are given by a label, their index."""

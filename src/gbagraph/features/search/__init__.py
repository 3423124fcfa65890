"""The search for things and in the manual."""

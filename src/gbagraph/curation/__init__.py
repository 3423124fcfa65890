"""Is the data good, and what follows from it? Needs the extra ``curation`` (pySHACL and owlrl)."""

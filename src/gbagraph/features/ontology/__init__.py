"""The documentation of the ontology, or of the terms of any dataset."""

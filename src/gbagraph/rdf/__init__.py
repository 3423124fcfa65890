"""RDF terms and formats: namespaces, media types, canonical form, JSON-LD, SPARQL results JSON."""

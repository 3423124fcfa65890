"""RDF terms and files: names, formats, one spelling. Nothing here opens a file."""

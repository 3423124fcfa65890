"""Data that another SPARQL endpoint holds (``--engine``): how it is asked, and what it replies."""

"""How a dataset gets into an engine elsewhere: sent graph by graph, compared, and put in place."""

"""The rules that claims are checked by: of the words, of what they say, of the graph, of its files."""

"""Tools for assistants: the graph as tools and resources of the Model Context Protocol."""

"""How a request becomes a response: no web framework, callable by any server."""

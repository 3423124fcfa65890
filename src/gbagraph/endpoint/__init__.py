"""From a request to a response, without a web framework: what any server can call."""

"""What can an assistant ask? The graph as tools and resources of the Model Context Protocol.

Only the modules ``server`` and ``serving`` know the SDK, which the extra ``mcp`` brings.
"""

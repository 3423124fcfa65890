"""The server: a small parent process, and generations of processes that serve on its address."""

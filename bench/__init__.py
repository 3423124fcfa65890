"""The benchmark of the server: `make bench`."""


class CannotRunError(Exception):
    """A server that is not here or did not start; the message says why."""

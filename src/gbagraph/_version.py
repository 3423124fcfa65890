"""The version of the software, for every module that names it."""

__version__ = "0.3.0"

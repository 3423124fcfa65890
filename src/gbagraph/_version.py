"""The version of the software, for every module that names it."""

__version__ = "0.4.0.dev0"

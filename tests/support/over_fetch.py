"""Exchanges the servers of tests for fetches in a browser: pytest -p support.over_fetch."""

import support
from support.fetching import FetchServer

support.RunningServer = FetchServer  # type: ignore[misc]  that is what this module is for

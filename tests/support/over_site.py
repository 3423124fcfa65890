"""Exchanges the servers of tests for endpoints of sites: pytest -p support.over_site tests/endpoint."""

import support
from support.sites import SiteServer

support.RunningServer = SiteServer  # type: ignore[misc]  that is what this module is for

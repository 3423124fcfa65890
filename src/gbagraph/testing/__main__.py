"""``python -m gbagraph.testing``: reports about query files with expected answers, without pytest."""

import sys

from gbagraph.features.testing.reports import main

sys.exit(main())

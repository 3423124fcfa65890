"""For how long an answer may be kept, and an endpoint is left alone."""

import pytest

from gbagraph.features.federation.endpoints import LONGEST, LONGEST_PAUSE, lifetime, pause_of

DATE = "Thu, 26 Nov 2026 10:00:00 GMT"
LATER = "Thu, 26 Nov 2026 10:02:00 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 0),
        ({"cache-control": "max-age=60"}, 60),
        ({"cache-control": "public, max-age=60, s-maxage=20"}, 20),
        ({"cache-control": 'MAX-AGE="60"'}, 60),
        ({"cache-control": "max-age=60", "age": "45"}, 15),
        ({"cache-control": "max-age=60", "age": "70"}, 0),
        ({"cache-control": "max-age=60, no-store"}, 0),
        ({"cache-control": "no-cache, max-age=60"}, 0),
        ({"cache-control": "private, max-age=60"}, 0),
        ({"cache-control": "max-age=60", "vary": "*"}, 0),
        ({"cache-control": "max-age=60", "vary": "Accept"}, 60),
        ({"cache-control": "max-age=soon"}, 0),
        ({"cache-control": "max-age=-1"}, 0),
        ({"cache-control": "max-age=999999999999999999"}, 0),
        ({"cache-control": "max-age=99999999"}, LONGEST),
        ({"expires": LATER, "date": DATE}, 120),
        ({"expires": DATE, "date": LATER}, 0),
        ({"expires": LATER}, 0),
        ({"expires": "0", "date": DATE}, 0),
        ({"expires": LATER, "date": DATE, "cache-control": "max-age=5"}, 5),
    ],
)
def test_the_lifetime_is_what_the_answer_says(headers, seconds):
    assert lifetime(headers) == seconds


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 0),
        ({"retry-after": "120"}, 120),
        ({"retry-after": "0"}, 0),
        ({"retry-after": LATER, "date": DATE}, 120),
        ({"retry-after": DATE, "date": LATER}, 0),
        ({"retry-after": DATE, "date": "never"}, 0),
        ({"retry-after": "-5"}, 0),
        ({"retry-after": "1.5"}, 0),
        ({"retry-after": "soon"}, 0),
        ({"retry-after": "9" * 400}, LONGEST_PAUSE),
        ({"retry-after": "Fri, 31 Dec 9999 23:59:59 GMT"}, LONGEST_PAUSE),
    ],
)
def test_the_pause_is_what_the_answer_asks_for(headers, seconds):
    assert pause_of(headers) == seconds

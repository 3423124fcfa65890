"""What stands for a query in logs and traces."""

from __future__ import annotations

from hashlib import blake2b
from typing import Final

from gbagraph.sparql.tokens import without_comments

_LONGEST_READ: Final = 16 * 1024
"""Characters of a query up to which comments are taken out for its fingerprint."""


def fingerprint(query: str) -> str:
    """Twelve hexadecimal digits that stand for a query; comments and white space make no difference."""
    text = without_comments(query) if len(query) <= _LONGEST_READ else query
    return blake2b(" ".join(text.split()).encode(errors="replace"), digest_size=6).hexdigest()

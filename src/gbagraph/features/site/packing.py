"""How files are packed that a browser unpacks: by LZMA, for gzip makes the engine half as large again.

``scripts/frontend.py`` runs this file by itself: it imports nothing of gbagraph.
"""

from __future__ import annotations

import lzma


def packed(content: bytes) -> bytes:
    """Return *content* as a file of LZMA in the format ALONE, with its length in its head."""
    size = len(content)
    dictionary = 1 << max(12, size.bit_length())
    filters = [{"id": lzma.FILTER_LZMA1, "preset": 6, "dict_size": dictionary}]
    written = lzma.compress(content, lzma.FORMAT_ALONE, filters=filters)
    return written[:5] + size.to_bytes(8, "little") + written[13:]

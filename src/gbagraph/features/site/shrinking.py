"""Pages, style sheets and scripts with fewer bytes: hosts may send them as they are."""

from __future__ import annotations

import re
from typing import Final

_KEPT: Final = re.compile(r"(<(pre|textarea|script|style)\b.*?</\2>)", re.DOTALL)
"""Elements in which space counts."""
_BLOCKS: Final = (
    "html|head|meta|link|title|body|main|section|article|div|header|footer|nav|ul|ol|li|dl|dt|dd|"
    "h[1-6]|p|table|caption|thead|tbody|tr|th|td|figure|figcaption|option|optgroup|template|"
    "svg|g|path|circle|line|rect|polyline|polygon|defs|marker|desc"
)
_AROUND: Final = re.compile(rf"\n?(</?(?:{_BLOCKS})\b[^>]*>)\n?")
_WHOLE: Final = re.compile(r'( (?:[xy][12]?|c[xy]|rx?|width|height)="-?\d+)\.0(?=")')
_SIGN: Final = re.compile(
    r'<span class="soft"><span aria-hidden="true">([^<]*)</span>'
    r'<span class="hidden-label">([^<]*)</span></span>'
)
"""A sign, and its words for those who hear it."""
_SAID: Final = r'<span class="soft" role="img" aria-label="\2">\1</span>'
_USUAL: Final = ' text-anchor="start"'


def page(text: str) -> str:
    """Return a page without the space that no reader sees, and what drawings say in vain."""
    parts = _KEPT.split(text)
    for at in range(0, len(parts), 3):
        plain = re.sub(r"[ \t]*\n\s*", "\n", parts[at])
        plain = _SIGN.sub(_SAID, _AROUND.sub(r"\1", plain))
        parts[at] = _WHOLE.sub(r"\1", plain.replace(_USUAL, ""))
        if at + 2 < len(parts):
            parts[at + 2] = ""
    return "".join(parts)


def style(text: str) -> str:
    """Return a style sheet without comments and needless space."""
    bare = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    bare = re.sub(r"\s+", " ", bare)
    return (
        re.sub(r" ?([{};,>]) ?", r"\1", bare).replace(": ", ":").replace(";}", "}").strip() + "\n"
    )


def script(text: str) -> str:
    """Return a script without lines of comments and indentation; one with a text of lines as it is."""
    lines = text.splitlines()
    if any(line.count("`") % 2 for line in lines):
        return text
    stripped = (line.strip() for line in lines)
    return "\n".join(line for line in stripped if line and not line.startswith("//")) + "\n"

"""The land of maps as files, which browsers load when a map comes near: pages share a few of them."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Final

from gbagraph.features.site import shrinking

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gbagraph.features.site.asking import Answer

_LAND: Final = re.compile(
    r'(<rect class="sea" width="([\d.]+)" height="([\d.]+)" rx="4"/>\s*)(<path class="land"[^>]*>)'
)
_STYLE: Final = re.compile(r"/static/drawing\.\w+\.css")
_RULES: Final = re.compile(r"--drawing-(?:land|shore):[^;}]*[;}]|\.drawing-map \.land\{[^}]*\}")
"""What the style sheet of drawings says of the land."""


class Lands:
    """The files of the land in a site that has the *static* files of the server."""

    def __init__(self, static: Mapping[str, Answer]) -> None:
        sheets = [static[name].body.decode() for name in static if _STYLE.fullmatch(name)]
        rules = [found[0] for sheet in sheets for found in _RULES.finditer(shrinking.style(sheet))]
        self._style = f":root{{color-scheme:light dark;{''.join(rules)}"
        self.files: dict[str, bytes] = {}

    def apart(self, page: str, reference: Callable[[str], str]) -> str:
        """Return a *page* in whose maps the land is a picture; *reference* says how a file is named."""

        def picture(found: re.Match[str]) -> str:
            sea, width, height, path = found.groups()
            size = f'width="{width}" height="{height}"'
            content = (
                f'<svg xmlns="http://www.w3.org/2000/svg" class="drawing drawing-map" {size}>'
                f"<style>{self._style}</style>{path}</svg>\n"
            ).encode()
            name = f"static/land.{hashlib.sha256(content).hexdigest()[:10]}.svg"
            self.files[name] = content
            return (
                f"{sea}<foreignObject {size}>"
                f'<img loading="lazy" src="{reference(name)}" alt="" {size}></foreignObject>'
            )

        return _LAND.sub(picture, page)

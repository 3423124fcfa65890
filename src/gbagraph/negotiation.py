"""Content negotiation: an Accept header and what is offered give one format (RFC 9110, 12.5.1)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gbagraph.errors import NotAcceptable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gbagraph.formats import Format

_TRUE_OF_OURS = {
    ("charset", "utf-8"),
    *(("version", v) for v in ("1.0", "1.1", "1.2-basic", "1.2")),
}
_QVALUE = re.compile(r"(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\Z")
# A quoted parameter value may hold commas and semicolons, so the split must know quotes.
_MEMBER = re.compile(r'((?:[^",]|"(?:[^"\\]|\\.)*"?)*),?')
_PART = re.compile(r'((?:[^";]|"(?:[^"\\]|\\.)*"?)*);?')


@dataclass(frozen=True, slots=True)
class MediaRange:
    """One member of an Accept header: type, subtype, number of parameters, quality."""

    type: str
    subtype: str
    parameters: frozenset[tuple[str, str]]
    quality: float

    def specificity(self, media_type: str) -> int:
        """How exactly this range names *media_type*; -1 if it does not match."""
        main, _, sub = media_type.partition("/")
        if self.type == "*":
            return 0
        if self.type != main:
            return -1
        if self.subtype == "*":
            return 1
        if self.subtype != sub:
            return -1
        # Other parameters would ask for another variant than the one that we send.
        return 2 if self.parameters <= _TRUE_OF_OURS else -1


def _split(pattern: re.Pattern[str], text: str) -> list[str]:
    return [part.strip() for part in pattern.findall(text) if part.strip()]


def _member(text: str) -> MediaRange | None:
    name, *rest = _split(_PART, text)
    main, slash, sub = name.lower().partition("/")
    if not slash or not main or not sub or (main == "*" and sub != "*"):
        return None
    quality, parameters = 1.0, set()
    for part in rest:
        key, _, value = (piece.strip() for piece in part.partition("="))
        if key.lower() == "q":
            if not _QVALUE.match(value):
                return None
            quality = float(value)
            break  # what follows q are accept extensions, not media type parameters
        parameters.add((key.lower(), value.strip('"').lower()))
    return MediaRange(main, sub, frozenset(parameters), quality)


def parse(accept: Iterable[str]) -> list[MediaRange]:
    """Read Accept header lines; members that are not media ranges are passed over."""
    members = (text for line in accept for text in _split(_MEMBER, line))
    return [found for found in map(_member, members) if found is not None]


def _quality(ranges: Sequence[MediaRange], media_type: str) -> float:
    best = max(
        ((found.specificity(media_type), found.quality) for found in ranges),
        default=(-1, 0.0),
    )
    return best[1] if best[0] >= 0 else 0.0


def preferred(
    accept: Sequence[str], offers: Sequence[Format], wishes: Sequence[str] = ()
) -> Format | None:
    """The best of *offers* for these Accept header lines, or None.

    The most specific range decides a type's quality; ``q=0`` excludes; among equals the earlier
    offer wins, so non-standard aliases are only sent to those who ask for nothing better.
    No header, or none that can be read, accepts anything. *wishes* are file extensions: the first
    that is offered and not excluded by the header wins, and the others mean nothing.
    """
    ranges = parse(accept) or parse(["*/*"])
    for wish in wishes:
        for offer in offers:
            if offer.extension == wish and _quality(ranges, offer.media_type) > 0:
                return offer
    rated = [(_quality(ranges, offer.media_type), -place) for place, offer in enumerate(offers)]
    quality, place = max(rated)
    return offers[-place] if quality > 0 else None


def choose(accept: Sequence[str], offers: Sequence[Format], what: str = "this resource") -> Format:
    """The best of *offers*; raises NotAcceptable with the list of what there is."""
    found = preferred(accept, offers)
    if found is None:
        raise not_acceptable(accept, offers, what)
    return found


def not_acceptable(accept: Sequence[str], offers: Sequence[Format], what: str) -> NotAcceptable:
    """The error that names what could have been asked for."""
    available = [offer.media_type for offer in offers if offer.standard]
    return NotAcceptable(
        f"The Accept header {', '.join(accept)!r} admits no format in which {what} can be written. "
        f"Available: {', '.join(available)}.",
        available=available,
    )

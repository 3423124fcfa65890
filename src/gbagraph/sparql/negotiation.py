"""Content negotiation: an Accept header and what is offered give one format (RFC 9110, 12.5.1)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Final

from gbagraph.errors import MalformedRequest, NotAcceptable
from gbagraph.rdf.formats import named

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gbagraph.rdf.formats import Format

_MOST: Final = 200
"""Members of an Accept header that are read; the rest is not worth the server's time."""

_LONG: Final = 1000
"""Characters of the longest Accept header that is remembered."""

_QVALUE: Final = re.compile(r"(?:0?(?:\.\d{0,3})?|1(?:\.0{0,3})?)\Z")
# A quoted parameter value may hold commas and semicolons, so the split must know quotes.
_MEMBER: Final = re.compile(r'((?:[^",]|"(?:[^"\\]|\\.)*+"?)*+),?')
_PART: Final = re.compile(r'((?:[^";]|"(?:[^"\\]|\\.)*+"?)*+);?')


@dataclass(frozen=True, slots=True)
class MediaRange:
    """One member of an Accept header: type, subtype, quality.

    Its other parameters are passed over: a profile, a charset or a version that a server does not
    know must not keep it from answering (RFC 6906, section 3.1), and it has one of each.
    """

    type: str
    subtype: str
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
        return 2 if self.subtype == sub else -1


def _split(pattern: re.Pattern[str], text: str) -> Iterator[str]:
    return filter(None, (found[1].strip() for found in pattern.finditer(text)))


def _member(text: str) -> MediaRange | None:
    name, *parameters = [*_split(_PART, text), ""]
    # Java sends a bare asterisk, as HTTP/1.0 servers understood it.
    main, slash, sub = ("*", "/", "*") if name == "*" else name.lower().partition("/")
    if not slash or not main or not sub or (main == "*" and sub != "*"):
        return None
    for parameter in parameters:
        key, _, value = (piece.strip() for piece in parameter.partition("="))
        if key.lower() == "q":
            if not value or not _QVALUE.match(value):
                return None
            return MediaRange(main, sub, float(value + "0" if value[-1] == "." else value))
    return MediaRange(main, sub, 1.0)


def parse(accept: str) -> list[MediaRange]:
    """Read an Accept header; members that are not media ranges are passed over."""
    members = islice(_split(_MEMBER, accept), _MOST)
    return [found for found in map(_member, members) if found is not None]


def preferred(accept: str, offers: Sequence[Format]) -> Format | None:
    """The best of *offers* for this Accept header, or None.

    The most specific range decides a type's quality; ``q=0`` excludes. Among equals one that is named
    wins over one that a wildcard admits, then the earlier offer, so aliases are only sent to those who
    ask for nothing better. No header, or none that can be read, accepts anything.
    """
    choose = _remembered if len(accept) <= _LONG else _preferred
    return choose(accept, tuple(offers))


def _preferred(accept: str, offers: tuple[Format, ...]) -> Format | None:
    ranges = parse(accept) or parse("*/*")
    rated = [(_rating(ranges, offer.media_type), offer) for offer in offers]
    rating, best = max(rated, key=lambda row: row[0])  # the first among equals
    return best if rating[0] > 0 else None


_remembered = lru_cache(maxsize=1024)(_preferred)


def _rating(ranges: Sequence[MediaRange], media_type: str) -> tuple[float, int]:
    """Quality and specificity."""
    matches = ((found.specificity(media_type), found.quality) for found in ranges)
    specificity, quality = max(matches, default=(-1, 0.0))
    return (quality, specificity) if specificity >= 0 else (0.0, -1)


def choose(
    accept: str,
    offers: Sequence[Format],
    wishes: Sequence[str] = (),
    what: str = "this resource",
) -> Format:
    """The best of *offers*; *wishes*, the values of the parameters format and output, go first.

    Raises:
        NotAcceptable: none is acceptable; the error names what there is.
        MalformedRequest: a wish names none of them.
    """
    for wish in wishes:
        found = named(wish, tuple(offers))
        if found is None:
            raise unknown_format(wish, offers, what)
        return found
    found = preferred(accept, offers)
    if found is None:
        raise not_acceptable(accept, offers, what)
    return found


def unknown_format(wish: str, offers: Sequence[Format], what: str) -> MalformedRequest:
    """The error that a parameter asks for a format that there is not."""
    available = list(dict.fromkeys(offer.extension for offer in offers))
    return MalformedRequest(
        f"{wish[:100]!r} is no format in which {what} can be written. A parameter format or output "
        f"can be {', '.join(available)}, or a media type.",
        available=available,
    )


def not_acceptable(accept: str, offers: Sequence[Format], what: str) -> NotAcceptable:
    """The error that names what could have been asked for."""
    available = list(dict.fromkeys(offer.media_type for offer in offers if offer.standard))
    return NotAcceptable(
        f"The Accept header {accept[:200]!r} admits no format in which {what} can be written. "
        f"Available: {', '.join(available)}.",
        available=available,
    )

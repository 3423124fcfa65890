"""Content negotiation: one of the offered formats for an Accept header (RFC 9110, section 12.5.1)."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, TypeVar

from gbagraph.errors import BadParameter, MalformedRequest, NotAcceptable
from gbagraph.rdf.formats import GRAPH, HTML, Format, Kind
from gbagraph.rdf.result_formats import ALL, BOOLEAN, OFFERS, SOLUTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


_Offer = TypeVar("_Offer", bound="Format")

_MAX_MEMBERS: Final = 200
"""Members of an Accept header that are read; further ones would only cost the server time."""

_LONGEST_CACHED: Final = 1000
"""Characters of the longest Accept header whose choice is cached."""

_QVALUE: Final = re.compile(r"(?:0?(?:\.\d{0,3})?|1(?:\.0{0,3})?)\Z")
LANGUAGE: Final = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*\Z")
_MAXLANGUAGES: Final = 10
# A quoted parameter value may contain commas and semicolons, so the split must respect quotes.
_MEMBER: Final = re.compile(r'((?:[^",]|"(?:[^"\\]|\\.)*+"?)*+),?')
_PART: Final = re.compile(r'((?:[^";]|"(?:[^"\\]|\\.)*+"?)*+);?')

EVERYTHING: Final = tuple(dict.fromkeys((*SOLUTIONS, *BOOLEAN, *GRAPH)))
"""The formats in which results are offered, whatever their kind."""
NAMED: Final = tuple(dict.fromkeys(offer for offers in ALL.values() for offer in offers))
"""The same, with the formats that only their name requests."""
_EXPLAINED: Final = tuple(row for row in ALL["solutions"] if row.extension in ("srj", "csv", "tsv"))
"""Those that have room for the evidence of rows."""


_MediaRange = tuple[str, float]
"""One member of an Accept header: its type with its subtype, and its quality.

Other parameters are ignored: a profile, charset or version that a server does not know must not
prevent an answer (RFC 6906, section 3.1), and each format exists only once here.
"""


def _split(pattern: re.Pattern[str], text: str) -> Iterator[str]:
    return filter(None, (match[1].strip() for match in pattern.finditer(text)))


def _member(text: str) -> _MediaRange | None:
    name, *parameters = [*_split(_PART, text), ""]
    # Java sends a single asterisk, which servers of HTTP/1.0 understood.
    main, slash, sub = ("*", "/", "*") if name == "*" else name.lower().partition("/")
    if not slash or not main or not sub or (main == "*" and sub != "*"):
        return None
    for parameter in parameters:
        key, _, value = (piece.strip() for piece in parameter.partition("="))
        if key.lower() == "q":
            quality = _quality(value)
            return None if quality is None else (f"{main}/{sub}", quality)
    return f"{main}/{sub}", 1.0


def _quality(text: str) -> float | None:
    """A quality (RFC 9110, section 12.4.2), also without its zeros; None for any other text."""
    return float(f"0{text}") if text and _QVALUE.match(text) else None


def parse(accept: str) -> list[_MediaRange]:
    """Parse an Accept header; members that are not media ranges are ignored."""
    members = islice(_split(_MEMBER, accept), _MAX_MEMBERS)
    return [member for member in map(_member, members) if member is not None]


def preferred(accept: str, offers: Sequence[_Offer]) -> _Offer | None:
    """The best of *offers* for this Accept header, or None.

    The most specific range determines the quality of a type; ``q=0`` excludes it. Among types of equal
    quality, one that is named wins over one that a wildcard matches, and then the earlier offer wins, so
    aliases are sent only to clients that ask for nothing better. A header that is missing or cannot be
    parsed accepts anything.
    """
    choose: Any = _cached if len(accept) <= _LONGEST_CACHED else _preferred
    chosen: _Offer | None = choose(accept, tuple(offers))
    return chosen


def _preferred(accept: str, offers: tuple[Format, ...]) -> Format | None:
    ranges = parse(accept) or parse("*/*")
    rated = [(_rating(ranges, offer.media_type), offer) for offer in offers]
    rating, best = max(rated, key=lambda row: row[0])  # the first among equals
    return best if rating[0] > 0 else None


_cached = lru_cache(maxsize=1024)(_preferred)


def _rating(ranges: Sequence[_MediaRange], media_type: str) -> tuple[float, int]:
    """The quality of the most specific of *ranges* that match, and how specific that is."""
    main = media_type.partition("/")[0]
    for specificity, name in ((2, media_type), (1, f"{main}/*"), (0, "*/*")):
        qualities = [quality for member, quality in ranges if member == name]
        if qualities:
            return max(qualities), specificity
    return 0.0, -1


def choose(
    accept: str,
    offers: Sequence[_Offer],
    requested: Sequence[str] = (),
    what: str = "this resource",
) -> _Offer:
    """The best of *offers*. *requested*, values of the parameters format and output, takes precedence.

    Raises:
        NotAcceptable: no offer is acceptable; the error names the offers.
        MalformedRequest: the requested format is not among the offers.
    """
    for value in requested:
        chosen = by_name(value, offers)
        if chosen is None:
            raise unknown_format(value, offers, what)
        return chosen
    chosen = preferred(accept, offers)
    if chosen is None:
        raise not_acceptable(accept, offers, what)
    return chosen


def by_name(value: str, offers: Sequence[_Offer]) -> _Offer | None:
    """Return the first of *offers* that *value* names: by a name, a file extension or a media type.

    *value* may be a list with commas: SPARQLWrapper sends several media types.
    """
    for part in value.lower().split(","):
        name = part.partition(";")[0].strip()
        # What people call a format comes before what is so called: ``json`` is that of SPARQL.
        for offer in offers:
            if name in offer.names:
                return offer
        for offer in offers:
            if name in (offer.name, offer.media_type):
                return offer
    return None


def prefers_page(accept: str, requested: Sequence[str], *, is_bare: bool = False) -> bool:
    """Return whether a client that sends this prefers a page to a result, as browsers do.

    If it *is_bare*, there is no query, and the page stands beside a graph alone.
    """
    if requested:
        return by_name(requested[0], (*NAMED, HTML)) is HTML
    return preferred(accept, (*(GRAPH if is_bare else EVERYTHING), HTML)) is HTML


def formats(accept: str, requested: tuple[str, ...], evidence: object) -> dict[Kind, str]:
    """Return the media type for each kind of result: as *requested* by parameter, else by *accept*.

    With *evidence*, only rows are wanted, with what they rest on.

    Raises:
        NotAcceptable: there is none.
        MalformedRequest: no format is called as is requested.
    """
    chosen = _by_parameter(requested) if requested else _by_accept(accept)
    if evidence:
        return _with_evidence(accept, requested)
    if not chosen:
        raise not_acceptable(accept, EVERYTHING, "a result")
    return chosen


def _with_evidence(accept: str, requested: tuple[str, ...]) -> dict[Kind, str]:
    """The media type for rows with evidence: of those that have room for it."""
    named = (by_name(value, _EXPLAINED) for value in requested)
    offers = tuple(offer for offer in SOLUTIONS if offer in _EXPLAINED)
    chosen = next(filter(None, named), None) if requested else preferred(accept, offers)
    if chosen is None:
        available = [offer.media_type for offer in offers if offer.standard]
        raise NotAcceptable(
            "Only SPARQL results JSON, CSV and TSV have room for the evidence of rows. Ask for one of "
            f"{', '.join(available)}, or without evidence.",
            available=available,
        )
    return {"solutions": chosen.media_type}


@lru_cache(maxsize=256)
def _by_parameter(requested: tuple[str, ...]) -> dict[Kind, str]:
    for value in requested:
        if by_name(value, NAMED) is None:
            raise unknown_format(value, NAMED, "a result")
    return {
        kind: chosen[0].media_type
        for kind, offers in ALL.items()
        if (chosen := [row for value in requested if (row := by_name(value, offers))])
    }


def _by_accept(accept: str) -> dict[Kind, str]:
    chosen = {kind: preferred(accept, offers) for kind, offers in OFFERS.items()}
    return {kind: row.media_type for kind, row in chosen.items() if row}


def languages(value: str) -> tuple[str, ...]:
    """The language tags in a list with commas, the preferred first (RFC 4647, section 2.3).

    Raises:
        BadParameter: a part is no language tag, or there are too many.
    """
    tags = tuple(dict.fromkeys(part.strip().lower() for part in value.split(",") if part.strip()))
    if len(tags) > _MAXLANGUAGES or not all(map(LANGUAGE.match, tags)):
        raise BadParameter(
            f"The parameter labels has the value {value[:100]!r}. Give language tags with commas "
            f"between them, the preferred first and at most {_MAXLANGUAGES}, such as zh-hans,en.",
            parameter="labels",
            value=value[:100],
        )
    return tags


def preferred_languages(accept_language: str) -> list[str]:
    """The language tags of an Accept-Language header in lower case, the preferred first.

    RFC 9110, section 12.5.4. What is no language tag, and what has the quality 0, is left out.
    """
    weighed: list[tuple[float, str]] = []
    for member in islice(accept_language.lower().split(","), _MAX_MEMBERS):
        tag, _, quality = (part.strip() for part in member.partition(";"))
        weight = _quality(quality.removeprefix("q=") if quality else "1")
        if LANGUAGE.match(tag) and weight:
            weighed.append((weight, tag))
    return [tag for _, tag in sorted(weighed, key=lambda row: -row[0])]


def unknown_format(value: str, offers: Sequence[Format], what: str) -> MalformedRequest:
    """The error for a parameter that requests a format which is not offered."""
    available = list(dict.fromkeys(offer.name for offer in offers))
    return MalformedRequest(
        f"{value[:100]!r} is not a format in which {what} is available. The parameter format or output "
        f"can be {', '.join(available)}, or a media type.",
        available=available,
    )


def not_acceptable(accept: str, offers: Sequence[Format], what: str) -> NotAcceptable:
    """The error for an Accept header that matches no offer."""
    available = list(dict.fromkeys(offer.media_type for offer in offers if offer.standard))
    return NotAcceptable(
        f"The Accept header {accept[:200]!r} accepts no format in which {what} is available. "
        f"Available: {', '.join(available)}.",
        available=available,
    )

"""Which other endpoints an answer is from, and how the header fields of a response say so.

An endpoint that gave solutions is a source of the answer: ``Link`` with ``rel="via"`` (RFC 8288; the
relation is that of RFC 4287). One that failed, which SERVICE SILENT passes over, is said in
``Proxy-Status`` (RFC 9209).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_IRI: Final = ":/?#[]@!$&'()*+,;=%~"
"""Characters of an IRI that stay as they are in a header field."""
_LINK: Final = re.compile(r'<([^<>]*)>((?:\s*;\s*[\w*-]+=(?:"(?:[^"\\]|\\.)*"|[^\s;,"]+))*)')
_PARAMETER: Final = re.compile(r';\s*([\w*-]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]+))')
_FAILED: Final = re.compile(r'gbagraph((?:\s*;\s*[\w-]+=(?:"(?:[^"\\]|\\.)*"|[^\s;,"]+))+)')
_NOT_IN_STRINGS: Final = re.compile(r"[^\x20-\x7e]+")
_DIGITS: Final = 12
"""Digits of a number of rows that nobody gives."""
_LONGEST: Final = 300
"""Characters of what is said of a failure in a header field."""


class Source(msgspec.Struct, frozen=True):
    """An endpoint that was called for an answer: with what, when, and what came of it.

    *rows* are the solutions that it gave to *queries*, with which so many *bindings* were sent. When it
    gave them is *retrieved*, in UTC; that took so many *seconds*, and none if the answer *is_cached*.
    *failure* says why it gave none, which SERVICE SILENT passes over. Without *queries* it was not
    called: there were no bindings to send.
    """

    endpoint: str
    name: str = ""
    queries: tuple[str, ...] = ()
    retrieved: str = ""
    rows: int = 0
    failure: str = ""
    bindings: int = 0
    seconds: float = 0.0
    is_cached: bool = False

    @property
    def shown(self) -> str:
        """How people read which endpoint it is."""
        return f"{self.name} <{self.endpoint}>" if self.name else f"<{self.endpoint}>"


def remark(endpoint: str) -> str:
    """What the evidence of a row says of an endpoint whose answer it rests on."""
    return f"It rests also on what <{endpoint}> answered."


def links(sources: Iterable[Source]) -> Iterator[str]:
    """The values of ``Link`` for the endpoints that gave solutions, one for each."""
    by_endpoint: dict[str, list[Source]] = {}
    for each in sources:
        if each.queries and not each.failure:
            by_endpoint.setdefault(each.endpoint, []).append(each)
    for endpoint, some in by_endpoint.items():
        rows = sum(each.rows for each in some)
        retrieved = min(each.retrieved for each in some)
        title = f"; title*=UTF-8''{quote(some[0].name)}" if some[0].name else ""
        yield (
            f'<{quote(endpoint, safe=_IRI)}>; rel="via"; rows={rows}; retrieved="{retrieved}"{title}'
        )


def failures(sources: Iterable[Source]) -> Iterator[str]:
    """The values of ``Proxy-Status`` for the endpoints that failed, one for each."""
    failed = {each.endpoint: each.failure for each in sources if each.failure}
    for endpoint, failure in failed.items():
        hop = _string(quote(endpoint, safe=_IRI))
        yield f"gbagraph; next-hop={hop}; details={_string(failure[:_LONGEST])}"


def read(link: str, status: str) -> tuple[Source, ...]:
    """The sources that a response names in these fields; *queries* are not said."""
    sources: list[Source] = []
    for target, parameters in _LINK.findall(link):
        fields = _parameters(parameters)
        if fields.get("rel") == "via":
            name = unquote(fields.get("title*", "").rpartition("'")[2])
            rows = fields.get("rows", "0")
            count = int(rows) if rows.isdecimal() and len(rows) < _DIGITS else 0
            sources.append(Source(target, name, retrieved=fields.get("retrieved", ""), rows=count))
    for parameters in _FAILED.findall(status):
        fields = _parameters(parameters)
        if "next-hop" in fields:
            sources.append(
                Source(fields["next-hop"], failure=fields.get("details", "") or "It failed.")
            )
    return tuple(sources)


def _parameters(text: str) -> dict[str, str]:
    return {
        name: re.sub(r"\\(.)", r"\1", quoted) or bare
        for name, quoted, bare in _PARAMETER.findall(text)
    }


def _string(text: str) -> str:
    """*text* as a string of a structured field (RFC 8941, section 3.3.3)."""
    escaped = _NOT_IN_STRINGS.sub("?", text).replace("\\", r"\\").replace('"', r"\"")
    return f'"{escaped}"'

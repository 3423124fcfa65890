"""A page of the server as a page of the site: its links lead to files."""

from __future__ import annotations

import html
import json
import re
from typing import TYPE_CHECKING, Any, Final

from gbagraph.features.site.shrinking import page as shrunk
from gbagraph.web.templating import embedded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_NAMES: Final = "(?:xlink:)?href|src|action|formaction|data-from"
_TAG: Final = re.compile(rf'<[a-zA-Z][^>]*\s(?:{_NAMES})="[^>]*>')
_ATTRIBUTE: Final = re.compile(rf'\s(?P<name>{_NAMES})="(?P<value>[^"]*)"')
_DATA: Final = re.compile(
    r'(<script type="application/(?:ld\+)?json"[^>]*>)(.*?)(</script>)', re.DOTALL
)
_LINKED: Final = re.compile(r'<([^<>]*)>((?:\s*;\s*[\w*]+="[^"]*")*)')
_MEMBER: Final = re.compile(r'(\w+\*?)="([^"]*)"')
_SEARCH: Final = re.compile(r'(<script type="module") src(="[^"]*/search\.[^"]*\.js")')
_CHARSET: Final = '<meta charset="utf-8">'
_HEAD: Final = "</head>"


def references(page: str, header: str) -> Iterator[str]:
    """Yield all references of a page, and those of its *header* field Link."""
    for tag in _TAG.findall(_DATA.sub("", page)):
        for found in _ATTRIBUTE.finditer(tag):
            yield html.unescape(found["value"])
    for address, _ in _LINKED.findall(header):
        yield address


def written(
    page: str, header: str, leads: Callable[[str], str | None], begin: str, head: str
) -> str:
    """Return a *page* whose references are as *leads* says.

    Its head begins with *begin*, and ends with its *header* Link and *head*.
    """
    links = "".join(_links(header, leads))
    text = linked(page, leads).replace(_CHARSET, f"{_CHARSET}{begin}", 1)
    text = _SEARCH.sub(r"\1 data-later\2", text)  # boot.js loads it
    return shrunk(text.replace(_HEAD, f"{links}{head}{_HEAD}", 1))


def linked(page: str, leads: Callable[[str], str | None]) -> str:
    """Return a *page* whose references are as *leads* says."""
    parts = _DATA.split(page)
    for at in range(0, len(parts), 4):
        parts[at] = _TAG.sub(lambda found: _tag(found[0], leads), parts[at])
        if at + 2 < len(parts):
            parts[at + 2] = _data(parts[at + 2], leads)
    return "".join(parts)


def _tag(tag: str, leads: Callable[[str], str | None]) -> str:
    def attribute(found: re.Match[str]) -> str:
        value = html.unescape(found["value"])
        to = leads(value)
        if to is None:
            return ""
        return found[0] if to == value else f' {found["name"]}="{html.escape(to)}"'

    said = _ATTRIBUTE.sub(attribute, tag)
    return "" if said.startswith("<link") and " href=" not in said else said


def _data(text: str, leads: Callable[[str], str | None]) -> str:
    """Return JSON of a page in which what is an address of the server is one of the site."""

    def placed(value: Any) -> Any:  # noqa: ANN401  whatever JSON has
        if isinstance(value, dict):
            return {name: placed(each) for name, each in value.items()}
        if isinstance(value, list):
            return list(map(placed, value))
        is_address = isinstance(value, str) and re.match(r"/|https?://", value)
        return (leads(value) or value) if is_address else value

    return str(embedded(placed(json.loads(text)), (",", ":")))


def _links(header: str, leads: Callable[[str], str | None]) -> Iterator[str]:
    """Yield the links of the *header* field as elements (RFC 8288; Signposting)."""
    for address, members in _LINKED.findall(header):
        to, said = leads(address), dict(_MEMBER.findall(members))
        if to is not None:
            yield _link(to, said)


def _link(to: str, said: Mapping[str, str]) -> str:
    more = "".join(f' {name}="{html.escape(value)}"' for name, value in said.items())
    return f'<link href="{html.escape(to)}"{more}>'


def redirect(target: str, head: str, language: str) -> str:
    """Return a page that leads to *target*."""
    to = html.escape(target)
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{to}</title>'
        f'<meta http-equiv="refresh" content="0; url={to}">{head}</head>'
        f'<body><p><a href="{to}">{to}</a></p></body></html>\n'
    )

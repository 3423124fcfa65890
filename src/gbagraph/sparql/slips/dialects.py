"""What the grammar takes and only another store means."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from gbagraph.rdf.namespaces import expand
from gbagraph.sparql.message import say
from gbagraph.sparql.slips.signs import full_width_names
from gbagraph.sparql.slips.slip import Slip
from gbagraph.sparql.slips.table import DATE, DIALECTS, blotted, slips
from gbagraph.sparql.tokens import Token, declared_prefixes, tokens

if TYPE_CHECKING:
    from collections.abc import Iterator

_SERVICE: Final = re.compile(
    r"\b(?P<at>SERVICE\s+(?:SILENT\s+)?wikibase:label)\s*(?P<group>\{[^{}]*\})(?:\s*\.(?!\w))?",
    re.IGNORECASE,
)
_LANGUAGES: Final = re.compile(r"wikibase:language\s+[\"']([^\"']*)[\"']")
_TAG: Final = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]+)*\Z")
_SUSPECT: Final = re.compile(
    r"bif:|jena|ontotext|openrdf|stardog|bigdata|virtuoso|openlinksw|wikiba|java:|[\u3001\u3002\uff00-\uff65]"
    r"|[=<>(,\s]\d{4}-\d\d-\d\d"
)
"""Without any of these in its text, a query that parses is of no dialect."""


def label_service(query: str, text: str) -> Iterator[Slip]:
    """Wikidata's label service, which binds ``?xLabel`` to a name of ``?x``; *text* is blotted out."""
    found = _SERVICE.search(text)
    if found is None:
        return
    start, end = found.span("at")
    group = query[slice(*found.span("group"))]
    outside = text[:start] + text[found.end() :]
    names = {
        name: other
        for name, other in re.findall(r"[?$]((\w+)Label)\b", outside)
        if re.search(rf"[?$]{other}\b", outside)
    }
    wanted = _LANGUAGES.search(group)
    asked = [each.strip() for each in (wanted[1] if wanted else "en").split(",")]
    languages = [each for each in asked if _TAG.match(each)] or ["en"]
    prefix = next((name for name, iri in declared_prefixes(query).items() if iri == _RDFS), None)
    label = f"<{_RDFS}label>" if prefix is None else f"{prefix}:label"
    parts = [
        f'OPTIONAL {{ ?{other} {label} ?{name} FILTER(LANG(?{name}) = "{language}") }}'
        for name, other in names.items()
        for language in languages
    ]
    is_plain = "rdfs:label" not in group and "schema:" not in group
    edits = ((start, found.end(), "\n".join(parts)),) if is_plain else ()
    yield Slip(
        Token("other", query[start:end], start),
        say(
            "SERVICE wikibase:label is Wikidata's label service, and there is none here. Names "
            "are asked for as any other value: "
            'OPTIONAL { ?x rdfs:label ?xLabel FILTER(LANG(?xLabel) = "en") }.'
        ),
        edits,
    )


_RDFS: Final = expand("rdfs:")


def dialects(query: str) -> list[tuple[str, Slip]]:
    """What another store means in a query that parses, each with the code of its kind."""
    if not _SUSPECT.search(query):
        return []
    found = [*tokens(query)]
    text = blotted(query, found)
    rules: tuple[tuple[str, Iterator[Slip]], ...] = (
        ("syntax", full_width_names(found)),
        ("syntax", slips((DATE,), query, text)),
        ("dialect", label_service(query, text)),
        ("dialect", slips(DIALECTS, query, text)),
    )
    seen: list[tuple[str, Slip]] = []
    for code, rule in rules:
        for each in rule:
            # What is told of a whole is not told of its part again.
            if not any(one.covers(each) for _, one in seen):
                seen.append((code, each))
    return seen

"""The software knows nothing of the article: what is particular stands with the data."""

import re

import pytest

import gbagraph
from gbagraph.rdf.namespaces import PREFIXES, compact
from support import ROOT

CODE = ROOT / "src" / "gbagraph"
READ = (".py", ".rq", ".html", ".js", ".css")
NOT_OURS = ("_prepared", "_published", "built")
"""Folders of what is computed from the data, or built from packages of others."""

BUILDS = "it builds the built-in dataset: its claims, its default graph, its description"
DEPRECATED = "a deprecated term, which kept releases have, and data of this release do"
YEAR = "when a text was published, as claims tell it, or else from what year it is"
BOUNDS = "bounds of dates are no dates of their own"
EXCEPTIONS = {
    "dataset/catalog.py": ("gba:earliest gba:latest", BUILDS),
    "dataset/computed.py": (
        """gba:date gba:deadline gba:earliest gba:end gba:inDocument gba:inSection gba:latest
        gba:Paragraph gba:Section gba:SourceDocument gba:start""",
        BUILDS,
    ),
    "dataset/view.py": ("gba:differsFrom", BUILDS),
    "features/curation/reasoning.py": ("gba:inferencesLeftOut", BUILDS),
    "dataset/void.py": ("gba:closeMatch", DEPRECATED),
    "features/ontology/documentation.py": ("gba:closeMatch", DEPRECATED),
    "features/reconcile/identifiers.py": ("gba:closeMatch", DEPRECATED),
    "features/reconcile/templates/lookup.html": ("gba:closeMatch", DEPRECATED),
    "web/jobs.py": ("gba:closeMatch", DEPRECATED),
    "features/things/meanings.py": (
        "gba:bound gba:deadline gba:differsFrom gba:earliest gba:latest gba:status",
        "of a number or a date, for which no vocabulary that everybody uses has a term",
    ),
    "features/ontology/templates/ontology.html": (
        "SitePlan Zone",
        "the page of the built-in ontology explains its terms",
    ),
    "features/things/sparql/editions.rq": ("gba:anchorYear gba:published", YEAR),
    "web/sparql/start-source.rq": ("gba:anchorYear gba:published", YEAR),
    "web/sparql/start-events.rq": ("gba:earliest gba:latest", BOUNDS),
    "web/sparql/start-things.rq": ("gba:earliest gba:latest", BOUNDS),
    "names/names.py": (
        "gba:Paragraph gba:Section",
        "searches tell paragraphs apart; sections of the built-in dataset are passages, too",
    ),
}
"""What still stands in a file, and why."""
CLAIMS = "features/claims/"
"""Claims are written in the terms of the published ontology, whatever their text is about."""
EVIDENCE = {
    f"gba:{name}"
    for name in ("Claim", "statedIn", "inferredFrom", "restsOn", "note", "resolves", "relativeTo")
}
"""The terms of evidence as they were up to 0.3.0, which all data with them may have."""


def files():
    for path in sorted(CODE.rglob("*")):
        parts = path.relative_to(CODE).parts
        if path.suffix in READ and not set(parts) & set(NOT_OURS):
            yield path.relative_to(CODE).as_posix(), path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def names():
    """How the article's places and organizations are called, longer names first."""
    labels = gbagraph.open().select(
        """PREFIX gba: <https://w3id.org/gbagraph/ontology#>
        PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
        SELECT DISTINCT ?label
        {
          VALUES ?kind { gba:Place gba:Organization gba:Project gba:Zone }
          ?thing a ?kind ; rdfs:label ?label FILTER (lang(?label) = "en")
        }"""
    )
    return sorted((row.label for row in labels), key=len, reverse=True)


def particular(text, names):
    """What *text* has that is particular to the article: names, things, terms of its ontology."""
    terms = {compact(iri) for iri in re.findall(rf"{re.escape(PREFIXES['gba'])}\w+", text)}
    terms |= set(re.findall(r"\bgba:[A-Za-z]\w*", text))
    things = re.findall(rf"\bid:[a-z][\w-]*|{re.escape(PREFIXES['id'])}[\w-]+", text)
    classes = re.findall(r"\b(?<!:)(?:Zone|SitePlan|SigningRound)\b(?=[\"'])", text)
    # Of these few there is one expression; one of all names would take half a minute for all files.
    near = "|".join(re.escape(name) for name in names if name in text)
    named = re.findall(rf"\b(?:{near})\b", text) if near else []
    return {*(terms - EVIDENCE), *things, *classes, *named}


def is_term_of_claims(file, word, names):
    return file.startswith(CLAIMS) and re.fullmatch(r"(gba:)?\w+", word) and word not in names


def test_nothing_particular_to_the_article_stands_in_the_code(names):
    told = {
        name: {word for word in particular(text, names) if not is_term_of_claims(name, word, names)}
        for name, text in files()
    }
    allowed = {name: set(words.split()) for name, (words, _) in EXCEPTIONS.items()}

    assert {name: words for name, words in told.items() if words} == allowed


def test_what_is_particular_would_be_found(names):
    text = 'x = "id:baidu" # Nansha\n?s a gba:SitePlan ; gba:note ?n . links(["Zone"])'

    assert particular(text, names) == {"id:baidu", "Nansha", "gba:SitePlan", "Zone"}

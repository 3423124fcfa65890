"""The words of the templates: each has a translation, and none stands where it cannot be translated."""

import re

import pytest

from gbagraph.dataset.catalog import downloads
from gbagraph.errors import classes
from gbagraph.features.ontology.documentation import in_general
from gbagraph.features.pictures.choose import KINDS
from gbagraph.features.why.rules import RULES
from gbagraph.paths import resource
from gbagraph.queries.types import TYPES
from gbagraph.rdf.namespaces import graph_iri
from gbagraph.rdf.result_formats import ALL
from gbagraph.web import templating
from gbagraph.web.templating import UNITS, messages, template_folders

TEMPLATES = {
    path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
    for folder in template_folders()
    for path in sorted(folder.rglob("*.html"))
}
NOTES = {
    *(
        "anyURI",
        "boolean",
        "date",
        "dateTime",
        "decimal",
        "double",
        "gYear",
        "gYearMonth",
        "integer",
    ),
    *("langString", "number", "en", "zh", "zh-hans", "zh-hant"),
}
"""Datatypes and languages of texts, which stand beside them."""
ENDS = {
    *(
        "is part of",
        "has part",
        "contains place",
        "has geometry",
        "position",
        "genre",
        "note",
        "issued",
    ),
    *("start date", "end date", "same as", "has top concept", "top concept of", "was derived from"),
}
"""Ends of the IRIs of properties that others have named, in words."""
FILES = downloads([graph_iri("article")])
SHAPES = resource("ontology", "shapes.ttl").read_text("utf-8").replace('\\"', "\0")
MESSAGES = re.compile(r'sh:message "([^"]*)"')
LABELS = {
    *("Table", *(kind.label for kind in KINDS.values())),
    *(in_general(rule.replace("\0", '"')) for rule in MESSAGES.findall(SHAPES)),
    *(
        "NUM",
        "gbagraph team",
        "“%(text)s”",
        "Guangzhou's innovation mega projects in the Greater Bay Area",
    ),
    *(row.expects for row in TYPES.values()),
    *(
        offer.label
        for kind in ("solutions", "boolean")
        for offer in ALL[kind]
        if " " in offer.label
    ),
    *(error.title for error in classes().values() if error.__module__ == "gbagraph.errors"),
    *(*RULES.values(), *filter(None, UNITS.values()), *NOTES, *ENDS),
    *(file.title for file in FILES.values() if not file.title.startswith("The graph ")),
} - {"%"}
"""Texts of modules that templates show translated."""
OTHERS = [tag for tag in templating.LANGUAGES if tag != "en"]

PROPER = {
    *(
        "API",
        "Atom",
        "CC",
        "DCAT",
        "GET",
        "GRAPH",
        "IRI",
        "JSON",
        "JSON-LD",
        "LDES",
        "Markdown",
        "OpenAPI",
        "PROV",
        "Patch",
        "RDF",
    ),
    *("SHA-256", "SHACL", "SPARQL", "Turtle", "VoID", "gbagraph", "curl"),
}
"""What is called so in any language."""

_UNSEEN = re.compile(
    r"\{#.*?#\}|\{%-?\s*trans\b.*?endtrans\s*-?%\}|<(code|pre|script|textarea)\b.*?</\1>|\{%.*?%\}",
    re.DOTALL,
)
_VALUES = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_SEEN_ATTRIBUTE = re.compile(r'\b(?:aria-label|placeholder|title|alt)="([^"]*)"')
_LANGUAGE = re.compile(r'\blang="[^"]*"')
_TAG = re.compile(r"<[^>]*>", re.DOTALL)


def bare_words(template):
    """The words of a template that a reader sees and that are not marked for translation."""
    text = _VALUES.sub("·", _UNSEEN.sub(" ", template))
    seen = [*_SEEN_ATTRIBUTE.findall(text), _LANGUAGE.sub(" ", _TAG.sub(" ", text))]
    words = [word.strip("().,:;?!…") for word in re.sub(r"&\w+;", " ", " ".join(seen)).split()]
    is_word = re.compile(r"·*[A-Za-z][\w/-]+·*")
    return [word for word in words if is_word.fullmatch(word) and word.strip("·") not in PROPER]


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("name", TEMPLATES)
def test_each_message_has_a_translation_with_the_same_values(name, language):
    words = templating.words(language)
    for message in messages(TEMPLATES[name]):
        assert message in words, f"{language}: {message!r}"
        values = [sorted(re.findall(r"%\((\w+)\)s", text)) for text in (message, words[message])]
        assert values[0] == values[1], message


@pytest.mark.parametrize("language", OTHERS)
def test_no_translation_is_left_over(language):
    used = {m for name in TEMPLATES for m in messages(TEMPLATES[name])}

    assert set(templating.words(language)) - used - LABELS == set()
    assert templating.words(language).keys() >= LABELS


@pytest.mark.parametrize("name", TEMPLATES)
def test_no_word_is_bare(name):
    assert bare_words(TEMPLATES[name]) == []


def test_bare_words_are_found():
    assert bare_words('<a title="Go on">x</a>') == ["Go", "on"]
    assert bare_words("<p>{{ _('Go') }} <code>go</code> SPARQL {# no #}</p>") == []
    assert bare_words("{% trans %}Go{% endtrans %}<p>Stay</p>") == ["Stay"]

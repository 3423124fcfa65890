"""Questions about the graph, and the calls by which an assistant answers them.

With each question stand the calls of an assistant that has all tools, as they were, and of one
that has the few. Each finds the tool or the prepared question, the thing, and then the answer; four
want evidence.
"""

from typing import Any, Final, NamedTuple

Call = tuple[str, dict[str, Any]]


class Exchange(NamedTuple):
    """A question, the calls with all tools and with the few, and a text that the answer has."""

    question: str
    before: tuple[Call, ...]
    after: tuple[Call, ...]
    answer: str


def _found(question: str, name: str, **arguments: Any) -> tuple[Call, ...]:
    """The calls of one who looks for a prepared question and asks it."""
    options = {key: arguments.pop(key) for key in ("evidence", "limit") if key in arguments}
    asked = {"question": name, "arguments": arguments, **options}
    return ("gbagraph_find_question", {"text": question}), ("gbagraph_ask", asked)


def _prepared(question: str, answer: str, name: str, **arguments: Any) -> Exchange:
    """One that a canned query answers: with all tools it is called by its name."""
    return Exchange(question, ((name, arguments),), _found(question, name, **arguments), answer)


_PREFIXES: Final = "PREFIX gba: <https://w3id.org/gbagraph/ontology#> "


def _in_sparql(question: str, answer: str, about: str, sparql: str, **options: Any) -> Exchange:
    """One that no canned query answers: the schema is asked, then a query."""
    before = ("schema", {"about": about}), ("query", {"sparql": _PREFIXES + sparql, **options})
    after = ("gbagraph_schema", {"about": about}), ("gbagraph_query", {"sparql": sparql, **options})
    return Exchange(question, before, after, answer)


EXCHANGES: Final = (
    _prepared("How large are the zones?", "123", "zones-by-area"),
    _prepared(
        "How large is the Knowledge City, and who says so?", "123", "zones-by-area", evidence=True
    ),
    _prepared("Which zones is Baidu active in?", "Apollo", "companies-to-zones", company="Baidu"),
    _prepared(
        "In which country is the Apollo R&D centre, and where is that said?",
        *("id:china", "place-to-country"),
        place="apollo-rd-centre",
        evidence=True,
    ),
    _prepared("Which companies will have headquarters in Pazhou?", "Fosun", "headquarters-plans"),
    _prepared("How much money was invested in signed projects?", "CNY", "investments"),
    _prepared("Which companies are in several zones?", "Baidu", "companies-in-several-zones"),
    _prepared("Which targets are due by 2025?", "2025", "targets-by-year", until=2025),
    _prepared("What happens when?", "2020", "timeline"),
    _prepared("Who approved what?", "approv", "approvals"),
    _prepared("Which cities are in the bay area?", "Shenzhen", "bay-area-cities"),
    _prepared(
        "What is the Greater Bay Area called in Chinese?",
        *("粤港澳大湾区", "names-in-languages"),
        thing="greater-bay-area",
    ),
    _prepared(
        "Whom is the blockchain zone to work with, and where is that said?",
        *("Tencent", "cooperation-partners"),
        zone="blockchain-zone",
        evidence=True,
    ),
    _prepared(
        "Is the Xpeng plant in China?",
        "true",
        "is-in",
        inner="xpeng-production-site",
        outer="china",
    ),
    _prepared("Which policy measures are there?", "measure", "policy-measures"),
    _prepared("What is being built, and by whom?", "Apollo", "builders"),
    _prepared("Where do other sources differ from the article?", "note", "context-that-differs"),
    _prepared(
        "Which zones are about blockchain?", "blockchain", "zones-for-topic", topic="blockchain"
    ),
    _prepared(
        "What does each organization do?", "Baidu", "organizations-and-roles", organization="Baidu"
    ),
    _prepared(
        "Which projects are joint ventures of two countries?", "Singapore", "joint-ventures-by-city"
    ),
    _prepared("哪些公司的总部将设在琶洲", "Xiaomi", "headquarters-plans"),
    _prepared("What are the coordinates of Nansha?", "22.", "coordinates", place="nansha"),
    _in_sparql(
        "How large are all zones together, and where is that said?",
        *("303", "Zone", "SELECT (SUM(?km) AS ?sum) { ?z a gba:Zone ; gba:area/gba:value ?km }"),
        evidence=True,
    ),
    _in_sparql(
        "Which projects has the article that nobody is said to develop?",
        "rows",
        "Project",
        "SELECT ?p { ?p a gba:Project FILTER NOT EXISTS { ?p gba:developedBy ?who } }",
    ),
    _in_sparql(
        "How many companies does the article name?",
        *("7", "Company", "SELECT (COUNT(*) AS ?n) { ?c a gba:Company }"),
    ),
)

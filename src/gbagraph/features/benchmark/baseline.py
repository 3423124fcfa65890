"""A baseline that calls no model: it asks the tools that an assistant has, and always the same way.

It knows a thing by its name in the question, and takes the way from it whose own names share most words
with what else is asked, to what is asked for: a number, a date, or a thing of the class that is named.
Or else it takes a canned query that asks nearly the same. Where neither fits, it refuses. It cites the
evidence of its rows.
"""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from gbagraph.features.benchmark.answers import Answer, table
from gbagraph.names.asking import ASKING, CHINESE, FILLERS, PART, pieces
from gbagraph.names.texts import stem
from gbagraph.rdf.namespaces import PREFIXES

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from gbagraph.features.benchmark.answers import Row
    from gbagraph.features.benchmark.questions import Question

    Call = Callable[[str, dict[str, Any]], Awaitable[dict[str, Any]]]

_NAMES: Final = """SELECT DISTINCT ?thing (STR(?label) AS ?name) ?isTerm {
  ?thing rdfs:label|skos:altLabel ?label
  BIND (EXISTS { ?thing rdfs:isDefinedBy|rdfs:subClassOf|rdfs:domain ?any } AS ?isTerm) }"""
_STEP: Final = (
    '{{ {{ {0} ?p{2} {1} BIND ("of" AS ?w{2}) }} UNION {{ {1} ?p{2} {0} BIND ("to" AS ?w{2}) }} }}'
)
_END: Final = """OPTIONAL { ?x a ?type } BIND (COALESCE(?type, DATATYPE(?x)) AS ?class)
  FILTER (?x != <it> && (BOUND(?type) || LANG(?x) = "")) }"""
_PATHS: Final = (
    "SELECT DISTINCT ?class ?w1 ?p1 { " + _STEP.format("<it>", "?x", 1) + _END,
    "SELECT DISTINCT ?class ?w1 ?p1 ?w2 ?p2 { " + _STEP.format("<it>", "?y", 1)
    + _STEP.format("?y", "?x", 2) + _END,
    "SELECT DISTINCT ?class ?w1 ?p1 ?w2 ?p2 ?w3 ?p3 { " + _STEP.format("<it>", "?y", 1)
    + '?y ?p2 ?z . ?z ?p3 ?x BIND ("of" AS ?w2) BIND ("of" AS ?w3) FILTER (ISNUMERIC(?x)) ' + _END,
)  # fmt: skip
"""What is one step or two from a thing, and numbers of it, by class or datatype and the ways there."""
_HINTS: Final = {
    r"\bwhere\b": "located place", "哪里|哪裡|哪裏": "位于", r"\blarge\b": "area", "多大": "面积",
    r"\blong\b": "duration", "多久": "期限",
}  # fmt: skip
"""Words that a question stands for that names no property."""
_VALUES: Final = (
    (re.compile(r"(?i)\bhow (many|much|large|long|far)\b|多少|多大|幾|几|多久|多长|多長"),
     re.compile("#(integer|decimal|double)$|^(?!.*XMLSchema#)")),
    (re.compile(
        r"(?i)\b(when|(which|what) (year|month|day|date))\b|哪一?[年月天日]|何[时時]|什[么麼][时時]候"
     ), re.compile("#(gYear|gYearMonth|date)$")),
)  # fmt: skip
"""How a number or a date is asked for, and its datatypes; a number may also be how many of a class."""
_KIND: Final = re.compile(
    r"(?i)\b(?:which|what|how many)((?: [\w-]+){1,2})"
    r"|(?:哪|几|幾|多少)[一两兩]?[些个個家类類种種座项項条條]?(\w{2,4})"
)
"""The words that name the class of what is asked for, or its property."""
_XSD: Final = PREFIXES["xsd"]
_COUNT: Final = "(COUNT(DISTINCT ?x) AS ?n)"
_CANNED: Final = 0.6
"""The part of the words of a canned query that has to be asked."""
_PAGE: Final = 1000
_LEAST: Final = 1.5
"""The score from which on a path is taken: its words that are asked, and one for what is asked for."""


class Rows(NamedTuple):
    """Rows as texts, and the passages on which they rest."""

    rows: list[Row]
    passages: tuple[str, ...] = ()


class Baseline:
    """The system that is described above, over tools that *call* calls by their names."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._names: dict[str, str] = {}
        self._words: dict[str, set[str]] = {}
        self._paths: dict[str, list[Row]] = {}

    async def __call__(self, question: Question, language: str) -> Answer:
        """Answer a question, or refuse it."""
        answer = await self._answer(question.texts[language])
        given: dict[str, Any] = {
            "rows": [list(map(str, row)) for row in answer.rows],
            "citations": answer.passages,
        }
        return Answer(
            id=question.id, language=language, **(given if answer.rows else {"refused": True})
        )

    async def _rows(self, tool: str, **arguments: Any) -> Rows:  # noqa: ANN401  what JSON has
        """Return all rows that a tool gives, and the passages, if evidence is asked for."""
        rows: list[Row] = []
        passages: set[str] = set()
        while True:
            page = {"limit": _PAGE, "offset": len(rows)}
            answer = await self._call(f"gbagraph_{tool}", arguments | page)
            width = len([name for name in answer.get("columns", ()) if name != "evidence"])
            given = [[*row[:width], *[None] * (width - len(row))] for row in answer.get("rows", ())]
            rows += table(given)
            cited = answer.get("passages", {}).values()
            passages |= {each.rpartition("<")[2].rstrip(">") for each in cited}
            if not answer.get("more") or not given:
                return Rows(rows, tuple(sorted(passages)))

    async def _answer(self, text: str) -> Rows:
        things, left = await self._read(text)
        query = await self._query(things, _words(left), text)
        if query and (found := await self._rows("query", sparql=query, evidence=True)).rows:
            return found
        return await self._canned(text, things)

    async def _read(self, text: str) -> tuple[list[str], str]:
        """Return the things that *text* names, those with the longest names first, and what is left."""
        if not self._names:
            for thing, name, is_term in sorted((await self._rows("query", sparql=_NAMES)).rows):
                self._words.setdefault(thing, set()).update(_words(name))
                if is_term == "false" and len(name) > 1:
                    self._names.setdefault(_plain(name), thing)
        left, found = f" {_plain(text)} ", {}
        for name in sorted(self._names, key=lambda name: (-len(name), name)):
            written = name if name >= "\u2e80" else f" {name} "
            if written in left:
                left = left.replace(written, "  ")
                found[self._names[name]] = name
        return list(found), left

    async def _query(self, things: Sequence[str], wanted: set[str], text: str) -> str:
        """Return the query for what *text* asks for, on the way with most of the words *wanted*."""
        best = (0.0, 0, "")
        value = next((datatypes for asks, datatypes in _VALUES if asks.search(text)), None)
        asked = _words(" ".join(chain.from_iterable(_KIND.findall(text))))
        for place, thing in enumerate(things):
            for kind, *steps in await self._paths_of(thing):
                words = [self._words.get(each, set()) for each in steps[1::2]]
                is_literal = kind.startswith(_XSD)
                names = words[-1] if is_literal else self._words.get(kind, set())
                is_kind = bool(asked & names or (value and is_literal))
                fits = value.search(kind) if value else not is_literal or kind == f"{_XSD}string"
                if all(words) and fits and (is_kind or not (value or asked)):
                    fit = len(wanted & set().union(*words)) + is_kind - len(steps) / 20
                    what = _COUNT if value and not is_literal else "DISTINCT ?x"
                    query = _written(thing, steps, kind if is_kind else "", what)
                    best = max(best, (fit, -place, query))
        return best[2] if best[0] > _LEAST else ""

    async def _paths_of(self, thing: str) -> list[Row]:
        if thing not in self._paths:
            asked = [each.replace("<it>", f"<{thing}>") for each in _PATHS]
            answers = [await self._rows("query", sparql=each) for each in asked]
            self._paths[thing] = [row for rows in answers for row in rows.rows]
        return self._paths[thing]

    async def _canned(self, text: str, things: Sequence[str]) -> Rows:
        answer = await self._call("gbagraph_find_question", {"text": text, "limit": 1})
        for each in answer.get("questions", ()):
            needs = [
                name for name, said in each.get("parameters", {}).items() if "Required." in said
            ]
            words = _words(each["question"])
            is_asked = len(words & _words(text)) >= _CANNED * len(words)
            if is_asked and len(needs) <= len(things):
                given = dict(zip(needs, things, strict=False))
                return await self._rows(
                    "ask", question=each["name"], arguments=given, evidence=True
                )
        return Rows([])


def _written(thing: str, steps: Sequence[str], kind: str, what: str) -> str:
    """Return the query for *what* of ?x, *steps* away from *thing*, of a *kind* if one is given."""
    nodes = [f"<{thing}>", *("?y", "?z")[: len(steps) // 2 - 1], "?x"]
    ends = zip(nodes, nodes[1:], steps[::2], steps[1::2], strict=False)
    parts = [f"{a} <{p}> {b} . " if way == "of" else f"{b} <{p}> {a} . " for a, b, way, p in ends]
    of_kind = f"FILTER (DATATYPE(?x) = <{kind}>)" if kind.startswith(_XSD) else f"?x a <{kind}>"
    return f"SELECT {what} {{ {''.join(parts)}{of_kind if kind else ''} }}"


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def _words(text: str) -> set[str]:
    """The stems of the words of *text* that say what is asked, and of those that they stand for."""
    meant = " ".join(
        (text, *(more for word, more in _HINTS.items() if re.search(word, text.lower())))
    )
    parts = PART.findall(CHINESE.sub(" ", _plain(meant)))
    asked = chain.from_iterable(pieces(part) for part in parts if part not in ASKING | FILLERS)
    return {stem(re.sub("ies$", "y", word))[:6] for word in asked}

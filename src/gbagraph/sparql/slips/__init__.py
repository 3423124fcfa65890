"""Common slips of the pen in a query: the token that is wrong, why, and what would be right.

The engine's parser says how far it came, which is often past the mistake. Each rule knows one slip by
the tokens alone, and looks only at a text that the engine refuses. Here stand those in the head of a
query and in its triples, and :func:`dialects`, what the engine takes and only another store means.
"""

from __future__ import annotations

import difflib
import re
from functools import cache, partial
from itertools import chain, pairwise
from typing import TYPE_CHECKING, Final

from gbagraph.rdf.namespaces import LABELS
from gbagraph.sparql.functions import arguments, other_number
from gbagraph.sparql.message import say
from gbagraph.sparql.slips.clauses import (
    clauses_in_order,
    columns,
    modifiers_inside,
    ungrouped_columns,
)
from gbagraph.sparql.slips.forms import blotted, shortened, slips
from gbagraph.sparql.slips.languages import DIALECTS, FUNCTIONS, OF_OTHERS, other_language
from gbagraph.sparql.slips.operators import OPERATORS
from gbagraph.sparql.slips.reach import (
    MOST,
    blamed_from,
    comes_further,
    dates_in_signs,
    encoded,
    is_query,
    reads,
    wrapped,
)
from gbagraph.sparql.slips.signs import (
    FORMS,
    TAKES,
    Slip,
    apostrophes,
    escapes,
    foreign_characters,
    full_width_names,
    missing_groups,
    open_brackets,
    open_texts,
    undeclared_prefixes,
)
from gbagraph.sparql.slips.table import DATE, END, SYNTAX
from gbagraph.sparql.slips.triples import compared_outside, missing_dots, names_apart, nested
from gbagraph.sparql.tokens import Token, closings, replaced, tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from gbagraph.sparql.message import Message


_UPDATES: Final = frozenset(
    {"INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY", "WITH"}
)


def declarations(query: str, tokens: Sequence[Token]) -> Iterator[Slip]:
    """PREFIX with a namespace in no angle brackets; what follows # in it is read as a comment."""
    for keyword, name, iri in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if keyword.text.upper() == "PREFIX" and name.kind == "name" and iri.kind != "iri":
            end = re.compile(r"\s|$").search(query, iri.start)
            stop = end.start() if end else len(query)
            right = "<" + query[iri.start : stop].strip("<>\"'") + ">"
            reason = say("The namespace goes in angle brackets: %(iri)s.", iri=right)
            yield Slip(iri, reason, ((iri.start, stop, right),))


def query_form(query: str, tokens: Sequence[Token]) -> Iterator[Slip]:
    """The first word after the declarations."""
    index = 0
    while index < len(tokens) and tokens[index].text.upper() in ("PREFIX", "BASE", "VERSION"):
        index += 3 if tokens[index].text.upper() == "PREFIX" else 2
    if index >= len(tokens):
        said = (
            "The query ends after its declarations: SELECT, ASK, CONSTRUCT or DESCRIBE is missing."
        )
        yield Slip(tokens[-1], say(said))
        return
    token = tokens[index]
    text = token.text.upper()
    if text in _UPDATES:
        said = (
            "This is SPARQL Update, and here data is only read: updates are not accepted. Ask with "
            "SELECT, ASK, CONSTRUCT or DESCRIBE."
        )
        yield Slip(token, say(said))
    elif text not in FORMS and token.text != "{":
        near = difflib.get_close_matches(text, (*FORMS, "PREFIX", "BASE"), 1, 0.6)
        if near:
            said = "%(word)s is not a SPARQL keyword; %(right)s is meant."
            yield Slip.instead(token, say(said, word=token.text, right=near[0]), near[0])
        else:
            said = "A query begins with SELECT, ASK, CONSTRUCT or DESCRIBE, not with %(word)s."
            whole = ((token.start, token.start, "SELECT * { "), (len(query), len(query), "\n}"))
            is_pattern = is_query(replaced(query, whole))
            yield Slip(token, say(said, word=token.text), whole if is_pattern else ())


_KEYWORDS: Final = frozenset(
    {"ADJUST", "AS", "ASC", "ASK", "BASE", "BIND", "BY", "CONSTRUCT", "DESC", "DESCRIBE",
     "DISTINCT", "EXISTS", "FILTER", "FROM", "GRAPH", "GROUP", "HAVING", "IN", "LIMIT", "MINUS",
     "NAMED", "NOT", "OFFSET", "OPTIONAL", "ORDER", "PREFIX", "REDUCED", "SELECT", "SEPARATOR",
     "SERVICE", "SILENT", "UNDEF", "UNION", "VALUES", "VERSION", "WHERE", "A", "TRUE", "FALSE"}
)  # fmt: skip


def unknown_words(query: str, tokens: Sequence[Token]) -> Iterator[Slip]:
    """A word that SPARQL does not have."""
    closing = closings(tokens, "(", ")")
    for index, token in enumerate(tokens):
        text = token.text.upper()
        if token.kind == "word" and text in TAKES and index + 1 in closing:
            end = closing[index + 1].start
            given = arguments([each for each in tokens[index + 2 :] if each.start < end])
            least, most = TAKES[text]
            if not least <= given <= most:
                yield Slip(token, other_number(token, least, most, given))
        if token.kind != "word" or text in _KEYWORDS or text in TAKES or text in FORMS:
            continue
        after = tokens[index + 1].text if index + 1 < len(tokens) else ""
        other = OF_OTHERS.get(text)
        if other is not None:
            said = "%(word)s is not a SPARQL keyword; write %(right)s."
            right = f"{other}()" if other == "NOW" and after != "(" else other
            yield Slip.instead(token, say(said, word=token.text, right=right), right)
        elif text == "BY" or _is_in_iri(query, token):
            continue
        else:
            yield from _unknown_word(query, token, after, tokens, index)


def _is_in_iri(query: str, token: Token) -> bool:
    return query[max(0, token.start - 1) : token.start] in ("<", "/", "@")


def _unknown_word(
    query: str, token: Token, after: str, tokens: Sequence[Token], index: int
) -> Iterator[Slip]:
    text = token.text.upper()
    known = {*TAKES} if after == "(" else _KEYWORDS | {*TAKES}
    before = tokens[index - 1].text.upper() if index else ""
    said = "%(word)s is not a SPARQL keyword; %(right)s is meant."
    near = (
        Slip.instead(token, say(said, word=token.text, right=right), right)
        for right in (*difflib.get_close_matches(text, known, 2, 0.7), *_begun(text))
    )
    meant = next((each for each in near if comes_further(query, tokens, each)), None)
    if meant and before not in ("A", "SELECT", "DISTINCT"):
        yield meant
    elif before in ("SELECT", "DISTINCT") or _is_column(tokens, index):
        said = "A variable begins with a question mark: ?%(word)s."
        edits = [
            (each.start, each.start, "?")
            for each, after in pairwise([*tokens, Token("end", "", 0)])
            if each.kind == "word" and each.text == token.text and after.text != "("
        ]
        yield Slip(token, say(said, word=token.text), tuple(edits))
    elif not any(reads(f"{query[: token.start]} {name}") for name in ("?x", "<a:a>", "STR")):
        return  # nothing of the kind can come here
    elif after == "(":
        has = say(
            "It has STRLEN, SUBSTR, UCASE, LCASE, STRBEFORE, STRAFTER, CONCAT, REPLACE and REGEX for texts, "
            "ABS, ROUND, CEIL and FLOOR for numbers, and YEAR, MONTH and DAY for dates."
        )
        yield Slip(token, say("SPARQL has no function %(word)s.", word=token.text) + has)
    else:
        said = "%(word)s lacks a prefix or the ? of a variable: prefix:%(word)s or ?%(word)s."
        if not reads(f"{query[: token.start]} ?x"):
            said = "%(word)s lacks a prefix: prefix:%(word)s."
        lacking = say(said, word=token.text)
        if any(
            comes_further(query, tokens, Slip.instead(token, lacking, name))
            for name in ("?x", "<a:a>")
        ):
            yield Slip(token, lacking)


def _begun(text: str) -> Iterator[str]:
    """The keywords that begin with *text*, if that is more than a letter or two."""
    return (word for word in sorted(_KEYWORDS) if len(text) > 2 and word.startswith(text))


def _is_column(tokens: Sequence[Token], index: int) -> bool:
    """Whether the token at *index* stands alone among the columns of a SELECT."""
    ahead = [token.text.upper() for token in tokens[:index]]
    place = max(
        (at for at, text in enumerate(ahead) if text in ("SELECT", "{", "(", "WHERE", "FROM")),
        default=0,
    )
    return (
        bool(ahead) and ahead[place] == "SELECT" and tokens[index - 1].kind in ("variable", "word")
    )


def slip(query: str) -> Slip | None:
    """The first slip that is known in *query*, which is not SPARQL; None if it is none of these."""
    return next(slips_in(query), None)


def slips_in(query: str) -> Iterator[Slip]:
    """What is known of *query*, if it is not SPARQL, the gravest first; of what is, nothing.

    Nor are any known in a query that is longer than people write.
    """
    every = [*tokens(query)]
    read = [token for token in every if token.kind not in ("space", "comment")]
    if not 0 < len(read) <= MOST:
        return
    text, since = blotted(query, every), cache(partial(blamed_from, query, read))
    rules = (
        encoded(query, read),
        other_language(query, text),
        foreign_characters(query, every),
        wrapped(query, read),
        dates_in_signs(query, read),
        label_service(query, text),
        slips(DIALECTS, query, text, are_foreign=True),
        apostrophes(query, read),
        open_texts(query, read),
        escapes(query, read),
        slips(OPERATORS, query, text, since),
        slips(SYNTAX, query, text, since),
        slips(FUNCTIONS, query, text, since),
        *(rule(query, read) for rule in _RULES),
    )
    yield from chain(*rules, slips((END,), query, text))


_RULES: Final[tuple[Callable[[str, Sequence[Token]], Iterator[Slip]], ...]] = (
    declarations,
    clauses_in_order,
    modifiers_inside,
    query_form,
    columns,
    names_apart,
    undeclared_prefixes,
    compared_outside,
    unknown_words,
    missing_groups,
    open_brackets,
    ungrouped_columns,
    nested,
    missing_dots,
)


_SERVICE: Final = re.compile(
    r"\b(?P<at>SERVICE\s+(?:SILENT\s+)?wikibase:label)\s*(?P<group>\{[^{}]*\})(?:\s*\.(?!\w))?",
    re.IGNORECASE,
)


_LANGUAGES: Final = re.compile(r"wikibase:language\s+[\"']([^\"']*)[\"']")


_TAG: Final = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]+)*\Z")


_SUSPECT: Final = re.compile(
    r"bif:|jena|ontotext|openrdf|stardog|bigdata|virtuoso|openlinksw|wikiba|x-arq|java:|[\u3001\u3002\uff00-\uff65]"
    r"|[=<>(,\s]\d{4}-\d\d-\d\d"
)
"""Without any of these in its text, a query that parses is of no dialect."""


def label_service(query: str, text: str) -> Iterator[Slip]:
    """Wikidata's label service, which binds ``?xLabel`` to a name of ``?x``; *text* is blotted out."""
    match = _SERVICE.search(text)
    if match is None:
        return
    start, end = match.span("at")
    group = query[slice(*match.span("group"))]
    outside = text[:start] + text[match.end() :]
    names = {
        name: other
        for name, other in re.findall(r"[?$]((\w+)Label)\b", outside)
        if re.search(rf"[?$]{other}\b", outside)
    }
    wanted = _LANGUAGES.search(group)
    asked = [each.strip() for each in (wanted[1] if wanted else "en").split(",")]
    languages = [each for each in asked if _TAG.match(each)] or ["en"]
    label = shortened(f"<{LABELS[0]}>", query)
    parts = [
        f'OPTIONAL {{ ?{other} {label} ?{name} FILTER(LANG(?{name}) = "{language}") }}'
        for name, other in names.items()
        for language in languages
    ]
    is_plain = "rdfs:label" not in group and "schema:" not in group
    edits = ((start, match.end(), "\n".join(parts)),) if is_plain else ()
    yield Slip(
        Token("other", query[start:end], start),
        say(
            "SERVICE wikibase:label is Wikidata's label service, and there is none here. Names "
            "are asked for as any other value: "
            'OPTIONAL { ?x %(label)s ?xLabel FILTER(LANG(?xLabel) = "en") }.',
            label="rdfs:label",
        ),
        edits,
    )


def in_place_of(function: str) -> Message | None:
    """What SPARQL has in place of a *function* of others, by the end of its IRI."""
    text = function.upper().replace("-", "_")
    right = text if text in TAKES else OF_OTHERS.get(text)
    if right:
        return say("SPARQL has %(right)s.", right=right)
    found = (
        *slips(FUNCTIONS, f"{text}(", f"{text}("),
        *slips(DIALECTS, f"{text}(", f"{text}("),
    )
    return found[0].reason if found else None


def dialects(query: str) -> list[tuple[str, Slip]]:
    """What another store means in a query that parses, each with the code of its kind."""
    if not _SUSPECT.search(query):
        return []
    every = [*tokens(query)]
    text = blotted(query, every)
    rules: tuple[tuple[str, Iterator[Slip]], ...] = (
        ("syntax", full_width_names(every)),
        ("syntax", slips((DATE,), query, text)),
        ("dialect", label_service(query, text)),
        ("dialect", slips(DIALECTS, query, text, are_foreign=True)),
    )
    seen: list[tuple[str, Slip]] = []
    for code, rule in rules:
        for each in rule:
            # What is said of a whole is not said of its part again.
            if not any(one.covers(each) for _, one in seen):
                seen.append((code, each))
    return seen

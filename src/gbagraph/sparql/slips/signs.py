"""What a slip is, and those in signs, words and prefixes."""

from __future__ import annotations

import difflib
import re
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from gbagraph.rdf.namespaces import FUNCTIONS, prefixes
from gbagraph.sparql.message import say
from gbagraph.sparql.tokens import Token, tokens

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gbagraph.sparql.message import Message


_WIKIDATA: Final = frozenset({"p", "ps", "pq", "pr", "psv", "pqv", "wds", "wdv", "psn", "wikibase"})
_COMMON: Final = {
    "dct": "http://purl.org/dc/terms/",
    "dbo": "http://dbpedia.org/ontology/",
    "dbr": "http://dbpedia.org/resource/",
    "dbp": "http://dbpedia.org/property/",
    "gba-fn": FUNCTIONS,
    "fn": "http://www.w3.org/2005/xpath-functions#",
    "geosparql": "http://www.opengis.net/ont/geosparql#",
    "sdo": "https://schema.org/",
}
"""Prefixes that are well known, beside those of the project."""

UNDECLARED: Final = "The prefix %(name)s is not declared."
_OF_WIKIDATA: Final = "On Wikidata it names statement nodes or their parts. Another Wikibase has them in a namespace of its own."

FORMS: Final = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")

AFTER_WHERE: Final = frozenset({"GROUP", "ORDER", "HAVING", "LIMIT", "OFFSET", "VALUES"})

_SIGNS: Final = {
    **dict.fromkeys("\u201c\u201d\u201e\u00ab\u00bb", '"'),
    **dict.fromkeys("\u2018\u2019\u201a", "'"),
    **dict.fromkeys(
        "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u200b\u202f\u3000\ufeff",
        " ",
    ),
    **{chr(ord(sign) + 0xFEE0): sign for sign in "!\"#$&'()*+,-./:;<=>?@[]^{|}"},
    **dict.fromkeys("\u300a\u3008", "<"),
    **dict.fromkeys("\u300b\u3009", ">"),
    "\u3002": ".",
    "\u3001": ",",
}
"""Signs of other keyboards, and the one that is meant."""
_FOREIGN: Final = re.compile(f"[{re.escape(''.join(_SIGNS))}]")
_TRANSLATED: Final = str.maketrans(_SIGNS)
_QUOTED: Final = re.compile(
    '[\u201c\u201e\u00ab][^\u201d\u00bb"\\n]*[\u201d\u00bb\u201c]|\u2018[^\u2019\\n]*\u2019'
)
"""A text between typographic quotation marks."""

_CLOSES: Final = {")": "(", "]": "[", "}": "{"}

_IN_GROUP: Final = frozenset(
    {"OPTIONAL", "FILTER", "BIND", "UNION", "MINUS", "GRAPH", "SERVICE", "VALUES"}
)

BREAKING: Final = frozenset("{}.;,")
_ENDS: Final = _IN_GROUP | AFTER_WHERE
_OPERATORS: Final = frozenset(
    {"=", "!=", "<", ">", "<=", ">=", "&&", "||", "+", "-", "*", "/", "IN"}
)


class Slip(NamedTuple):
    """The token that is wrong, the reason, and (start, end, text) to change."""

    token: Token
    reason: Message
    edits: tuple[tuple[int, int, str], ...] = ()

    @classmethod
    def instead(cls, token: Token, reason: Message, text: str) -> Slip:
        """Return the slip that *token* stands in place of *text*."""
        return cls(token, reason, ((token.start, token.end, text),))

    @classmethod
    def before(cls, token: Token, reason: Message, text: str) -> Slip:
        """Return the slip that *text* is missing before *token*."""
        return cls(token, reason, ((token.start, token.start, text),))

    def covers(self, other: Slip) -> bool:
        """Whether the token of *other* is a part of the one of this slip."""
        return self.token.start <= other.token.start and other.token.end <= self.token.end


def is_open(token: Token) -> bool:
    """Whether a token is a string without the quotation mark at its end."""
    if token.kind != "string":
        return False
    mark = opening(token)
    return not re.sub(r"\\.", "", token.text[len(mark) :], flags=re.DOTALL).endswith(mark)


def opening(token: Token) -> str:
    """The quotation mark that a string begins with."""
    return token.text[:3] if token.text.startswith(('"""', "'''")) else token.text[:1]


def foreign_characters(query: str, every: Sequence[Token]) -> Iterator[Slip]:
    """Quotation marks, punctuation and spaces of other keyboards, outside of what is quoted."""
    kept = [
        (token.start, token.end)
        for token in every
        if (token.kind in ("string", "iri") and not is_open(token))
        # In what lacks its brackets, # begins no comment.
        or (token.kind == "comment" and not query[: token.start][-1:].strip())
    ]
    kept += [(m.start() + 1, m.end() - 1) for m in _QUOTED.finditer(query)]
    foreign = [
        m
        for m in _FOREIGN.finditer(query)
        if not any(start <= m.start() < end for start, end in kept)
    ]
    if not foreign:
        return
    first, right = Token("other", foreign[0][0], foreign[0].start()), _SIGNS[foreign[0][0]]
    if right in "\"'":
        reason = say(
            "%(sign)s is a typographic quotation mark; a text goes between two of \" or '.",
            sign=first.text,
        )
    elif right == " ":
        code = f"U+{ord(first.text):04X}"
        reason = say("The character %(code)s looks like a space but is not one.", code=code)
    else:
        said = "%(sign)s is a full-width sign; write %(right)s."
        reason = say(said, sign=first.text, right=right)
    yield Slip(first, reason, tuple((m.start(), m.end(), _SIGNS[m[0]]) for m in foreign))


def full_width_names(tokens: Sequence[Token]) -> Iterator[Slip]:
    """Full-width punctuation in names, of which the grammar makes it a part."""
    for token in tokens:
        if token.kind in ("variable", "name") and (sign := _FOREIGN.search(token.text)):
            right = token.text.translate(_TRANSLATED)
            said = "%(sign)s is a full-width sign, so it is read as part of the name %(name)s."
            yield Slip.instead(token, say(said, sign=sign[0], name=token.text), right)


def open_texts(_: str, tokens: Sequence[Token]) -> Iterator[Slip]:
    """A quotation mark without its fellow."""
    for token in tokens:
        if is_open(token):
            mark = Token("other", opening(token), token.start)
            said = (
                "This quotation mark opens a text that is not closed in this line. A quotation mark "
                'inside of a text is written \\".'
                if len(mark.text) == 1
                else "This quotation mark opens a text that is not closed."
            )
            tag = _TAGGED.match(token.text)
            place = token.start + tag.end(1) if tag else 0
            yield Slip(mark, say(said), ((place, place, mark.text),) if tag else ())


_STRANGE: Final = re.compile(r"\\\\|\\[tbnrf\"'uU]|(\\)")
"""Backslashes in a text: what SPARQL knows, and any other in the group."""


def escapes(_: str, tokens: Sequence[Token]) -> Iterator[Slip]:
    """A backslash that begins nothing in a text, as in a regular expression or a path of a file."""
    for token in tokens:
        strange = (
            [m for m in _STRANGE.finditer(token.text) if m[1]] if token.kind == "string" else ()
        )
        if strange:
            edits = tuple((token.start + m.start(), token.start + m.end(), "\\\\") for m in strange)
            said = "In a text, a backslash is written twice: %(twice)s, not %(once)s."
            once = token.text[strange[0].start() : strange[0].end() + 1]
            yield Slip(token, say(said, twice=f"\\{once}", once=once), edits)


def apostrophes(query: str, tokens: Sequence[Token]) -> Iterator[Slip]:
    """A text in single quotation marks that an apostrophe ends."""
    for token, after in pairwise(tokens):
        last = next((t for t in tokens if t.start > after.start and is_open(t)), None)
        if token.kind == "string" and token.text[0] == "'" and after.start == token.end and last:
            whole = query[token.start : last.start + 1]
            if after.kind == "word" and "\n" not in whole and '"' not in whole:
                said = "The apostrophe after %(text)s ends the text; put that in double quotation marks: %(right)s."
                right = f'"{whole[1:-1]}"'
                edits = ((token.start, last.start + 1, right),)
                yield Slip(token, say(said, text=token.text[:-1], right=right), edits)


_TAGGED: Final = re.compile(r"([\"'][^\"'@]+)(?:@[a-z]{2,3}(?:-\w+)*|\^\^[\w<:]\S*)(?=\s|[.;,)])")
"""A text that is not closed before its language or datatype."""


def missing_groups(_: str, tokens: Sequence[Token]) -> Iterator[Slip]:
    """Words that a group follows."""
    texts = [token.text for token in tokens]
    for one, other in pairwise(tokens):
        word = one.text.upper()
        if (
            one.kind == "word"
            and word in ("WHERE", "OPTIONAL", "UNION", "MINUS", "EXISTS")
            and other.text != "{"
        ):
            said = "%(word)s needs a group in braces: %(word)s { … }."
            opens = texts.count("}") > texts.count("{")
            edits = ((other.start, other.start, "{ "),) if opens else ()
            yield Slip(other, say(said, word=word), edits)
        elif one.kind == "word" and word == "GRAPH" and other.text == "{":
            yield Slip.before(other, say("GRAPH needs the graph's IRI or a variable."), "?graph ")
        elif (
            one.kind == "word"
            and word in ("FILTER", "HAVING")
            and (end := _end_of_condition(tokens, other)) is not None
        ):
            yield Slip(
                other,
                say("The condition of %(word)s goes in parentheses.", word=word),
                ((other.start, other.start, "("), (end, end, ")")),
            )
        elif one.kind != "word" and other.text.upper() == "UNION" and one.text != "}":
            said = "UNION needs a group in braces on both sides: { … } UNION { … }."
            yield Slip(other, say(said))


def _end_of_condition(tokens: Sequence[Token], first: Token) -> int | None:
    """Where the condition ends that begins with *first*; None if it is in parentheses as it should."""
    end, depth = first.end, 0
    is_call = first.kind in ("word", "name", "iri") and first.text.upper() not in ("NOT", "EXISTS")
    is_open = first.kind in ("variable", "string", "number") or first.text == "!"
    for token in tokens:
        if token.start < first.start:
            continue
        if depth <= 0 and (token.text in BREAKING or token.text.upper() in _ENDS):
            break
        is_open = is_open or (is_call and depth == 0 and token.text in _OPERATORS)
        depth += (token.text == "(") - (token.text == ")")
        end = token.end
    return end if is_open else None


def open_brackets(query: str, tokens: Sequence[Token]) -> Iterator[Slip]:
    """Brackets that are not closed, or close nothing."""
    opened: list[Token] = []
    for token in tokens:
        if token.kind != "other":
            continue
        if token.text in _CLOSES.values():
            opened.append(token)
        elif token.text in _CLOSES:
            if not opened:
                yield Slip.instead(token, say("%(sign)s closes nothing.", sign=token.text), "")
                return
            if opened[-1].text != _CLOSES[token.text]:
                yield _unclosed(query, opened[-1], token.start)
                return
            opened.pop()
    if opened:
        yield _unclosed(query, opened[-1], len(query.rstrip()))


def _unclosed(query: str, opening: Token, end: int) -> Slip:
    closing = next(close for close, opens in _CLOSES.items() if opens == opening.text)
    for token in tokens(query[opening.end :]):
        if token.kind == "comment" and closing in token.text:
            place = opening.end + token.start + token.text.rindex(closing)
            said = "%(sign)s stands in a comment, which begins with # and ends with its line."
            return Slip.before(Token("other", closing, place), say(said, sign=closing), "\n")
    stop = len(query[:end].rstrip())
    return Slip(
        opening,
        say("%(sign)s is not closed.", sign=opening.text),
        ((stop, stop, f" {closing}" if closing == "}" else closing),),
    )


def undeclared_prefixes(query: str, tokens: Sequence[Token]) -> Iterator[Slip]:
    """A name whose prefix is not declared."""
    declared = {
        one.text[:-1]
        for keyword, one in pairwise(tokens)
        if keyword.text.upper() == "PREFIX" and one.text.endswith(":")
    }
    for before, token in pairwise([Token("start", "", 0), *tokens]):
        prefix = token.text.partition(":")[0]
        if token.kind != "name" or prefix in declared or before.text.upper() == "PREFIX":
            continue
        known = prefixes().get(prefix) or _COMMON.get(prefix)
        if prefix in ("http", "https", "urn"):
            end = re.compile(r"[\s>{}]|$").search(query, token.start)
            stop = end.start() if end else token.end
            reason = say("An IRI goes in angle brackets and has no spaces.")
            edits = (
                ()
                if before.text == "<"
                else ((token.start, stop, f"<{query[token.start : stop]}>"),)
            )
            yield Slip(token, reason, edits)
            return
        name = f"{prefix}:"
        reason = say(UNDECLARED, name=name)
        near = difflib.get_close_matches(prefix, declared, 1, 0.6) if not known else []
        if near:
            edits = ((token.start, token.start + len(prefix), near[0]),)
            said = "The prefix %(name)s is not declared; %(near)s is."
            yield Slip(token, say(said, name=name, near=f"{near[0]}:"), edits)
        elif known:
            line = f"PREFIX {name} <{known}>"
            reason += say("Add: %(line)s", line=line)
            if known.startswith("https://schema.org/"):
                reason += say("Some data write it with http.")
            yield Slip(token, reason, ((0, 0, f"{line}\n"),))
        elif prefix in _WIKIDATA:
            yield Slip(token, reason + say(_OF_WIKIDATA))
        else:
            more = "Declare it with PREFIX %(name)s and its namespace in angle brackets."
            yield Slip(token, reason + say(more, name=name))
        return


_TAKE: Final = """
    0 0 NOW RAND UUID STRUUID
    0 1 BNODE
    1 1 ABS AVG BOUND CEIL COUNT DATATYPE DAY ENCODE_FOR_URI FLOOR GROUP_CONCAT HASLANG HASLANGDIR
    1 1 HOURS IRI ISBLANK ISIRI ISLITERAL ISNUMERIC ISTRIPLE ISURI LANG LANGDIR LCASE MAX MD5 MIN MINUTES
    1 1 MONTH OBJECT PREDICATE ROUND SAMPLE SECONDS SHA1 SHA256 SHA384 SHA512 STR STRLEN SUBJECT SUM
    1 1 TIMEZONE TZ UCASE URI YEAR
    2 2 CONTAINS LANGMATCHES SAMETERM SAMEVALUE STRAFTER STRBEFORE STRDT STRENDS STRLANG STRSTARTS
    2 3 REGEX SUBSTR
    3 3 IF STRLANGDIR TRIPLE
    3 4 REPLACE
    0 1000 COALESCE CONCAT
"""
TAKES: Final = {
    name: (int(least), int(most))
    for least, most, *names in map(str.split, _TAKE.strip().splitlines())
    for name in names
}
"""The functions of SPARQL, and how many arguments each takes, at least and at most."""

"""What a slip is, and those in signs, words and prefixes."""

from __future__ import annotations

import difflib
import re
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from gbagraph.rdf.namespaces import FUNCTIONS, prefixes
from gbagraph.sparql.message import say
from gbagraph.sparql.tokens import Token

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

_OF_WIKIDATA: Final = "On Wikidata it names statement nodes or their parts; other data has none."

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


def foreign_characters(query: str, tokens: Sequence[Token]) -> Iterator[Slip]:
    """Quotation marks, punctuation and spaces of other keyboards, outside of what is quoted."""
    kept = [
        (token.start, token.end)
        for token in tokens
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
    stop = len(query[:end].rstrip())
    return Slip(
        opening,
        say("%(sign)s is not closed.", sign=opening.text),
        ((stop, stop, f" {closing}" if closing == "}" else closing),),
    )


_KEYWORDS: Final = frozenset(
    {"ADJUST", "AS", "ASC", "ASK", "BASE", "BIND", "BY", "CONSTRUCT", "DESC", "DESCRIBE",
     "DISTINCT", "EXISTS", "FILTER", "FROM", "GRAPH", "GROUP", "HAVING", "IN", "LIMIT", "MINUS",
     "NAMED", "NOT", "OFFSET", "OPTIONAL", "ORDER", "PREFIX", "REDUCED", "SELECT", "SEPARATOR",
     "SERVICE", "SILENT", "UNDEF", "UNION", "VALUES", "VERSION", "WHERE", "A", "TRUE", "FALSE"}
)  # fmt: skip

_FUNCTIONS: Final = frozenset(
    {"ABS", "AVG", "BNODE", "BOUND", "CEIL", "COALESCE", "CONCAT", "CONTAINS", "COUNT", "DATATYPE",
     "DAY", "ENCODE_FOR_URI", "FLOOR", "GROUP_CONCAT", "HASLANG", "HASLANGDIR", "HOURS", "IF",
     "IRI", "ISBLANK", "ISIRI", "ISLITERAL", "ISNUMERIC", "ISTRIPLE", "ISURI", "LANG", "LANGDIR",
     "LANGMATCHES", "LCASE", "MAX", "MD5", "MIN", "MINUTES", "MONTH", "NOW", "OBJECT", "PREDICATE",
     "RAND", "REGEX", "REPLACE", "ROUND", "SAMETERM", "SAMEVALUE", "SAMPLE", "SECONDS", "SHA1",
     "SHA256", "SHA384", "SHA512", "STR", "STRAFTER", "STRBEFORE", "STRDT", "STRENDS", "STRLANG",
     "STRLANGDIR", "STRLEN", "STRSTARTS", "STRUUID", "SUBJECT", "SUBSTR", "SUM", "TIMEZONE",
     "TRIPLE", "TZ", "UCASE", "URI", "UUID", "YEAR"}
)  # fmt: skip

_OF_OTHERS: Final = {
    "AND": "&&",
    "OR": "||",
    "SORT": "ORDER",
    "AVERAGE": "AVG",
    "MEAN": "AVG",
    "INCLUDES": "CONTAINS",
    **dict.fromkeys(("STR_DETECT", "REGEXP_LIKE", "REGEXP_MATCHES"), "REGEX"),
    **dict.fromkeys(("LENGTH", "NCHAR", "STR_LENGTH", "CHAR_LENGTH", "LEN"), "STRLEN"),
    **dict.fromkeys(("LOWER", "TOLOWER", "STR_TO_LOWER"), "LCASE"),
    **dict.fromkeys(("UPPER", "TOUPPER", "STR_TO_UPPER"), "UCASE"),
    **dict.fromkeys(("SUBSTRING", "MID"), "SUBSTR"),
    **dict.fromkeys(("IFNULL", "NVL"), "COALESCE"),
    **dict.fromkeys(("WHEN", "IIF", "IFELSE", "IF_ELSE"), "IF"),
    **dict.fromkeys(("PASTE0", "STR_C"), "CONCAT"),
    **dict.fromkeys(("STRING_AGG", "LISTAGG", "COLLECT", "ARRAY_AGG"), "GROUP_CONCAT"),
    **dict.fromkeys(("STARTSWITH", "STARTS_WITH", "STR_STARTS"), "STRSTARTS"),
    **dict.fromkeys(("ENDSWITH", "ENDS_WITH", "STR_ENDS"), "STRENDS"),
}
"""Words of other languages, with those of SPARQL that take the same arguments in the same order."""


def unknown_words(query: str, tokens: Sequence[Token]) -> Iterator[Slip]:
    """A word that SPARQL does not have."""
    for index, token in enumerate(tokens):
        text = token.text.upper()
        if token.kind != "word" or text in _KEYWORDS or text in _FUNCTIONS or text in FORMS:
            continue
        after = tokens[index + 1].text if index + 1 < len(tokens) else ""
        other = _OF_OTHERS.get(text)
        if other is not None:
            said = "%(word)s is not a SPARQL keyword; write %(right)s."
            yield Slip.instead(token, say(said, word=token.text, right=other), other)
        elif text == "BY" or _is_in_iri(query, token):
            continue
        else:
            yield from _unknown_word(token, after, tokens, index)


def _is_in_iri(query: str, token: Token) -> bool:
    return query[max(0, token.start - 1) : token.start] in ("<", "/", "@")


def _unknown_word(token: Token, after: str, tokens: Sequence[Token], index: int) -> Iterator[Slip]:
    known = _FUNCTIONS if after == "(" else _KEYWORDS | _FUNCTIONS
    near = difflib.get_close_matches(token.text.upper(), known, 1, 0.7)
    before = tokens[index - 1].text.upper() if index else ""
    if near and before not in ("A", "SELECT", "DISTINCT"):
        said = "%(word)s is not a SPARQL keyword; %(right)s is meant."
        yield Slip.instead(token, say(said, word=token.text, right=near[0]), near[0])
    elif before in ("SELECT", "DISTINCT"):
        said = "A variable begins with a question mark: ?%(word)s."
        edits = [
            (each.start, each.start, "?")
            for each, after in pairwise([*tokens, Token("end", "", 0)])
            if each.kind == "word" and each.text == token.text and after.text != "("
        ]
        yield Slip(token, say(said, word=token.text), tuple(edits))
    elif after == "(":
        yield Slip(token, say("SPARQL has no function %(word)s.", word=token.text))
    else:
        said = "%(word)s lacks a prefix or the ? of a variable: prefix:%(word)s or ?%(word)s."
        yield Slip(token, say(said, word=token.text))


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
        reason = say("The prefix %(name)s is not declared.", name=name)
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

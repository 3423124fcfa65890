"""What a slip is, and those in signs, words and prefixes."""

from __future__ import annotations

import difflib
import re
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from gbagraph.rdf.namespaces import prefixes
from gbagraph.sparql.tokens import Token

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


FORMS: Final = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")

AFTER_WHERE: Final = frozenset({"GROUP", "ORDER", "HAVING", "LIMIT", "OFFSET", "VALUES"})

_QUOTES: Final = dict.fromkeys("\u201c\u201d\u201e\u00ab\u00bb", '"') | dict.fromkeys(
    "\u2018\u2019\u201a", "'"
)
"""Typographic quotation marks, and the straight one that is meant."""

_CLOSES: Final = {")": "(", "]": "[", "}": "{"}

_IN_GROUP: Final = frozenset(
    {"OPTIONAL", "FILTER", "BIND", "UNION", "MINUS", "GRAPH", "SERVICE", "VALUES"}
)

BREAKING: Final = frozenset("{}.;,")


class Slip(NamedTuple):
    """The token that is wrong, the reason (the rest of a sentence), and (start, end, text) to change."""

    token: Token
    reason: str
    edits: tuple[tuple[int, int, str], ...] = ()

    @classmethod
    def instead(cls, token: Token, reason: str, text: str) -> Slip:
        """Return the slip that *token* stands in place of *text*."""
        return cls(token, reason, ((token.start, token.end, text),))

    @classmethod
    def before(cls, token: Token, reason: str, text: str) -> Slip:
        """Return the slip that *text* is missing before *token*."""
        return cls(token, reason, ((token.start, token.start, text),))


def typographic_quotes(_: str, tokens: Sequence[Token]) -> Iterator[Slip]:
    """Typographic quotation marks."""
    curly = [
        Token("other", sign, start)
        for token in tokens
        if token.kind == "other" or _is_open(token)
        for start, sign in enumerate(token.text, token.start)
        if sign in _QUOTES
    ]
    if curly:
        edits = tuple((t.start, t.end, _QUOTES[t.text]) for t in curly)
        reason = (
            f"{curly[0].text} is a typographic quotation mark; texts stand between two of \" or '."
        )
        yield Slip(curly[0], reason, edits)


def odd_spaces(query: str, tokens: Sequence[Token]) -> Iterator[Slip]:
    """Characters that look like a space."""
    odd = list(re.finditer(r"[\u00a0\u2000-\u200b\u202f\u3000\ufeff]", query))
    texts = [token for token in tokens if token.kind == "string" and not _is_open(token)]
    inside = [m for m in odd if not any(t.start <= m.start() < t.end for t in texts)]
    if inside:
        edits = tuple((m.start(), m.end(), " ") for m in inside)
        first = Token("other", inside[0][0], inside[0].start())
        reason = f"the character U+{ord(first.text):04X} looks like a space and is none."
        yield Slip(first, reason, edits)


def foreign_signs(query: str, tokens: Sequence[Token]) -> Iterator[Slip]:
    """Operators of other languages."""
    for one, other in pairwise(tokens):
        together = query[one.start : other.end]
        instead = {"==": "=", "<>": "!=", "=>": ">=", "=<": "<="}.get(together)
        if instead:
            yield Slip(
                Token("other", together, one.start),
                f"{together} is no operator here; write {instead}.",
                ((one.start, other.end, instead),),
            )
    for token in tokens:
        if token.text == "<>" and any(t.text.upper() == "FILTER" for t in tokens):
            yield Slip.instead(token, "<> is an IRI here; not equal is written !=.", "!=")


def open_texts(_: str, tokens: Sequence[Token]) -> Iterator[Slip]:
    """A quotation mark without its fellow."""
    for token in tokens:
        if _is_open(token):
            mark = Token("other", _opening(token), token.start)
            where = " in this line" if len(mark.text) == 1 else ""
            yield Slip(mark, f"this quotation mark opens a text that is not closed{where}.")


def _is_open(token: Token) -> bool:
    """Whether a token is a string without the quotation mark at its end."""
    if token.kind != "string":
        return False
    mark = _opening(token)
    return not re.sub(r"\\.", "", token.text[len(mark) :], flags=re.DOTALL).endswith(mark)


def _opening(token: Token) -> str:
    return token.text[:3] if token.text.startswith(('"""', "'''")) else token.text[:1]


def missing_groups(_: str, tokens: Sequence[Token]) -> Iterator[Slip]:
    """Words that a group follows."""
    for one, other in pairwise(tokens):
        word = one.text.upper()
        if (
            one.kind == "word"
            and word in ("WHERE", "OPTIONAL", "UNION", "MINUS", "EXISTS")
            and other.text != "{"
        ):
            yield Slip(other, f"after {word} stands a group in braces: {word} {{ … }}.")
        elif one.kind == "word" and word == "GRAPH" and other.text == "{":
            yield Slip.before(
                other, "after GRAPH stands the graph's IRI, or a variable.", "?graph "
            )
        elif (
            one.kind == "word"
            and word == "FILTER"
            and other.kind in ("variable", "string", "number")
        ):
            end = _end_of_condition(tokens, other)
            yield Slip(
                other,
                "the condition of a FILTER stands in parentheses.",
                ((other.start, other.start, "("), (end, end, ")")),
            )
        elif one.kind != "word" and other.text.upper() == "UNION" and one.text != "}":
            yield Slip(other, "before UNION stands a group in braces: { … } UNION { … }.")


def _end_of_condition(tokens: Sequence[Token], first: Token) -> int:
    end = first.end
    for token in tokens:
        if token.start <= first.start:
            continue
        if token.text in BREAKING or token.text.upper() in _IN_GROUP:
            break
        end = token.end
    return end


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
                yield Slip.instead(token, f"{token.text!r} closes nothing.", "")
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
        f"{opening.text!r} is not closed.",
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
    "WHEN": "IF",
    "INCLUDES": "CONTAINS",
    "LENGTH": "STRLEN",
    "LOWER": "LCASE",
    "UPPER": "UCASE",
    "SUBSTRING": "SUBSTR",
    "IFNULL": "COALESCE",
    "AVERAGE": "AVG",
    "STARTSWITH": "STRSTARTS",
    "ENDSWITH": "STRENDS",
}
"""Words of other languages."""


def unknown_words(query: str, tokens: Sequence[Token]) -> Iterator[Slip]:
    """A word that SPARQL does not have."""
    for index, token in enumerate(tokens):
        text = token.text.upper()
        if token.kind != "word" or text in _KEYWORDS or text in _FUNCTIONS or text in FORMS:
            continue
        after = tokens[index + 1].text if index + 1 < len(tokens) else ""
        other = _OF_OTHERS.get(text)
        if other is not None:
            yield Slip.instead(token, f"{token.text} is no word of SPARQL; write {other}.", other)
        elif text == "LIKE":
            yield Slip(token, 'LIKE is no word of SPARQL; write CONTAINS(STR(?x), "…") or REGEX.')
        elif text in ("NULL", "NIL", "NONE"):
            yield Slip(
                token, f"there is no {token.text}; BOUND(?x) asks whether a variable has a value."
            )
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
        yield Slip.instead(
            token, f"{token.text} is no word of SPARQL; {near[0]} is meant.", near[0]
        )
    elif before in ("SELECT", "DISTINCT"):
        yield Slip.before(token, f"a variable begins with a question mark: ?{token.text}.", "?")
    elif after == "(":
        yield Slip(token, f"SPARQL has no function {token.text}.")
    else:
        yield Slip(
            token,
            f"{token.text} lacks a prefix or the ? of a variable: prefix:{token.text} or ?{token.text}.",
        )


def order_and_group(query: str, tokens: Sequence[Token]) -> Iterator[Slip]:
    """ORDER and GROUP without BY; DESC without parentheses; LIMIT without a number."""
    for one, other in pairwise([*tokens, Token("end", "", len(query))]):
        word = one.text.upper()
        if one.kind != "word":
            continue
        if word in ("ORDER", "GROUP") and other.text.upper() != "BY":
            yield Slip(one, f"{word} is followed by BY.", ((one.end, one.end, " BY"),))
        elif word in ("ASC", "DESC") and other.kind == "variable":
            yield Slip.instead(
                other,
                f"what is sorted {word} stands in parentheses: {word}({other.text}).",
                f"({other.text})",
            )
        elif word in ("LIMIT", "OFFSET") and other.kind != "number":
            token = other if other.text else one
            yield Slip(token, f"{word} is followed by a whole number.")


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
        known = prefixes().get(prefix)
        if prefix in ("http", "https", "urn"):
            end = re.compile(r"[\s>{}]|$").search(query, token.start)
            stop = end.start() if end else token.end
            reason = "an IRI stands in angle brackets and has no spaces."
            edits = (
                ()
                if before.text == "<"
                else ((token.start, stop, f"<{query[token.start : stop]}>"),)
            )
            yield Slip(token, reason, edits)
            return
        near = difflib.get_close_matches(prefix, declared, 1, 0.6) if not known else []
        if near:
            yield Slip(
                token,
                f"the prefix {prefix}: is not declared; {near[0]}: is.",
                ((token.start, token.start + len(prefix), near[0]),),
            )
            return
        remedy = f"Add: PREFIX {prefix}: <{known}>" if known else "Declare it with PREFIX."
        edits = ((0, 0, f"PREFIX {prefix}: <{known}>\n"),) if known else ()
        yield Slip(token, f"the prefix {prefix}: is not declared. {remedy}", edits)
        return

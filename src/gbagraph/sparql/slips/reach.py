"""How far a text can be read as a query, and what could come next, as the engine's parser knows it.

The parser is asked of beginnings of the text: what it says of a whole is often a few characters past the
mistake, for it compares keywords by their length.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote_plus

import pyoxigraph as ox

from gbagraph.rdf.namespaces import base_iri
from gbagraph.sparql.message import say
from gbagraph.sparql.slips.forms import date, shortened
from gbagraph.sparql.slips.signs import Slip
from gbagraph.sparql.tokens import Token, offset, replaced, words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_END: Final = f"{' ' * 20}\x01"
"""More space than any keyword has letters, and what no query has, so that none is answered."""
MOST: Final = 1000
"""Tokens of the longest query of which this is asked, and in which slips are looked for."""
_POSITION: Final = re.compile(r"error at (\d+):(\d+): ")


def reads(text: str) -> bool:
    """Whether *text*, which ends with a token, can be the beginning of a query."""
    try:
        ox.Store().query(f"{text}{_END}", base_iri=base_iri())
    except SyntaxError as problem:
        place = _POSITION.match(str(problem))
        end = offset(text, int(place[1]), int(place[2])) if place else 0
        return end >= len(text) + len(_END) - 1
    except (RuntimeError, ValueError, OSError):
        pass
    return False


def is_query(text: str) -> bool:
    """Whether *text* is one; it calls nobody."""
    try:
        if "SERVICE" not in text.upper():
            ox.Store().query(text, base_iri=base_iri())
    except SyntaxError:
        return False
    except (RuntimeError, ValueError, OSError):
        pass
    return True


def comes_further(query: str, read: Sequence[Token], slip: Slip) -> bool:
    """Whether the parser, with the edits of *slip*, reads past its token, and the next one as well."""
    after = [token.end for token in read if token.start >= slip.token.end][:1]
    stop = max([*after, slip.token.end, *(end for _, end, _ in slip.edits)])
    return reads(replaced(query[:stop], [each for each in slip.edits if each[1] <= stop]))


def blamed_from(query: str, read: Sequence[Token]) -> int:
    """Where what is wrong begins at the earliest: a few tokens before the one that cannot stand there.

    All before that is read as it should be, so nothing of it is a slip of signs or words.
    """
    at = first_wrong(query, read)
    if at < len(read):
        return read[max(at - _AROUND, 0)].start
    return len(query) if is_query(query) else 0


_AROUND: Final = 4


def first_wrong(query: str, read: Sequence[Token]) -> int:
    """The place in *read* of the first token that cannot stand where it does; their number if all can."""
    query = _without_less(query, read)
    low = _unread(query, read, 0)
    # After a few functions the parser has no space.
    while low + 1 < len(read) and reads(query[: read[low + 1].end]):
        low = _unread(query, read, low + 2)
    return low


def _without_less(query: str, read: Sequence[Token]) -> str:
    """*query* with = for <, after which the parser takes all for an IRI, up to a > somewhere."""
    signs = {"<": "=", "<=": "!="}
    if all(token.text != ">>" for token in read):
        signs["<<"] = "=="
    return replaced(query, [(t.start, t.end, signs[t.text]) for t in read if t.text in signs])


def _unread(query: str, read: Sequence[Token], low: int) -> int:
    """The first token from the place *low* on with which the beginning of the text is not read."""
    high = len(read)
    while low < high:
        middle = (low + high) // 2
        if reads(query[: read[middle].end]):
            low = middle + 1
        else:
            high = middle
    return low


_PLACES: Final = (
    ("BY ?x", "After it comes BY."),
    ("?x WHERE {", "There, a variable can come, a computed column such as (STRLEN(?x) AS ?n), or *."),
    ("WHERE {", "There, the pattern in braces can come."),
    ("AS ?x1x)", "There, an operator such as = or + can come, or AS and a new name."),
    ("; <a:a> ?x . FILTER (1)", "There, a dot, a semicolon, a comma, a part such as FILTER (…) or OPTIONAL { … }, or } can come."),
    ("; <a:a> ?x", "There, a dot, a semicolon, a comma or } can come: other parts have no place here."),
    ("&& ?x, ?x", "There, an operator such as = or && can come, a comma before another argument, or )."),
    ("&& ?x", "There, an operator such as =, &&, || or + can come, or )."),
    ("LIMIT 1", "After the pattern, only GROUP BY, HAVING, ORDER BY, LIMIT, OFFSET and VALUES can come, in this order."),
    ("FILTER (1)", "There, a triple can come, a part such as FILTER (…), BIND (…) or OPTIONAL { … }, or }."),
    ("DESC(?x)", "There, a variable can come, a function such as STRLEN(?x), DESC(…), or an expression in parentheses."),
    ("!?x", "There, a value can come: a variable, a text, a number, or a function such as STR(?x)."),
    ("STR(?x)", "There, a variable can come, a function such as STR(?x), or an expression in parentheses."),
    ("^<a:a> ?x", "There, a property can come: a name with a prefix, a path of such names, or one variable."),
    ("'x'@en", "There, a value can come: a variable, a name with a prefix, a text or a number."),
    ("?x", "There, a variable can come."),
    ("<a:a>", "There, a name with a prefix or an IRI in angle brackets can come."),
    ("OFFSET 1", "There, OFFSET, VALUES or the end of this SELECT can come; triples beside it stand outside of its braces."),
    ("{", "There, { can come."),
    ("(", "There, ( can come."),
    (")", "There, ) can come."),
)  # fmt: skip
"""What can come at a place, by an example of it; of several that can, the first is said."""


def unexpected(query: str, read: Sequence[Token]) -> Slip | None:
    """The first token of *read* that cannot stand where it does, with what could; None if all can."""
    at = first_wrong(query, read) if len(read) <= MOST else 0
    if not at or is_query(query):
        return None
    before, name = read[at - 1], read[at - 2]
    is_named = before.text == ")" and read[at - 3].text.upper() == "AS"
    opened = max((i for i, t in enumerate(read[:at]) if t.text == "{"), default=0)
    if is_named and name.text in [t.text for t in read[opened : at - 3]]:
        taken = say("%(name)s has a value already, so AS needs another name.", name=name.text)
        return Slip(name, taken, ((name.end, name.end, "2"),))
    token = read[at] if at < len(read) else before
    said = say("The query ends too early after %(before)s.", before=before.text[:40])
    if at < len(read):
        template = "%(token)s cannot stand after %(before)s."
        said = say(template, token=token.text[:40], before=before.text[:40])
    start = _without_less(query, read)[: before.end]
    could = next((text for probe, text in _PLACES if reads(f"{start} {probe}")), "")
    return Slip(token, said + say(could) if could else said)


_FORM: Final = re.compile(r"(?<![?$\w:@-])(?:PREFIX|BASE|SELECT|ASK|CONSTRUCT|DESCRIBE)\b", re.I)
_CHANGES: Final = re.compile(
    r"\b(?:PREFIX|DECLARE|DEFINE|DELETE|INSERT|LET|SET|WITH|VALUES|LOAD|CLEAR|DROP)\b", re.I
)
_NO_WORDS: Final = re.compile(r"[\W_]*(?:GO|COMMIT|QUIT|RUN|EXIT)?[\W_]*", re.I)
_MARKS: Final = re.compile(r"[\w\"'>\\]")


_ACCESS: Final = re.compile(r"#(?P<s>\d{4}-\d\d?-\d\d?)#")


def dates_in_signs(query: str, _: Sequence[Token]) -> Iterator[Slip]:
    """Dates as Access writes them, of which # makes a comment."""
    dates = [match for match in _ACCESS.finditer(query) if reads(query[: match.start()])]
    if dates:
        first = Token("other", dates[0][0], dates[0].start())
        said = say('# begins a comment. A date is a literal: "2020-01-31"^^xsd:date.')
        yield Slip(
            first,
            said,
            tuple((m.start(), m.end(), shortened(date({"s": m[0]}) or m[0], query)) for m in dates),
        )


def encoded(query: str, _: Sequence[Token]) -> Iterator[Slip]:
    """A query as it stands in an address."""
    plain = unquote_plus(query.partition("query=")[2] or query)
    if " " not in query.strip() and re.search("%20|%7b", query, re.IGNORECASE):
        said = "The query is encoded as in an address, with %%20 for a space; here it is written plainly."
        edits = ((0, len(query), plain),) if is_query(plain) else ()
        yield Slip(Token("other", query[:20], 0), say(said), edits)


def wrapped(query: str, read: Sequence[Token]) -> Iterator[Slip]:
    """A query with something around it: what a program, a notebook or a console writes there."""
    match = _FORM.search(query)
    if match is None:
        return
    start = match.start()
    inside = words(query[start:])
    at = first_wrong(query[start:], inside)
    end = start + (inside[at - 1].end if at else 0)
    before, after = query[read[0].start : start].strip(), query[end:].strip()
    is_around = _NO_WORDS.fullmatch(after) and (before or _MARKS.search(after))
    if is_around and not _CHANGES.search(before) and is_query(query[start:end]):
        said = say("Only the query itself is sent.")
        if before:
            said += say("Leave out what stands before it: %(before)s", before=before[:60])
        if after:
            said += say("Leave out what stands after it: %(after)s", after=after[:60])
        place = read[0].start if before else query.index(after, end)
        edits = ((read[0].start, start, ""), (end, len(query), ""))
        yield Slip(Token("other", before or after, place), said, edits)

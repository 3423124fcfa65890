"""Whether a claim says what the words say: plans, lists, labels, dates, reasons."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from gbagraph.features.claims.dates import readings
from gbagraph.features.claims.expansion import BOUNDED, TYPE
from gbagraph.features.claims.names import GBA
from gbagraph.features.claims.rules.case import DATES, ENDURING, QUANTITY, has_note, is_date
from gbagraph.features.claims.rules.numbers import numbers
from gbagraph.features.verify.selectors import normalized
from gbagraph.rdf.namespaces import DESCRIBING, PREFIXES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gbagraph.features.claims.model import Claim
    from gbagraph.features.claims.rules.case import Case, Spot

_FUTURE: Final = re.compile(
    r"(?<!the )(?<!free )(?<!good )(?<!own )(?<!last )\bwill (?!of\b)|\bwon't\b"
    r"|\b(?:is|are) (?:due |set |scheduled |expected |likely )?to "
    r"(?!(?:the|an?|its?|their|his|her|this|that|be (?:found|seen|read|blame))\b)(?=[a-z])"
    r"|\b(?:(?:they|we|who|[a-z]+s) (?:plan|aim|intend|hope|expect|propose)|plan(?:s|ned)|aim(?:s|ed)"
    r"|intend(?:s|ed)|hopes|expects|propose[sd]) to (?!the\b)|\b(?:plans|aims) for\b"
    r"|\bto be (?:built|opened|completed|finished)\b"
    r"|\b(?:is|are) (?:now )?(?:expected|scheduled|planned) (?:in|by|for|before|from|this|next)\b"
    r"|\bexpect to (?!the\b|be (?:found|seen)\b)|\bscheduled (?:for|to)\b"
    r"|\b(?!(?:An?|The|This|That|Its|Their|Our|My|His|Her|No|Any|Each|Every|Master)\b)[A-Z]\w+ "
    r"(?:plan|aim|intend|hope) to (?!the\b)"
    r"|\bshould (?:open|start|begin|be (?!in\b)\w+) (?:in|by|before|next|this)\b"
    r"|(?<![即麻大名老])将(?!军|近|领|士|相|被告)|即将|(?<![模虚比草])拟(?!态|人|合|定)|预计|有望|力争"
    r"|计划(?:(?=[于在到用把将])|今年|明年|后年|20\d\d|投资|建|新建|修建|扩建|开|设|通车|竣工|动工|投产|招聘|启动|实施|引进|安排)"
)
_BY_YEAR: Final = re.compile(
    r"(?:\b(?:by|before|until)|(?<!plan )(?<!plans )\bto \w+ (?:in|on)) (?:\w+ ){0,2}(20\d\d)\b"
    r"|(20\d\d)年?(?:之?前|底前)"
)
_TOLD: Final = (
    (
        re.compile(
            r"\b(?:is|are) (?:now |currently |still )?(?:being built|building)\b|\bunder construction\b"
            r"|正在(?:建|施工|修|扩建)|在建"
        ),
        ("Ongoing",),
    ),
    (
        re.compile(
            r"\b(?:(?:has|have) been|was|were) (?:completed|finished)\b"
            r"|已经?(?:全面|全部)?(?:建成|竣工|完工)"
        ),
        ("Completed",),
    ),
    (
        re.compile(
            r"(?<!be )\b(?:began|begun|started|opened|launched)\b"
            r"|已[于经]\w{0,12}(?:迁|开工|动工|启用|开放|投产|投用|通车|运营)"
        ),
        ("Ongoing", "Completed"),
    ),
)
"""Words on how far a thing has come, and the statuses that they can mean."""
_PLACE, _AGENT, _EVENT, _PROJECT, _TARGET = (
    ox.NamedNode(GBA + name) for name in ("Place", "Agent", "Event", "Project", "Target")
)
_LISTS: Final = frozenset((GBA + "openListOf", GBA + "closedListOf"))
_OPEN: Final = re.compile(
    r"\bsuch as\b|\bincluding\b|\bfor (?:example|instance)\b|\be\.g\.|例如|比如|诸如|包括|包含",
    re.IGNORECASE,
)
_MORE: Final = re.compile(
    r"\b(?:and|among) (?:many )?others\b|\band (?:many )?more\b(?! than)|\betc\b"
    r"|(?<=[\w」》”])(?<![平同相高中初优])等(?![级待于候\d一二两三四五六七八九十])", re.IGNORECASE
)  # fmt: skip
_ENDS_LIST: Final = re.compile(r"\b(?:is|are|was|were|will|has|have|had)\b|[;\uff1b]|将|是|已")
_HAN: Final = re.compile(r"[\u3400-\u9fff]")
_LATIN: Final = re.compile(r"[^\W_\u3400-\u9fff]+")


def future(case: Case, claim: Claim) -> Iterator[str]:
    """What the words say of the future is planned, or a plan, an aim, a target."""
    if claim.predicate.value in DESCRIBING - {TYPE.value} or claim.basis == "worded":
        return
    if claim.predicate.value == GBA + "status":
        yield from _status(case, claim)
    elif not (
        case.is_planned(claim.subject)
        # The status of a thing is none of its opening.
        or (claim.predicate.value != GBA + "opens" and case.is_planned(claim.value))
        or _lasts(case, claim)
        # What follows from the line of another claim, which says the same.
        or claim.predicate in BOUNDED
        or any(
            each.place == claim.place and not case.is_a(each.subject, ENDURING)
            for each in case.about(claim.subject)
        )
    ):
        is_lasting = claim.predicate == TYPE or case.is_a(claim.subject, ENDURING)
        plans = (
            _future(case, spot.words)
            # The clause may speak of something else than words that have a verb of the past.
            or (
                not is_lasting
                and not re.search(r"\b(?:was|were|has|have|had|began|opened)\b|已", spot.words)
                and _future(case, spot.clause)
            )
            for spot in case.spots(claim)
        )
        if found := _later(case, claim) or next(filter(None, plans), ""):
            yield f"The words tell a plan ({found!r}), and the claim a fact. {_advice(case, claim)}"


def _status(case: Case, claim: Claim) -> Iterator[str]:
    """A status is one that the words, or else the words around them, can mean."""
    spots, said = case.spots(claim), claim.value.value.removeprefix(GBA)
    meant = {name for e in spots for name in _means(case, e.words) or _means(case, e.clause)}
    if meant and said.isalpha() and said not in meant:
        yield (
            f"The words tell that it is {' or '.join(sorted(meant))}, and the claim that it is {said}. "
            "Correct it."
        )


def _means(case: Case, words: str) -> list[str]:
    """Return the statuses that words can mean; none if they say nothing of it."""
    return [
        *(status for pattern, means in _TOLD if pattern.search(words) for status in means),
        *(["Planned"] if _future(case, words) else []),
    ]


def _lasts(case: Case, claim: Claim) -> bool:
    """Whether a claim is on the kind of an agent, or on where a place is that no project makes."""
    return (
        case.is_a(claim.subject, (_AGENT,))
        if claim.predicate == TYPE
        else all(
            isinstance(end, ox.NamedNode)
            and case.is_a(end, (_PLACE,))
            and not case.is_a(end, (_PROJECT,))
            for end in (claim.subject, claim.value)
        )
    )


def _later(case: Case, claim: Claim) -> str:
    """Return the date that a claim gives an event after the text; empty if it gives none."""
    value, published = claim.value.value, case.published
    is_later = (
        claim.predicate.value.removeprefix(GBA) in ("date", "start", "deadline")
        and case.is_a(claim.subject, (_EVENT,))
        and value[: len(published)] > published[: len(value)]
    )
    return f"{value}, after {published}" if is_later else ""


def _advice(case: Case, claim: Claim) -> str:
    """Return what to write: which end of the claim is planned, and not the agent that plans it."""
    things = [
        thing
        for end in (claim.subject, claim.value)
        if isinstance(end, ox.NamedNode)
        for thing in ([e.subject for e in case.about(end)] if case.is_a(end, QUANTITY) else [end])
        if case.of(thing) and not case.is_a(thing, (_AGENT,))
    ]
    things.sort(key=lambda end: case.is_a(end, (_PLACE,)) and not case.is_a(end, (_PROJECT,)))
    return (
        "Write 'status Planned' below a line "
        f"'{things[0].value.removeprefix(case.project.names.base)}:', or give it a kind such as Plan or "
        "Target."
        if things
        else "Say it of what is planned: of an event with status Planned, or a Plan or Target."
    )


def _future(case: Case, words: str) -> str:
    found = _FUTURE.search(words)
    if found is None and case.published:
        year = _BY_YEAR.search(words)
        found = year if year and (year[1] or year[2]) > case.published[:4] else None
    return found[0].strip() if found else ""


def part(case: Case, claim: Claim) -> Iterator[str]:
    """A list of which the words give a part, with such as, is open, or is said to be whole."""
    lists = {
        each.value: each.predicate.value
        for each in case.of(claim.subject)
        if each.predicate.value in _LISTS
    }
    ends = claim.subject, claim.value
    is_whole = lists.get(claim.predicate) == GBA + "closedListOf"
    if claim.predicate.value in DESCRIBING | _LISTS or (claim.predicate in lists and not is_whole):
        return
    if any(
        _datatype(claim) not in _TEXTS if isinstance(end, ox.Literal) else case.is_a(end, QUANTITY)
        for end in ends
    ):
        return
    marks = ((_mark(spot), spot.sentence) for spot in case.spots(claim))
    marked = (
        mark[0] for mark, said in marks if mark and _is_listed(case, claim, said[mark.end() :])
    )
    if found := next(marked, ""):
        yield f"The words give a part of a list ({found!r}). Write open behind the values" + (
            ", not whole." if is_whole else ", or whole and fine list with a note if these are all."
        )


def _mark(spot: Spot) -> re.Match[str] | None:
    """Return the words by which a list in which the words stand is known to go on."""
    start, end = spot.start - spot.first, spot.end - spot.first
    begins = [
        each for each in _OPEN.finditer(spot.sentence, 0, end) if _is_list(spot, each.end(), start)
    ]
    ends = (
        each for each in _MORE.finditer(spot.sentence, start) if _is_list(spot, end, each.start())
    )
    return begins[-1] if begins else next(ends, None)


def _is_list(spot: Spot, start: int, end: int) -> bool:
    """Whether a list can go on from one place of a sentence to another."""
    return not _ENDS_LIST.search(spot.sentence, start, max(start, end))


def _is_listed(case: Case, claim: Claim, behind: str) -> bool:
    """Whether the value, and not the subject, is among what stands behind the mark of a list."""
    of_subject, of_value = (
        any(
            name in behind.casefold() for name in case.labelled.get(thing, {thing.value.casefold()})
        )
        for thing in (claim.subject, claim.value)
    )
    return of_value or not (of_subject or isinstance(claim.value, ox.Literal))


def label(case: Case, claim: Claim) -> Iterator[str]:
    """A text that is stated stands in its passage, if it is in the language of the passage."""
    yield from _other(case, claim)
    if (
        _datatype(claim) not in _TEXTS
        or claim.predicate.value == GBA + "currency"
        or claim.basis != "stated"
    ):
        return
    name = claim.value.value
    same = [spot.text for spot in case.spots(claim) if _is_read(spot, name)]
    if same and not any(normalized(name).casefold() in text.casefold() for text in same):
        yield f"The passage does not have {name!r}. Write its words, or worded in front of the passage."


def _is_read(spot: Spot, name: str) -> bool:
    """Whether a text is in the script of the sentence; an English one can have names in Chinese."""
    han = _HAN.findall(spot.sentence)
    return bool(
        han
        if _HAN.search(name)
        else _LATIN.search(spot.words) and len(han) < len(_LATIN.findall(spot.sentence))
    )


def _other(case: Case, claim: Claim) -> Iterator[str]:
    """Yield the one other place or agent that the words name, where they do not name the value."""
    words = " ".join(spot.words for spot in case.spots(claim)).casefold()
    if claim.basis != "stated" or claim.predicate.value in DESCRIBING or _POINTING.search(words):
        return
    named = [
        thing
        for thing, names in case.labelled.items()
        if thing != claim.subject
        for each in [name for name in names if name in words]
        if re.search(rf"(?<![a-z\d]){re.escape(each)}(?![a-z\d])", words)
    ]
    if (
        len({*named}) == 1
        and case.is_like(named[0], claim.value)
        and not _may_mean(words, case.labelled.get(claim.value), case.labelled[named[0]])
    ):
        yield (
            f"The words name {case.name(named[0])}, and not {case.name(claim.value)}. Correct the value "
            "or the words."
        )


def _may_mean(words: str, own: set[str] | None, others: set[str]) -> bool:
    """Whether words that have a name of another thing can mean one of its own names as well."""
    longest_first = sorted(others, key=len, reverse=True)
    besides = re.sub("|".join(map(re.escape, longest_first)), " ", words)
    # A part of a name is enough: the council, of Orvik Council. But not one that is of the other name.
    return not own or any(
        any(part in besides for part in parts)
        or all(part in words for part in parts)
        or any(other in name for other in others)
        for name in own
        for parts in [re.findall(r"[\u3400-\u9fff]{2}|[^\W\u3400-\u9fff]{3,}", name)]
    )


_POINTING: Final = re.compile(
    r"\b(?:it|its|they|their|there|here|he|she|who|which|that|this|these|those)\b|[该其此本这那它他她]"
)
"""Words that can mean a thing which they do not name."""


def twice(case: Case, claim: Claim) -> Iterator[str]:
    """One triple rests on its passages in one way."""
    others = {
        each.basis
        for each in case.of(claim.subject)
        if (each.predicate, each.value) == (claim.predicate, claim.value)
    }
    if len(others) > 1 and claim.basis != "stated":
        yield f"The same is also {' and '.join(sorted(others - {claim.basis}))}. Keep one of the lines."


def reason(case: Case, claim: Claim) -> Iterator[str]:  # noqa: ARG001  as all rules
    """An inference says how: by a note, or by words that become a date. Texts alone are worded."""
    if claim.basis == "inferred" and not has_note(claim) and not claim.resolves:
        yield "It is inferred and does not say how. Add a note behind a bar, or resolves and the words."
    if claim.basis != "inferred" and claim.resolves:
        yield "What is counted from words is not stated. Write inferred in front of the passage."
    kind = _datatype(claim)
    if claim.resolves and kind not in DATES:
        yield "Words are resolved to a date. Add a note behind a bar instead of resolves."
    is_own = claim.predicate.value.startswith(_OWN) or claim.predicate.value in DESCRIBING
    if claim.basis == "worded" and not is_own and kind not in _TEXTS:
        yield "A text of your own is worded, not a fact. Write the words that state it, or inferred."


_TEXTS: Final = (PREFIXES["xsd"] + "string", PREFIXES["rdf"] + "langString")
_OWN: Final = PREFIXES["skos"]
"""Where a publisher orders words of their own."""
_MONTHS: Final = re.findall("...", "janfebmaraprmayjunjulaugsepoctnovdec")


def date(case: Case, claim: Claim) -> Iterator[str]:
    """A date is that of the words, or what the words mean that are counted from the document's date."""
    value, spots = claim.value.value, case.spots(claim)
    if _datatype(claim) not in DATES:
        return
    if claim.resolves and not any(normalized(claim.resolves) in spot.sentence for spot in spots):
        yield f"The sentence does not have {claim.resolves!r}. Resolve words that stand there."
    elif not is_date(claim.value):
        yield f"{value!r} is no date. Write one such as 1904, 1904-05 or 1904-05-31."
    elif claim.predicate.value == GBA + "date" and case.is_a(claim.subject, (_TARGET,)):
        yield f"A Target has a date by which it is to be reached. Write deadline {value}."
    elif claim.predicate in BOUNDED:  # which follow from a date
        return
    elif claim.basis == "inferred":
        yield from _resolved(case, claim, spots)
    elif (
        claim.basis == "stated" and spots and not any(_has(value, each.sentence) for each in spots)
    ):
        yield (
            f"The date {value} is neither in the words nor in their sentence. Correct it, or write "
            'inferred, the passage, and resolves with words such as "last May".'
        )


def _resolved(case: Case, claim: Claim, spots: list[Spot]) -> Iterator[str]:
    counted = [claim.resolves] if claim.resolves else [spot.words for spot in spots]
    if case.published:
        meant = (each for words in counted for each in readings(words, case.published))
        means, value = [each.value for each in meant if each.value], claim.value.value
        # A note may say what makes the date more exact than the words.
        if means and not any(
            value == each or (has_note(claim) and value.startswith(each)) for each in means
        ):
            yield (
                f"Counted from {case.published}, the words mean {means[0]}, and the claim says {value}. "
                "Correct the date."
            )
    elif claim.resolves:
        yield (
            f"{claim.resolves!r} is counted from a date that the text has to have. Write: article: "
            'SourceDocument, and below it: published 2025-06-12 | p1 "…".'
        )


def _datatype(claim: Claim) -> str:
    return claim.value.datatype.value if isinstance(claim.value, ox.Literal) else ""


def _has(date: str, text: str) -> bool:
    """Whether a text has the year, and if the date has them the month and the day."""
    year, month, day = (*map(int, date.split("-")), 0, 0)[:3]
    given = {int(each.value) for each in numbers(text)}
    names = (_MONTHS[month - 1], f"{month}月") if month else ()
    has_month = not month or month in given or any(each in text.lower() for each in names)
    return year in given and has_month and (not day or day in given)

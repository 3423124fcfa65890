"""What a line of claims says in few words: quantities, and dates with their bounds."""

from __future__ import annotations

import re
from calendar import monthrange
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Final, NamedTuple

import pyoxigraph as ox

from gbagraph.features.claims.model import Claim, Place, Rest
from gbagraph.features.claims.names import BOUNDS, CURRENCY, GBA
from gbagraph.names.texts import local_name
from gbagraph.rdf.namespaces import PREFIXES, expand

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from gbagraph.features.claims.names import Names

    Claimed = ox.NamedNode | ox.Literal


class Unit(NamedTuple):
    """A unit of measure: its IRI, and what it measures."""

    iri: str
    measures: str


_TABLE: Final = """\
length M m 米
length KiloM km 公里 千米
length CentiM cm 厘米
length MilliM mm 毫米
length MI mi 英里
length FT ft 英尺
area M2 m2 m² 平方米
area KiloM2 km2 km² 平方公里 平方千米
area HA ha 公顷
area AC acre 英亩
volume M3 m3 m³ 立方米
volume L l 升
time SEC s 秒
time MIN min 分钟
time HR h 小时
time DAY day days 天 日
time WK week weeks 周
time MO month months 个月 月
time YR yr year years 年
mass GM g 克
mass KiloGM kg 公斤 千克
mass TONNE t 吨
power W W 瓦
power KiloW kW 千瓦
power MegaW MW 兆瓦
power GigaW GW 吉瓦
energy KiloW-HR kWh 千瓦时 度
energy MegaW-HR MWh 兆瓦时
energy GigaW-HR GWh 吉瓦时
speed KiloM-PER-HR km/h 公里/小时
temperature DEG_C °C 摄氏度
ratio PERCENT percent % \uff05
count NUM items people 个 人 名 家 项 座 辆 套
money CNY CNY 元 人民币
money HKD HKD 港元 港币
money MOP MOP 澳门元
money TWD TWD 新台币
money SGD SGD 新加坡元
money USD USD 美元
money EUR EUR 欧元
money GBP GBP 英镑
money JPY JPY 日元"""
_CURRENCIES: Final = """\
AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD
CAD CDF CHF CLP COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB FJD FKP GEL GHS GIP GMD GNF GTQ GYD
HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL
LYD MAD MDL MGA MKD MMK MNT MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP
PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SHP SLE SOS SRD SSP STN SYP SZL THB TJS TMT TND
TOP TRY TTD TZS UAH UGX UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW"""
_ROWS: Final = [row.split() for row in _TABLE.splitlines()]

UNITS: Final = {
    name: Unit((CURRENCY if measures == "money" else PREFIXES["unit"]) + local, measures)
    for measures, local, *names in (
        *_ROWS,
        *(["money", code, code] for code in _CURRENCIES.split()),
    )
    for name in names
}
"""The units by their names in the form."""
NAMES: Final = {UNITS[name].iri: name for name in reversed(UNITS)}
"""The name by which a unit is written, the first of the table, by its IRI."""


def _node(curie: str) -> ox.NamedNode:
    return ox.NamedNode(expand(curie))


TYPE, LABEL = _node("rdf:type"), _node("rdfs:label")
_QUANTITY, _MONEY = _node("gba:Quantity"), _node("gba:MonetaryAmount")
_VALUE, _UNIT, _CODE, _BOUND = map(_node, ("gba:value", "gba:unit", "gba:currency", "gba:bound"))
QUANTITIES: Final = frozenset((_QUANTITY.value, _MONEY.value))
"""The ranges of properties whose values are quantities or amounts of money."""
EXACT: Final = expand("gba:Exact")
BOUND_WORDS: Final = {GBA + local: f"{word} " for word, local in BOUNDS.items()} | {EXACT: ""}
"""The words before a number, with a space, by the IRIs of the bounds that they stand for."""
BOUNDED: Final = {
    _node("gba:earliest"): {*map(_node, ("gba:date", "gba:start", "gba:deadline"))},
    _node("gba:latest"): {*map(_node, ("gba:date", "gba:end", "gba:deadline"))},
}
"""The bounds of dates, and the properties with the dates that they are the bounds of."""
_DATE_TYPES: Final = [_node(f"xsd:{each}") for each in ("gYear", "gYearMonth", "date")]
_DATED: Final = frozenset([expand("xsd:dateTime"), *(each.value for each in _DATE_TYPES)])
_NUMBER: Final = re.compile(r"-?[0-9]++(\.[0-9]++)?\Z")
_DATE: Final = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?\Z")


def literal(word: str, ranges: frozenset[str]) -> ox.Literal | None:
    """Return the date or number that *word* is as a value of these kinds; None if it is neither."""
    is_dated = len(word) > 4 or ranges & _DATED
    if is_dated and _days(word):
        return ox.Literal(word, datatype=_DATE_TYPES[word.count("-")])
    if number := _NUMBER.match(word):
        return ox.Literal(word, datatype=_node("xsd:decimal" if number[1] else "xsd:integer"))
    return None


def _days(word: str) -> tuple[str, str] | None:
    """The first and the last day of a year, a month or a day; None for what the calendar has not."""
    year, month, day = parts.groups() if (parts := _DATE.match(word)) else ("", "", "")
    try:
        first = date.fromisoformat(f"{year}-{month or '01'}-{day or '01'}")
    except ValueError:
        return None
    last = first.replace(month=first.month if month else 12)
    last = last if day else last.replace(day=monthrange(last.year, last.month)[1])
    return first.isoformat(), last.isoformat()


def bounds(dated: Claim) -> list[Claim]:
    """Return the bounds of a claim with a date, with its evidence; none for other claims."""
    word = dated.value.value
    days = _days(word) if literal(word, _DATED) == dated.value else None
    return [
        replace(dated, predicate=bound, value=ox.Literal(day, datatype=_node("xsd:date")), name="")
        for (bound, properties), day in zip(BOUNDED.items(), days or (), strict=False)
        if dated.predicate in properties
    ]


class Measure(NamedTuple):
    """A quantity in short: its number, and the IRIs of its unit and of its bound."""

    value: ox.Literal
    unit: str
    bound: str


def node(subject: ox.NamedNode, prop: ox.NamedNode, names: Names) -> ox.NamedNode:
    """Return the node of a quantity: the names of its thing and of its property, with hyphens."""
    kebab = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", local_name(prop.value)).lower()
    return ox.NamedNode(f"{names.base}{local_name(subject.value)}-{kebab}")


def quantity(link: Claim, measure: Measure) -> list[Claim]:
    """Return the claims on the node that *link* leads to, with its evidence."""
    code = measure.unit.removeprefix(CURRENCY)
    is_money = code != measure.unit
    said: list[tuple[ox.NamedNode, Claimed]] = [
        (TYPE, _MONEY if is_money else _QUANTITY),
        (_VALUE, measure.value),
        *([(_CODE, ox.Literal(code))] if is_money else []),
        (_UNIT, ox.NamedNode(measure.unit)),
        (_BOUND, ox.NamedNode(measure.bound)),
    ]
    of = replace(link, subject=link.value, name="")  # type: ignore[arg-type]
    return [replace(of, predicate=predicate, value=value) for predicate, value in said]


def _labels(link: Claim, of_thing: Iterable[Claim], names: Names) -> list[Claim]:
    """The labels of a quantity, worded from the labels of its thing and of its property."""
    term = names.terms.get(link.predicate.value)
    of_property = dict(sorted(term.labels.items())) if term else {}
    things = [claim.value for claim in of_thing if claim.predicate == LABEL]
    made = [_label(each, of_property) for each in things if isinstance(each, ox.Literal)]
    short = ox.Literal(local_name(link.subject.value), language="en")
    worded = Claim(
        subject=link.value,  # type: ignore[arg-type]
        predicate=LABEL,
        value=_label(short, of_property) or short,
        basis="worded",
        rests=tuple(Rest(rest.passage) for rest in link.rests),
        place=link.place,
    )
    return [replace(worded, value=each) for each in made if each] or [worded]


def _label(thing: ox.Literal, of_property: Mapping[str, str]) -> ox.Literal | None:
    """The label in the language of that of a thing, which is English or Chinese."""
    tag = thing.language or ""
    alike = (name for each, name in of_property.items() if each[:2] == tag[:2])
    name = of_property.get(tag) or next(alike, "")
    if not name or tag[:2] not in ("en", "zh"):
        return None
    text = f"{thing.value}的{name}" if tag[:2] == "zh" else f"{name.capitalize()} of {thing.value}"
    return ox.Literal(text, language=tag)


def completed(
    claims: list[Claim], short: set[Claim], measures: set[Claimed], names: Names
) -> Iterator[Claim]:
    """Yield *claims*, with what their files leave out.

    These are the bounds of dates in *short*, which are written without a type, where their node has
    none, and the labels of the nodes of *measures* that have none.
    """
    labelled = _by_subject(claim for claim in claims if claim.predicate == LABEL)
    has = {(claim.subject, claim.predicate) for claim in claims}
    for claim in claims:
        yield claim
        if claim in short:
            yield from (each for each in bounds(claim) if (each.subject, each.predicate) not in has)
        is_link = claim.value in measures and claim.value == node(
            claim.subject, claim.predicate, names
        )
        if is_link and claim.value not in labelled:
            yield from _labels(claim, labelled.get(claim.subject, ()), names)


def _by_subject(claims: Iterable[Claim]) -> dict[Claimed, list[Claim]]:
    claims_of: dict[Claimed, list[Claim]] = defaultdict(list)
    for claim in claims:
        claims_of[claim.subject].append(claim)
    return claims_of


class Folded(NamedTuple):
    """Claims as lines say them, without the places where they were written.

    *kept* are those that need words of their own; *short* the dates that bring their bounds with them;
    *measures* the quantities that their links bring with them.
    """

    kept: list[Claim]
    short: set[Claim]
    measures: dict[Claim, Measure]


def folded(claims: Iterable[Claim], names: Names) -> Folded:
    """Return *claims* without those that :func:`quantity` and :func:`completed` make of the others."""
    plain = [replace(claim, place=Place("", 0)) for claim in claims]
    left, of = Counter(plain), _by_subject(plain)
    short = {claim for group in of.values() for claim in _short(group, left)}
    measures: dict[Claim, Measure] = {}
    for link in plain:
        if (
            link.value in of
            and link not in measures
            and names.ranges(link.predicate.value) & QUANTITIES
        ):
            measures.update(_measures(link, of, left, names))
    kept = []
    for claim in plain:
        kept += [claim] * min(1, left[claim])
        left[claim] -= 1
    return Folded(kept, short, measures)


def _short(group: list[Claim], left: Counter[Claim]) -> list[Claim]:
    """The dates of a thing, if their bounds are those written or others are; these are taken away."""
    made = Counter(bound for claim in group for bound in bounds(claim))
    for predicate in BOUNDED:
        there = Counter(claim for claim in group if claim.predicate == predicate)
        ours = Counter({bound: n for bound, n in made.items() if bound.predicate == predicate})
        if ours and not there:
            return []
        if ours != there:
            made -= ours
    left.subtract(made)
    return [claim for claim in group if bounds(claim)]


def _measures(
    link: Claim, of: Mapping[Claimed, list[Claim]], left: Counter[Claim], names: Names
) -> dict[Claim, Measure]:
    """The measures of all links to the node of a quantity, if they make what is there; taken away."""
    if link.value != node(link.subject, link.predicate, names):
        return {}
    there = Counter(claim for claim in of[link.value] if claim.predicate == LABEL)
    said: dict[Claim, set[tuple[ox.NamedNode, Claimed]]] = defaultdict(set)
    for claim in of[link.value]:
        said[_evidence(claim)].add((claim.predicate, claim.value))
    links = [e for e in of[link.subject] if (e.predicate, e.value) == (link.predicate, link.value)]
    measured = {each: measure for each in links if (measure := _measure(said[_evidence(each)]))}
    made = Counter(
        claim for each in links if each in measured for claim in quantity(each, measured[each])
    )
    labels = [claim for claim in of[link.subject] if claim.predicate == LABEL]
    worded = Counter(label for each in links for label in _labels(each, labels, names))
    is_whole = all(left[claim] >= number for claim, number in made.items())
    if (
        not there
        or len(measured) < len(set(links))
        or len(set(measured.values())) > 1
        or not is_whole
    ):
        return {}
    left.subtract(made + (worded if worded == there else Counter()))
    return measured


def _measure(said: Iterable[tuple[ox.NamedNode, Claimed]]) -> Measure | None:
    """The measure that a node has by its properties and values; None if it has none, or several."""
    parts = [_VALUE, _UNIT, _BOUND]
    match sorted((e for e in said if e[0] in parts), key=lambda each: parts.index(each[0])):
        case [
            (_, ox.Literal() as value),
            (_, ox.NamedNode() as unit),
            (_, ox.NamedNode() as bound),
        ] if literal(value.value, frozenset()) == value and bound.value in BOUND_WORDS:
            return Measure(value, unit.value, bound.value)
    return None


def _evidence(claim: Claim) -> Claim:
    return replace(claim, subject=TYPE, predicate=TYPE, value=TYPE, name="")

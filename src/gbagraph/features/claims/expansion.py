"""What a line of claims says in few words: quantities, dates with their bounds, kinds without evidence."""

from __future__ import annotations

import calendar
import re
from collections import Counter, defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

import pyoxigraph as ox

from gbagraph.features.claims.model import Claim, Place, Rest
from gbagraph.rdf.namespaces import PREFIXES, expand

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from gbagraph.features.claims.names import Names

KIND_NOTE: Final = "The kind is our reading of these passages."
"""The note, in English, of kinds that are written without evidence."""


class Unit(NamedTuple):
    """A unit of measure: its IRI, and what it measures."""

    iri: str
    measures: str


CURRENCY: Final = "http://qudt.org/vocab/currency/"
_UNITS: Final = {
    "length": "m KiloM; km KiloM; m M; cm CentiM; mm MilliM; mi MI; ft FT; 公里 KiloM; 千米 KiloM; 米 M",
    "area": "km2 KiloM2; km² KiloM2; m2 M2; m² M2; ha HA; acre AC; 平方公里 KiloM2; 平方千米 KiloM2; "
    "平方米 M2; 公顷 HA; 英亩 AC",
    "volume": "m3 M3; m³ M3; l L; 立方米 M3; 升 L",
    "time": "s SEC; min MIN; h HR; day DAY; days DAY; week WK; weeks WK; month MO; months MO; yr YR; year YR; "
    "years YR; 秒 SEC; 分钟 MIN; 小时 HR; 天 DAY; 日 DAY; 周 WK; 个月 MO; 月 MO; 年 YR",
    "mass": "g GM; kg KiloGM; t TONNE; 克 GM; 公斤 KiloGM; 千克 KiloGM; 吨 TONNE",
    "power": "W W; kW KiloW; MW MegaW; GW GigaW; 瓦 W; 千瓦 KiloW; 兆瓦 MegaW; 吉瓦 GigaW",
    "energy": "kWh KiloW-HR; MWh MegaW-HR; GWh GigaW-HR; 千瓦时 KiloW-HR; 度 KiloW-HR; 兆瓦时 MegaW-HR",
    "speed": "km/h KiloM-PER-HR; 公里/小时 KiloM-PER-HR",
    "temperature": "°C DEG_C; 摄氏度 DEG_C",
    "ratio": "percent PERCENT; % PERCENT; ％ PERCENT",
    "count": "items NUM; people NUM; 个 NUM; 人 NUM; 名 NUM; 家 NUM; 项 NUM; 座 NUM; 辆 NUM; 套 NUM",
}
_MONEY: Final = {
    "元": "CNY",
    "人民币": "CNY",
    "港元": "HKD",
    "澳门元": "MOP",
    "新台币": "TWD",
    "美元": "USD",
    "欧元": "EUR",
    "英镑": "GBP",
    "日元": "JPY",
    "新加坡元": "SGD",
}
_ISO_4217: Final = (
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD "
    "CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ "
    "GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR "
    "LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN "
    "PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SYP SZL THB TJS "
    "TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW"
)


def _units() -> Iterator[tuple[str, Unit]]:
    for measures, names in _UNITS.items():
        for each in names.split("; "):
            name, local = each.split()
            yield name, Unit(PREFIXES["unit"] + local, measures)
    codes = {**{code: code for code in _ISO_4217.split()}, **_MONEY}
    yield from ((name, Unit(CURRENCY + code, "money")) for name, code in codes.items())


UNITS: Final[dict[str, Unit]] = dict(_units())
"""The units by their names in the form; of several names of a unit, the first is the one that is written."""
NAMES: Final[Mapping[str, str]] = {unit.iri: name for name, unit in reversed(UNITS.items())}
"""The name of a unit in the form, by its IRI."""


def _gba(*names: str) -> tuple[ox.NamedNode, ...]:
    return tuple(ox.NamedNode(PREFIXES["gba"] + name) for name in names)


TYPE: Final = ox.NamedNode(expand("rdf:type"))
LABEL: Final = ox.NamedNode(expand("rdfs:label"))
QUANTITY, MONEY = _gba("Quantity", "MonetaryAmount")
VALUE, UNIT, CURRENCY_CODE, BOUND = _gba("value", "unit", "currency", "bound")
EARLIEST, LATEST = _gba("earliest", "latest")
EXACT: Final = _gba("Exact")[0].value
BOUNDED: Final = {
    EARLIEST: frozenset(_gba("date", "start", "deadline")),
    LATEST: frozenset(_gba("date", "end", "deadline")),
}
"""The bounds of dates, and the properties with the dates that they are the bounds of."""
DATES: Final = BOUNDED[EARLIEST] | BOUNDED[LATEST]
_DATED: Final = {
    node.value for node in (*DATES, EARLIEST, LATEST, *_gba("published", "anchorYear", "onDate"))
}
_DATE_TYPES: Final = {f"{PREFIXES['xsd']}{name}" for name in ("gYear", "gYearMonth", "date")}
_INTEGER, _DECIMAL = (ox.NamedNode(expand(f"xsd:{name}")) for name in ("integer", "decimal"))
_NUMBER: Final = re.compile(r"[+-]?\d++(\.\d++)?\Z", re.ASCII)
_DATE: Final = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?\Z", re.ASCII)
_NOWHERE: Final = Place("", 0)


def is_date(prop: str, names: Names) -> bool:
    """Whether the values of a property are dates."""
    term = names.terms.get(prop)
    return prop in _DATED or bool(term and term.ranges & _DATE_TYPES)


def is_quantity(prop: str, names: Names) -> bool:
    """Whether the values of a property are quantities or amounts of money."""
    term = names.terms.get(prop)
    return bool(term and term.ranges & {QUANTITY.value, MONEY.value})


def is_date_type(value: ox.Literal) -> bool:
    """Whether a literal is a year, a month or a day."""
    return value.datatype.value in _DATE_TYPES


def number(word: str) -> ox.Literal | None:
    """Return the integer or decimal that *word* is; None if it is no number."""
    if (found := _NUMBER.match(word)) is None:
        return None
    return ox.Literal(word, datatype=_DECIMAL if found[1] else _INTEGER)


def plain(word: str, prop: str, names: Names) -> ox.Literal | None:
    """Return the date or the number that *word* is as a value of a property; None if it is neither."""
    if (len(word) > 4 or is_date(prop, names)) and (found := date(word)):
        return found
    return None if is_quantity(prop, names) else number(word)


def date(word: str) -> ox.Literal | None:
    """Return the year, month or day that *word* is; None if it is none, or is not in the calendar."""
    if (found := _DATE.match(word)) is None or _days(*found.groups()) is None:
        return None
    kind = "gYear" if not found[2] else "date" if found[3] else "gYearMonth"
    return ox.Literal(word, datatype=ox.NamedNode(expand(f"xsd:{kind}")))


def _days(year: str, month: str | None, day: str | None) -> tuple[str, str] | None:
    """The first and the last day of a year, a month or a day; None for what the calendar has not."""
    if year == "0000" or not "01" <= (month or "01") <= "12":
        return None
    last = calendar.monthrange(int(year), int(month or 12))[1]
    if day and not 1 <= int(day) <= last:
        return None
    return (
        f"{year}-{month or '01'}-{day or '01'}",
        f"{year}-{month or '12'}-{day or f'{last:02}'}",
    )


class Measure(NamedTuple):
    """A quantity in short: its number, and the IRIs of its unit and of its bound."""

    value: ox.Literal
    unit: str
    bound: str


def node(subject: ox.NamedNode, prop: ox.NamedNode, names: Names) -> ox.NamedNode:
    """Return the node of a quantity: the names of its thing and of its property, with hyphens."""
    thing, name = (re.sub(r"^.*[/#]", "", each.value) for each in (subject, prop))
    kebab = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()
    return ox.NamedNode(f"{names.base}{thing}-{kebab}")


def quantity(link: Claim, measure: Measure) -> Iterator[Claim]:
    """Yield the claims on the node that *link* leads to, with its evidence."""
    of = replace(link, subject=link.value, name="")
    code = measure.unit.removeprefix(CURRENCY)
    is_money = code != measure.unit
    yield replace(of, predicate=TYPE, value=MONEY if is_money else QUANTITY)
    yield replace(of, predicate=VALUE, value=measure.value)
    if is_money:
        yield replace(of, predicate=CURRENCY_CODE, value=ox.Literal(code))
    yield replace(of, predicate=UNIT, value=ox.NamedNode(measure.unit))
    yield replace(of, predicate=BOUND, value=ox.NamedNode(measure.bound))


def _by_subject(claims: Iterable[Claim]) -> dict[ox.NamedNode, list[Claim]]:
    found: dict[ox.NamedNode, list[Claim]] = defaultdict(list)
    for claim in claims:
        found[claim.subject].append(claim)
    return found


def labels(link: Claim, of_thing: Iterable[Claim], names: Names) -> Iterator[Claim]:
    """Yield the labels of a quantity, worded from the labels of its thing and of its property."""
    term = names.terms.get(link.predicate.value)
    said = {
        claim.value.language: claim.value.value
        for claim in of_thing
        if claim.predicate == LABEL and isinstance(claim.value, ox.Literal)
    }
    ours = term.labels if term else {}
    by_language = {tag.lower(): name for tag, name in ours.items()}
    made = [(tag, _label(tag, name, by_language)) for tag, name in said.items() if tag]
    short = re.sub(r"^.*[/#]", "", link.subject.value)
    for tag, text in [each for each in made if each[1]] or [
        ("en", _label("en", short, by_language))
    ]:
        yield replace(
            link,
            subject=link.value,
            predicate=LABEL,
            value=ox.Literal(text, language=tag),
            basis="worded",
            rests=tuple(Rest(rest.passage) for rest in link.rests),
            **dict.fromkeys(("note", "note_language", "resolves", "name"), ""),
            fine=(),
        )


def _label(tag: str, thing: str, of_property: Mapping[str, str]) -> str:
    tag = tag.lower()
    if tag.startswith("zh"):
        traditional = (
            "zh-hant" if any(each in tag for each in ("hant", "tw", "hk", "mo")) else "zh-hans"
        )
        return f"{thing}的{of_property[traditional]}" if traditional in of_property else ""
    if tag.startswith("en"):
        name = of_property.get("en", "quantity")
        return f"{name[:1].upper()}{name[1:]} of {thing}"
    return ""


def bounds(dated: Claim) -> Iterator[Claim]:
    """Yield the bounds of a claim with a date, with its evidence."""
    found = _DATE.match(dated.value.value)
    days = _days(*found.groups()) if found and date(found[0]) == dated.value else None
    for (predicate, properties), day in zip(BOUNDED.items(), days or (), strict=False):
        if dated.predicate in properties:
            literal = ox.Literal(day, datatype=ox.NamedNode(expand("xsd:date")))
            yield replace(dated, predicate=predicate, value=literal, name="")


def completed(
    claims: list[Claim], short: set[Claim], nodes: set[ox.NamedNode], names: Names
) -> Iterator[Claim]:
    """Yield *claims*, with what their file leaves out.

    These are the bounds of dates in *short*, which are written without a type, for nodes without bounds
    of their own, and the labels of the *nodes* of quantities that have none.
    """
    of = _by_subject(claims)
    has = {(claim.subject, claim.predicate) for claim in claims}
    for claim in claims:
        yield claim
        if claim in short:
            yield from (each for each in bounds(claim) if (each.subject, each.predicate) not in has)
        elif claim.value in nodes and (claim.value, LABEL) not in has:
            if claim.value == node(claim.subject, claim.predicate, names):
                yield from labels(claim, of[claim.subject], names)


def bare(claim: Claim) -> Claim:
    """Return *claim* without the place where it is written, to be compared."""
    return replace(claim, place=_NOWHERE)


class Folded(NamedTuple):
    """Claims as lines say them.

    *kept* are those that need words of their own; *short* the dates that bring their bounds with them;
    *measures* the quantities that their links bring with them.
    """

    kept: list[Claim]
    short: set[Claim]
    measures: dict[Claim, Measure]


def folded(claims: Iterable[Claim], names: Names) -> Folded:
    """Return *claims* without those that :func:`quantity` and :func:`completed` make of the others."""
    plain = [bare(claim) for claim in claims]
    left, of = Counter(plain), _by_subject(plain)
    short = {claim for group in of.values() for claim in _short(group, left)}
    measures: dict[Claim, Measure] = {}
    for link in plain:
        if link.value in of and link not in measures and is_quantity(link.predicate.value, names):
            measures.update(_measures(link, of, left, names))
    kept = []
    for claim in plain:
        if left[claim]:
            left[claim] -= 1
            kept.append(claim)
    return Folded(kept, short, measures)


def _short(group: list[Claim], left: Counter[Claim]) -> list[Claim]:
    """The dates of a thing if their bounds are exactly those written, or others are; takes them away."""
    dates = [claim for claim in group if claim.predicate in DATES and any(bounds(claim))]
    made = Counter(bound for claim in dates for bound in bounds(claim))
    for predicate in BOUNDED:
        there = Counter(claim for claim in group if claim.predicate == predicate)
        ours = Counter({claim: n for claim, n in made.items() if claim.predicate == predicate})
        if ours and not there:
            return []
        if ours != there:
            made -= ours
    left -= made
    return dates


def _measures(
    link: Claim, of: Mapping[ox.NamedNode, list[Claim]], left: Counter[Claim], names: Names
) -> dict[Claim, Measure]:
    """The measures of all links to the node of a quantity, if they make what is there; takes it away."""
    target = link.value
    if not isinstance(target, ox.NamedNode) or target != node(link.subject, link.predicate, names):
        return {}
    links = [
        each
        for each in of[link.subject]
        if each.predicate == link.predicate and each.value == target
    ]
    found = {each: measure for each in links if (measure := _measure(each, of[target]))}
    made = Counter(claim for each, measure in found.items() for claim in quantity(each, measure))
    worded = Counter(label for each in links for label in labels(each, of[link.subject], names))
    there = Counter(claim for claim in of[target] if claim.predicate == LABEL)
    if len(found) < len(links) or not made <= left or not there or len(set(found.values())) > 1:
        return {}
    left -= made + (worded if worded == there else Counter())
    return found


def _measure(link: Claim, on_node: Iterable[Claim]) -> Measure | None:
    evidence = replace(link, predicate=TYPE, name="", value=TYPE, subject=TYPE)
    values = {
        claim.predicate: claim.value
        for claim in on_node
        if replace(claim, predicate=TYPE, value=TYPE, subject=TYPE) == evidence
    }
    value, unit, bound = (values.get(each) for each in (VALUE, UNIT, BOUND))
    if not isinstance(value, ox.Literal) or number(value.value) != value or not unit or not bound:
        return None
    return Measure(value, unit.value, bound.value)

"""Words of vocabularies that mean nearly the same, and what the numbers of Wikidata mean."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from gbagraph.names.texts import stem

if TYPE_CHECKING:
    from collections.abc import Collection

_GROUPS: Final = (
    "author creator writer wrote composer",
    "company corporation firm enterprise business organization organisation operator",
    "city town municipality",
    "person people human individual",
    "begin start inception founded founding established",
    "end finish stop dissolved completed",
    "born birth",
    "died death",
    "date day time when year",
    "sector industry field branch",
    "elevation altitude height",
    "lat latitude",
    "long lng lon longitude",
    "observation measurement reading record",
    "result value amount quantity",
    "population inhabitants residents",
    "area size surface",
    "country nation state",
    "parent broader superclass subclass wider",
    "child children narrower",
    "location located place within contained",
    "headquarters headquartered seat",
    "type kind class category genre instance",
    "subject topic theme about",
    "unit measure uom",
    "maker manufacturer producer",
    "price cost fee fare fine charge penalty",
    "due deadline",
    "language lang",
    "generator generating",
    "description comment definition abstract summary",
    "image photo picture depiction",
    "website homepage url page",
    "previous replaces predecessor before",
    "next replaced successor after",
    "member belongs",
    "goal aim target purpose objective",
    "state status stage phase",
    "coordinates coordinate point position geometry",
    "identifier id code notation",
    "keyword tag",
    "borrower patron reader",
    "borrowed loaned lent",
    "temp temperature",
    "公司 企业 企業 集团 集團",
    "城市 都市",
    "地区 地區 区域 區域",
    "项目 項目 工程",
    "机构 機構 机关 機關 部门 部門",
    "规划 規劃 计划 計劃",
    "文章 文件 资料 資料 来源 來源",
    "位于 位於 所在地 所在",
    "日期 时间 時間 年份",
    "状态 狀態 进度 進度",
    "领域 領域 行业 行業 产业 產業",
)
_WIKIDATA: Final = {
    "P17": "country", "P18": "image", "P19": "place of birth", "P20": "place of death",
    "P27": "country of citizenship", "P31": "instance of", "P36": "capital", "P50": "author",
    "P106": "occupation", "P112": "founded by", "P123": "publisher", "P127": "owned by",
    "P131": "located in", "P136": "genre", "P137": "operator", "P159": "headquarters location",
    "P170": "creator", "P176": "manufacturer", "P212": "ISBN-13", "P276": "location",
    "P279": "subclass of", "P281": "postal code", "P355": "subsidiary", "P361": "part of",
    "P407": "language", "P452": "industry", "P463": "member of", "P495": "country of origin",
    "P527": "has part", "P569": "date of birth", "P570": "date of death", "P571": "inception",
    "P576": "dissolved date", "P577": "publication date", "P580": "start time", "P582": "end time",
    "P585": "point in time", "P625": "coordinate location", "P734": "family name",
    "P735": "given name", "P856": "official website", "P921": "main subject", "P957": "ISBN-10",
    "P1082": "population", "P1104": "number of pages", "P1448": "official name", "P1476": "title",
    "P2043": "length", "P2044": "elevation", "P2046": "area", "P2048": "height", "P2109": "power",
    "P2139": "revenue", "P1128": "employees", "P3872": "patronage",
}  # fmt: skip
"""What the commonest properties of Wikidata are called."""

_NEAR: Final[dict[str, frozenset[str]]] = {
    stem(word): frozenset(map(stem, group.split())) for group in _GROUPS for word in group.split()
}
_FILLERS: Final = frozenset(
    ("has", "is", "of", "the", "a", "an", "by", "in", "to", "on", "at", "for", "with", "and")
)
_SAME, _LIKE, _BEGINS = 1.0, 0.8, 0.6
_SHORTEST: Final = 4
"""Letters of a word that is an abbreviation of another."""


def of_wikidata(name: str) -> str:
    """What the property of Wikidata with this number is called; empty for any other name."""
    return _WIKIDATA.get(name, "") if re.fullmatch(r"P\d+", name) else ""


def nearness(wanted: Collection[str], words: Collection[str]) -> float:
    """How near two names are in meaning, from 0 to 1, by their words."""
    first, second = ({*map(stem, {*each} - _FILLERS)} for each in (wanted, words))
    if not first or not second:
        return 0.0
    if _is_acronym(wanted, words) or _is_acronym(words, wanted):
        return _LIKE
    met = sum(max(_near(one, other) for other in second) for one in first)
    return 2 * met / (len(first) + len(second))


def _is_acronym(one: Collection[str], other: Collection[str]) -> bool:
    """Whether the only word of one name is made of the first letters of the other."""
    (word, *more) = one
    return not more and len(other) > 1 and word == "".join(each[0] for each in other)


def _near(one: str, other: str) -> float:
    if one == other:
        return _SAME
    if other in _NEAR.get(one, ()):
        return _LIKE
    short, long = sorted((one, other), key=len)
    if not short.isascii():
        return _BEGINS * (len(short) > 1 and short in long)
    return _BEGINS * (len(short) >= _SHORTEST and long.startswith(short))

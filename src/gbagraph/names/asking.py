"""What of a text is looked for: its words, without those that only make a question of it."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final, NamedTuple

_ENGLISH: Final = """
are can could did do does had has have how is many me much should tell was were what when where which
who whom whose why will would
"""
_SMALL: Final = """
a about an and any at be been being by exactly for from i in into it its of on or s so that the their
them there these they this those to us we with you
"""
_SIGNS: Final = """
请问 請問 什么时候 什麼時候 为什么 為什麼 是什么 是什麼 有什么 有什麼 什么 什麼
有哪些 哪些 在哪里 在哪裡 在哪裏 在哪儿 在哪 哪里 哪裡 哪裏 哪儿 哪个 哪個
哪家 哪年 何时 何時 何地 是谁 是誰 谁 誰 有多大 有多少 多少 多大 多长 多長
多远 多遠 多久 做什么 做什麼 怎么 怎麼 怎样 怎樣 如何 几个 幾個 吗 嗎 呢
是否 正在 在 的 了
"""
ASKING: Final = frozenset(_ENGLISH.split())
FILLERS: Final = frozenset(_SMALL.split())
CHINESE: Final = re.compile("|".join(sorted(_SIGNS.split(), key=len, reverse=True)))
PART: Final = re.compile(r"[\u2e80-\U0003ffff]+|[^\s\u2e80-\U0003ffff]+")
"""Signs of a script without spaces between words, or of one with them."""
_AT_MOST: Final = 8


class Asked(NamedTuple):
    """The words that say what is looked for, each once, and whether a question was asked."""

    words: tuple[str, ...]
    is_question: bool


def asked(text: str) -> Asked:
    """Read *text*, which is in lower case; where all its words only ask, all of them are looked for."""
    every = PART.findall(text)
    said = [word for part in every for word in CHINESE.sub(" ", part).split()]
    measures = {word for how, word in pairwise(said) if how == "how"}
    asks = said != every or not ASKING.isdisjoint(said)
    wanted = [word for word in said if word not in ASKING | FILLERS | measures]
    words = tuple(dict.fromkeys(wanted or every))[:_AT_MOST]
    return Asked(words, asks and bool(wanted))


def pieces(word: str) -> tuple[str, ...]:
    """Return the parts by which *word* is found: all pairs of signs of a script without spaces."""
    if word[0] < "\u2e80" or len(word) <= 2:
        return (word,)
    return tuple(dict.fromkeys(map("".join, pairwise(word))))

"""Numbers on an axis: round steps, and numbers as people write them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gbagraph.web.drawing import text as texts

if TYPE_CHECKING:
    from collections.abc import Iterable

LARGEST: Final = 1e300
"""Beyond this the differences of numbers are no numbers any more."""

_SUPERSCRIPTS: Final = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_WORDS: Final = ((1e12, "trillion"), (1e9, "billion"), (1e6, "million"))


@dataclass(frozen=True, slots=True)
class Tick:
    """A place on an axis with its name; it has none where there is no room."""

    at: float
    name: str


def can_be_drawn(number: float) -> bool:
    """Whether there is a place for *number* on an axis."""
    return math.isfinite(number) and abs(number) <= LARGEST


def step(span: float, most: int) -> float:
    """The least of 1, 2, 5 times a power of ten of which *span* has at most *most*."""
    if span <= 0:
        return 1.0
    rough = max(span / most, 1e-300)
    power = 10.0 ** math.floor(math.log10(rough))
    return next((f * power for f in (1, 2, 5) if f * power >= rough * 0.9999), 10 * power)


def ticks(low: float, high: float, most: int) -> tuple[float, ...]:
    """Round numbers from *low* or just below to *high* or just above."""
    size = step(high - low, most)
    first, last = math.floor(low / size + 1e-9), math.ceil(high / size - 1e-9)
    if high > low:
        last = max(last, first + 1)  # of numbers that are hardly more than 0, too
    # Beside a number so large that the step is lost in its digits, the ends are all that can be told.
    if last - first > 4 * most:
        return (low, high)
    # The product of a whole number and the step has a tail of digits, such as 0.30000000000000004.
    places = max(0, 2 - math.floor(math.log10(size)))
    numbers = (number * size for number in range(first, last + 1))
    return tuple(round(n, places) if places < 300 else n for n in numbers)


def written(number: float) -> str:
    """*number* as people write it: 1,234.5, or with a power of ten instead of many digits."""
    size = abs(number)
    if size and not 1e-4 <= size < 1e15:
        return _with_power(number)
    is_whole = number == int(number)
    places = 0 if is_whole or not size else max(0, 5 - math.floor(math.log10(size)))
    text = f"{number:,.{places}f}"
    return (text.rstrip("0").rstrip(".") if places else text).replace("-", "\N{MINUS SIGN}")


def short(number: float) -> str:
    """*number* for an axis: 50 billion."""
    size = abs(number)
    if size < 1e15:
        for unit, word in _WORDS:
            if size >= unit:
                return f"{written(number / unit)} {word}"
    return written(number)


def _with_power(number: float) -> str:
    mantissa, exponent = f"{number:.3e}".split("e")
    mantissa = mantissa.rstrip("0").rstrip(".").replace("-", "\N{MINUS SIGN}")
    return f"{mantissa} \N{MULTIPLICATION SIGN} 10{str(int(exponent)).translate(_SUPERSCRIPTS)}"


def apart(marks: Iterable[Tick], width: float) -> tuple[Tick, ...]:
    """The ticks, without the names that would touch the one before or the edge."""
    result, end = [], 0.0
    for tick in marks:
        half = texts.width(tick.name, texts.SMALL) / 2
        fits = tick.at - half >= end and tick.at + half <= width
        end = tick.at + half + 8 if fits else end
        result.append(tick if fits else Tick(tick.at, ""))
    return tuple(result)

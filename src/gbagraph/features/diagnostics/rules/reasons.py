"""Why a call is in error or never true, by how it is written."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from gbagraph.features.diagnostics.rules.candidates import EQUAL
from gbagraph.sparql.functions import UNITS
from gbagraph.sparql.message import Message, say
from gbagraph.sparql.nodes import Term

if TYPE_CHECKING:
    from gbagraph.sparql.nodes import Call, Expression

OF_TERMS: Final = frozenset({"literal-datatype", "unknown-thing", "unknown-class"})
"""What is said of a term, so that its comparison needs no word."""
_NOTHING: Final = frozenset({"", "NA", "N/A", "NaN", "NULL", "null", "None", "undefined", "-"})
"""Texts that stand for no value elsewhere."""


def reasons(call: Call, other: Expression | None) -> Message:
    """What is known of such calls: with what stands for no value, units, or no regular expression."""
    return _of_pattern(call) + _of_nothing(call, other) + _of_units(call)


def _of_pattern(call: Call) -> Message:
    """Why a constant regular expression is none; nothing if it seems to be one."""
    if call.name not in ("REGEX", "REPLACE") or not isinstance(call.arguments[1], Term):
        return Message()
    flags = [getattr(each, "value", "") for each in call.arguments[2 + (call.name == "REPLACE") :]]
    value = call.arguments[1].value
    if set("".join(flags)) - set("ismxq"):
        return say("The flags of a regular expression are i, s, m, x and q.")
    if re.search(r"\(\?(?:[=!>]|<[=!])|\\[1-9]", value):
        return say(
            "What stands ahead or behind, as (?= and (?<=, and references as \\1 are not known in "
            "regular expressions here."
        )
    if re.match(r"[*+?]|.*[(|][*+?](?!:)", value):
        return say("*, + and ? repeat what stands before them; any text is .*")
    try:
        re.compile(value)
    except re.error:
        return say(
            "%(text)s is no regular expression: a bracket has no other, or a sign no place.",
            text=call.arguments[1].text,
        )
    return Message()


def _of_nothing(call: Call, other: Expression | None) -> Message:
    """What finds things without a value, where one is compared with what stands for none elsewhere."""
    if call.name not in EQUAL or getattr(other, "value", None) not in _NOTHING:
        return Message()
    return say("What has no value is found by FILTER NOT EXISTS, or by !BOUND after OPTIONAL.")


def _of_units(call: Call) -> Message:
    """Which units there are, where a function of GeoSPARQL is called with another one."""
    space, _, name = str(getattr([None, *call.arguments][-1], "value", "")).rpartition("/")
    if "/uom/" not in space or name in UNITS:
        return Message()
    return say("The units of geometries are %(units)s, and not %(unit)s.", units=UNITS, unit=name)

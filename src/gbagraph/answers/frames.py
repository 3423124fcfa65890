"""Columns of values as data frames."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from gbagraph.answers.packages import needed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    import polars as pl

    from gbagraph.answers.values import Value

    Columns = Mapping[str, Sequence[Value]]

_DTYPES: Final = {int: "Int64", bool: "boolean", float: "Float64", str: "string"}
"""For columns of one kind, the types of pandas that know a missing value."""
_OF_POLARS: Final = {int, bool, float, str, Decimal, dt.date, dt.datetime, dt.time}
_LONG: Final = 63
"""Bits of the integers that a column of numbers holds, beside the sign."""


def pandas(columns: Columns) -> pd.DataFrame:
    """A DataFrame with these columns; those of values of several kinds hold them as they are."""
    library = needed("pandas", "to_pandas()", "pandas")
    series = {
        name: library.Series(list(values), dtype=_dtype(values)) for name, values in columns.items()
    }
    frame: pd.DataFrame = library.DataFrame(series, columns=list(columns))
    return frame


def _dtype(values: Sequence[Value]) -> str | type:
    kinds = _kinds(values)
    return _DTYPES.get(kinds.pop(), object) if len(kinds) == 1 else object


def polars(columns: Columns) -> pl.DataFrame:
    """A DataFrame with these columns; those of values of several kinds hold their texts."""
    library = needed("polars", "to_polars()", "polars")
    frame: pl.DataFrame = library.DataFrame(
        {name: library.Series(name, _of_one_kind(values)) for name, values in columns.items()}
    )
    return frame


def _of_one_kind(values: Sequence[Value]) -> Sequence[Value]:
    kinds = _kinds(values)
    if len(kinds) == 1 and kinds <= _OF_POLARS:
        return values
    return [None if value is None else str(value) for value in values]


def _kinds(values: Sequence[Value]) -> set[type]:
    """The types of *values*; an integer that is too long for a column of integers is an object."""
    return {
        object if isinstance(value, int) and value.bit_length() > _LONG else type(value)
        for value in values
        if value is not None
    }

"""The answer to a SELECT query: rows under the names of its variables."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, Literal, overload

import pyoxigraph as ox

from gbagraph.api import export
from gbagraph.api.conversion import native
from gbagraph.api.explanations import Shown
from gbagraph.errors import RequestError
from gbagraph.rdf.namespaces import knowing, known

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import pandas as pd
    import polars as pl
    import rdflib.query

    from gbagraph.api.conversion import Value
    from gbagraph.api.explanations import RowEvidence
    from gbagraph.api.export import Output, ResultsFormat
    from gbagraph.api.frames import Library, Names
    from gbagraph.rdf.results import Term, Terms
    from gbagraph.sparql.sources import Source


class UnknownVariable(
    RequestError, KeyError, name="unknown-variable", title="The answer has no such variable"
):
    """The answer has no such variable. Details: ``variables``, those there are."""

    def __str__(self) -> str:
        """Return the sentence itself, where a KeyError would show it in quotes."""
        return self.message


class Row:
    """A row: ``row["x"]`` is the term of ?x (None where it is unbound), ``row.x`` its value in Python.

    It has a length and an order as pyoxigraph's solutions do: ``row[0]``, ``s, p, o = row``. A variable
    that there is not is an error, so that a slip of the pen is never a value. Equal are rows with the
    same terms under the same names, in the same order.
    """

    __slots__ = ("_places", "_terms")

    def __init__(self, places: Mapping[str, int], terms: Terms) -> None:
        self._places = places
        self._terms = terms

    def __getitem__(self, key: str | int | ox.Variable) -> Term | None:
        if isinstance(key, int):
            return self._terms[range(len(self._places))[key]]
        name = key.value if isinstance(key, ox.Variable) else key
        place = self._places.get(name)
        if place is None:
            raise unknown(name, self._places)
        return self._terms[place]

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  its type is known to the query alone
        if name.startswith("__"):
            raise AttributeError(f"Row has no attribute {name}.")
        try:
            return native(self[name])
        except UnknownVariable as problem:
            raise AttributeError(problem.message) from None

    def __iter__(self) -> Iterator[Term | None]:
        return iter(self._terms)

    def __len__(self) -> int:
        return len(self._places)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Row):
            return NotImplemented
        return tuple(self._places) == tuple(other._places) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash((tuple(self._places), tuple(self)))

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={value!r}" for name, value in self._asdict().items())
        return f"Row({values})"

    def __dir__(self) -> Iterable[str]:
        return [*super().__dir__(), *self._places]

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (dict(self._places), tuple(self))

    def _asdict(self) -> dict[str, Value]:
        """The values in Python by name; called as in a namedtuple, for a variable may have any name."""
        return dict(zip(self._places, map(native, self), strict=True))


class ExplainedRow(Row):
    """A row with what it rests on: ``row.evidence``. A variable of that name is ``row["evidence"]``."""

    __slots__ = ("evidence",)

    def __init__(self, places: Mapping[str, int], terms: Terms, evidence: RowEvidence) -> None:
        super().__init__(places, terms)
        self.evidence = evidence

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (dict(self._places), tuple(self), self.evidence)


def unknown(name: str, variables: Iterable[str]) -> UnknownVariable:
    """Return the error that an answer with these *variables* has none called *name*."""
    there = list(variables)
    near = difflib.get_close_matches(name, there, n=1)
    meant = f" Did you mean ?{near[0]}?" if near else ""
    listed = f"It has: {', '.join(f'?{each}' for each in there)}." if there else "It has none."
    return UnknownVariable(
        f"The answer has no variable ?{name}.{meant} {listed}", variables=there, near=near
    )


class Solutions(Shown, Sequence[Row]):
    """Rows under the names of their *variables*: a sequence, empty and false if there is none.

    Held are the solutions as pyoxigraph made them, once; the terms and values of a row are made when
    they are read. What is written, or given to other packages, is made each time. Equal are
    answers with the same variables and the same rows in the same order.

    Args:
        variables: the names, without ``?``.
        rows: for each row its terms in that order, None where one is unbound.
        sources: the other endpoints that were called for them.
        prefixes: with which IRIs are shown, by default those that their graph knows.
    """

    __slots__ = ("_places", "_prefixes", "_rows", "sources")
    _evidence: Sequence[RowEvidence] | None = None

    def __init__(
        self,
        variables: Iterable[str],
        rows: Iterable[Terms],
        sources: Iterable[Source] = (),
        prefixes: Mapping[str, str] | None = None,
    ) -> None:
        self._prefixes: Final = known() if prefixes is None else prefixes
        self.sources: Final = tuple(sources)
        self._places: Final = {name: place for place, name in enumerate(variables)}
        self._rows: Final = list(rows)

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of the variables, in order, without ``?``."""
        return tuple(self._places)

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, place: int) -> Row: ...
    @overload
    def __getitem__(self, place: slice) -> Solutions: ...
    def __getitem__(self, place: int | slice) -> Row | Solutions:
        if isinstance(place, slice):
            return Solutions(self._places, self._rows[place], self.sources, self._prefixes)
        return Row(self._places, self._rows[place])

    def __iter__(self) -> Iterator[Row]:
        return (Row(self._places, row) for row in self._rows)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Solutions):
            return NotImplemented
        same = self.variables == other.variables and len(self) == len(other)
        return same and all(map(Row.__eq__, self, other))

    __hash__ = None  # type: ignore[assignment]  # like a list

    def __repr__(self) -> str:
        names = " ".join(f"?{name}" for name in self._places)
        return f"<{type(self).__name__}: {len(self)} row{'s' * (len(self) != 1)} of {names}>"

    def _repr_pretty_(self, printer: Any, _: bool) -> None:  # noqa: ANN401  of IPython
        printer.text("\n".join([repr(self), *map(repr, self[:10])]))

    def __reduce__(self) -> tuple[Any, ...]:
        rows, held = [tuple(row) for row in self._rows], (self.sources, dict(self._prefixes))
        return Solutions, (self.variables, rows, *held)

    def records(self) -> list[dict[str, Value]]:
        """Return the rows as dictionaries of values in Python by name, None for what is unbound."""
        return [row._asdict() for row in self]

    def column(self, name: str) -> list[Value]:
        """Return the values in Python of one variable, a row each; raises UnknownVariable."""
        if name not in self._places:
            raise unknown(name, self._places)
        return [native(row[self._places[name]]) for row in self._rows]

    @overload
    def serialize(self, output: None = None, format: ResultsFormat | None = None) -> bytes: ...
    @overload
    def serialize(self, output: Output, format: ResultsFormat | None = None) -> None: ...
    def serialize(
        self,
        output: Output | None = None,
        format: ResultsFormat | None = None,  # noqa: A002  as pyoxigraph has it
    ) -> bytes | None:
        """Write the rows, as pyoxigraph's solutions are written.

        Args:
            output: a file or its path; without one, the bytes are returned.
            format: pyoxigraph's, or the name of one, such as ``csv`` or ``markdown``; by default that
                of the extension of the path.

        Raises:
            NotAcceptable: there is no such format for rows.
        """
        return export.solutions(self.variables, self._rows, output, format)

    @overload
    def df(
        self, library: Literal["pandas"] = "pandas", *, names: Names = "short"
    ) -> pd.DataFrame: ...
    @overload
    def df(self, library: Literal["polars"], *, names: Names = "short") -> pl.DataFrame: ...
    def df(self, library: Library = "pandas", *, names: Names = "short") -> Any:
        """Return the rows as a DataFrame with a type for each column, as the manual lists them.

        A column with dates of which some are a month or a year has their first days, and ``…Precision``
        beside it; one with texts in several languages has ``…Language``. Rows with evidence have
        ``evidenceParagraphs``, ``evidenceBasis`` and ``evidenceMarks``.

        Args:
            library: ``pandas`` or ``polars``.
            names: IRIs are ``short``, with a prefix where there is one; or ``whole``; or replaced by the
                ``label`` in the column that has it (``zoneLabel`` for ``zone``), which is then left out.

        Raises:
            BadParameter: *library* or *names* is none of these.
            MissingPackage: the library is not installed.
        """
        from gbagraph.api.frames import frame  # noqa: PLC0415  few programs need it

        columns = {name: [row[place] for row in self._rows] for name, place in self._places.items()}
        return knowing(self._prefixes, frame, columns, self._evidence, library, names)

    def to_pandas(self) -> pd.DataFrame:
        """Return :meth:`df` of pandas with whole IRIs."""
        return self.df("pandas", names="whole")

    def to_polars(self) -> pl.DataFrame:
        """Return :meth:`df` of polars with whole IRIs."""
        return self.df("polars", names="whole")

    def to_rdflib(self) -> rdflib.query.Result:
        """Return the same as rdflib's result of a query, with rdflib's terms.

        Raises:
            NotAcceptable: a term is of RDF 1.2, which rdflib does not have.
        """
        return export.rdflib_result(None, self.variables, self._rows)


class ExplainedSolutions(Solutions):
    """Rows of which each has ``row.evidence``: what it rests on. Written, they are without it."""

    __slots__ = ("_evidence",)
    _evidence: Sequence[RowEvidence]

    def __init__(
        self,
        variables: Iterable[str],
        rows: Iterable[Terms],
        evidence: Iterable[RowEvidence],
        sources: Iterable[Source] = (),
        prefixes: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(variables, rows, sources, prefixes)
        self._evidence = tuple(evidence)

    @overload
    def __getitem__(self, place: int) -> ExplainedRow: ...
    @overload
    def __getitem__(self, place: slice) -> ExplainedSolutions: ...
    def __getitem__(self, place: int | slice) -> ExplainedRow | ExplainedSolutions:
        if isinstance(place, slice):
            return ExplainedSolutions(
                *(self._places, self._rows[place], self._evidence[place]),
                *(self.sources, self._prefixes),
            )
        return ExplainedRow(self._places, self._rows[place], self._evidence[place])

    def __iter__(self) -> Iterator[ExplainedRow]:
        pairs = zip(self._rows, self._evidence, strict=True)
        return (ExplainedRow(self._places, row, why) for row, why in pairs)

    def __reduce__(self) -> tuple[Any, ...]:
        _, (names, rows, *others) = super().__reduce__()
        return ExplainedSolutions, (names, rows, self._evidence, *others)

"""One row of an answer: its terms by name and by place, its values by name."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any, Protocol

import pyoxigraph as ox

from gbagraph.answers.values import native
from gbagraph.errors import RequestError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from gbagraph.answers.sources import Source
    from gbagraph.answers.terms import Term
    from gbagraph.answers.values import Value


class Terms(Protocol):
    """The terms of a row by place, None where a variable is unbound: a QuerySolution, or a tuple."""

    def __getitem__(self, place: int, /) -> Term | None: ...
    def __iter__(self) -> Iterator[Term | None]: ...
    def __len__(self) -> int: ...


class RowTriple(Protocol):
    """A triple on which a row rests, how it is known, and the paragraphs on which it rests itself."""

    @property
    def triple(self) -> ox.Triple: ...  # noqa: D102
    @property
    def basis(self) -> str: ...  # noqa: D102
    @property
    def paragraphs(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def graph(self) -> ox.NamedNode | ox.BlankNode | None: ...  # noqa: D102


class Evidence(Protocol):
    """On what a row rests: all of it if *complete*; *note* says why not, or what else it rests on.

    *services* are the other endpoints whose answers it rests on: then it is not complete.
    """

    @property
    def triples(self) -> Sequence[RowTriple]: ...  # noqa: D102
    @property
    def complete(self) -> bool: ...  # noqa: D102
    @property
    def note(self) -> str: ...  # noqa: D102
    @property
    def paragraphs(self) -> tuple[str, ...]:
        """The IRIs of the paragraphs and other sources, sorted."""

    @property
    def services(self) -> Sequence[Source]: ...  # noqa: D102


class UnknownVariable(RequestError, KeyError):
    """The answer has no such variable. Details: ``variables``, those there are."""

    name = "unknown-variable"
    title = "The answer has no such variable"

    def __str__(self) -> str:
        """The sentence itself, where a KeyError would show it in quotes."""
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

    def __init__(self, places: Mapping[str, int], terms: Terms, evidence: Evidence) -> None:
        super().__init__(places, terms)
        self.evidence = evidence

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (dict(self._places), tuple(self), self.evidence)


def unknown(name: str, variables: Iterable[str]) -> UnknownVariable:
    """The error that an answer with these *variables* has none called *name*."""
    there = list(variables)
    near = difflib.get_close_matches(name, there, n=1)
    meant = f" Did you mean ?{near[0]}?" if near else ""
    listed = f"It has: {', '.join(f'?{each}' for each in there)}." if there else "It has none."
    return UnknownVariable(
        f"The answer has no variable ?{name}.{meant} {listed}", variables=there, near=near
    )

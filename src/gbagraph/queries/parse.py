"""Query files: the text of a query, and the header that describes it.

The header follows grlc (https://grlc.io): lines that begin with ``#+``, together a mapping in YAML. The
keys are in :data:`KEYS`; what each means, and what differs from grlc, is in docs/canned-queries.md.

A variable ``?_name_type`` is a required parameter, ``?__name_type`` an optional one, which stays unbound
if it is not given. The types are those of :mod:`gbagraph.queries.types`; without one, a parameter is a
plain string. With ``_list`` at the end it is a list.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

from gbagraph.errors import BadParameter, QueryFileError
from gbagraph.paths import display, reason
from gbagraph.queries import parameters as enumerations
from gbagraph.queries.canned import CannedQuery
from gbagraph.queries.parameters import Parameter
from gbagraph.queries.types import TYPES, type_named
from gbagraph.sparql.binding import Slot, pieces
from gbagraph.sparql.tokens import words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from gbagraph.queries.parameters import Drawn
    from gbagraph.rdf.formats import Kind

_T = TypeVar("_T")

_PARAMETER: Final = re.compile(
    r"(?P<underscores>__?)(?P<name>[A-Za-z0-9]+)(?:_(?P<type>\w+?))??(?P<list>_list)?\Z"
)
KEYS: Final = (
    *(
        "summary",
        "description",
        "tags",
        "order",
        "params",
        "defaults",
        "examples",
        "enumerate",
        "values",
    ),
    *(
        "pagination",
        "test",
        "method",
        "endpoint",
        "endpoint-method",
        "endpoint_in_url",
        "transform",
    ),
)
"""The keys of a header. ``test`` is read by :mod:`gbagraph.testing`. From ``method`` on they are grlc's:
they are read and change nothing here."""

_FORMER: Final = ("inference",)
"""Keys that query files of earlier releases have, in their archives, and that change nothing."""

_FORMS: Final[dict[str, Kind]] = {
    "SELECT": "solutions",
    "ASK": "boolean",
    "CONSTRUCT": "graph",
    "DESCRIBE": "graph",
}


def parse(path: Path, content: bytes | None = None) -> CannedQuery:
    """Read one query file, whose *content* is given where it is in an archive.

    Raises:
        QueryFileError: the file is not as described above; the message names file and line.
    """
    try:
        text = (path.read_bytes() if content is None else content).decode("utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise fault(path, 0, f"it cannot be read: {reason(problem)}") from None
    former = () if content is None else _FORMER
    return _File(path, text.replace("\r\n", "\n")).query((*KEYS, *former))


def fault(path: Path, line: int, what: str) -> QueryFileError:
    """Return the error for a fault in this line of a query file (0: not known)."""
    where = f"{display(path)}, line {line}" if line else display(path)
    return QueryFileError(f"{where}: {what}.", file=display(path), line=line)


def header(path: Path, text: str) -> dict[str, Any]:
    """Return the header of a query file with this text; empty if it has none.

    Raises:
        QueryFileError: it is no mapping in YAML.
    """
    lines = [
        (number, line[2:].removeprefix(" "))
        for number, line in enumerate(text.splitlines(), start=1)
        if line.startswith("#+")
    ]
    if not lines:
        return {}
    import yaml  # noqa: PLC0415  a graph is opened without it

    # That in C, where there is one, takes a tenth of the time, which every start pays.
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        mapping = yaml.load("\n".join(line for _, line in lines), loader) or {}  # noqa: S506
    except (yaml.YAMLError, ValueError, RecursionError) as problem:
        # ValueError: what has the form of a date or number and is none, such as 2020-13-01.
        mark = getattr(problem, "problem_mark", None)
        number = lines[min(mark.line, len(lines) - 1)][0] if mark else 1
        what = getattr(problem, "problem", None) or str(problem)
        raise fault(path, number, f"the header is not YAML: {what}") from None
    if not isinstance(mapping, dict):
        raise fault(path, 1, "the header is not a list of keys with values")
    return {str(key): value for key, value in mapping.items()}


class _File:
    """A query file that is being read; each method takes one part of it, or raises what is wrong."""

    def __init__(self, path: Path, text: str) -> None:
        self._path, self._text = path, text
        self._header = header(path, text)
        self._words = words(text)

    def query(self, keys: Sequence[str]) -> CannedQuery:
        """The query, whose header may have these *keys*."""
        for key in self._header:
            if key not in keys:
                known = ", ".join(KEYS)
                raise self._fault(
                    f"#+ {key}", f"{key!r} is not a key of the header; the keys are {known}"
                )
        parameters = self._parameters()
        first, *rest = pieces(self._text, [row.variable for row in parameters])
        parts = (first.lstrip() if isinstance(first, str) else first, *rest)
        self._check_places(parts, {row.variable: row for row in parameters})
        return CannedQuery(
            name=self._path.stem,
            path=self._path,
            text=self._text,
            kind=self._kind(),
            summary=self._sentence("summary") or self._path.stem,
            description=self._sentence("description"),
            tags=tuple(
                map(str, self._value("tags", list, "a list such as [places, numbers]") or ())
            ),
            order=self._value("order", int, "a number such as 1"),
            parameters=parameters,
            page_size=self._page_size(),
            pieces=parts,
        )

    def _fault(self, part: str, what: str) -> QueryFileError:
        """Return the error for a fault in the first line that contains *part*."""
        lines = self._text.splitlines()
        line = next((number for number, text in enumerate(lines, start=1) if part in text), 1)
        return fault(self._path, line, what)

    def _value(self, key: str, kind: type, expects: str) -> Any:  # noqa: ANN401  what YAML holds
        value = self._header.get(key)
        if value is not None and not isinstance(value, kind):
            raise self._fault(f"#+ {key}", f"{key} is {value!r}, but has to be {expects}")
        return value

    def _sentence(self, key: str) -> str:
        return str(self._value(key, str, "a sentence") or "").strip()

    def _page_size(self) -> int | None:
        size = self._value("pagination", int, "a number of rows such as 100")
        if size is not None and (isinstance(size, bool) or size < 1):
            raise self._fault("#+ pagination", "pagination is a number of rows such as 100")
        return None if size is None else int(size)

    def _kind(self) -> Kind:
        for word in self._words:
            if word.kind == "word" and word.text.upper() in _FORMS:
                return _FORMS[word.text.upper()]
        raise self._fault("", f"there is no query: it has one of {', '.join(_FORMS)}")

    def _parameters(self) -> tuple[Parameter, ...]:
        names = dict.fromkeys(word.text[1:] for word in self._words if word.kind == "variable")
        parameters = [self._declared(match) for name in names if (match := _PARAMETER.match(name))]
        known = {row.name for row in parameters}
        if len(known) < len(parameters):
            raise self._fault(
                "_", "two parameters have the same name; they differ by their type only"
            )
        keys = ("params", "defaults", "examples", "enumerate", "values")
        given = {key: self._mapping(key) for key in keys}
        for key in keys:
            for name in given[key].keys() - known:
                raise self._fault(f"- {name}", f"the query has no variable ?_{name} or ?__{name}")
        return tuple(self._parameter(row, given) for row in parameters)

    def _declared(self, match: re.Match[str]) -> Parameter:
        """Return the parameter that the name of a variable declares."""
        kind = type_named(match["type"] or "string")
        if kind is None:
            known = ", ".join(TYPES)
            raise self._fault(
                match[0],
                f"?{match[0]} has the unknown type {match['type']!r}; the types are {known}, and "
                "languages such as en, zh_hans or lang_yue",
            )
        return Parameter(
            name=match["name"],
            variable=match[0],
            type=kind,
            required=match["underscores"] == "_",
            is_list=match["list"] is not None,
        )

    def _mapping(self, key: str) -> dict[str, Any]:
        """One mapping; grlc writes mappings as lists of mappings with one key, or of names alone."""
        rows = self._header.get(key) or []
        what = "params, defaults, examples, enumerate and values"
        shape = f"{what} are lists with lines such as '- name: value'"
        if not isinstance(rows, list):
            raise self._fault(f"#+ {key}", shape)
        mapping: dict[str, Any] = {}
        for row in rows:
            if isinstance(row, dict):
                mapping |= {str(name): value for name, value in row.items()}
            elif isinstance(row, str) and key == "enumerate":
                mapping[row] = None
            else:
                raise self._fault(f"#+ {key}", shape)
        return mapping

    def _parameter(self, row: Parameter, given: Mapping[str, Mapping[str, Any]]) -> Parameter:
        """Return the parameter *row* with all that the header says of it."""
        name = row.name
        default, example = (self._text_of(given[key], name) for key in ("defaults", "examples"))
        parameter = replace(
            row,
            description=str(given["params"].get(name) or ""),
            default=default,
            example=example,
            choices=self._checked(
                "enumerate",
                name,
                lambda: enumerations.choices(given["enumerate"].get(name), row.type),
            ),
            drawn=self._checked("values", name, lambda: self._drawn(row, given)),
        )
        for key, value in (("default", default), ("example", example)):
            if value is not None:
                self._checked(f"its {key}", name, partial(parameter.term, value))
        return parameter

    @staticmethod
    def _text_of(given: Mapping[str, Any], name: str) -> str | None:
        value = given.get(name)
        return None if value is None else enumerations.text(value)

    def _drawn(self, row: Parameter, given: Mapping[str, Mapping[str, Any]]) -> Drawn | None:
        if row.name in given["values"]:
            return enumerations.drawn(given["values"][row.name])
        if row.name in given["enumerate"] and given["enumerate"][row.name] is None:
            return enumerations.drawn_from_itself(self._text, row.variable)
        return None

    def _checked(self, what: str, name: str, use: Callable[[], _T]) -> _T:
        try:
            return use()
        except BadParameter as problem:
            raise self._fault(f"- {name}", f"{what}: {problem.message.rstrip('.')}") from None
        except ValueError as problem:
            raise self._fault(f"- {name}", f"{what}: {problem}") from None

    def _check_places(self, parts: tuple[Any, ...], parameters: Mapping[str, Parameter]) -> None:
        """A parameter stands where it can be bound, a list between the parentheses of IN."""
        for part in parts:
            if not isinstance(part, Slot):
                continue
            what = f"the parameter ?{part.name} stands where no value can"
            if part.place == "assigned":
                raise self._fault(part.name, f"{what}: the query gives it one itself")
            if parameters[part.name].is_list and part.place not in ("list", "bound"):
                raise self._fault(part.name, f"{what} be a list: write 'IN (?{part.name})'")
            if part.place in ("subject", "property") and parameters[part.name].type.name != "iri":
                raise self._fault(
                    part.name, f"{what} but an IRI: it is the {part.place} of a triple"
                )

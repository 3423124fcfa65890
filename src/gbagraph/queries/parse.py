"""Query files: the text of a query and the header that describes it.

The header follows grlc (https://grlc.io). Its lines begin with ``#+`` and are YAML with the keys
``summary``, ``description``, ``tags``, ``defaults`` and ``enumerate``; ``params``, with a sentence for
each parameter, is an addition.

A variable ``?_name_type`` is a required parameter, ``?__name_type`` an optional one, which stays unbound
if it is not given. The types are those of :mod:`gbagraph.queries.parameters`; without a type, a
parameter is a plain string.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import quote

import yaml

from gbagraph.errors import BadParameter, QueryFileError
from gbagraph.paths import display
from gbagraph.queries.parameters import TYPES, Parameter, is_type
from gbagraph.sparql.protocol import RESERVED
from gbagraph.sparql.tokens import named_iris, pieces, variables

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

_PARAMETER: Final = re.compile(r"(?P<underscores>__?)(?P<name>[A-Za-z0-9]+)(?:_(?P<type>\w+))?\Z")
_SAFE_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""That in C, where there is one, takes a tenth of the time, which every start pays."""
_KEYS: Final = frozenset({"summary", "description", "tags", "defaults", "enumerate", "params"})

EXPECTED_FOLDER: Final = "expected"


class Thing(NamedTuple):
    """A value of a parameter that means a thing: the parameter, the value, the IRI it is bound as."""

    parameter: str
    value: str
    iri: str


@dataclass(frozen=True, slots=True)
class CannedQuery:
    """A query file: its name, what it answers, its parameters, and the text as it stands."""

    name: str
    path: Path
    text: str
    summary: str
    description: str = ""
    tags: tuple[str, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    pieces: tuple[str, ...] = field(default=(), repr=False)
    """The text without its comments, split at the variables; the parameters among them get bound."""

    @property
    def defaults(self) -> dict[str, str]:
        """The example values of the parameters, for which the expected answer holds."""
        return {row.name: row.default for row in self.parameters if row.default is not None}

    @property
    def expected(self) -> Path:
        """The file with the expected answer, in SPARQL results JSON."""
        return self.path.parent / EXPECTED_FOLDER / f"{self.name}.srj"

    @property
    def iris(self) -> frozenset[str]:
        """All IRIs in the query."""
        return named_iris(self.text)

    def bind(self, values: Iterable[tuple[str, str]]) -> str:
        """The query with the given (parameter, value) pairs bound as terms.

        Raises:
            BadParameter: a parameter is unknown, repeated, missing, or not of its type.
        """
        given: dict[str, str] = {}
        for name, value in values:
            self._known(name)
            if name in given:
                raise BadParameter(f"The parameter {name} is given twice.", parameter=name)
            given[name] = value
        terms = self._terms(given)
        return "".join([terms.get(piece, piece) for piece in self.pieces])

    def bind_things(self, values: Iterable[tuple[str, str]]) -> tuple[str, tuple[Thing, ...]]:
        """The query with its parameters bound, and the values that mean things.

        Of these only the data tell whether they name one; a value that is no IRI may be a label, and
        stands as an IRI that nothing has.

        Raises:
            BadParameter: as :meth:`bind`, but for values that mean things.
        """
        known = {row.name: row for row in self.parameters if row.type == "iri" and not row.choices}
        things, bound = [], []
        for name, value in values:
            iri = _iri_of(known[name], value) if name in known else ""
            if iri:
                things.append(Thing(name, value, iri))
            bound.append((name, iri or value))
        return self.bind(bound), tuple(things)

    def _terms(self, given: Mapping[str, str]) -> dict[str, str]:
        terms = {}
        for row in self.parameters:
            if row.name in given:
                terms[f"?{row.variable}"] = row.term(given[row.name])
            elif row.required:
                example = f" For example {row.name}={row.default}." if row.default else ""
                raise BadParameter(
                    f"The query {self.name} needs the parameter {row.name}: {row.expects}.{example}",
                    parameter=row.name,
                    expected=row.expects,
                )
        return terms

    def _known(self, name: str) -> None:
        names = [row.name for row in self.parameters]
        if name not in names:
            takes = f"It takes: {', '.join(names)}." if names else "It takes none."
            raise BadParameter(
                f"The query {self.name} has no parameter {name}. {takes}", parameter=name
            )


def _iri_of(parameter: Parameter, value: str) -> str:
    try:
        return parameter.term(value)[1:-1]
    except BadParameter:
        return f"urn:x-label:{quote(value, safe='')}"


def parse(path: Path) -> CannedQuery:
    """Read one query file.

    Raises:
        QueryFileError: the file is not as described above; the message names file and line.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise fault(path, 0, f"it cannot be read: {problem}") from None
    header = _header(path, text)
    for key in header:
        if key not in _KEYS:
            known = ", ".join(sorted(_KEYS))
            line = _line(text, f"#+ {key}")
            raise fault(path, line, f"{key!r} is not a key of the header; the keys are {known}")
    if not isinstance(header.get("summary"), str):
        raise fault(path, 1, "there is no summary: begin with a line '#+ summary: What is …?'")
    return CannedQuery(
        name=path.stem,
        path=path,
        text=text,
        summary=header["summary"],
        description=header.get("description", ""),
        tags=tuple(header.get("tags", ())),
        parameters=_parameters(path, text, header),
        pieces=tuple(pieces(text)),
    )


def fault(path: Path, line: int, what: str) -> QueryFileError:
    """The error for a fault in this line of a query file (0: not known)."""
    where = f"{display(path)}, line {line}" if line else display(path)
    return QueryFileError(f"{where}: {what}.", file=display(path), line=line)


def _line(text: str, part: str) -> int:
    """The first line (from 1) that contains *part*; 1 if there is none."""
    lines = text.splitlines()
    return next((number for number, line in enumerate(lines, start=1) if part in line), 1)


def _header(path: Path, text: str) -> dict[str, Any]:
    """The header of a query file, by key."""
    lines = [
        (number, line[2:].removeprefix(" "))
        for number, line in enumerate(text.splitlines(), start=1)
        if line.startswith("#+")
    ]
    try:
        header = yaml.load("\n".join(line for _, line in lines), _SAFE_LOADER) or {}  # noqa: S506
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        number = lines[min(mark.line, len(lines) - 1)][0] if mark else 1
        what = getattr(problem, "problem", None) or str(problem)
        raise fault(path, number, f"the header is not YAML: {what}") from None
    if not isinstance(header, dict):
        raise fault(path, 1, "the header is not a list of keys with values")
    return header


def _parameters(path: Path, text: str, header: dict[str, Any]) -> tuple[Parameter, ...]:
    found = [match for name in variables(text) if (match := _PARAMETER.match(name))]
    try:
        described, defaults, choices = (
            _mapping(header.get(key, ())) for key in ("params", "defaults", "enumerate")
        )
        names = {match["name"] for match in found}
        for name in described.keys() | defaults.keys() | choices.keys():
            if name not in names:
                line = _line(text, f"- {name}")
                raise fault(path, line, f"the query has no variable ?_{name} or ?__{name}")
        for name in names & set(RESERVED):
            raise fault(path, _line(text, f"_{name}"), f"{name!r} is a parameter of every query")
        for name in names - described.keys():
            line = _line(text, f"_{name}")
            raise fault(path, line, f"params does not describe the parameter {name}")
        return tuple(_parameter(path, text, match, described, defaults, choices) for match in found)
    except (AttributeError, TypeError):
        raise fault(
            path,
            _line(text, "#+ params"),
            "params, defaults and enumerate are lists with lines such as '- name: value'",
        ) from None


def _parameter(  # noqa: PLR0913, PLR0917  the parts of a file
    path: Path,
    text: str,
    match: re.Match[str],
    described: Mapping[str, Any],
    defaults: Mapping[str, Any],
    choices: Mapping[str, Any],
) -> Parameter:
    kind = match["type"] or "string"
    if not is_type(kind):
        known = ", ".join(TYPES)
        raise fault(
            path,
            1,
            f"?{match[0]} has the unknown type {kind!r}; the types are {known}, or a language",
        )
    parameter = Parameter(
        name=match["name"],
        variable=match.group(),
        type=kind,
        required=match["underscores"] == "_",
        description=described[match["name"]],
        default=str(defaults[match["name"]]) if match["name"] in defaults else None,
        choices=tuple(map(str, choices.get(match["name"], ()))),
    )
    if parameter.default is not None:
        try:
            parameter.term(parameter.default)
        except BadParameter as problem:
            line = _line(text, f"- {parameter.name}")
            raise fault(path, line, f"its default: {problem.message.rstrip('.')}") from None
    return parameter


def _mapping(rows: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """One mapping; grlc writes mappings as lists of mappings with one key."""
    return {key: value for row in rows for key, value in row.items()}

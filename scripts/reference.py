"""Write the parts of the manual that a table of the software knows: settings, commands, errors, terms.

Such a part stands between ``<!-- made: NAME -->`` and ``<!-- /made -->`` in a file of docs/ or reports/;
nothing else of the file is changed. ``python scripts/reference.py`` writes all; a test compares them.
"""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import pyoxigraph as ox
import typer.main

from gbagraph.cli import Late, app
from gbagraph.cli.help import meaning
from gbagraph.dataset import loader
from gbagraph.dataset.limits import CALL_LIMITS, LIMITS
from gbagraph.errors import GbaGraphError, classes
from gbagraph.features.changes.feed import entries
from gbagraph.paths import resource
from gbagraph.rdf.namespaces import PREFIXES, TERMS, compact
from gbagraph.setting import AllowedService
from gbagraph.settings import Settings, rows
from gbagraph.settings import table as settings_table
from gbagraph.web.app import routes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from gbagraph.endpoint.responder import Route

DOCS: Final = Path(__file__).resolve().parents[1] / "docs"
COMMAND: Final = "python scripts/reference.py"
_PART: Final = re.compile(
    r"(?P<begin><!-- made: (?P<name>[\w-]+) -->\n).*?(?P<end><!-- /made -->)", re.DOTALL
)
_EVERYWHERE: Final = ("HEAD", "OPTIONS")
_BOUNDS: Final = {"least": "at least", "most": "at most"}


def table(heads: Iterable[str], lines: Iterable[Iterable[str]]) -> str:
    """A table in Markdown; a bar in a cell is escaped."""
    names = list(heads)
    written = map(_row, [names, ["---"] * len(names), *lines])
    return "".join(f"{row}\n" for row in written)


def _row(cells: Iterable[str]) -> str:
    text = " | ".join(" ".join(cell.replace("|", "\\|").split()) for cell in cells)
    return re.sub(r"\|  (?=\||$)", "| ", f"| {text} |")


def code(text: object) -> str:
    """*text* in code; nothing for nothing."""
    return f"`{text}`" if text not in ("", None) else ""


def _sentence(text: str | None) -> str:
    """The first paragraph of a docstring."""
    return " ".join((inspect.cleandoc(text or "")).partition("\n\n")[0].split())


def settings() -> str:
    """The settings, each with its key, option, default and bounds."""
    return table(
        ("Key", "Option", "Default", "Meaning"),
        ((code(row.name), code(row.option), code(row.shown), _meaning(row)) for row in rows()),
    )


def _meaning(row: Any) -> str:  # noqa: ANN401  a row of the table of settings
    bounds = [
        f"{word} {getattr(row, name):g}"
        for name, word in _BOUNDS.items()
        if getattr(row, name) is not None
    ]
    older = f" Deprecated name: {code('--' + row.older.replace('_', '-'))}." if row.older else ""
    return (
        str(row.help).removesuffix(".") + (f"; {', '.join(bounds)}" if bounds else "") + "." + older
    )


_LONG: Final = 15
"""Words of a meaning that is written once."""


def commands() -> str:
    """The commands with their arguments and options, as their help has them."""
    group = cast("Any", typer.main.get_command(app))
    known: dict[tuple[str, str], str] = {}
    return "\n".join(_command(f"gbagraph {name}", each, known) for name, each in _listed(group))


def _listed(group: Any, before: str = "") -> Iterator[tuple[str, Any]]:  # noqa: ANN401
    for name, late in group.commands.items():
        command = late.load() if isinstance(late, Late) else late
        yield f"{before}{name}", command
        yield from _listed(command, f"{before}{name} ") if hasattr(command, "commands") else ()


def _command(name: str, command: Any, known: dict[tuple[str, str], str]) -> str:  # noqa: ANN401  typer's own
    places = [each for each in command.params if each.param_type_name == "argument"]
    flags = [each for each in command.params if getattr(each, "is_flag", False)]
    # What has no name of an option, or no value, is no setting, though it may be called so.
    is_own = [*places, *(each for each in flags if each.name == "queries")]
    shared = [
        each for each in command.params if each.name in settings_table() and each not in is_own
    ]
    own = [
        each
        for each in command.params
        if each not in shared and each.name and each.name not in ("config", "help_all")
    ]
    lines = [(_written(each), meaning(each)) for each in own if getattr(each, "help", None)]
    lines = [_once(line, name, known) for line in lines]
    text = f"## `{name}`\n\n{' '.join((command.help or '').split())}\n"
    if places:
        text += f"\nUsage: `{' '.join((name, *map(_place, places)))}`\n"
    if lines:
        text += "\n" + table(("Argument or option", "Meaning"), lines)
    if len(shared) > len(settings_table()) // 2:
        left_out = [row.option for row in rows() if row.name not in {each.name for each in shared}]
        but = f", but {', '.join(map(code, left_out))}" if left_out else ""
        return f"{text}\nAll [settings](settings.md){but}, and `--config`.\n"
    if shared:
        text += f"\nSettings: {', '.join(code(each.opts[0]) for each in shared)}.\n"
    return text


def _once(
    line: tuple[str, str], command: str, known: dict[tuple[str, str], str]
) -> tuple[str, str]:
    """The row of an option, whose long meaning is written with the first *command* that has it."""
    first = known.setdefault(line, command)
    is_long = len(line[1].split()) > _LONG
    return (line[0], f"As with `{first}`.") if is_long and first != command else line


def _place(parameter: Any) -> str:  # noqa: ANN401
    name = parameter.metavar or parameter.name.upper()
    several = f"{name}…" if parameter.nargs == -1 else name
    return several if parameter.required else f"[{several}]"


def _written(parameter: Any) -> str:  # noqa: ANN401
    options = [*parameter.opts, *parameter.secondary_opts]
    if not options[0].startswith("-"):
        return code(parameter.metavar or parameter.name.upper())
    value = f" {parameter.metavar}" if parameter.metavar else ""
    return ", ".join(code(f"{option}{value}") for option in options)


def errors() -> str:
    """The errors, each with its name over HTTP, its status, and what it means."""
    # Other packages have errors of their own below these, which no server answers with.
    own = [error for error in classes().values() if error.__module__ == GbaGraphError.__module__]
    ordered = sorted(own, key=lambda error: (error.status, error.name))
    return table(
        ("Name", "Status", "In Python", "Meaning"),
        ((code(e.name), str(e.status), code(e.__name__), _error(e)) for e in ordered),
    )


def _error(error: type[GbaGraphError]) -> str:
    said = inspect.cleandoc(error.__doc__ or "").replace("``", "`").replace("*", "")
    text = " ".join(said.split()) if error is not GbaGraphError else "The server failed."
    retry = error.headers.get("Retry-After")
    return f"{text} `Retry-After: {retry}`." if retry else text


def addresses() -> str:
    """The addresses, each with its methods and what answers there."""
    known: dict[str, str] = {}
    return table(
        ("Address", "Methods", "What is there"),
        (_address(r, known) for r in routes(cast("Any", None))),
    )


def _address(route: Route, known: dict[str, str]) -> tuple[str, str, str]:
    """The row of a route; what is said of several is said with the first of them."""
    path = code(route.path.replace(":path", ""))
    said = _sentence(cast("Any", route.handler).func.__doc__).replace("``", "`")
    first = known.setdefault(said, path)
    methods = ", ".join(method for method in route.methods if method not in _EVERYWHERE)
    return path, methods, said if first == path else f"As at {first}."


def prefixes() -> str:
    """The prefixes that people can write."""
    return table(("Prefix", "Namespace"), ((code(n), code(iri)) for n, iri in PREFIXES.items()))


def _terms(kinds: str) -> str:
    """The terms of some kinds that are in use, with labels, kind of value, and definition."""
    store = ox.Store()
    for file in ("gba.ttl", "evidence.ttl"):
        store.load(path=str(resource("ontology", file)), format=ox.RdfFormat.TURTLE)
    # Labels of one language, so a term has one row.
    found = store.query(
        f"""PREFIX owl: <http://www.w3.org/2002/07/owl#>
        PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
        PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
        SELECT ?term ?zh ?text (GROUP_CONCAT(DISTINCT COALESCE(STR(?wide), ""); separator=" ") AS ?wider)
          (GROUP_CONCAT(DISTINCT COALESCE(STR(?kind), ""); separator=" ") AS ?values) {{
          VALUES ?class {{ {kinds} }}
          ?term a ?class ; rdfs:label ?zh ; skos:definition ?text
          FILTER (LANG(?zh) = "zh-hans" && LANG(?text) = "en")
          FILTER NOT EXISTS {{ ?term owl:deprecated ?retired }}
          FILTER ({" || ".join(f'STRSTARTS(STR(?term), "{space}")' for space in TERMS)})
          OPTIONAL {{ ?term rdfs:subClassOf|rdfs:subPropertyOf ?wide }}
          OPTIONAL {{ ?term rdfs:range ?kind }}
        }} GROUP BY ?term ?zh ?text ORDER BY STR(?term)"""
    )
    lines = [
        (
            code(compact(row["term"].value)),
            row["zh"].value,
            _compacted(row["wider"].value),
            *([_compacted(row["values"].value)] if "Property" in kinds else []),
            row["text"].value,
        )
        for row in cast("Any", found)
    ]
    values = ("Values",) if "Property" in kinds else ()
    return table(("Term", "中文", "Below", *values, "Meaning"), lines)


def _compacted(iris: str) -> str:
    return ", ".join(code(compact(iri)) for iri in iris.split())


def _value(limit: Any, of: object) -> str:  # noqa: ANN401  of either kind
    value = limit.literal(of)
    return code(value.value) if value else "none"


def _limits(limits: Iterable[Any], by_default: object) -> str:
    """The terms for limits, each with its value by default and what it means."""
    return table(
        ("Term", "Value by default", "Meaning"),
        ((code(f"service:{e.name}"), _value(e, by_default), e.meaning) for e in limits),
    )


_SENTENCES: Final = """
PREFIX ev: <https://w3id.org/gbagraph/evidence#>
PREFIX graph: <https://w3id.org/gbagraph/graph/>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
SELECT ?passage ?sentence (COUNT(DISTINCT ?stated) AS ?says) (COUNT(DISTINCT ?inferred) AS ?lets)
  (COUNT(DISTINCT ?worded) AS ?ours) (GROUP_CONCAT(DISTINCT ?thing; separator=" ") AS ?things)
WHERE {
  GRAPH graph:selectors {
    ?claim ev:selector ?selector .
    ?selector ev:inPassage ?in ; ev:sentence ?sentence .
  }
  GRAPH graph:evidence {
    ?claim rdf:subject ?subject .
    OPTIONAL { ?claim ev:statedIn ?in BIND (?claim AS ?stated) }
    OPTIONAL { ?claim ev:inferredFrom ?in BIND (?claim AS ?inferred) }
    OPTIONAL { ?claim ev:wordedFrom ?in BIND (?claim AS ?worded) }
  }
  BIND (REPLACE(STR(?in), "^.*/", "") AS ?passage)
  BIND (IF(BOUND(?worded), "", CONCAT("`id:", REPLACE(STR(?subject), "^.*/", ""), "`")) AS ?thing)
}
GROUP BY ?passage ?sentence"""


def sentences() -> str:
    """What was taken from each sentence of the article, and what was left out on purpose.

    Raises:
        KeyError: ``data/left-out.tsv`` does not have all sentences that claims name.
    """
    store, _ = loader.load()
    rows = {
        tuple(row[name].value for name in ("passage", "sentence")): row
        for row in cast("Any", store.query(_SENTENCES))
    }
    text = resource("data", "left-out.tsv").read_text(encoding="utf-8")
    left = [line.split("\t") for line in text.splitlines()[1:]]
    if missing := rows.keys() - {(passage, number) for passage, number, _ in left}:
        raise KeyError(missing)
    return table(
        ("Passage", "Sentence", "Stated", "Inferred", "Ours", "About", "Left out on purpose"),
        (
            (
                *(
                    code(passage),
                    number,
                    *(rows[passage, number][name].value for name in ("says", "lets", "ours")),
                ),
                ", ".join(sorted(rows[passage, number]["things"].value.split())),
                why,
            )
            for passage, number, why in left
        ),
    )


def changes() -> str:
    """What the newest version is about, and what was corrected in it."""
    entry = entries()[-1]
    head = f"## {entry.version}\n\n{entry.issued if entry.patch else 'Not released yet'}. "
    rows = (f"- {row['en']} {row['why']['en']}\n" for row in entry.words["corrected"])
    return "".join([head, entry.notes["en"], "\n\n", *rows])


PARTS: Final[dict[str, Callable[[], str]]] = {
    "settings": settings,
    "commands": commands,
    "errors": errors,
    "addresses": addresses,
    "limits": lambda: _limits(LIMITS, Settings()),
    "call-limits": lambda: _limits(CALL_LIMITS, AllowedService(iri="https://example.org/sparql")),
    "prefixes": prefixes,
    "classes": lambda: _terms("owl:Class"),
    "properties": lambda: _terms("owl:ObjectProperty owl:DatatypeProperty owl:AnnotationProperty"),
    "sentences": sentences,
    "changes": changes,
}
"""What makes each part, by its name."""


def parts_of(text: str) -> list[str]:
    """The names of the parts that *text* has."""
    return [found["name"] for found in _PART.finditer(text)]


def renewed(text: str) -> str:
    """*text* with each of its parts as the tables have it now."""
    return _PART.sub(
        lambda found: f"{found['begin']}{PARTS[found['name']]().strip()}\n{found['end']}", text
    )


if __name__ == "__main__":
    for path in (*DOCS.rglob("*.md"), *(DOCS.parent / "reports").glob("*.md")):
        path.write_text(renewed(path.read_text(encoding="utf-8")), encoding="utf-8")

"""Run tests of queries, with pytest or without it, and write what became of them for other programs."""

from __future__ import annotations

import json
import re
import time
import warnings
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Literal, TypeVar, get_args
from xml.sax.saxutils import escape, quoteattr

import pyoxigraph as ox

from gbagraph import __version__
from gbagraph.api.asking import Evaluate
from gbagraph.api.queryable import Queryable
from gbagraph.errors import GbaGraphError, QueryFileError, QuerySyntaxError
from gbagraph.features.testing.assertion import RUN, AnswerDiffers, assert_solutions
from gbagraph.features.testing.endpoints import open_graph
from gbagraph.features.testing.query_files import Inapplicable, QueryFile
from gbagraph.features.testing.reading import read
from gbagraph.paths import display
from gbagraph.sparql.parsed import ParsedQuery

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from gbagraph.features.testing.endpoints import AnyGraph

_Test = TypeVar("_Test", bound=QueryFile)


Status = Literal["passed", "failed", "errored", "skipped"]
"""Errored is a test whose query gets no answer; without an expected one it is failed."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a test; *iri* is that of the test if it has one."""

    name: str
    file: str
    status: Status
    message: str
    seconds: float
    iri: str


def run(queries: Iterable[_Test], ask: Callable[[_Test], object]) -> list[Outcome]:
    """Return what becomes of each of *queries*."""
    return [_outcome(query, ask) for query in queries]


def _outcome(query: _Test, ask: Callable[[_Test], object]) -> Outcome:
    begun = time.perf_counter()
    status: Status = "passed"
    message = ""
    try:
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            check(query, ask)
        message = "\n".join(f"Warning: {each.message}" for each in warned)
    except Inapplicable as reason:
        status, message = "skipped", str(reason)
    except (AnswerDiffers, QueryFileError) as problem:
        status, message = "failed", str(problem)
    except GbaGraphError as problem:
        status, message = "errored", str(problem)
    seconds, iri = time.perf_counter() - begun, getattr(query, "iri", "")
    return Outcome(query.name, display(query.path), status, message, seconds, iri)


def check(query: _Test, ask: Callable[[_Test], object]) -> None:
    """Ask *query*, and compare the answer with the expected one, or write it if that is wanted.

    Raises:
        AnswerDiffers: the answer is another one.
        GbaGraphError: there is no expected answer, or none of the two can be read.
        Inapplicable: the test says nothing here.
    """
    expected = query.expected()
    if expected is None and ParsedQuery(query.text).calls_services:
        raise Inapplicable(
            "calls other endpoints with SERVICE and has no expected answer: the data alone do not "
            "decide it"
        )
    if expected is None and not RUN.is_wanted:
        raise QueryFileError(
            f"{display(query.path)} has no expected answer. Run with --update-answers to have one "
            f"written, or write one, such as {query.name}.csv in its folder expected."
        )
    try:
        actual = read(ask(query))
    except QuerySyntaxError as problem:
        raise QuerySyntaxError(f"{display(query.path)}: {problem.message}") from None
    wanted = expected or query.new_expected(actual.kind)
    assert_solutions(
        actual,
        wanted.absolute(),  # a relative one would lie beside this module
        severity=query.test.get("severity", "error"),
        **query.options,
    )


def own_graph(query: QueryFile, endpoint: str, infer: bool | None) -> AnyGraph | None:
    """Return the graph of the data that *query* names; None if it asks those of the run.

    Raises:
        GbaGraphError: the data cannot be loaded, or an *endpoint* is to be asked.
    """
    if not query.data:
        return None
    if endpoint:
        raise GbaGraphError(
            f"{display(query.path)} has data of its own, which an endpoint is not given. Run it "
            "without --endpoint."
        )
    return open_graph(query.data, infer=infer)


def as_written(graph: AnyGraph, sparql: str) -> object:
    """Return the answer to the query of a file, which has to declare its prefixes itself.

    Raises:
        GbaGraphError: it cannot be evaluated.
    """
    if isinstance(graph, Queryable):
        return graph._ask(Evaluate(False, sparql, {}))  # noqa: SLF001  its method query knows prefixes
    return graph.query(sparql)


def counts(outcomes: Iterable[Outcome]) -> dict[str, int]:
    """Return how many tests have each status."""
    number = Counter(each.status for each in outcomes)
    return {status: number[status] for status in get_args(Status)}


def as_text(outcomes: Sequence[Outcome]) -> str:
    """Write for people: what was written, what failed or was skipped, and the numbers."""
    lines = [
        f"{each.name}: {each.message}"
        for each in outcomes
        if each.message and each.status != "skipped"
    ]
    skipped = defaultdict(list)
    for each in outcomes:
        if each.status == "skipped":
            skipped[each.message].append(each.name)
    lines += [f"Skipped: {', '.join(names)} ({reason})." for reason, names in skipped.items()]
    numbers = [f"{number} {status}" for status, number in counts(outcomes).items() if number]
    return "\n".join([*RUN.lines(), *lines, ", ".join(numbers)])


def as_tap(outcomes: Sequence[Outcome]) -> str:
    """Return TAP 14 (https://testanything.org)."""
    lines = ["TAP version 14", f"1..{len(outcomes)}"]
    for number, each in enumerate(outcomes, start=1):
        name = re.sub(r"([\\#])", r"\\\1", each.name)
        skip = f" # SKIP {each.message}" if each.status == "skipped" else ""
        lines.append(f"{'not ' * (each.status in ('failed', 'errored'))}ok {number} - {name}{skip}")
        if each.message and each.status != "skipped":  # JSON is YAML
            lines += [
                "  ---",
                f"  message: {json.dumps(each.message, ensure_ascii=False)}",
                "  ...",
            ]
    return "\n".join(lines)


_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_junit(outcomes: Sequence[Outcome]) -> str:
    """Return JUnit XML, as most servers of continuous integration read it."""
    _, failed, errored, skipped = counts(outcomes).values()
    seconds = sum(each.seconds for each in outcomes)
    numbers = (
        f'tests="{len(outcomes)}" failures="{failed}" errors="{errored}" skipped="{skipped}" '
        f'time="{seconds:.3f}"'
    )
    cases = "".join(map(_case, outcomes))
    suite = f'<testsuite name="gbagraph" {numbers}>\n{cases}</testsuite>'
    return _NOT_XML.sub(
        "\N{REPLACEMENT CHARACTER}",
        f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites {numbers}>\n{suite}\n</testsuites>',
    )


_TAGS: Final[dict[Status, str]] = {
    "passed": "system-out",
    "failed": "failure",
    "errored": "error",
    "skipped": "skipped",
}


def _case(each: Outcome) -> str:
    folder, head = each.file.rpartition("/")[0], each.message.partition("\n")[0]
    tag = _TAGS[each.status]
    start = tag if each.status == "passed" else f"{tag} message={quoteattr(head)}"
    inside = f"<{start}>{escape(each.message)}</{tag}>"
    return (
        f"<testcase classname={quoteattr(folder or 'queries')} name={quoteattr(each.name)} "
        f'file={quoteattr(each.file)} time="{each.seconds:.3f}">{inside * bool(each.message)}'
        "</testcase>\n"
    )


def as_json(outcomes: Sequence[Outcome]) -> str:
    """Return all of it as JSON."""
    content = {**counts(outcomes), "tests": [asdict(each) for each in outcomes]}
    return json.dumps(content, ensure_ascii=False, indent=1)


_EARL: Final = f"""\
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX doap: <http://usefulinc.com/ns/doap#>
PREFIX earl: <http://www.w3.org/ns/earl#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>

_:gbagraph a earl:Software, earl:TestSubject, doap:Project ; doap:name "gbagraph" ;
  doap:release [ doap:revision "{__version__}" ] .
"""
_OUTCOMES: Final[dict[Status, str]] = {
    "passed": "passed",
    "failed": "failed",
    "errored": "cantTell",
    "skipped": "inapplicable",
}


def as_earl(outcomes: Sequence[Outcome]) -> str:
    """Return assertions in the W3C's Evaluation and Report Language (EARL 1.0), as Turtle."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return "\n".join([_EARL, *(_assertion(each, now) for each in outcomes)])


def _assertion(each: Outcome, now: str) -> str:
    case = f"[ a earl:TestCase ; dcterms:title {ox.Literal(each.name)} ]"
    said = f" ; earl:info {ox.Literal(each.message)}" if each.message else ""
    return (
        "[] a earl:Assertion ; earl:assertedBy _:gbagraph ; earl:subject _:gbagraph ;\n"
        f"  earl:mode earl:automatic ; earl:test {f'<{each.iri}>' if each.iri else case} ;\n"
        f"  earl:result [ a earl:TestResult ; earl:outcome earl:{_OUTCOMES[each.status]} ;\n"
        f'    dcterms:date "{now}"^^xsd:dateTime{said} ] .\n'
    )


FORMATS: Final[dict[str, Callable[[Sequence[Outcome]], str]]] = {
    "text": as_text,
    "tap": as_tap,
    "junit": as_junit,
    "json": as_json,
    "earl": as_earl,
}
"""What writes the outcomes of tests, by the name of the format."""

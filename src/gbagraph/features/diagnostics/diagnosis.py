"""From a query to its diagnostics: read it, ask each rule, and put what can be repaired together."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, field, replace
from functools import cache, lru_cache, partial
from typing import TYPE_CHECKING, Any, Final

from gbagraph.api.explanations import Diagnostic, Explanation
from gbagraph.dataset.view import holds_inferred, inferring
from gbagraph.engine.evaluation import services_of
from gbagraph.errors import (
    GbaGraphError,
    visible,
)
from gbagraph.feature import hook
from gbagraph.features.diagnostics.asked import Asked, Graphs, OutOfTime
from gbagraph.features.diagnostics.case import Case
from gbagraph.features.diagnostics.faults import by_group, declared, fault_of, fitted, of_slip
from gbagraph.features.diagnostics.finding import (
    NO_SERVICES,
    Advice,
    Called,
    Edit,
    Finding,
    Services,
    edited,
    overlap,
)
from gbagraph.features.diagnostics.jobs import Explain
from gbagraph.features.diagnostics.rules import RULES
from gbagraph.features.diagnostics.rules.calls import of_property, services, statements
from gbagraph.features.diagnostics.rules.structure import ABSENT
from gbagraph.features.diagnostics.schema import Schema
from gbagraph.features.diagnostics.told import paragraph, text
from gbagraph.features.diagnostics.trial import Answer, has_values
from gbagraph.features.diagnostics.way import way
from gbagraph.names import index
from gbagraph.names.index import Index, names_of
from gbagraph.names.names import Names
from gbagraph.rdf.dataset import Dataset, access
from gbagraph.rdf.formats import TEXT
from gbagraph.sparql.expressions import NotRead
from gbagraph.sparql.message import Message, say
from gbagraph.sparql.parsed import ParsedQuery
from gbagraph.sparql.slips import dialects
from gbagraph.sparql.tokens import declared_prefixes, line_and_column, words

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from gbagraph.engine import Job, Query
    from gbagraph.engine.worker import Work


SECONDS: Final = 1.0
"""Of the processor, what is spent on one query, but for the longest question to the store."""

_ROUNDS: Final = 8
_ABSENT: Final = re.compile("^unknown-|-without-data$")
_LONGEST: Final = 200_000
"""Characters of the longest query that is analysed: those of the joins of other engines are longer."""
_HINTS: Final = 3
"""Diagnostics of an answer without rows that are shown at most."""
_OF_LOSSES: Final = frozenset(
    {"filter-out-of-scope", "bind-out-of-scope", "bind-too-early"}
    | {"comparison-drops-values", "filter-undoes-optional"}
)
"""Of what loses rows: a repair does not lose others."""
_SEVERITIES: Final = ("error", "warning", "info")


@dataclass
class Explainer:
    """A store and what has been learnt of it: its names, and how its properties are used."""

    store: Dataset
    names: Names | None = None
    schema: Schema = field(init=False)

    def __post_init__(self) -> None:
        self.names = self.names or Names(self.store)
        self.schema = Schema(self.store)

    def diagnose(
        self,
        query: str,
        seconds: float = SECONDS,
        services: Services = NO_SERVICES,
        graphs: Graphs | None = None,
        language: str = "en",
    ) -> Explanation:
        """What is wrong or misleading in *query*, the gravest first, in *language*.

        *services* are called for it, and *graphs* are the dataset of the request, where it gives one.
        """
        return _Examination(self, query, seconds, services, graphs).explanation(language)


class _Examination:
    """One query, up to a time."""

    def __init__(
        self,
        explainer: Explainer,
        query: str,
        seconds: float,
        services: Services,
        graphs: Graphs | None,
    ) -> None:
        self._explainer, self._query, self._services = explainer, query, services
        self._dataset = Asked(explainer.store, graphs)
        self._called = self._call()
        self._clock = access(explainer.store).clock
        self._ends = self._clock() + seconds
        self._again = cache(self._findings)
        self._answer = cache(lambda text: Answer(self._made(ParsedQuery(text))))
        self._case: Case | None = None

    def _call(self) -> Called:
        """What comes of the calls of the query, if it is one and each of its endpoints is allowed."""
        query, allowed, ask = ParsedQuery(self._query), self._services.allowed, self._services.ask
        if not allowed or not query.calls_services or fault_of(query) is not None:
            return Called()
        if ask is None or _has_error([*services(query, allowed)]):
            return Called(is_known=False)
        return ask(query)

    def explanation(self, language: str) -> Explanation:
        findings = [*filter(None, map(self._advised, self._again(self._query)))]
        repaired = {code: self._repaired(code, findings) for code in {f.code for f in findings}}
        rows = [self._diagnostic(each, repaired[each.code], language) for each in findings]
        rows.sort(key=lambda each: _SEVERITIES.index(each.severity))
        steps = way(self._case, language) if self._case else ()
        return Explanation(rows, steps, is_cut=self._case is not None and self._case.is_cut)

    def _diagnostic(self, finding: Finding, repaired: str, language: str) -> Diagnostic:
        line, column = line_and_column(self._query, finding.start)
        repair = finding.repair
        query = repaired if repair is not None else ""
        if query and finding.severity == "warning" and not self._compared(query, Answer.differs):
            finding, query = replace(finding, severity="info"), ""
        if query and finding.code in _OF_LOSSES and not self._compared(query, Answer.keeps):
            query = ""
        return Diagnostic(
            finding.code,
            finding.severity,
            visible(finding.message.text(language)),
            line,
            column,
            _in(language, repair.suggestion) if repair and query else "",
            query,
        )

    def _advised(self, finding: Finding) -> Finding | None:
        """The *finding* with what works of its advice; None if nothing is left to say."""
        told = [each for advice in finding.advice for each in self._tried(advice, finding)]
        message = finding.message.joined(told)
        return replace(finding, message=message) if message.sentences else None

    def _tried(self, advice: Advice, finding: Finding) -> list[Message]:
        """What *advice* says, and what comes of it; nothing if it does not work on this data."""
        text = edited(self._query, advice.edits)
        if fault_of(ParsedQuery(text)) is not None or self._clock() > self._ends:
            return []
        try:
            before, after = self._answer(self._query), self._answer(text)
            is_good = after.fulfils(advice, before)
        except (NotRead, OutOfTime):
            return []
        if not is_good or self._is_worse(text, finding):
            return []
        return [advice.said, after.told(before)]

    def _compared(self, text: str, how: Callable[[Answer, Answer], bool]) -> bool:
        """What is said of the answer of *text* and of that of this query; true if it is not known."""
        try:
            return how(self._answer(text), self._answer(self._query))
        except (NotRead, OutOfTime):
            return True

    def _is_worse(self, text: str, finding: Finding) -> bool:
        """Whether *text* has more errors than this query, or is told the same of again."""
        old, new = self._again(self._query), self._again(text)
        errors = [sum(f.severity == "error" for f in some) for some in (old, new)]
        same = [sum(_said(f) == _said(finding) for f in some) for some in (old, new)]
        return errors[1] > errors[0] or same[1] >= same[0]

    def _findings(self, query: str) -> list[Finding]:
        """All findings, in the order of the rules; of several at one place, the first."""
        parsed = ParsedQuery(query)
        fault = fault_of(parsed)
        if fault is not None and fault.code == "syntax":
            return self._with_names(query, fault)
        if foreign := dialects(query):
            # What it would mean here says nothing of what is meant.
            return [fitted(query, of_slip(*each), self._keeps_question) for each in foreign]
        if fault is not None:
            return [of_property(parsed, fault, self._explainer.schema)]
        findings = [*services(parsed, self._services.allowed)]
        given = self._called.findings if query == self._query else ()
        try:
            return _once([*findings, *self._by_rules(parsed, given)])
        except NotRead as problem:
            findings += [*given, *statements(parsed, self._explainer.schema)]
            return _once([*findings, _not_analysed(problem.reason)])

    def _with_names(self, query: str, fault: Finding) -> list[Finding]:
        """The *fault*, and what the data lacks of the names whose prefix is declared by its repair."""
        fault = declared(query, fault, self._explainer.names, self._explainer.schema)
        fault = fitted(query, fault, self._keeps_question)
        text = edited(query, fault.repair.edits if fault.repair else ())
        fault = by_group(fault, lambda: self._made(ParsedQuery(text)))
        absent = self._absent(text) if fault_of(ParsedQuery(text)) is None else []
        if absent:
            fault = replace(fault, message=Message(fault.message.sentences[:1]))
        before = len(text) - len(query)
        return [fault, *(replace(f, start=f.start - before, repair=None) for f in absent)]

    def _absent(self, text: str) -> list[Finding]:
        """What is said of the names of *text* whose prefix only it declares, if the data has none."""
        new = {*declared_prefixes(text)} - {*declared_prefixes(self._query)}
        if not new:
            return []
        names = (word for word in words(text) if word.kind == "name" and word.text[-1] != ":")
        starts = {name.start for name in names if name.text.partition(":")[0] in new}
        found = [f for f in self._again(text) if f.start in starts and _ABSENT.search(f.code)]
        return found if {finding.start for finding in found} == starts else []

    def _by_rules(self, query: ParsedQuery, given: Sequence[Finding]) -> list[Finding]:
        """Return what was *given* and what the rules say."""
        if len(query.text) > _LONGEST:
            raise NotRead("it is too large")
        case = self._made(query)
        if query.text == self._query:
            self._case = case
        case.findings += given
        try:
            for rule in RULES:
                case.findings += (_as_asked(case, each) for each in rule(case))
            is_whole = bool(case.findings) or not case.is_heavy
        except OutOfTime:
            is_whole = False
        if not is_whole:
            case.findings.append(_not_analysed(say("that takes too long")))
        return case.findings

    def _made(self, query: ParsedQuery) -> Case:
        explainer: Any = self._explainer
        given: Any = explainer.names, explainer.schema, self._dataset, self._called, self._ends
        return Case(query, query.tree, *given)

    def _repaired(self, code: str, findings: list[Finding]) -> str:
        """The query with the repairs of all errors and of whatever has this *code*; empty if it is none.

        They are made in rounds, for one mistake may hide another.
        """
        wanted = [f for f in findings if f.repair and (f.severity == "error" or f.code == code)]
        text = self._query
        for _ in range(_ROUNDS):
            after = self._applied(text, wanted)
            if after == text or self._clock() > self._ends:
                break
            text = after
            is_query = fault_of(ParsedQuery(text)) is None
            is_mended = is_query and (not _has_error(findings) or self._has_solution(text))
            if is_mended and self._case is not None and self._keeps_question(text):
                return text
            wanted = [f for f in self._again(text) if f.repair and f.severity == "error"]
        is_repair = text != self._query and self._keeps_question(text)
        if is_repair and self._case is None:  # of what was no query, nothing else is known
            is_repair = not _has_error(self._again(text)) and not self._absent(text)
        return text if is_repair else ""

    def _keeps_question(self, text: str) -> bool:
        """Whether *text* is a query that answers what this one asks, as far as that can be judged.

        It has rows, and each of its columns a value in some of them. An ASK may be false, and what
        cannot be read must only be a query.
        """
        query = ParsedQuery(text)
        if fault_of(query) is not None or self._clock() > self._ends:
            return False
        if query.calls_services:  # whoever offers it has asked the endpoints
            return True
        try:
            case = self._made(query)
            if case.tree.form == "ASK":
                return not _has_error(self._again(text))
            return not case.is_empty and has_values(case)
        except NotRead:
            return True
        except OutOfTime:
            return False

    def _has_solution(self, query: str) -> bool:
        """Whether the pattern of *query* has a solution, and what is not known counts as one."""
        try:
            return not self._made(ParsedQuery(query)).is_empty
        except (NotRead, OutOfTime):
            return True

    def _applied(self, text: str, findings: list[Finding]) -> str:
        """*text* with the repair of each finding, unless it would be no query any more."""
        edits: list[Edit] = []
        for finding in findings:
            wanted = finding.repair.edits if finding.repair else ()
            if not overlap(wanted, edits):
                fault = fault_of(ParsedQuery(edited(text, [*edits, *wanted])))
                # A text with several slips is repaired one by one.
                is_next = fault and (fault.message, fault.start) != (finding.message, finding.start)
                if fault is None or (finding.code == "syntax" and is_next):
                    edits += wanted
        return edited(text, edits)


def _as_asked(case: Case, finding: Finding) -> Finding:
    """Of an ASK, what only says that something is not there is no error: false may be its answer."""
    is_answer = case.tree.form == "ASK" and finding.repair is None and finding.code in ABSENT
    return replace(finding, severity="info") if is_answer else finding


def _said(finding: Finding) -> tuple[str, ...]:
    """The code of a finding, and its first sentence without the values in it."""
    said = finding.message.joined(each.said for each in finding.advice)
    return finding.code, *(template for template, _ in said.sentences[:1])


def _not_analysed(reason: Message) -> Finding:
    said = say("The query is not analysed further: %(reason)s.", reason=reason)
    return Finding("not-analysed", "info", said, 0)


def _in(language: str, said: Message | str) -> str:
    return visible(said.text(language) if isinstance(said, Message) else said)


def _has_error(findings: list[Finding]) -> bool:
    return any(finding.severity == "error" for finding in findings)


def _once(findings: list[Finding]) -> list[Finding]:
    first = {(finding.start, finding.code): finding for finding in reversed(findings)}
    return [each for each in findings if first.pop((each.start, each.code), None)]


def run(job: Explain, work: Work) -> None:
    """Send what is wrong or misleading in a query."""
    allowed = tuple(services_of(work, ParsedQuery(job.text)).values())
    explain = hook("service explained")
    ask = partial(explain, work=work) if allowed and job.calls and explain else None
    with inferring(work.store, job.infer):
        given = job.default_graphs is not None or job.named_graphs is not None
        graphs = Graphs(job.default_graphs or (), job.named_graphs or ()) if given else None
        explainer, services = explainer_of(work.store), Services(allowed, ask)
        rows = explainer.diagnose(job.text, services=services, graphs=graphs, language=job.language)
    as_text = job.format("graph") == TEXT
    work.send(job, text(rows, job.language) if as_text else json_text(rows))


def explainer_of(store: Dataset) -> Explainer:
    """What explains queries to *store*; what it learns of it is kept, with and without what follows."""
    return _explainer(store, holds_inferred(store), index.current())


@lru_cache(maxsize=2)
def _explainer(store: Dataset, _: bool | None, __: Index | None) -> Explainer:
    return Explainer(store, names_of(store))


def diagnosed(store: Dataset, query: str, language: str) -> Explanation:
    """Return what is wrong or misleading in *query* over *store*, the gravest first, and its steps."""
    return explainer_of(store).diagnose(query, language=language)


async def hints(query: Query, answer: Callable[[Job], Awaitable[bytes]]) -> list[str]:
    """Return why *query* has no rows, in a few paragraphs at most; *answer* answers a job."""
    try:
        job = Explain(
            query.text,
            query.infer,
            default_graphs=query.default_graphs,
            named_graphs=query.named_graphs,
        )
        explained = await answer(job)
    except GbaGraphError:  # the answer itself is there
        return []
    first = json.loads(explained)["diagnostics"][:_HINTS]
    return [paragraph(Diagnostic(**each)) for each in first]


def json_text(explanation: Explanation) -> bytes:
    """Return diagnostics and steps as a JSON object with the members ``diagnostics`` and ``steps``."""
    content = {
        "diagnostics": [asdict(each) for each in explanation],
        "steps": [asdict(each) for each in explanation.steps],
    }
    return f"{json.dumps(content, ensure_ascii=False)}\n".encode()

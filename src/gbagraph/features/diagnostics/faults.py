"""What keeps a text from being a query, or a query from being evaluated: its first fault."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import pyoxigraph as ox

from gbagraph.errors import QuerySyntaxError, RequestError, UnsupportedFunction
from gbagraph.features.diagnostics.asked import OutOfTime
from gbagraph.features.diagnostics.finding import Edit, Finding, Repair, edited
from gbagraph.features.diagnostics.rules.calls import of_function
from gbagraph.rdf.namespaces import LABELS, expand
from gbagraph.sparql.expressions import NotRead
from gbagraph.sparql.failures import fault
from gbagraph.sparql.message import Message, say
from gbagraph.sparql.slips.clauses import OF_ALL
from gbagraph.sparql.slips.forms import shortened
from gbagraph.sparql.slips.signs import UNDECLARED
from gbagraph.sparql.tokens import offset, unescaped, words

if TYPE_CHECKING:
    from collections.abc import Callable

    from gbagraph.features.diagnostics.case import Case
    from gbagraph.features.diagnostics.schema import Schema
    from gbagraph.names.names import Names
    from gbagraph.sparql.parsed import ParsedQuery
    from gbagraph.sparql.slips.signs import Slip


def fault_of(query: ParsedQuery) -> Finding | None:
    """Return what the engine's parser says against *query*: over an empty store, and without a call."""
    try:
        query.require_valid()
    except SyntaxError as problem:
        return of_slip("syntax", fault(query.text, str(problem)))
    except (QuerySyntaxError, UnsupportedFunction) as problem:
        details = problem.details
        start = offset(query.text, details.get("line", 1), details.get("column", 1))
        code = "syntax" if isinstance(problem, QuerySyntaxError) else problem.name
        return Finding(code, "error", problem.reason, start)
    except RuntimeError as problem:
        return of_function(query, str(problem))
    except (RequestError, OSError, ValueError):
        pass
    return None


def declared(query: str, fault: Finding, names: Names | None, schema: Schema) -> Finding:
    """The *fault* of a prefix that is not declared, with the only namespace here that has its names."""
    (said, values), *more = fault.message.sentences
    if said != UNDECLARED or names is None:
        return fault
    prefix = str(values["name"])
    added = str(more[0][1].get("line", "")).partition("<")[2].strip(">")
    begun = [word.text for word in words(query) if word.text.startswith(prefix)]
    having = [
        space for space in names.namespaces
        if not added or urlsplit(space).path == urlsplit(added).path
        if all(_is_in(schema, space + unescaped(text.removeprefix(prefix))) for text in begun)
    ]  # fmt: skip
    if len(having) != 1 or having[0] == added:
        return fault
    line = f"PREFIX {prefix} <{having[0]}>"
    message = Message(fault.message.sentences[:1]) + say("Add: %(line)s", line=line)
    return replace(fault, message=message, repair=Repair(line, (Edit(0, 0, f"{line}\n"),)))


def _is_in(schema: Schema, iri: str) -> bool:
    return schema.occurs(None, iri, places=(None,)) or schema.mentions(ox.NamedNode(iri), (None,))


_DAY: Final = f'"^^<{expand("xsd:date")}>'
_TIME: Final = f'T00:00:00Z"^^<{expand("xsd:dateTime")}>'


def fitted(query: str, fault: Finding, keeps: Callable[[str], bool]) -> Finding:
    """A *fault* with the property for names, or the datatype of days, that *keeps* the question.

    Where there are days and times, which are meant is left open.
    """
    (said, values), *more = fault.message.sentences
    edits = fault.repair.edits if fault.repair else ()
    every = LABELS if "xLabel" in said else (_DAY, _TIME)
    forms = [shortened(form if '"' in form else f"<{form}>", query) for form in every]
    edits = edits if any(forms[0] in edit.text for edit in edits) else ()
    turned = {
        form: tuple(edit._replace(text=edit.text.replace(forms[0], form)) for edit in edits)
        for form in forms
    }
    fitting = [form for form in forms if edits and keeps(edited(query, turned[form]))]
    if not fitting or (every is not LABELS and fitting[1:]):
        return replace(fault, repair=None) if fitting else fault
    form = fitting[0]
    values = {**values, "label": form} if "xLabel" in said else values
    message = Message(((said, values), *more))
    return replace(
        fault, message=message, repair=Repair(turned[form][-1].text.strip(), turned[form])
    )


def by_group(fault: Finding, repaired: Callable[[], Case]) -> Finding:
    """A *fault* that GROUP BY mends, as it is meant: for each group, or for all.

    Where each group has one solution, its least or greatest is the value itself: that of all is meant.
    """
    if OF_ALL not in (template for template, _ in fault.message.sentences):
        return fault
    with suppress(NotRead, OutOfTime):
        case = repaired()
        keys = " ".join(case.written(key) for key in case.tree.keys)
        several = f"{{ {case.whole(case.tree)} }} GROUP BY {keys} HAVING(COUNT(*) > 1)"
        if case.holds(f"{{ SELECT {keys} {several} }}"):
            return replace(fault, message=Message(fault.message.sentences[:1]))
    return replace(fault, repair=None)


def of_slip(code: str, slip: Slip) -> Finding:
    """Return the finding of a slip, with its repair."""
    edits = tuple(Edit(*edit) for edit in slip.edits)
    repair = Repair(edits[-1].text.strip() or say("leave it out"), edits) if edits else None
    return Finding(code, "error", slip.reason, slip.token.start, repair)

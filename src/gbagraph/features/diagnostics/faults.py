"""What keeps a text from being a query, or a query from being evaluated: its first fault."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from gbagraph.dataset.service import EXTENSION_FUNCTIONS
from gbagraph.errors import QuerySyntaxError, RequestError, UnsupportedFunction
from gbagraph.features.diagnostics.finding import Edit, Finding, Repair, instead
from gbagraph.names.texts import is_slip, likeness, local_name
from gbagraph.sparql.failures import fault
from gbagraph.sparql.message import say
from gbagraph.sparql.tokens import offset

if TYPE_CHECKING:
    from gbagraph.sparql.parsed import ParsedQuery
    from gbagraph.sparql.slips.signs import Slip

_FUNCTION: Final = re.compile(r"The custom function <([^>]*)> is not supported")


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
        return _of_function(query, str(problem))
    except (RequestError, OSError, ValueError):
        pass
    return None


def _of_function(query: ParsedQuery, complaint: str) -> Finding | None:
    """What there is in place of a function that the engine does not know (SPARQL 1.1, section 17.6)."""
    match = _FUNCTION.match(complaint)
    token = next((each for each in query.words if match and query.iri(each) == match[1]), None)
    if match is None or token is None:
        return None
    said = say("There is no function %(function)s.", function=token.text)
    known = (iri for iri in EXTENSION_FUNCTIONS if is_slip(local_name(match[1]), local_name(iri)))
    near = sorted(known, key=lambda iri: -likeness(iri, match[1]))[:1]
    others = say("The service description lists those beside the functions of SPARQL itself.")
    said += say("%(name)s is meant.", name=f"<{near[0]}>") if near else others
    repair = instead(token, f"<{near[0]}>") if near else None
    return Finding("unsupported-function", "error", said, token.start, repair)


def of_slip(code: str, slip: Slip) -> Finding:
    """Return the finding of a slip, with its repair."""
    edits = tuple(Edit(*edit) for edit in slip.edits)
    repair = Repair(edits[-1].text.strip() or say("leave it out"), edits) if edits else None
    return Finding(code, "error", slip.reason, slip.token.start, repair)

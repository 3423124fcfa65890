"""What notebooks show of graphs, proofs, diagnostics, lists and rows with evidence: HTML.

Each text is escaped, and a link goes to an address of the web alone.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import pyoxigraph as ox
from jinja2 import Environment, PackageLoader
from markupsafe import Markup

from gbagraph.feature import hook
from gbagraph.rdf.formats import in_html
from gbagraph.rdf.namespaces import knowing, known
from gbagraph.rdf.result_formats import html_cell, html_link
from gbagraph.rdf.results import turtle_term

_SHOWN: Final = 100
"""Rows that are shown."""


def html(thing: object) -> str:
    """Return *thing* as HTML, by the macro that has the name of its class, or of one above it."""
    macros = _macros()
    names = (kind.__name__ for kind in type(thing).__mro__)
    macro = next(getattr(macros, name) for name in names if hasattr(macros, name))
    return in_html(str(knowing(getattr(thing, "_prefixes", known()), macro, thing)))


@cache
def _macros() -> Any:  # noqa: ANN401  a module of jinja2
    def link(iri: str, text: str = "") -> Markup:
        return Markup(html_link(iri, text))  # noqa: S704  escaped there

    loader = PackageLoader("gbagraph.api")
    environment = Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {
        "cell": lambda term: Markup(html_cell(term)),  # noqa: S704  escaped there
        "link": link,
        "term": lambda term: (
            link(term.value) if isinstance(term, ox.NamedNode) else turtle_term(term)
        ),
        "known": hook("proof known") or (lambda proof: proof.rule),
    }
    environment.globals["shown"] = _SHOWN
    return environment.get_template("notebook.html").module

"""What is asked of another endpoint, and statements about triples in the syntax of SPARQL 1.2.

Both are seen in the tokens, for the second has no tree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gbagraph.explain.diagnostics.finding import Edit, Finding, Repair
from gbagraph.rdf.namespaces import PREFIXES, expand
from gbagraph.sparql.tokens import Token, declared_prefixes, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gbagraph.explain.schema import Schema

_OPENS: Final = {"{": 1, "}": -1}
_REIFIES: Final = expand("rdf:reifies")
_SUBJECT: Final = expand("rdf:subject")


def services(query: str) -> Iterator[Finding]:
    """Each SERVICE: the server calls nobody."""
    found = words(query)
    for index, word in enumerate(found):
        if word.kind != "word" or word.text.upper() != "SERVICE":
            continue
        is_silent = index + 1 < len(found) and found[index + 1].text.upper() == "SILENT"
        message = (
            "SERVICE SILENT is not called here: it gives one empty solution, in which nothing is bound."
            if is_silent
            else "SERVICE is not allowed: this server calls no other endpoint."
        )
        yield Finding(
            "service-not-allowed",
            "warning" if is_silent else "error",
            f"{message} Ask both endpoints from your own program, or this one from there.",
            word.start,
            tuple(_without(found, index)),
        )


def _without(found: list[Token], index: int) -> Iterator[Repair]:
    opening = next((i for i in range(index, len(found)) if found[i].text == "{"), None)
    if opening is None:
        return
    depth = 0
    for word in found[opening:]:
        depth += _OPENS.get(word.text, 0)
        if depth == 0:
            yield Repair("the query without SERVICE", (Edit(found[index].start, word.end, ""),))
            return


def statements(query: str, schema: Schema) -> Iterator[Finding]:
    """``<< s p o >>`` and annotations over data that has statements as rdf:subject and so on."""
    if not schema.occurs(None, _SUBJECT) or schema.occurs(None, _REIFIES):
        return
    found = words(query)
    rdf = next(
        (name for name, iri in declared_prefixes(query).items() if iri == PREFIXES["rdf"]), "rdf"
    )
    declare = (
        ()
        if rdf in declared_prefixes(query)
        else (Edit(0, 0, f"PREFIX rdf: <{PREFIXES['rdf']}>\n"),)
    )
    for number, (start, end, parts, said) in enumerate(_quoted(query, found), start=1):
        name = "claim" if number == 1 else f"claim{number}"
        text = f"{'. ' if said else ''}{_about(f'?{name}', parts, rdf)} {said}"
        yield Finding(
            "statement-about-triple",
            "error",
            "Here the data says what is said about a triple with rdf:subject, rdf:predicate and "
            "rdf:object of a statement, not with the triple terms of RDF 1.2.",
            start,
            (Repair(text, (Edit(start, end, text), *declare)),),
        )


def _about(name: str, parts: tuple[str, str, str], rdf: str) -> str:
    subject, predicate, value = parts
    if predicate == "a":
        predicate = f"{rdf}:type"
    return f"{name} {rdf}:subject {subject} ; {rdf}:predicate {predicate} ; {rdf}:object {value} ;"


def _quoted(query: str, found: list[Token]) -> Iterator[tuple[int, int, tuple[str, str, str], str]]:
    """The triple in each ``<< … >>`` and before each ``{| … |}``, and what is said of it."""
    texts = [word.text for word in found]
    for index in range(len(found)):
        closing = {"<<": ">>", "{|": "|}"}.get(texts[index])
        if closing is None or closing not in texts[index:]:
            continue
        end = texts.index(closing, index)
        if closing == ">>":
            parts = _parts([w for w in found[index + 1 : end] if w.text not in ("(", ")")])
            if parts is not None:
                after = found[end + 1].start if end + 1 < len(found) else len(query)
                yield found[index].start, after, parts, ""
        else:
            parts = _parts(found[max(0, index - 8) : index], last=True)
            if parts is not None:
                said = query[found[index].end : found[end].start].strip()
                yield found[index].start, found[end].end, parts, f"{said} "


def _parts(inner: list[Token], *, last: bool = False) -> tuple[str, str, str] | None:
    """The three terms of a triple that these tokens are, a literal with its language or datatype."""
    terms: list[str] = []
    for word in inner:
        if terms and (word.kind == "language" or terms[-1].endswith("^^") or word.text == "^^"):
            terms[-1] += word.text
        elif word.kind in ("iri", "string", "variable", "name", "word"):
            terms.append(word.text)
        else:
            terms = [] if last else terms
    terms = terms[-3:] if last else terms
    return (terms[0], terms[1], terms[2]) if len(terms) == 3 else None

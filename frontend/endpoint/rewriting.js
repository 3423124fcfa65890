// What rewrites queries, or refuses them, has in common: their words, and other texts in place of some.

import { meant, tokens } from "../../src/gbagraph/web/static/sparql-tokens.js";
import { Problem } from "./problem.js";
import { RDF } from "./terms.js";
import { unescaped } from "./values.js";

export const words = (query) => meant(tokens(query));

export const is = (token, ...texts) => texts.includes(token?.text.toUpperCase()) && token.kind !== "string";

// The text with others from each start to each end: [start, end, text]; no two of them overlap.
export function replaced(text, edits) {
  let done = 0;
  const parts = edits.toSorted(([one], [other]) => one - other).flatMap(([start, end, other]) => {
    const part = [text.slice(done, start), other];
    done = end;
    return part;
  });
  return [...parts, text.slice(done)].join("");
}

// For the place of each opening bracket in a list of tokens, the place of the one that closes it.
export function closings(list, opening, closing) {
  const closed = new Map(), opened = [];
  list.forEach(({ text }, at) => {
    if (text === opening) opened.push(at);
    else if (text === closing && opened.length) closed.set(opened.pop(), at);
  });
  return closed;
}

// Line and column of a place, from 1.
export function lineAndColumn(query, start) {
  const lines = query.slice(0, start).split("\n");
  return { line: lines.length, column: [...lines.at(-1)].length + 1 };
}

function excerpt(query, line, column) {
  const start = Math.max(0, column - 60), text = [...query.split(/\r?\n/)[line - 1] ?? ""];
  return `${text.slice(start, start + 100).join("")}\n${" ".repeat(column - 1 - start)}^`;
}

// The problem that a token of a query is wrong.
export function errorAt(query, token, reason) {
  const { line, column } = lineAndColumn(query, token.start);
  const detail = `The query is not valid SPARQL: line ${line}, column ${column}: ${reason}`;
  return new Problem("query-syntax", detail, { line, column, token: token.text, excerpt: excerpt(query, line, column) });
}

const IS_ABSOLUTE = /^[A-Za-z][A-Za-z0-9+.-]*:/;

// A relative IRI in full; null of one that a URL would write otherwise.
function resolved(text, base) {
  if (IS_ABSOLUTE.test(text)) return text;
  return /^[!-~]*$/.test(text) && URL.canParse(text, base) ? new URL(text, base).href : null;
}

// The IRI that a token means after declarations, of which the last BASE is that of all; null of what means none.
export function iriOf({ declared, bases }, { kind, text }, outer) {
  if (kind === "type") return `${RDF}type`;
  const base = bases.reduce((before, each) => resolved(unescaped(each), before), outer);
  if (kind === "iri") return resolved(unescaped(text.slice(1, -1)), base);
  const [, prefix, local] = /^([^:]*):(.*)$/s.exec(text) ?? [];
  const space = kind === "name" && declared.has(prefix) ? resolved(unescaped(declared.get(prefix)), base) : null;
  return space === null ? null : space + unescaped(local);
}

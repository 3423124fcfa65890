// A query whose pattern is one group of triple patterns and FILTERs, in parts; of others, nothing is read.

import { prologue } from "../../src/gbagraph/web/static/sparql-tokens.js";
import { words } from "./rewriting.js";

const TERMS = new Set(["variable", "iri", "name", "string", "number", "boolean", "type", "blank"]);
const MODIFIERS = new Set(["DISTINCT", "REDUCED", "LIMIT", "OFFSET"]);
// What makes of solutions something else than rows, and what makes a pattern more than a join.
const OTHERS = new Set(`FROM GROUP HAVING VALUES OPTIONAL MINUS UNION GRAPH SERVICE EXISTS BIND AS`.split(" "));

class NotRead extends Error {}

class Reader {
  constructor(text) {
    const { declared, bases, end } = prologue(text);
    Object.assign(this, { text, declared, bases });
    this.head = text.slice(0, end);
    this.list = words(text).filter(({ start }) => start >= end);
    this.at = 0;
  }

  get now() {
    return this.list[this.at] ?? { kind: "end", text: "", start: this.text.length, end: this.text.length };
  }

  is(...texts) {
    return texts.includes(this.now.text.toUpperCase());
  }

  take() {
    return this.list[this.at++];
  }

  expect(isIt) {
    if (!isIt) throw new NotRead();
    return this.take();
  }

  read() {
    const form = this.now.text.toUpperCase(), keywords = this.list.filter(({ kind }) => kind === "keyword" || kind === "word").map(({ text }) => text.toUpperCase());
    if (!["SELECT", "ASK"].includes(form) || keywords.some((word) => OTHERS.has(word)) || keywords.filter((word) => word === "SELECT").length > 1) throw new NotRead();
    const start = this.now.start;
    while (!this.is("{")) this.expect(this.now.kind !== "end");
    const elements = this.group(), rest = this.list.slice(this.at);
    const isSliced = keywords.some((word) => MODIFIERS.has(word)), isWhole = rest.every(({ text }) => text !== "{" && text !== "}");
    if (!isWhole) throw new NotRead();
    return { form, start, text: this.text, head: this.head, declared: this.declared, bases: this.bases, elements, isSliced: form === "SELECT" && isSliced };
  }

  group() {
    const elements = [];
    this.take();
    while (!this.is("}")) {
      if (this.is("FILTER")) elements.push(this.filter());
      else elements.push(...this.triples());
      if (this.is(".")) this.take();
    }
    this.take();
    return elements;
  }

  filter() {
    const { start } = this.take(), from = this.now.start;
    while (!this.is("(")) this.expect(["function", "name", "iri"].includes(this.now.kind));
    this.brackets();
    const { end } = this.list[this.at - 1];
    return { kind: "filter", start, end, expression: this.text.slice(from, end) };
  }

  brackets() {
    let depth = 0;
    do {
      depth += this.is("(") - this.is(")");
      this.expect(this.now.kind !== "end" && !this.is("{", "}"));
    } while (depth);
  }

  triples() {
    const subject = this.term(), found = [];
    let start = subject.start;
    for (;;) {
      const path = this.path();
      for (;;) {
        const object = this.term();
        found.push({ kind: "pattern", start, end: object.end, subject, path, object });
        start = object.start;
        if (!this.is(",")) break;
        start = this.take().end;
        start = this.now.start;
      }
      if (!this.is(";")) return found;
      while (this.is(";")) this.take();
      if (this.is("}", ".")) return found;
      start = this.now.start;
    }
  }

  term() {
    const first = this.expect(TERMS.has(this.now.kind));
    if (first.kind === "string" && this.now.kind === "language") return { ...first, end: this.take().end, language: true };
    if (first.kind === "string" && this.is("^^")) {
      this.take();
      return { ...first, end: this.expect(["iri", "name"].includes(this.now.kind)).end };
    }
    return first;
  }

  // A path, and the IRIs in it; one that needs no triple, or none of a name, is not read.
  path() {
    const { start } = this.now, names = [];
    this.alternative(names);
    const { end } = this.list[this.at - 1];
    return { start, end, names, isSimple: end === names[0]?.end && start === names[0]?.start };
  }

  alternative(names) {
    for (;;) {
      while (this.is("^")) this.take();
      if (this.is("(")) {
        this.take();
        this.alternative(names);
        this.expect(this.is(")"));
      } else names.push(this.expect(["iri", "name", "variable", "type"].includes(this.now.kind)));
      if (this.is("+")) this.take();
      if (!this.is("/")) return;
      this.take();
    }
  }
}

// The parts of a query: {form, head, elements, …}; null if it is not so simple.
export function simple(text) {
  try {
    return new Reader(text).read();
  } catch (problem) {
    if (problem instanceof NotRead) return null;
    throw problem;
  }
}

// An element as it can stand by itself.
export function written({ text }, element) {
  if (element.kind === "filter") return text.slice(element.start, element.end);
  return `${[element.subject, element.path, element.object].map(({ start, end }) => text.slice(start, end)).join(" ")} .`;
}

// The names of the variables that an element mentions.
export const variables = (query, element) => [...written(query, element).matchAll(/[?$]([\p{L}\p{N}_]+)/gu)].map(([, name]) => name);

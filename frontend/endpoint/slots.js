// Terms in place of the variables of any query, as the server writes them where a request binds $NAME.

import { filled, wrong } from "./binding.js";
import { quoted, unique } from "./negotiation.js";
import { anyTerm } from "./values.js";
import { tokens } from "../../src/gbagraph/web/static/sparql-tokens.js";

const LONGEST = 200_000;
const CLAUSES = ["SELECT", "GROUP", "ORDER", "HAVING", "LIMIT", "OFFSET", "VALUES"];
const OF_CLAUSES = { SELECT: "column", GROUP: "key", ORDER: "condition" };
const BEFORE_GROUPS = ["GRAPH", "SERVICE", "SILENT", "(", ","];
const BETWEEN_TRIPLES = ["", ".", "{", "}", "<<"];

// The clauses, groups and parentheses of a query as it is read, and the place of each variable that is wanted.
class Scan {
  constructor(query, wanted) {
    const all = tokens(query).filter(({ kind }) => kind !== "comment");
    Object.assign(this, { all, words: all.filter(({ kind }) => kind !== "space"), wanted });
    Object.assign(this, { groups: [{ select: null, clause: "", depth: 0 }], selects: [], openers: [], places: new Map(), end: -1 });
    this.words.forEach((token, at) => this.read(token, at));
    this.selects.forEach(({ columns, keys }) => columns.forEach(({ start, name }) => this.places.set(start, keys.has(name) ? "grouped" : "column")));
  }

  get variables() {
    return unique(this.words.filter(({ kind }) => kind === "variable").map(({ text }) => text.slice(1)));
  }

  text(at) {
    return this.words[at]?.text.toUpperCase() ?? "";
  }

  read(token, at) {
    const group = this.groups.at(-1), { kind, text } = token;
    if (kind === "keyword") this.keyword(group, text.toUpperCase());
    else if (text === "(") this.openers.push(this.text(at - 1));
    else if (text === ")") this.openers.pop();
    else if (text === "{") this.open(group);
    else if (text === "}") this.close(token);
    else if (text === "*" && group.clause === "SELECT" && this.isOutside(group)) group.select.hasStar = true;
    else if (kind === "variable" && this.wanted.includes(text.slice(1))) this.variable(group, token, at);
  }

  keyword(group, word) {
    if (CLAUSES.includes(word)) Object.assign(group, { clause: word, depth: this.openers.length });
    else if (word === "WHERE" || word === "FROM") group.clause = "";
    if (word !== "SELECT") return;
    group.select = { columns: [], keys: new Set(), hasStar: false };
    this.selects.push(group.select);
  }

  // Whether no parenthesis is open that was not open where the clause began.
  isOutside({ depth }) {
    return this.openers.length === depth;
  }

  open(group) {
    if (this.isOutside(group)) group.clause = "";
    this.groups.push({ select: null, clause: "", depth: this.openers.length });
  }

  close({ start }) {
    if (this.groups.length > 1) this.groups.pop();
    if (this.groups.length === 1 && this.groups[0].select?.hasStar) this.end = start;
  }

  variable({ select, ...group }, { text, start }, at) {
    const name = text.slice(1), place = this.placeOf(group, at);
    this.places.set(start, place);
    if (place === "column") select?.columns.push({ start, name });
    else if (place === "key") select?.keys.add(name);
  }

  placeOf(group, at) {
    const before = this.text(at - 1), after = this.text(at + 1), opener = this.openers.at(-1) ?? "";
    if (before === "AS" || group.clause === "VALUES") return "assigned";
    if (opener === "BOUND") return "bound";
    if (opener === "IN" && ["(", ","].includes(before) && [")", ","].includes(after)) return "list";
    if (group.clause && this.isOutside(group)) return OF_CLAUSES[group.clause] ?? "term";
    return group.clause ? "term" : this.ofTriple(at, before);
  }

  ofTriple(at, before) {
    if (BETWEEN_TRIPLES.includes(before)) return "subject";
    if (BEFORE_GROUPS.includes(before)) return "term";
    return before === ";" || BETWEEN_TRIPLES.includes(this.text(at - 2)) ? "property" : "term";
  }

  // The query with these terms in place of its variables.
  written(terms) {
    const shown = this.selects.flatMap(({ columns }) => columns.map(({ name }) => name));
    const around = new Set(this.words.flatMap(({ start }, at) =>
      (this.places.get(start) === "bound" ? [-2, -1, 1].map((step) => this.words[at + step]?.start) : [])));
    const fill = (name, place) => filled({ name, place, text: `?${name}` }, [terms.get(name)]);
    return this.all.map(({ text, start, kind }) => {
      const place = this.places.get(start), ends = start === this.end ? this.wanted.filter((name) => !shown.includes(name)).toSorted() : [];
      if (place) return fill(text.slice(1), place);
      if (around.has(start)) return "";
      return ends.map((name) => fill(name, "end")).join("") + (kind === "variable" ? `?${text.slice(1)}` : text);
    }).join("");
  }
}

function term(name, text, settings) {
  const found = anyTerm(settings, text);
  if (found !== null) return found;
  const value = text.slice(0, 200);
  throw wrong(`The value ${quoted(value)} for ?${name} is no term. Give an IRI in full, in angle brackets or not, or with a prefix, such as rdf:type; ` +
    'or a literal such as 2020, "bridge"@en or "2020"^^xsd:gYear.', name, { value });
}

// The query with the terms that texts write in place of its variables: pairs of a name and a text.
export function withTerms(query, pairs, settings) {
  if (!pairs.length) return query;
  if ([...query].length > LONGEST) throw wrong(`The query has ${[...query].length} characters. Variables are bound in queries of up to ${LONGEST}; write the terms into it, or bind them with VALUES.`, `$${pairs[0][0]}`);
  const texts = new Map();
  for (const [name, text] of pairs) {
    if (texts.has(name)) throw wrong(`The variable ?${name} is bound twice.`, `$${name}`);
    texts.set(name, text);
  }
  const scan = new Scan(query, [...texts.keys()]), { variables } = scan;
  const missing = scan.wanted.find((name) => !variables.includes(name));
  if (missing !== undefined) throw wrong(`The query has no variable ?${missing}. ${variables.length ? `It has: ${variables.join(", ")}.` : "It has none."}`, missing);
  return scan.written(new Map([...texts].map(([name, text]) => [name, term(name, text, settings)])));
}

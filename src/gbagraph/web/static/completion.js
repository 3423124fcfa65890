// What may stand where the cursor is: keywords, functions, variables, and names out of the data by any of
// their labels, the best first.
import { FUNCTIONS, meant, prologue, tokens } from "./sparql-tokens.js";

// What is typed of the IRI of an endpoint.
const ENDPOINT = /\bSERVICE\s+(?:SILENT\s+)?(<?[^\s<>"{}|^`\\?$]*)$/i;
const WORD = /(?:[?$][\p{L}\p{N}_]*|[\p{L}_:][\p{L}\p{N}\p{M}_:·%\\.-]*)$/u;
const NOTHING_IN = new Set(["comment", "string", "iri", "language", "blank"]);
const MOST = 40;
const TERMS = new Set(["iri", "name", "variable", "blank", "string", "number", "boolean", "type", "word"]);
const words = (text) => text.split(/\s+/);
const AT_TOP = new Set(words("PREFIX BASE VERSION SELECT CONSTRUCT ASK DESCRIBE FROM WHERE GROUP ORDER LIMIT OFFSET HAVING VALUES"));
const IN_GROUPS = new Set(words("OPTIONAL FILTER BIND MINUS GRAPH SERVICE VALUES UNION SELECT"));
const KEYWORDS = {
  query: AT_TOP,
  subject: IN_GROUPS,
  after: IN_GROUPS,
  selected: words("DISTINCT REDUCED WHERE FROM AS"),
  service: ["SILENT"],
  expression: words("AS ASC DESC DISTINCT EXISTS IN NOT SEPARATOR WHERE GROUP HAVING LIMIT OFFSET ORDER VALUES"),
};
const PAIRED = { GROUP: "GROUP BY", ORDER: "ORDER BY" };

// Which kinds a place takes, in the order in which they are offered.
const ORDER = {
  query: ["keyword", "prefix"],
  declaration: ["prefix"],
  selected: ["variable", "function", "keyword"],
  subject: ["variable", "keyword", "thing", "prefix", "class", "paragraph", "property"],
  predicate: ["property", "variable", "prefix"],
  object: ["thing", "variable", "prefix", "class", "paragraph", "property"],
  class: ["class", "variable", "prefix"],
  after: ["keyword", "variable", "thing", "prefix"],
  expression: ["function", "variable", "thing", "class", "property", "prefix", "keyword", "paragraph"],
  graph: ["prefix", "variable", "thing"],
  service: ["service", "variable", "keyword"],
};

const TERM_KINDS = new Set(["class", "property"]);
const isType = (text) => text === "a" || text === "rdf:type";

class Reader {
  frame = { place: "query", predicate: "" };
  stack = [];
  triples = [];

  push(place) {
    this.stack.push(this.frame);
    this.frame = { place, predicate: "" };
  }

  pop() {
    this.frame = this.stack.pop() ?? { place: "query", predicate: "" };
  }

  read({ kind, text }) {
    if (kind === "keyword") this.keyword(text.toUpperCase());
    else if (kind === "punctuation") this.punctuation(text);
    else if (TERMS.has(kind)) this.term(text);
    this.wasCall = kind === "function";
  }

  keyword(word) {
    const { frame } = this;
    if (word === "PREFIX") frame.place = "declaration";
    else if (word === "FILTER" || word === "BIND" || word === "HAVING" || word === "BY") frame.place = "expression";
    else if (word === "SELECT" || word === "DESCRIBE") frame.place = "selected";
    else if (word === "GRAPH" || word === "SERVICE" || word === "FROM") frame.place = "graph";
    else if (word === "VALUES") Object.assign(frame, { place: "selected", isData: true });
    else if (AT_TOP.has(word)) frame.place = "query";
    else if (IN_GROUPS.has(word)) frame.place = "subject";
  }

  punctuation(text) {
    const { frame } = this;
    if (text === "{") this.push(frame.isData ? "object" : "subject");
    else if (text === "}") this.closed();
    else if (text === "[" || text === "{|") this.push("predicate");
    else if (text === "<<" || text === "<<(") this.push("subject");
    else if (text === "|}") this.pop();
    else if (text === "(") this.pushParentheses();
    else if (text === "]" || text === ">>" || text === ")>>" || text === ")") this.ended(text);
    else if (text === ";" && frame.place !== "expression") frame.place = "predicate";
    else if (text === "," && frame.predicate) frame.place = isType(frame.predicate) ? "class" : "object";
    else if (text === "." && this.stack.length) Object.assign(frame, { place: "subject", predicate: "" });
    else if ("/|^".includes(text) && frame.place !== "expression") frame.place = "predicate";
  }

  inParentheses() {
    const { place, isData } = this.frame;
    if (isData) return "selected";
    if (this.wasCall || place === "selected" || place === "expression") return "expression";
    return place === "predicate" ? "predicate" : "object";
  }

  pushParentheses() {
    this.push(this.inParentheses());
    this.frame.isInParentheses = true;
  }

  closed() {
    this.pop();
    Object.assign(this.frame, { place: this.stack.length ? "subject" : "query", predicate: "", isData: false });
  }

  ended(text) {
    const inner = this.frame.place;
    this.pop();
    const { frame } = this;
    if (text === ")" && frame.place === "expression") {
      // The condition of a FILTER or BIND ends with its own parentheses, not with a pair within.
      if (this.stack.length && !frame.isInParentheses) frame.place = "subject";
    } else this.term(inner);
  }

  term(text) {
    const { frame } = this;
    if (frame.place === "subject") Object.assign(frame, { place: "predicate", subject: text });
    else if (frame.place === "predicate") {
      frame.predicate = text;
      frame.place = isType(text) ? "class" : "object";
    } else if (frame.place === "object" || frame.place === "class") {
      if (frame.predicate) {
        frame.place = "after";
        this.triples.push([frame.subject, frame.predicate, text]);
      }
    }
  }
}

// What is expected after these tokens, of which subject, and the triples so far.
function placeAfter(list) {
  const reader = new Reader();
  list.forEach((token) => reader.read(token));
  const { triples, frame: { place, subject } } = reader;
  return { place, subject, triples };
}

const isInString = (list, text) =>
  list.some(({ kind, text: part, end }) => kind === "punctuation" && /["']/.test(part) && !text.slice(end).includes("\n"));

// The word that ends at a place of the text and what is expected there; null where nothing can be completed.
export function wordAt(text, at) {
  const before = text.slice(0, at), [word] = before.match(WORD) ?? [""], from = at - word.length;
  const list = tokens(before), last = list.at(-1);
  if (NOTHING_IN.has(last?.kind)) return null;
  const [, endpoint] = before.match(ENDPOINT) ?? [];
  if (endpoint !== undefined) return { word: endpoint, from: at - endpoint.length, place: "service" };
  const meantBefore = meant(tokens(text.slice(0, from)));
  if (isInString(meantBefore, before)) return null;
  return { word, from, ...placeAfter(meantBefore) };
}

const local = (name) => name.slice(name.lastIndexOf(name.includes("//") ? "/" : ":") + 1);

// How well a text answers to what is typed: 0 is the same, 3 contains it; nothing where it does not.
function fit(text, typed) {
  const lower = text.toLowerCase(), at = lower.indexOf(typed);
  if (at < 0) return undefined;
  if (at === 0) return lower.length === typed.length ? 0 : 1;
  // Chinese has no spaces: a word within is as good as one at the beginning.
  if (lower.charCodeAt(at) > 0x2e7f) return 1;
  return /[^\p{L}\p{N}]/u.test(lower[at - 1]) ? 2 : 3;
}

const bestFit = (texts, typed) => texts.reduce((best, text) => {
  const quality = fit(text, typed);
  return quality !== undefined && (best === undefined || quality < best.quality) ? { quality, text } : best;
}, undefined);

// A term or thing of the data as it is offered.
export function termItem(row, language, typed) {
  const labels = Object.entries(row.labels ?? {}).flatMap(([tag, texts]) => texts.map((text) => ({ tag, text })));
  const matched = typed && labels.find(({ text }) => fit(text, typed) !== undefined);
  const own = labels.find(({ tag }) => tag === language) ?? labels.find(({ tag }) => tag.startsWith("en")) ?? labels[0];
  const shown = matched && fit(own.text, typed) === undefined ? matched : own;
  const colon = row.name.indexOf(":"), isWhole = row.name.includes("//");
  return {
    kind: row.kind, label: row.name, insert: isWhole ? `<${row.name}>` : row.name,
    detail: shown?.text ?? "", language: shown?.tag ?? "",
    note: row.definition ?? "", prefix: isWhole ? "" : row.name.slice(0, colon),
  };
}

// The classes that the triples give a subject: by its kinds, by what leads from it and to it, and wider ones.
function classesOf(subject, triples, terms) {
  const named = new Map(terms.map((row) => [row.name, row])), found = new Set();
  const add = (names = []) => names.forEach((name) => found.add(name));
  for (const [from, by, to] of triples) {
    if (from === subject) add(isType(by) ? [to] : named.get(by)?.domain);
    if (to === subject) add(named.get(by)?.range);
  }
  for (const name of found) add(named.get(name)?.parents);
  return found;
}

// Whether a property leads from things of these classes (-1) or of others (1); 0 where that is not said.
const direction = ({ domain }, classes) =>
  domain && classes.size ? (domain.some((name) => classes.has(name)) ? -1 : 1) : 0;

const texts = (row) => [local(row.name), ...Object.values(row.labels ?? {}).flat()];

function fromData({ terms }, word, allowed, language, { place, subject, triples = [] }) {
  const classes = place === "predicate" ? classesOf(subject, triples, terms) : new Set();
  const colon = word.indexOf(":"), prefix = colon < 0 ? "" : word.slice(0, colon + 1);
  const typed = word.slice(colon + 1).toLowerCase();
  if (!typed && colon < 0) return terms.filter(({ kind }) => allowed.includes(kind))
    .map((row) => ({ item: termItem(row, language, ""), quality: 1, fit: direction(row, classes), uses: row.uses }));
  return terms.flatMap((row) => {
    if (!allowed.includes(row.kind) || !row.name.startsWith(prefix)) return [];
    const best = bestFit(texts(row), typed);
    const known = { fit: direction(row, classes), uses: row.uses };
    return best ? [{ item: termItem(row, language, typed), quality: best.quality, ...known }] : [];
  });
}

const starts = (text, word) => text.toLowerCase().startsWith(word.toLowerCase());

const keywords = (place, word) => [...(KEYWORDS[place] ?? [])].filter((name) => starts(name, word))
  .map((name) => PAIRED[name] ?? name)
  .map((name) => ({ item: { kind: "keyword", label: name, insert: name }, quality: name === word.toUpperCase() ? 0 : 1 }));

const functions = (word) => [...FUNCTIONS.values()].filter(({ name }) => starts(name, word))
  .map(({ name, signature }) => ({
    item: { kind: "function", label: name, insert: `${name}(`, detail: signature },
    quality: name.toUpperCase() === word.toUpperCase() ? 0 : 1,
  }));

function variables(text, word, from) {
  const names = tokens(text).filter(({ kind, start }) => kind === "variable" && start !== from).map((token) => token.text);
  return [...new Set(names)].filter((name) => starts(name.slice(1), word.replace(/^[?$]/, "")))
    .map((name) => ({ item: { kind: "variable", label: name, insert: name }, quality: name === word ? 0 : 1 }));
}

function prefixes(index, text, word, place) {
  const { declared } = prologue(text);
  return Object.entries(index.prefixes).filter(([prefix]) => starts(`${prefix}:`, word) && !word.includes(":"))
    .filter(([prefix]) => place !== "declaration" || !declared.has(prefix))
    .map(([prefix, iri]) => ({
      item: place === "declaration"
        ? { kind: "prefix", label: `${prefix}:`, insert: `${prefix}: <${iri}>\n`, detail: iri }
        : { kind: "prefix", label: `${prefix}:`, insert: `${prefix}:`, detail: iri, prefix },
      quality: 1,
    }));
}

const services = ({ services: allowed = [] }, word) => {
  const typed = word.replace("<", "").toLowerCase();
  return allowed.filter(({ iri, name }) => fit(iri, typed) !== undefined || fit(name, typed) !== undefined)
    .map(({ iri, name }) => ({ item: { kind: "service", label: name || iri, insert: `<${iri}>`, detail: name ? iri : "" }, quality: 1 }));
};

// The completions of the word at a place of the text, the best first, of an index as the server gives it.
export function completions(index, text, at, language) {
  const { word, from, place } = at;
  const order = ORDER[place], isVariable = /^[?$]/.test(word);
  const found = isVariable ? variables(text, word, from) : [
    ...(order.includes("keyword") && !word.includes(":") ? keywords(place, word) : []),
    ...(order.includes("function") && word && !word.includes(":") ? functions(word) : []),
    ...(order.includes("variable") && !word ? variables(text, word, from) : []),
    ...(order.includes("prefix") ? prefixes(index, text, word, place) : []),
    ...(order.includes("service") ? services(index, word) : fromData(index, word, order, language, at)),
  ];
  return ranked(found, order);
}

// In the order of their places: what begins with the word before what contains it, then by kind; of equals
// what fits the subject, what is used more, what is shorter.
function ranked(found, order) {
  const key = ({ item, quality }) => (quality > 2 ? 100 : 0) + (item.insert[0] === "<" ? 2 : 0) + order.indexOf(item.kind) * 4 + quality;
  const lengthOf = ({ item }) => Number(TERM_KINDS.has(item.kind)) * item.label.length;
  return found.map((row, number) => ({ fit: 0, uses: 0, ...row, number }))
    .sort((one, other) => key(one) - key(other) || one.fit - other.fit || other.uses - one.uses ||
      lengthOf(one) - lengthOf(other) || one.number - other.number)
    .slice(0, MOST).map(({ item }) => item);
}

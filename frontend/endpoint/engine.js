// Oxigraph in WebAssembly, with the data of one version in it: evaluates queries within the limits of the site.

import { prologue } from "../../src/gbagraph/web/static/sparql-tokens.js";
import instance from "oxigraph";
import { quads } from "./data.js";
import { Problem } from "./problem.js";
import { spelled, standard } from "./dialect.js";
import { failure, Stopped } from "./failures.js";
import { refuseWhatIsLacking } from "./lacks.js";
import { is, words } from "./rewriting.js";
import { XSD } from "./terms.js";

// Of more memory than this an instance is not kept, for WebAssembly gives none back.
const KEPT = 256 * 2 ** 20;
// Where several graphs are merged: a name that no query can know.
const MERGED = `urn:x-gbagraph:merged:${Math.random()}`;
const FORMS = { SELECT: "solutions", ASK: "boolean", CONSTRUCT: "graph", DESCRIBE: "graph" };

// Whether an error leaves an instance of which nothing can be used any more.
const isBroken = (problem) => [Stopped, WebAssembly.RuntimeError, RangeError].some((kind) => problem instanceof kind);

export class Engine {
  // The engine for a version, whose files are read and checked while the *module* comes and is compiled.
  static async open(site, module, version) {
    const { data, functions, limits, prefixes, relative_to: base } = await site.settings();
    const about = Object.hasOwn(data, version) && data[version];
    if (!data[""]) throw new Problem("engine-unsupported", "This site has no data for browsers: they are too large, or in a store. Ask a server of this dataset, or run one: gbagraph serve.");
    if (!about) throw new Problem("version-gone", `There is no version ${version} on this site.`, { version, versions: Object.keys(data).filter(Boolean) });
    const { named, holds_inferred: infers, inferred } = about;
    const engine = new Engine(site, { base, functions, limits, prefixes, infers, inferred, parts: named ? [about, named] : [about] });
    [engine.module] = await Promise.all([module, engine.load(1)]);
    engine.start();
    return engine;
  }

  constructor(site, about) {
    Object.assign(this, about, { site, files: [], texts: [], loaded: Promise.resolve() });
  }

  // Has the first *count* parts of the data: the default graph is in the first, the named graphs are in the second.
  load(count) {
    this.loaded = this.loaded.catch(() => {}).then(() => this.more(count));
    return this.loaded;
  }

  async more(count) {
    for (const part of this.parts.slice(this.files.length, count)) {
      this.files.push(JSON.parse(new TextDecoder().decode(await this.site.bytes(part))));
      this.texts.push(quads(this.files));
      if (this.store) this.add(this.texts.length - 1);
    }
  }

  // Makes a new instance, with the data in it.
  start() {
    this.deadline = Infinity;
    this.said = "";
    const now = () => {
      const time = Date.now();
      if (time > this.deadline) throw new Stopped();
      return time;
    };
    this.running = instance(this.module, now, (text) => (this.said += text));
    this.store = new this.running.Store();
    this.texts.forEach((_, at) => this.add(at));
  }

  add(at) {
    const before = this.store.size, { path, quads: expected } = this.parts[at];
    this.store.load(this.texts[at], { format: "application/n-quads", lenient: true });
    const added = this.store.size - before;
    if (added !== expected) throw new Problem("engine-unavailable", `The file ${path} of this site has ${added} quads in place of ${expected}.`);
  }

  // The answer as text in the media type *format*.
  text(query, { format, ...options } = {}) {
    return this.ask(query, options, { results_format: format });
  }

  // The answer for those who write it: {kind: "solutions", variables, rows}, {kind: "boolean", boolean} or
  // {kind: "graph", triples}, with terms as in the JSON format of results.
  async solutions(query, options = {}) {
    const kind = kindOf(query);
    if (kind === "graph") return { kind, triples: await this.ask(query, options, {}, this.taken) };
    const { head, results, boolean } = JSON.parse(await this.text(query, { ...options, format: "application/sparql-results+json" }));
    return kind === "boolean" ? { kind, boolean } : { kind, variables: head.vars, rows: results.bindings };
  }

  // Evaluates a query: *graphs* is the dataset of the protocol, {default: [IRI], named: [IRI]}; by *infer* the default
  // graph has what follows, or not; *timeout* is a lower limit in seconds than that of the site.
  async ask(query, { base = this.base, graphs, infer, timeout } = {}, how, use = (found) => found) {
    refuseWhatIsLacking(query, base, this.functions);
    const text = standard(query);
    const isOther = [infer, this.infers].every((each) => typeof each === "boolean") && infer !== this.infers;
    await this.load(graphs || isOther || /\b(?:FROM|GRAPH)\b/i.test(query) ? this.parts.length : 1);
    if (!this.store) this.start();
    const seconds = Math.min(timeout ?? Infinity, this.limits.seconds);
    this.deadline = Date.now() + seconds * 1000;
    try {
      if (isOther) this.includeInferred(infer);
      const wanted = graphs ?? this.merged(query, base);
      const options = { base_iri: base, ...how, ...(wanted && this.dataset(wanted)) };
      return use.call(this, this.store.query(text, options));
    } catch (problem) {
      throw this.failed(text === query || isBroken(problem) ? problem : this.complaint(query) ?? problem, query, seconds);
    } finally {
      this.deadline = Infinity;
      if (isOther && this.store) this.includeInferred(!infer);
      // A graph made for one query is none that the next may find.
      if (this.store && this.hasMerged) this.store.update(`DROP SILENT GRAPH <${MERGED}>`);
      this.hasMerged = false;
      if (this.running?.exports.memory.buffer.byteLength > KEPT) this.drop();
    }
  }

  // The dataset of a query that has several graphs as its default graph by FROM; nothing of others, and of what is no
  // query. The engine itself tells what the names stand for.
  merged(query, base) {
    const list = words(query), isNamed = (at) => is(list[at + 1], "NAMED");
    const clauses = list.flatMap((token, at) => is(token, "FROM") ? [[isNamed(at) ? "named" : "default", list[at + (isNamed(at) ? 2 : 1)]?.text]] : []);
    if (clauses.filter(([kind]) => kind === "default").length < 2) return null;
    const names = clauses.map(([, name], at) => `(${name} AS ?g${at})`).join(" "), found = { default: [], named: [] };
    try {
      const [row] = this.store.query(`${query.slice(0, prologue(query).end)} SELECT ${names} {}`, { base_iri: base });
      clauses.forEach(([kind], at) => found[kind].push(row.get(`g${at}`).value));
      return found;
    } catch {
      return null;
    }
  }

  // The problem that a query has by itself: over no data; nothing if it has none.
  fault(query) {
    if (!this.store) this.start();
    this.deadline = Date.now() + this.limits.seconds * 1000;
    const problem = this.complaint(query);
    this.deadline = Infinity;
    return problem && this.failed(problem, query, this.limits.seconds);
  }

  // A default graph of several graphs is their merge (SPARQL 1.1, section 13.2).
  dataset({ default: several = [], named = [] }) {
    const { namedNode } = this.running, graphs = [...new Set(several)];
    if (graphs.length < 2) return { default_graph: graphs.map(namedNode), named_graphs: named.map(namedNode) };
    this.hasMerged = true;
    for (const graph of graphs) this.store.update(`ADD SILENT <${graph}> TO <${MERGED}>`);
    return { default_graph: [namedNode(MERGED)], named_graphs: named.map(namedNode) };
  }

  // What follows comes into the default graph, or goes: a quad that comes back has its place again.
  includeInferred(isWanted) {
    const graph = `<${this.inferred}>`;
    this.store.update(isWanted ? `ADD ${graph} TO DEFAULT` : `DELETE { ?s ?p ?o } WHERE { GRAPH ${graph} { ?s ?p ?o } }`);
  }

  // What a client is told of an error.
  failed(problem, query, seconds) {
    if (isBroken(problem)) this.drop();
    return failure(problem, query, this.said, seconds, this.prefixes);
  }

  // What the engine says of a query as it was written, for places are others where it was rewritten.
  complaint(query) {
    try {
      new this.running.Store().query(spelled(query), { base_iri: this.base });
      return null;
    } catch (problem) {
      return isBroken(problem) || String(problem.message).startsWith("error at") ? problem : null;
    }
  }

  drop() {
    this.running = this.store = null;
  }

  // The triples of an answer; each object of the engine is given back at once.
  taken(found) {
    return found.map((quad) => {
      const triple = Object.fromEntries(["subject", "predicate", "object"].map((place) => [place, term(quad[place])]));
      quad.free();
      return triple;
    });
  }
}

// The kind of answer that a query has: "solutions", "boolean", or "graph".
export const kindOf = (query) => {
  const { end } = prologue(query);
  const form = words(query.slice(end)).find(({ text }) => text.toUpperCase() in FORMS);
  return FORMS[form?.text.toUpperCase()] ?? "solutions";
};

// A term of the engine as in the JSON format of results; its object is given back.
function term(found) {
  const { termType, value } = found;
  let made = { type: termType === "NamedNode" ? "uri" : "bnode", value };
  if (termType === "Quad") made = { type: "triple", value: { subject: term(found.subject), predicate: term(found.predicate), object: term(found.object) } };
  if (termType === "Literal") made = literal(found, value);
  found.free();
  return made;
}

function literal({ language, direction, datatype }, value) {
  const type = datatype.value;
  datatype.free();
  if (language) return { type: "literal", value, "xml:lang": language, ...(direction && { "its:dir": direction }) };
  return { type: "literal", value, ...(type !== `${XSD}string` && { datatype: type }) };
}

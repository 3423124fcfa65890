// What is wrong in a query, as far as it can be told without a server: what is said is a part of what a server
// says of it, and of more nothing is said.

import { HTML, JSON_FORMAT, choose } from "./negotiation.js";
import { explainedPage } from "./pages/explained.js";
import { simple, variables, written } from "./patterns.js";
import { Problem } from "./problem.js";
import { fields, options, requestedFormats, sent } from "./protocol.js";
import { iriOf, lineAndColumn, words } from "./rewriting.js";
import { names } from "./search.js";
import { RDF } from "./terms.js";
import { localName, spaced, wordsOf } from "./texts.js";

// Solutions up to which those of a part are counted.
const BOUND = 10_000;
// Milliseconds that are spent on one query.
const TIME = 2000;
// Properties with such words have names as values, or say what is the same: of these, more would have to be said.
const NAMING = new Set("label name title caption called fn labels names same match".split(" "));
// What only another store means so.
const DIALECT = /bif:|jena|ontotext|openrdf|stardog|bigdata|virtuoso|openlinksw|wikiba|java:|[\u3001\u3002\uff00-\uff65]|[=<>(,\s]\d{4}-\d\d-\d\d/;
const LEFT_OUT = "Told are errors of syntax, names that the data do not have, and, of a pattern without OPTIONAL, UNION, GRAPH, BIND " +
  "or VALUES, where its solutions end. Wrong directions, literals that never match, sums that count twice and repairs only a server tells.";

export async function explain(site, asked) {
  const told = options(asked, "/sparql/explain", "GET, HEAD, POST, QUERY, OPTIONS");
  if (told) return told;
  const pairs = await fields(asked, await site.settings()), query = new Map(pairs).get("query");
  const chosen = choose(asked.accept, [JSON_FORMAT, HTML], requestedFormats(pairs), "diagnostics");
  if (chosen === HTML) return query ? explainedPage(site, asked, pairs, (wanted) => explained(site, asked, wanted)) : null;
  if (query === undefined) throw new Problem("bad-parameter", "The parameter query is missing. Ask like this: /sparql/explain?query=SELECT%20...", { parameter: "query" });
  const found = await explained(site, asked, sent(pairs, await site.settings()));
  return new Response(`${JSON.stringify(found)}\n`, { headers: { "content-type": "application/json" } });
}

// {diagnostics, steps} as a server has them, and what is left out.
async function explained(site, { version }, { query, graphs, infer }) {
  const engine = await site.engine(version), fault = engine.fault(query);
  const diagnostics = [], steps = [];
  if (fault?.more.line) diagnostics.push(await syntax(engine, query, fault));
  // Of a function that is not there, a server tells more.
  else if (fault && fault.name !== "unsupported-function") throw fault;
  else if (!fault) {
    const tree = graphs || DIALECT.test(query) ? null : simple(query);
    if (tree) await new Case(site, engine, tree, infer).examine(diagnostics, steps);
  }
  return { diagnostics, steps, left_out: LEFT_OUT };
}

const plain = (name) => spaced(localName(name)).replaceAll(" ", "").replace(/^(?:has|is)(?=.)/, "");

function diagnostic(code, severity, message, query, start, repaired = {}) {
  return { code, severity, message, ...lineAndColumn(query, start), suggestion: "", query: "", ...repaired };
}

// What is no SPARQL; an undeclared prefix that people know is repaired.
async function syntax(engine, query, { message, more: { line, column } }) {
  const said = message.replace(/^.*?line \d+, column \d+: /i, ""), [, declaration] = / Add: (PREFIX \S+ <\S+>)/.exec(said) ?? [];
  const repaired = `${declaration}\n${query}`, repair = declaration && await keepsQuestion(engine, repaired) ? { suggestion: declaration, query: repaired } : {};
  return { ...diagnostic("syntax", "error", said, query, 0, repair), line, column };
}

// Whether a repaired query has rows, and each column of them a value.
async function keepsQuestion(engine, query) {
  const { rows = [], variables: columns = [] } = engine.fault(query) ? {} : await engine.solutions(query, { timeout: TIME / 1000 }).catch(() => ({}));
  return rows.length > 0 && columns.every((name) => rows.some((row) => row[name]));
}

// A simple query, and the data that it is asked of.
class Case {
  constructor(site, engine, tree, infer) {
    Object.assign(this, { site, engine, tree, infer, ends: Date.now() + TIME, held: new Map() });
  }

  async examine(diagnostics, steps) {
    const { elements } = this.tree, patterns = elements.filter(({ kind }) => kind === "pattern");
    try {
      diagnostics.push(...await this.unknown(patterns));
      if (!this.isConnected(patterns)) return;
      await this.way(steps);
      if (!diagnostics.length && steps.length && !steps.at(-1).after) diagnostics.push(...await this.dead(patterns));
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem; // what takes too long, or cannot be asked, is not told
    }
  }

  // Else the engine compares each solution with each.
  isConnected(patterns) {
    const [first, ...rest] = patterns.map((each) => new Set(variables(this.tree, each)));
    if (!first) return false;
    for (let left = rest; left.length;) {
      const near = left.filter((some) => [...some].some((name) => first.has(name)));
      if (!near.length) return false;
      near.forEach((some) => some.forEach((name) => first.add(name)));
      left = left.filter((some) => !near.includes(some));
    }
    return true;
  }

  async ask(query) {
    const timeout = (this.ends - Date.now()) / 1000;
    if (timeout <= 0) throw new Problem("query-timeout", "The time is over.");
    return this.engine.solutions(`${this.tree.head} ${query}`, { infer: this.infer ?? undefined, timeout });
  }

  async holds(pattern) {
    if (!this.held.has(pattern)) this.held.set(pattern, (await this.ask(`ASK { ${pattern} }`)).boolean);
    return this.held.get(pattern);
  }

  async count(pattern) {
    const { rows } = await this.ask(`SELECT (COUNT(*) AS ?__n) { { SELECT * { ${pattern} } LIMIT ${BOUND} } }`);
    return Number(rows[0].__n.value);
  }

  // Where the rows went: the solutions before and after each part, conditions at the end (SPARQL 1.1, section 18.2.2).
  async way(steps) {
    const { tree } = this, ordered = [...tree.elements.filter(({ kind }) => kind === "pattern"), ...tree.elements.filter(({ kind }) => kind === "filter")];
    let own = "", before = 1;
    for (const [at, element] of ordered.entries()) {
      const known = new Set(ordered.slice(0, at).flatMap((each) => variables(tree, each)));
      if (!before || (before >= BOUND && !variables(tree, element).some((name) => known.has(name)))) return;
      const isFilter = element.kind === "filter", counts = isFilter ? await this.truths(own, element) : {};
      const after = isFilter ? counts.true : await this.count(`${own} ${written(tree, element)}`);
      steps.push(this.step(element.kind, element.start, element.end, before, after, counts));
      own = `${own} ${written(tree, element)}`;
      before = after;
    }
  }

  async truths(own, { expression }) {
    const value = `BIND(COALESCE(IF(${expression}, 1, 0), 2) AS ?__truth)`;
    const { rows } = await this.ask(`SELECT ?__truth (COUNT(*) AS ?__n) { { SELECT ?__truth { ${own} ${value} } LIMIT ${BOUND} } } GROUP BY ?__truth`);
    const of = (truth) => Number(rows.find((row) => row.__truth?.value === truth)?.__n.value ?? 0);
    return { true: of("1"), false: of("0"), error: of("2") };
  }

  step(kind, start, end, before, after, counts) {
    return { kind, text: this.tree.text.slice(start, end), ...lineAndColumn(this.tree.text, start), depth: 0, before, after, counts };
  }

  // IRIs of the data's own namespaces that occur nowhere in them.
  async unknown(patterns) {
    const { iri_base: base, relative_to: relative } = await this.site.settings(), found = [], told = new Set();
    for (const { subject, path, object } of patterns) {
      const isType = path.names.length === 1 && iriOf(this.tree, path.names[0], relative) === `${RDF}type`;
      const places = [...path.names.map((term) => [term, "property"]), [object, isType ? "class" : "thing"], [subject, "thing"]];
      const isNaming = path.names.some((term) => wordsOf(localName(iriOf(this.tree, term, relative) ?? "")).some((word) => NAMING.has(word)));
      for (const [term, role] of isNaming ? [] : places) {
        const iri = iriOf(this.tree, term, relative);
        if (!base || !iri?.startsWith(base) || told.has(term.start) || await this.occurs(iri)) continue;
        told.add(term.start);
        if (await this.isElsewhere(iri)) continue;
        found.push({ term, role, iri });
      }
    }
    return Promise.all(found.map((each) => this.missing(each, found.length === 1)));
  }

  // What is said of a name that is not there; a repair, where it is the only one.
  async missing({ term, role, iri }, isAlone) {
    const { text } = this.tree, near = await this.nearest(term, role, iri);
    const whole = term.kind === "iri" ? term.text : `${term.text} (<${iri}>)`;
    const query = near && text.slice(0, term.start) + near + text.slice(term.end);
    const repair = query && isAlone && await keepsQuestion(this.engine, query) ? { suggestion: near, query } : {};
    return diagnostic(`unknown-${role}`, "error", `The data has no ${role} ${whole}.${near ? ` The nearest name is ${near}.` : ""}`, text, term.start, repair);
  }

  // The one name of the namespace that is the same but for case, separators, and the verb before it.
  async nearest({ kind, text }, role, iri) {
    const { byIri } = await names(this.site), space = iri.slice(0, -localName(iri).length);
    const alike = [...byIri.values()].filter((entry) => entry.kind === role && entry.iri.startsWith(space) && plain(entry.iri) === plain(iri));
    const [found] = alike, label = found?.label ?? found?.names[1]?.[0];
    const isOne = kind === "name" && alike.length === 1 && (!label || plain(label) === plain(found.iri));
    return isOne ? `${text.split(":")[0]}:${localName(found.iri)}` : "";
  }

  occurs(iri) {
    const places = [`<${iri}> ?p ?o`, `?s <${iri}> ?o`, `?s ?p <${iri}>`];
    return this.holds([...places.flatMap((place) => [`{ ${place} }`, `{ GRAPH ?g { ${place} } }`]), `{ GRAPH <${iri}> { ?s ?p ?o } }`].join(" UNION "));
  }

  // Whether a name is that of another namespace: which is meant, a server says.
  async isElsewhere(iri) {
    const { byIri } = await names(this.site), local = localName(iri);
    return [...byIri.keys()].some((other) => other !== iri && localName(other) === local);
  }

  // The first pattern, or the first two that share a variable, without a solution; where that may have another reason
  // that can be told, it is not.
  async dead(patterns) {
    const pairs = patterns.flatMap((one, at) => patterns.slice(at + 1).map((other) => [one, other]))
      .filter(([one, other]) => variables(this.tree, one).some((name) => variables(this.tree, other).includes(name)));
    for (const some of [...patterns.map((one) => [one]), ...pairs]) {
      const pattern = some.map((each) => written(this.tree, each)).join(" ");
      if (await this.holds(pattern)) continue;
      return (await this.hasReason(some, patterns)) ? [] : [this.without(some, pattern)];
    }
    return [];
  }

  without([first, second], pattern) {
    const said = second ? "These patterns match, but never together:" : "This pattern matches nothing:";
    return diagnostic("no-solution", "info", `${said} ${pattern.replace(/\s+/g, " ")}`, this.tree.text, first.path.start);
  }

  // Whether a server may tell why: a name that is not there or not used so, one of another site, another graph, a
  // literal or a class in place of a thing, the other direction.
  async hasReason(some, patterns) {
    const { tree } = this, { relative_to: relative } = await this.site.settings();
    const terms = words(tree.text).filter(({ kind, start }) => start >= tree.start && ["iri", "name"].includes(kind));
    for (const term of terms) if (!await this.occurs(iriOf(tree, term, relative))) return true;
    for (const each of patterns) if (await this.isSuspect(each)) return true;
    return this.holds(`GRAPH ?__g { ${some.map((each) => written(tree, each)).join(" ")} }`);
  }

  async isSuspect({ subject, path, object }) {
    const { tree } = this, { iri_base: base, relative_to: relative } = await this.site.settings();
    const [from, way, to] = [subject, path, object].map(({ start, end }) => tree.text.slice(start, end));
    const isType = path.names[0].kind === "type", property = iriOf(tree, path.names[0], relative);
    if (!path.isSimple || !property || !await this.holds(`?__s <${property}> ?__o FILTER(ISIRI(?__o))`)) return true;
    if (!isType && await this.isElsewhere(property)) return true;
    for (const term of [subject, object].filter(({ kind }) => kind !== "variable")) {
      const iri = iriOf(tree, term, relative);
      if (!iri?.startsWith(base) || await this.holds(`?__s a <${iri}>`) !== isType) return true;
    }
    return this.holds(`${to} ${way} ${from}`);
  }
}

// Values of parameters that only the data can check: names of things, and values that a query finds. A value
// that names nothing is an error with the nearest names, never an answer without rows.

import { names } from "./search.js";
import { quoted } from "./negotiation.js";
import { Problem } from "./problem.js";
import { elsewhere } from "./protocol.js";
import { compact, inTriples } from "./terms.js";
import { spaced } from "./texts.js";
import { tokens } from "../../src/gbagraph/web/static/sparql-tokens.js";

const KINDS = ["thing", "class", "property", "paragraph"];
const SHOWN = 5;
// By which a thing has an identifier of another site, the closest first.
const LINKS = [
  "http://www.w3.org/2002/07/owl#sameAs",
  "http://www.w3.org/2004/02/skos/core#exactMatch",
  "http://www.w3.org/2004/02/skos/core#closeMatch",
];

// Where a pattern stands: in the default graph, which is asked first, or in any other.
const anywhere = (pattern) => [pattern, `GRAPH ?g { ${pattern} }`];

async function holds(engine, ...patterns) {
  for (const pattern of patterns.flatMap(anywhere)) {
    if ((await engine.solutions(`ASK { ${pattern} }`)).boolean) return true;
  }
  return false;
}

async function column(engine, query, name) {
  const { rows } = await engine.solutions(query);
  return rows.map((row) => row[name]);
}

// The thing that an IRI is, or whose identifier elsewhere it is; null if it is neither.
async function thingOf(engine, term) {
  const described = `{ ${term} ?p ?o } UNION { ?s ${term} ?o }`;
  if (await holds(engine, described) || (await engine.solutions(`ASK { GRAPH ${term} {} }`)).boolean) return term;
  for (const pattern of LINKS.flatMap((link) => anywhere(`?s <${link}> ${term}`))) {
    const [found] = await column(engine, `SELECT ?s { ${pattern} FILTER(isIRI(?s)) } LIMIT 1`, "s");
    if (found) return `<${found.value}>`;
  }
  return null;
}

// The term that a reference means by itself; null if it is an IRI that is not used.
async function byIri(engine, { term }) {
  if (!term.startsWith("<")) return term;
  return await thingOf(engine, term) ?? (await holds(engine, `?s ?p ${term}`) ? term : null);
}

const bad = ({ parameter, value }, what, more) =>
  new Problem("bad-parameter", `The parameter ${parameter} has the value ${quoted(value)}, ${what}`.trimEnd(), { parameter, value, ...more });

// An IRI as people write it: with its prefix, that of things left out.
const short = (iri, { prefixes }) => compact(iri, prefixes).replace(/^id:/, "");

const plain = (text) => spaced(text).replaceAll(" ", "");

// The entries that have a label, in any language and case; else those whose IRI ends so.
function labelled({ entries }, label) {
  const wanted = plain(label), isCalled = (named) => named.some(([text]) => plain(text) === wanted);
  const called = entries.filter((entry) => isCalled(entry.names)), byLabel = called.filter((entry) => isCalled(entry.names.slice(1)));
  return (byLabel.length ? byLabel : called).sort((one, other) => (one.iri < other.iri ? -1 : 1));
}

// What somebody may have meant by what is no name of anything.
function like(finder, text) {
  const { hits } = finder.find(text);
  return (hits.length ? hits : finder.nearest(text, 2 * SHOWN)).map(({ entry }) => entry);
}

// The thing that has a value as its label.
async function byLabel(site, engine, reference, settings) {
  const { finder } = await names(site), ofKind = ({ kind }) => KINDS.includes(kind);
  const entries = labelled(finder, reference.value).filter(ofKind);
  if (entries.length === 1) return await thingOf(engine, `<${entries[0].iri}>`) ?? `<${entries[0].iri}>`;
  const near = (entries.length ? entries : like(finder, reference.value).filter(ofKind)).slice(0, SHOWN);
  const suggestions = near.map(({ iri, label, names: named, kind }) => ({ value: short(iri, settings), label: label ?? (named[1] ?? named[0])[0], iri, kind }));
  const listed = suggestions.map(({ value, label }) => `${value} (${label})`).join(", ");
  const what = entries.length ? "names several things" : "names nothing here";
  const remedy = near.length ? `${entries.length ? "They are" : "The nearest names are"}: ${listed}.` : "";
  throw bad(reference, `which ${what}. ${remedy}`, { near: near.map(({ iri }) => iri), suggestions });
}

// A value of those that another query finds.
async function requireOneOf(engine, reference, term, settings) {
  const found = await column(engine, reference.among, reference.column);
  const allowed = new Map(found.filter(Boolean).map((each) => [inTriples(each), each.value]));
  if (allowed.has(term)) return;
  const values = [...allowed.values()];
  const most = 4 * SHOWN, more = values.length > most ? ` and ${values.length - most} more` : "";
  throw bad(reference, `which is none of its values. These are: ${values.slice(0, most).map((value) => short(value, settings)).join(", ")}${more}.`);
}

// What references mean that do not name a thing by its IRI here: the term of the thing by that of the reference.
export async function meanings(site, version, references) {
  const meant = new Map();
  if (!references.length) return meant;
  const engine = await site.engine(version), settings = await site.settings();
  for (const reference of references) {
    const own = await byIri(engine, reference);
    if (!own && version) throw elsewhere(`What the value ${quoted(reference.value)} of ${reference.parameter} names in version ${version} is not known here. Give an IRI that it has.`);
    const term = own ?? await byLabel(site, engine, reference, settings);
    if (term !== reference.term) meant.set(reference.term, term);
    if (reference.among) await requireOneOf(engine, reference, term, settings);
  }
  return meant;
}

// A query in which references are bound, with the terms that they mean.
export const resolved = (query, meant) => (meant.size ? tokens(query).map(({ text }) => meant.get(text) ?? text).join("") : query);

// Why a triple is in the data: the proofs that were written with the site, found by the triple.

import { hashOf } from "./files.js";
import { HTML, JSON_FORMAT, choose, quoted } from "./negotiation.js";
import { Frame, HEADERS } from "./pages/frame.js";
import { inFolder } from "./pages/sparql.js";
import { Problem } from "./problem.js";
import { elsewhere, inUrl, requestedFormats } from "./protocol.js";
import { RDF, compact, inTriples } from "./terms.js";
import { anyTerm, iri, named } from "./values.js";

const RDFS = "http://www.w3.org/2000/01/rdf-schema#";
const OWL = "http://www.w3.org/2002/07/owl#";
const PARTS = { s: "subject", p: "predicate", o: "object" };
const OF_LITERAL = ["lang", "datatype"];

// The triple that the parameters name, as N-Triples writes its terms.
function tripleOf(settings, parameters) {
  for (const name of [...Object.keys(PARTS), ...OF_LITERAL]) {
    const { length } = parameters.getAll(name);
    if (length > 1) throw new Problem("bad-parameter", `The parameter ${name} is given ${length} times. Give it once.`, { parameter: name });
  }
  const missing = Object.keys(PARTS).find((name) => !parameters.has(name));
  if (missing) throw new Problem("bad-parameter", `The parameter ${missing}, the ${PARTS[missing]} of the triple, is missing. Ask like this: ` +
    "/why?s=IRI&p=IRI&o=IRI, or a literal as o.", { parameter: missing });
  const [s, p, o, language, datatype] = [...Object.keys(PARTS), ...OF_LITERAL].map((name) => parameters.get(name) ?? "");
  const terms = [iri(settings, s), p === "a" ? `<${RDF}type>` : named(settings, p), anyTerm(settings, o, language, datatype)];
  const wrong = terms.findIndex((term) => term === null);
  if (wrong >= 0) throw noTerm("spo"[wrong], [s, p, o][wrong]);
  return terms;
}

function noTerm(parameter, text) {
  const value = text.slice(0, 200), orLiteral = parameter === "o" ? '; or a literal such as "bridge"@en or "2020"^^xsd:gYear' : "";
  return new Problem("bad-parameter", `The parameter ${parameter} has the value ${quoted(value)}, which is no term that can stand there. ` +
    `Give an IRI in full, in angle brackets or not, or with a prefix, such as rdf:type${orLiteral}.`, { parameter, value });
}

// What was written with the site of the proof of a triple, in a folder of buckets; nothing if it was not.
async function written(site, folder, triple) {
  const fact = triple.join(" "), hash = await hashOf(fact), path = `${folder}/${hash.slice(0, 2)}.json.lzma`;
  const response = await site.read(path).catch(() => null);
  return response?.status === 404 ? undefined : (await site.json(path))[fact];
}

export async function why(site, asked) {
  const { accept, parameters } = asked, settings = await site.settings();
  const chosen = choose(accept, [JSON_FORMAT, HTML], requestedFormats(inUrl(asked)), "a proof");
  const isAsked = [...Object.keys(PARTS), ...OF_LITERAL].some((name) => parameters.has(name));
  if (chosen === HTML && !isAsked) return null;
  const triple = tripleOf(settings, parameters);
  const redirect = chosen === HTML && inFolder(asked);
  if (redirect) return redirect;
  const folder = chosen === HTML ? `endpoint/why/${asked.language}` : "endpoint/why";
  const proof = await written(site, folder, triple) ?? await written(site, folder, await stored(site, settings, triple));
  if (!proof) throw elsewhere("The proof of this fact was not computed when this site was written.");
  return chosen === HTML ? page(site, asked, proof) : new Response(proof, { headers: { "content-type": chosen.media_type } });
}

// The triple as the engine keeps it: numbers by value.
async function stored(site, settings, [s, p, o]) {
  const engine = await site.engine(), same = o.startsWith("<") ? "" : `FILTER(SAMETERM(?o, ${o}))`, value = same ? "?o" : o;
  const pattern = `${s} ${p} ${value}`;
  const { rows } = await engine.solutions(`SELECT ?o { { ${pattern} } UNION { GRAPH ?g { ${pattern} } } ${same} } LIMIT 1`);
  if (!rows.length) throw await unknown(engine, settings, [s, p, o]);
  return [s, p, rows[0].o ? inTriples(rows[0].o) : o];
}

// Of what is not there, only of a kind that follows by no axiom it is known that it does not follow either.
async function unknown(engine, settings, triple) {
  const told = triple.map((term) => (term.startsWith("<") ? compact(term.slice(1, -1), settings.prefixes) : term)).join(" ").replace(/ rdf:type /, " a ");
  const [, p, o] = triple, kind = p === `<${RDF}type>` ? o : p;
  const narrower = ["subClassOf", "subPropertyOf", "domain", "range"].map((name) => `<${RDFS}${name}>`);
  const axioms = [
    `?a ?axiom ${kind} FILTER(?axiom IN (${narrower.join(", ")}, <${OWL}inverseOf>))`,
    `${kind} ?axiom ?a FILTER(?axiom IN (<${OWL}inverseOf>, <${OWL}propertyChainAxiom>))`,
    `${kind} <${RDF}type> ?a FILTER(?a IN (<${OWL}SymmetricProperty>, <${OWL}TransitiveProperty>))`,
  ].flatMap((pattern) => [`{ ${pattern} }`, `{ GRAPH ?g { ${pattern} } }`]);
  const canFollow = narrower.includes(kind) || (await engine.solutions(`ASK { ${axioms.join(" UNION ")} }`)).boolean;
  if (canFollow) return elsewhere(`The data of this site do not hold ${told}, and whether it follows by the ontology was not computed when this site was written.`);
  return new Problem("unknown-triple", `The dataset does not hold ${told}, and it does not follow by the ontology.`);
}

async function page(site, asked, { title, main }) {
  const frame = await Frame.of(site, asked);
  frame.exchange(/<title>[^<]*/, () => `<title>${title}`)
    .exchange(/(<main[^>]*>)[^]*(?=<\/main>)/, (_, tag) => `${tag}\n${main}`);
  return new Response(frame.text, { headers: HEADERS });
}

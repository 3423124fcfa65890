// Labels beside the IRIs of rows, in the languages that a client prefers.

import { inTriples } from "./terms.js";

const LOOKED_AT = 1000;
const VOCABULARIES = { rdfs: "http://www.w3.org/2000/01/rdf-schema#", skos: "http://www.w3.org/2004/02/skos/core#", schema: "https://schema.org/", foaf: "http://xmlns.com/foaf/0.1/", dcterms: "http://purl.org/dc/terms/", dc: "http://purl.org/dc/elements/1.1/", old: "http://schema.org/", vcard: "http://www.w3.org/2006/vcard/ns#" };
// Properties whose values are names, those of choice first.
const LABELS = "rdfs:label skos:prefLabel skos:altLabel schema:name schema:alternateName foaf:name dcterms:title dc:title old:name old:alternateName vcard:fn"
  .split(" ").map((name) => name.replace(/^(\w+):/, (_, prefix) => VOCABULARIES[prefix]));

// Conditions on a language tag in lower case, the strictest first (RFC 4647, section 3.4).
function conditions(language) {
  const parts = language.split("-");
  const shorter = parts.map((_, at) => parts.slice(0, parts.length - at).join("-"));
  return [...shorter.map((wanted) => (tag) => tag === wanted), (tag) => tag.startsWith(`${language}-`)];
}

// The labels of IRIs that have one: of the default graph, and if *inGraphs* of all others.
export async function labelsOf(engine, iris, languages, inGraphs = true) {
  const fits = [...languages.flatMap(conditions), (tag) => !tag];
  const values = (list) => list.map((iri) => `<${iri}>`).join(" ");
  const pattern = "?iri ?property ?label";
  const { rows } = await engine.solutions(`SELECT DISTINCT ?iri ?property ?label { VALUES ?iri { ${values(iris)} } VALUES ?property { ${values(LABELS)} } { ${pattern} }${inGraphs ? ` UNION { GRAPH ?graph { ${pattern} } }` : ""} FILTER isLiteral(?label) }`);
  const found = new Map();
  for (const row of rows) found.set(row.iri.value, [...(found.get(row.iri.value) ?? []), row]);
  return new Map([...found].map(([iri, several]) => [iri, best(several, fits)]));
}

function best(rows, fits) {
  const sorted = rows.map(({ property, label }) => [LABELS.indexOf(property.value), inTriples(label), label])
    .sort(([one, text], [other, otherText]) => one - other || (text < otherText ? -1 : 1));
  for (const isFitting of fits) {
    const found = sorted.find(([, , label]) => isFitting((label["xml:lang"] ?? "").toLowerCase()));
    if (found) return found[2];
  }
  return null;
}

// The rows with a column of labels after each column that has IRIs, but for one whose labels the query selects itself.
export async function withLabels(engine, { variables, rows }, languages) {
  const first = rows.slice(0, LOOKED_AT);
  const labelled = variables.filter((name) => !variables.includes(`${name}Label`) && first.some((row) => row[name]?.type === "uri"));
  const iris = new Set(rows.flatMap((row) => labelled.map((name) => row[name])).filter((term) => term?.type === "uri").map(({ value }) => value));
  const labels = await labelsOf(engine, [...iris], languages);
  const row = (found) => Object.fromEntries(variables.flatMap((name) => {
    const label = labelled.includes(name) && found[name]?.type === "uri" ? labels.get(found[name].value) : null;
    return [...(found[name] ? [[name, found[name]]] : []), ...(label ? [[`${name}Label`, label]] : [])];
  }));
  return { variables: variables.flatMap((name) => (labelled.includes(name) ? [name, `${name}Label`] : [name])), rows: rows.map(row) };
}

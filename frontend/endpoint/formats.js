// Answers in the formats of the server: Oxigraph's own where the server has them of it, the others as its own.

import { kindOf } from "./engine.js";
import { rdfXml, turtle } from "./graphs.js";
import { withLabels } from "./labels.js";
import { mediaTypes, unique } from "./negotiation.js";
import { NOT_IN_HTML } from "./pages/html.js";
import { Problem } from "./problem.js";
import { compact, inJson, plain } from "./terms.js";
import { prologue } from "../../src/gbagraph/web/static/sparql-tokens.js";

const BOM = "\ufeff";
export const FORMS = { solutions: "SELECT", boolean: "ASK", graph: "CONSTRUCT or DESCRIBE" };
const JSON_RESULTS = "application/sparql-results+json";
const OF_ENGINE = {
  srj: JSON_RESULTS, srx: "application/sparql-results+xml", csv: "text/csv", tsv: "text/tab-separated-values",
  nt: "application/n-triples", nq: "application/n-quads", jsonld: "application/ld+json",
};
const IN_XML = new Set(["srx", "rdf"]);
const IS_LINK = /^https?:/i;
// What spreadsheets read as a formula, or may: all but numbers that begins so, unseen ones aside.
const FORMULA = /^(?![+\u2212-][0-9.]+(?:[eE][+-]?[0-9]+)?$)(?:[\t\r\n]|[\x00-\x20\x7f-\xa0\xad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u2028-\u202f\u205f-\u206f\u2800\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb]*[=+@\u2212\ufe62\ufe63\ufe66\ufe6b\uff0b\uff0d\uff1d\uff20-])/;
const HTML_ESCAPES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;" };

const inHtml = (text) => text.replace(/[&<>"']/g, (sign) => HTML_ESCAPES[sign]);

// --- Rows ----------------------------------------------------------------------------------------

const resultsJson = ({ variables, rows }) => `{"head":${JSON.stringify({ vars: variables })},"results":{"bindings":[${rows.map((row) => JSON.stringify(row)).join(",")}]}}`;

const record = (variables, row) => `{${variables.map((name) => `${JSON.stringify(name)}:${inJson(row[name])}`).join(",")}}`;

const csvCell = (text, isAlone) => (/[",\r\n]/.test(text) || (isAlone && !text) ? `"${text.replaceAll('"', '""')}"` : text);

const csvLine = (cells) => `${cells.map((text) => csvCell(text, cells.length === 1)).join(",")}\r\n`;

const csv = ({ variables, rows }, cell = plain) => csvLine(variables) + rows.map((row) => csvLine(variables.map((name) => cell(row[name])))).join("");

function noFormula(term) {
  const text = plain(term);
  return FORMULA.test(text) ? `'${text}` : text;
}

const inMarkdown = (text) => text.replace(/([\\`*_[\]<>&|~])/g, "\\$1").replace(/\r\n|\r|\n/g, "<br>");

const markdownLine = (cells) => `| ${cells.join(" | ")} |\n`;

function markdownCell(term, prefixes) {
  if (term?.type !== "uri" || !IS_LINK.test(term.value)) return inMarkdown(plain(term));
  const target = term.value.replace(/[()<>|\\\s]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`);
  return `[${inMarkdown(compact(term.value, prefixes))}](${target})`;
}

const markdown = ({ variables, rows }, prefixes) => markdownLine(variables.map(inMarkdown)) + markdownLine(variables.map(() => "---"))
  + rows.map((row) => markdownLine(variables.map((name) => markdownCell(row[name], prefixes)))).join("");

function htmlCell(term, prefixes) {
  if (term?.type === "uri" && IS_LINK.test(term.value)) return `<td><a href="${inHtml(term.value)}">${inHtml(compact(term.value, prefixes))}</a></td>`;
  const direction = term?.["its:dir"] ? ` dir="${term["its:dir"]}"` : "";
  const tag = term?.["xml:lang"] ? ` lang="${inHtml(term["xml:lang"])}"${direction}` : "";
  return `<td${tag}>${inHtml(plain(term))}</td>`;
}

const htmlTable = ({ variables, rows }, prefixes) => `<table>\n<thead><tr>${variables.map((name) => `<th scope="col">${inHtml(name)}</th>`).join("")}</tr></thead>\n<tbody>\n`
  + rows.map((row) => `<tr>${variables.map((name) => htmlCell(row[name], prefixes)).join("")}</tr>\n`.replace(NOT_IN_HTML, "\ufffd")).join("")
  + "</tbody>\n</table>\n";

// What writes rows that the engine does not write.
const ROWS = {
  srj: resultsJson,
  csv: (found) => csv(found),
  records: ({ variables, rows }) => `[${rows.map((row) => record(variables, row)).join(",\n")}]\n`,
  ndjson: ({ variables, rows }) => rows.map((row) => `${record(variables, row)}\n`).join(""),
  md: markdown,
  "csv-bom": (found) => BOM + csv(found),
  "csv-spreadsheet": (found) => BOM + csv(found, noFormula),
  "html-table": htmlTable,
};

const line = (value) => `${value}\n`;
const BOOLEANS = {
  records: line, ndjson: line, md: line, boolean: String,
  "csv-bom": (value) => BOM + value, "csv-spreadsheet": (value) => BOM + value, "html-table": (value) => `<p>${value}</p>\n`,
};

// --- Answers -------------------------------------------------------------------------------------

const refused = (detail, available) => new Problem("not-acceptable", detail, { available });

const namesOf = (offers) => unique(offers.map(({ name }) => name)).join(", ");

// The format that is wanted for this kind of result, with labels or without.
function offerOf(kind, formats, { labels }, every) {
  if (labels.length && kind !== "solutions") throw new Problem("bad-request", `Labels stand beside the IRIs in the rows of a SELECT query, and this one is of the form ${FORMS[kind]}. Ask without labels.`);
  const offer = formats[kind], offered = every[kind].filter((row) => !row.by_name);
  if (!offer) throw refused(`None of the requested formats can represent the result of ${FORMS[kind]}. Available: ${mediaTypes(offered).join(", ")}; by name: ${namesOf(every[kind])}.`, mediaTypes(offered));
  if (!labels.length || ROWS[offer.name]) return offer;
  const others = every.solutions.filter(({ name }) => ROWS[name]);
  throw refused(`${offer.label} has no room for labels here. Ask without labels, or for one of ${namesOf(others)}.`, mediaTypes(others));
}

const NOT_IN_XML = /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/;

// XML as it can be read: a carriage return as a reference, since a parser would drop it.
function readableXml(text) {
  const found = NOT_IN_XML.exec(text);
  if (!found) return text.replaceAll("\r", "&#13;");
  const code = found[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
  throw refused(`The result contains the character U+${code}, which XML does not allow. Ask for JSON, or for Turtle or N-Triples if the result is a graph.`, [JSON_RESULTS, "text/turtle", "application/n-triples"]);
}

const writtenGraph = { ttl: turtle, trig: turtle, n3: turtle, rdf: rdfXml };

async function bodyOf(engine, wanted, offer, prefixes) {
  const { query, graphs, infer, labels, timeout } = wanted, options = { graphs, infer, timeout }, { name } = offer;
  if (OF_ENGINE[name] && !labels.length) return engine.text(query, { ...options, format: OF_ENGINE[name] });
  const found = await engine.solutions(query, options);
  if (found.kind === "boolean") return BOOLEANS[name](found.boolean);
  if (found.kind === "graph") return writtenGraph[name](found.triples, Object.fromEntries(prologue(query).declared));
  return ROWS[name](labels.length ? await withLabels(engine, found, labels) : found, prefixes);
}

// --- What an answer without rows says of where it is explained ------------------------------------

const EMPTY = {
  srj: /"bindings":\[\]\}\}$|"boolean":false\}$/,
  srx: /<results><\/results><\/sparql>$|<boolean>false<\/boolean><\/sparql>$/,
  csv: /^[^\n]*\n$|^false$/,
  tsv: /^[^\n]*\n$|^false$/,
  records: /^(\[\]|false)\n$/,
  ndjson: /^(false\n)?$/,
  md: /^[^\n]*\n\|[ \-|]*\n$|^false\n$/,
  "csv-bom": /^[^\n]*\n$|^\ufefffalse$/,
  "csv-spreadsheet": /^[^\n]*\n$|^\ufefffalse$/,
  "html-table": /<tbody>\n<\/tbody>\n<\/table>\n$|^<p>false<\/p>\n$/,
  boolean: /^false$/,
  ttl: /^$/, trig: /^$/, n3: /^$/, nt: /^$/, nq: /^$/,
  rdf: /<rdf:RDF[^>]*>\n<\/rdf:RDF>$/,
  jsonld: /^\[\]$/,
};

function withLink(body, name, link) {
  if (name === "srx") return body.replace("</head>", `<link href="${inHtml(link)}"/></head>`);
  const rest = body.slice('{"head":{'.length);
  return name === "srj" ? `{"head":{"link":${JSON.stringify([link])}${rest.startsWith("}") ? "" : ","}${rest}` : body;
}

// The answer to what was *sent*, in the format of *formats* for its kind. *help* says where an answer that is
// empty, or another, is explained; an empty text if it is not.
export async function written(site, version, wanted, formats, help = () => "") {
  const { formats: every, prefixes, limits } = await site.settings(), engine = await site.engine(version);
  const kind = kindOf(wanted.query);
  if (!formats[kind]) await engine.solutions(wanted.query, { graphs: wanted.graphs }); // first what is wrong with the query
  const offer = offerOf(kind, formats, wanted, every);
  const text = await bodyOf(engine, wanted, offer, prefixes), body = IN_XML.has(offer.name) ? readableXml(text) : text;
  const limit = limits.result_megabytes * 2 ** 20;
  if (body.length > limit) throw new Problem("result-too-large", `The result is larger than ${limit} bytes, the most that this site sends. Ask for it in parts, with LIMIT and OFFSET over a total order.`, { limit });
  const link = help(EMPTY[offer.name].test(body));
  return link ? { body: withLink(body, offer.name, link), offer, isHelped: true } : { body, offer, isHelped: false };
}

// A graph of the data, by its IRI or null for the default graph, in a format of triples.
export async function serialized(site, version, graph, offer) {
  const { prefixes, data } = await site.settings(), { graphs } = data[version] ?? data[""];
  if (graph && !(graph in graphs)) throw new Problem("not-found", `There is no graph ${graph}. There are: ${Object.keys(graphs).slice(0, 20).join(", ") || "none"}.`);
  const engine = await site.engine(version), pattern = graph ? `GRAPH <${graph}> { ?s ?p ?o }` : "?s ?p ?o";
  const query = `CONSTRUCT { ?s ?p ?o } WHERE { ${pattern} }`;
  if (OF_ENGINE[offer.name]) return engine.text(query, { format: OF_ENGINE[offer.name] });
  const text = writtenGraph[offer.name]((await engine.solutions(query)).triples, prefixes);
  return IN_XML.has(offer.name) ? readableXml(text) : text;
}

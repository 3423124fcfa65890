// The canned queries: the answer of each, with any values of its parameters.

import { bound, encoded, inPath } from "./binding.js";
import { existing, file } from "./files.js";
import { FORMS } from "./formats.js";
import { meanings, resolved } from "./meanings.js";
import { isOrdered } from "./modifiers.js";
import { HTML, JSON_FORMAT, choose, everything, languages, mediaTypes, ofKind, quoted, resultFormats } from "./negotiation.js";
import { Problem } from "./problem.js";
import { answered, asAnswer, elsewhere, evidenceOf, flag, inUrl, requestedFormats } from "./protocol.js";
import { nearest } from "./similar.js";

// Parameters that every query has; where it has its own by such a name, the server's has a dollar sign before it.
const RESERVED = ["format", "output", "infer", "evidence", "labels", "view", "order", "find", "page", "measure", "by"];

// The formats that have room for the evidence of rows.
const EXPLAINED = ["srj", "csv", "tsv"];

// The canned queries of a version, in the order of their names.
const questions = (site, version = "") => site.json(`endpoint/${version && `${version}/`}questions.json.lzma`);

// The canned query of this name; if there is none, the error names those that are like it.
async function question(site, version, name) {
  const every = await questions(site, version), found = every.find((each) => each.name === name);
  if (found) return found;
  if (!every.length) throw new Problem("not-found", `There is no canned query named ${quoted(name)}: none come with this dataset.`, { near: [] });
  const near = nearest(name, every.map((each) => each.name));
  const hint = near.length ? ` Did you mean ${near.join(", ")}?` : "";
  const folder = `${site.base.pathname}${version && `versions/${version}/`}queries/`;
  const suggestions = near.map((each) => ({ label: `${each}: ${every.find((row) => row.name === each).summary}`, address: folder + each }));
  throw new Problem("not-found", `There is no canned query named ${quoted(name)}.${hint}`, { near, suggestions });
}

// What a request asks of a canned query: the values *given* for its parameters, and what is for the server.
export function wantedOf({ parameters }, pairs) {
  const own = parameters.map((row) => row.name), given = [], forServer = [];
  for (const [name, value] of pairs) {
    if (name.startsWith("$") && RESERVED.includes(name.slice(1))) forServer.push([name.slice(1), value]);
    else (RESERVED.includes(name) && !own.includes(name) ? forServer : given).push([name, value]);
  }
  return {
    given,
    infer: flag(forServer, "infer"),
    evidence: evidenceOf(forServer),
    labels: languages(new Map(forServer).get("labels") ?? ""),
    formats: requestedFormats(forServer),
    forServer,
  };
}

// The query of a canned query with these values: {query, told, shown}, as it is evaluated, as it is explained, and as
// readers see it, and what values *meant* that are labels.
export async function asked(site, version, canned, given) {
  const { text, evaluated, references } = bound(canned, given, await site.settings());
  const terms = await meanings(site, version, references);
  const meant = references.filter(({ term }) => terms.has(term)).map((row) => ({ ...row, term: terms.get(row.term) }));
  return { query: resolved(evaluated, terms), told: text, shown: resolved(text, terms), meant };
}

// The query string for the rows after those that are asked for; null if there are none, or if they have no order.
export async function nextPage(site, version, canned, { given, forServer, infer }) {
  const values = new Map(given), size = values.get("limit") || canned.page_size;
  if (!size || !isOrdered(canned)) return null;
  const offset = Number(values.get("offset") || 0) + Number(size);
  const others = given.filter(([name]) => name !== "limit" && name !== "offset");
  const pairs = (limit) => [...others, ["limit", String(limit)], ["offset", String(offset)]];
  const engine = await site.engine(version), { query } = await asked(site, version, canned, pairs(1));
  const { rows } = await engine.solutions(query, { infer: infer ?? undefined });
  return rows.length ? [...pairs(size), ...forServer].map((pair) => pair.map(encoded).join("=")).join("&") : null;
}

// The folder of the answers that are files: with the default values, or with another for one parameter. Null for all
// other values, and where pages begin with values that nothing is bound to by itself.
function folderOf({ name, parameters }, given) {
  const defaults = new Map(parameters.map((row) => [row.name, row.default ?? ""]));
  const other = given.filter(([key, value]) => value !== defaults.get(key));
  const isOwn = given.every(([key], at) => defaults.has(key) && given.findIndex(([each]) => each === key) === at);
  if (!isOwn || other.length > 1 || parameters.some((row) => row.example !== null && row.default === null)) return null;
  return [`queries/${name}`, ...other.map(([key, value]) => `${key}=${inPath(value)}`)].join("/");
}

// The answer that the site has as a file, without an engine; null if it has none. What needs more than a body has none.
async function ready(site, version, canned, { given, infer, labels, evidence }, { name, extension }) {
  const folder = folderOf(canned, given);
  if (!folder || version || evidence === "brief" || infer !== null || labels.length || canned.page_size) return null;
  const ends = [evidence && "evidence", name !== extension && name, extension].filter(Boolean);
  const response = await existing(site, [folder, ...ends].join("."));
  return response && new Uint8Array(await response.arrayBuffer());
}

// The format of rows with evidence: one of those that have room for it.
function explained({ solutions }, accept, requested) {
  const offers = solutions.filter(({ extension }) => EXPLAINED.includes(extension)), chosen = ofKind(offers, accept, requested);
  if (chosen) return { solutions: chosen };
  const available = mediaTypes(offers.filter((row) => !row.by_name));
  throw new Problem("not-acceptable", `Only SPARQL results JSON, CSV and TSV have room for the evidence of rows. Ask for one of ${available.join(", ")}, or without evidence.`, { available });
}

// What the evidence of rows cannot be told for; nothing is answered without it.
function refuseEvidence({ kind, name }) {
  if (kind === "solutions") throw elsewhere(`The evidence of rows is found while a query is evaluated. This site has that of ${name} in full, with its default values and with each that is listed, as srj, csv and tsv.`);
  throw new Problem("bad-request", `Evidence is given for the rows of a SELECT query, and this one is of the form ${FORMS[kind]}. Ask without evidence, or select the variables of its pattern.`);
}

// Answers at /queries/NAME; null where a file is the answer. *page* answers who prefers a page.
export const canned = (page) => async (site, request) => {
  if (request.name.endsWith(".rq")) return null;
  const { formats } = await site.settings(), found = await question(site, request.version, request.name);
  const wanted = wantedOf(found, inUrl(request)), offers = [...everything(formats, wanted.formats.length > 0), HTML];
  if (choose(request.accept, offers, wanted.formats, "a result") === HTML) return page(site, request, found, inUrl(request));
  const chosen = (wanted.evidence ? explained : resultFormats)(formats, request.accept, wanted.formats), offer = chosen[found.kind];
  const body = offer && await ready(site, request.version, found, wanted, offer);
  if (body) return answered(request, body, { contentType: offer.content_type, extension: offer.extension }, { name: found.name });
  if (wanted.evidence) refuseEvidence(found);
  if (found.lacks) throw new Problem(found.lacks.problem, found.lacks.detail, { services: found.lacks.services });
  const query = await asked(site, request.version, found, wanted.given);
  const next = await nextPage(site, request.version, found, wanted).catch(() => null);
  const links = next ? [`<${found.name}?${next}>; rel="next"`] : [];
  return asAnswer(site, request, { ...wanted, ...query, graphs: null }, chosen, { name: found.name, from: "../", links });
};

// The list of the questions is a file; which of them may answer a text, only a server tells programs.
export async function listing(site, asked) {
  const pairs = inUrl(asked), offers = [JSON_FORMAT, HTML], isPage = choose(asked.accept, offers, requestedFormats(pairs), "the list of queries") === HTML;
  if (isPage || !new Map(pairs).get("q")) return file(site, asked);
  throw elsewhere("Which questions may answer a text is not told here: /search?kind=query&q=TEXT finds them by their words.");
}

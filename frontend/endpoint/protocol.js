// The SPARQL 1.1 Protocol for queries, and the Graph Store Protocol for reading, as the server has them.

import { encoded } from "./binding.js";
import { VERSIONS } from "./dialect.js";
import { sha256Of } from "./hash.js";
import { choose, languages, partitioned, prefersPage, quoted, resultFormats, unique } from "./negotiation.js";
import { Problem } from "./problem.js";
import { serialized, written } from "./formats.js";
import { words } from "./rewriting.js";
import { withTerms } from "./slots.js";
import { ABSOLUTE, inFull } from "./values.js";

const FORM = "application/x-www-form-urlencoded";
const DIRECT = "application/sparql-query";
const FORMATS = ["format", "output"];
const ONCE = ["query", "timeout", "version", "infer", "evidence", "labels", "call"];
const BINDING = /^\$[\w\p{L}]+$/u;
const MAX_PARAMETERS = 1000;
const LONGEST_LINK = 2000;
const READ = "GET, HEAD, OPTIONS";
const CHANGING = new Set(["NOW", "RAND", "UUID", "STRUUID", "BNODE"]);
const PARTIAL_DATE = /[<>=]\s*(?:"[^"]*"|'[^']*')\^\^[^\s"'^]*gYear|\^\^[^\s"'^]*gYear(?:Month)?>?\s*[<>!=]/;
const KEPT = "public, max-age=300";
// What a table in HTML may load where a browser shows it by itself: nothing.
const POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const malformed = (detail) => new Problem("malformed-request", detail);

// --- Parameters ----------------------------------------------------------------------------------

const bytesOf = (text) => new TextEncoder().encode(text);

// One name or value of a form without its percent-encoding; a lone percent sign stays.
function unquoted(encoded, where) {
  const parts = encoded.replaceAll("+", " ").split(/%([0-9A-Fa-f]{2})/);
  const bytes = parts.flatMap((part, at) => (at % 2 ? [parseInt(part, 16)] : [...bytesOf(part)]));
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(bytes));
  } catch {
    throw malformed(`The ${where} is not UTF-8. Encode it as UTF-8 before percent-encoding.`);
  }
}

// The names and values of a form (URL Standard, section 5.1).
function pairsOf(encoded, where = "query string") {
  const parts = encoded.split("&");
  if (parts.length > MAX_PARAMETERS) throw malformed(`The ${where} has ${parts.length} parameters. Send at most ${MAX_PARAMETERS}.`);
  return parts.filter(Boolean).map((part) => partitioned(part, "=").map((text) => unquoted(text, where)));
}

export const inUrl = ({ url }) => pairsOf(url.search.slice(1));

// The values of the parameters that request a format; an empty value requests none.
export const requestedFormats = (pairs) => pairs.filter(([name, value]) => FORMATS.includes(name) && value).map(([, value]) => value);

// The value of a parameter that is true or false; null if it is not given.
export function flag(pairs, name, known = "true or false") {
  const value = new Map(pairs).get(name);
  if (value === undefined) return null;
  if (!["true", "false"].includes(value.toLowerCase())) throw malformed(`The parameter ${name} has the value ${quoted(value)}. Give ${known}.`);
  return value.toLowerCase() === "true";
}

// Whether rows are to come with evidence: true, false, or "brief".
export const evidenceOf = (pairs) =>
  (new Map(pairs).get("evidence")?.toLowerCase() === "brief" ? "brief" : flag(pairs, "evidence", "true, false or brief") === true);

const graphsOf = (pairs, wanted, settings) => pairs.filter(([name]) => name === wanted).map(([, value]) => {
  const iri = inFull(settings, value);
  if (ABSOLUTE.test(iri)) return iri;
  throw malformed(`The parameter ${wanted} has the value ${quoted(value)}, which is not an absolute IRI. Give one such as https://w3id.org/gbagraph/graph/article.`);
});

function timeoutOf(value) {
  if (value === undefined) return null;
  if (/^\d{1,9}(\.\d{1,9})?$/.test(value) && Number(value) > 0) return Number(value);
  throw malformed(`The parameter timeout has the value ${quoted(value)}. Give seconds above 0, such as 5 or 0.5.`);
}

function refuseRepeated(pairs) {
  for (const wanted of ONCE) {
    const times = pairs.filter(([name]) => name === wanted).length;
    if (times > 1) throw malformed(`The parameter ${wanted} is given ${times} times. Give it once.`);
  }
}

const missing = (values) => malformed(values.has("update")
  ? "This endpoint is read-only: it answers queries and accepts no updates."
  : "The parameter query is missing. Ask like this: /sparql?query=SELECT%20*%20%7B%20%3Fs%20...");

// --- Requests ------------------------------------------------------------------------------------

function mediaTypeOf(contentType) {
  if (!contentType) throw malformed(`A request with a body needs a Content-Type: ${FORM} for a form with a field named query, or ${DIRECT} for a query as the body.`);
  const [mediaType, ...rest] = contentType.toLowerCase().split(";").map((part) => part.trim());
  const charset = rest.find((part) => part.startsWith("charset="))?.slice(8).replaceAll('"', "") ?? "utf-8";
  if (![FORM, DIRECT].includes(mediaType)) throw new Problem("unsupported-media-type", `The body is ${quoted(mediaType || "of no media type")}. Send ${DIRECT} or ${FORM}.`, { available: [DIRECT, FORM] });
  if (!["utf-8", "utf8", "us-ascii"].includes(charset)) throw new Problem("unsupported-media-type", `The body is in the charset ${quoted(charset)}. SPARQL is sent as UTF-8.`, { available: ["utf-8"] });
  return mediaType;
}

function utf8(body) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    throw malformed("The query is not UTF-8. Encode it as UTF-8 before percent-encoding.");
  }
}

function notTwice(inAddress, inBody) {
  for (const wanted of ["query", "default-graph-uri", "named-graph-uri"]) {
    if ([inAddress, inBody].every((pairs) => pairs.some(([name]) => name === wanted))) throw malformed(`The parameter ${wanted} is both in the URL and in the body. Send it only once.`);
  }
}

function refuseLarge({ byteLength }, { body_megabytes: megabytes }) {
  const limit = megabytes * 2 ** 20;
  if (byteLength > limit) throw new Problem("request-too-large", `The request body is larger than ${limit} bytes, the most that this server reads. Send the values of a join in several requests.`, { limit });
}

// The names and values that a request sends, those of its body among them.
export async function fields(asked, { limits }) {
  const { request } = asked, inAddress = inUrl(asked), contentType = request.headers.get("content-type");
  if (["GET", "HEAD"].includes(request.method)) return inAddress;
  const body = await request.arrayBuffer();
  refuseLarge(body, limits);
  if (!body.byteLength && !contentType) return inAddress; // as in Fuseki
  if (mediaTypeOf(contentType) === FORM) {
    const inBody = pairsOf(new TextDecoder("latin1").decode(body), "form");
    notTwice(inAddress, inBody);
    return [...inBody, ...inAddress];
  }
  if (inAddress.some(([name]) => name === "query")) throw malformed("A query in the URL and a query as the body are two queries. Send one of them.");
  return [["query", utf8(body)], ...inAddress];
}

// What these names and values ask: {query, graphs, timeout, infer, evidence, labels}, with the terms
// that they bind in the query.
export function sent(pairs, settings) {
  const values = new Map(pairs);
  if (!values.has("query")) throw missing(values);
  refuseRepeated(pairs);
  const version = values.get("version");
  if (version !== undefined && !VERSIONS.includes(version)) throw malformed(`The parameter version has the value ${quoted(version)}. Supported: ${VERSIONS.join(", ")}.`);
  const [standard, named] = ["default-graph-uri", "named-graph-uri"].map((name) => unique(graphsOf(pairs, name, settings)));
  return {
    query: withTerms(values.get("query"), pairs.filter(([name]) => BINDING.test(name)).map(([name, value]) => [name.slice(1), value]), settings),
    graphs: standard.length || named.length ? { default: standard, named } : null,
    timeout: timeoutOf(values.get("timeout")),
    infer: flag(pairs, "infer"),
    evidence: evidenceOf(pairs),
    labels: languages(values.get("labels") ?? ""),
    call: flag(pairs, "call"),
  };
}

export const elsewhere = (what) => new Problem("engine-unsupported", `${what} Only a server can do that: this site has none.`);

// What the endpoint of a site leaves to a server, rather than to answer without it.
export function refuseWhatNeedsServer({ evidence, labels = [] }) {
  if (evidence && labels.length) throw new Problem("bad-request", "Rows come with evidence or with labels, not with both. Ask for one of them.");
  if (evidence) throw elsewhere("The evidence of the rows of a query by hand is found while it is evaluated.");
}

// --- Answers -------------------------------------------------------------------------------------

// The response for a method that is not offered, or the options; null for one that is.
export function options({ request }, path, allow = READ) {
  if (request.method !== "OPTIONS") {
    if (allow.split(", ").includes(request.method)) return null;
    throw new Problem("method-not-allowed", `${request.method} is not offered at ${path}. Use ${allow}.`, { allow });
  }
  const wanted = request.headers.get("access-control-request-headers") ?? "*";
  if (!request.headers.has("access-control-request-method")) return new Response(null, { status: 204, headers: { allow } });
  return new Response(null, { headers: {
    allow, "access-control-allow-methods": allow, "access-control-max-age": "86400", "access-control-allow-headers": wanted,
  } });
}

// The address at which a query is explained, relative to that of its results.
function helpOf({ query, told = query, infer, graphs }) {
  const parameters = [
    ["query", told],
    ...(infer === null ? [] : [["infer", infer]]),
    ...(graphs?.default ?? []).map((iri) => ["default-graph-uri", iri]),
    ...(graphs?.named ?? []).map((iri) => ["named-graph-uri", iri]),
  ];
  const address = `sparql/explain?${parameters.map(([name, value]) => `${encoded(name)}=${encoded(String(value))}`).join("&")}`;
  return address.length > LONGEST_LINK ? "sparql/explain" : address;
}

// Whether a template of CONSTRUCT may make blank nodes: named, anonymous, lists or reifiers.
function mayMakeBlankNodes(query) {
  const list = words(query);
  return list.some(({ text }) => text.toUpperCase() === "CONSTRUCT") && list.some(({ kind, text }) => kind === "blank" || ["[", "(", "<<", "{|", "~"].includes(text));
}

const isChanging = (query) => words(query).some(({ kind, text }) => kind !== "name" && CHANGING.has(text.toUpperCase()));

// The tag of a body: a weak one where the same question may give other names of blank nodes. There is none in a page
// without encryption, which has no digest.
async function tagOf(bytes, isWeak) {
  const hash = await sha256Of(bytes);
  return hash ? `${isWeak ? "W/" : ""}"${hash.slice(0, 32)}"` : null;
}

function isKnown(headers, tag) {
  const asked = headers.get("if-none-match") ?? "";
  return asked.trim() === "*" || [...asked.matchAll(/(?:W\/)?("[^"]*")/g)].some(([, each]) => each === tag.replace(/^W\//, ""));
}

// The response with an answer, or Not Modified if the client has it. An answer that *changes* has no tag.
export async function answered({ request }, body, { contentType, extension }, { name, changes = false, isWeak = false, links = [] } = {}) {
  const bytes = typeof body === "string" ? bytesOf(body) : body;
  const headers = new Headers({ "content-type": contentType, "cache-control": changes ? "no-store" : KEPT });
  if (name) headers.set("content-disposition", `inline; filename="${name}.${extension}"`);
  if (extension === "html") headers.set("content-security-policy", POLICY);
  if (links.length) headers.set("link", links.join(", "));
  const tag = changes ? null : await tagOf(bytes, isWeak);
  if (!tag) return new Response(bytes, { headers });
  headers.set("etag", tag);
  return isKnown(request.headers, tag) ? new Response(null, { status: 304, headers }) : new Response(bytes, { headers });
}

// Answers the query that names and values send: the query operation of the protocol.
async function evaluated(site, asked, pairs) {
  const settings = await site.settings();
  const wanted = sent(pairs, settings);
  refuseWhatNeedsServer(wanted);
  const formats = resultFormats(settings.formats, asked.accept, requestedFormats(pairs));
  return asAnswer(site, asked, wanted, formats, { name: "results" });
}

// The answer to what is wanted, in one of the formats, to be saved by that name; *from* leads from its address to
// that of the site's root.
export async function asAnswer(site, asked, wanted, formats, { name, from = "", links = [] }) {
  const help = helpOf(wanted), mayLose = PARTIAL_DATE.test(wanted.query), { data } = await site.settings();
  const isWeak = Boolean(data[asked.version]?.blank_nodes) || mayMakeBlankNodes(wanted.query);
  const { body, offer, isHelped } = await written(site, asked.version, wanted, formats, (isEmpty) => (isEmpty || mayLose ? from + help : ""));
  const helping = isHelped ? [`<${site.base.pathname}${help}>; rel="help"`] : [];
  return answered(asked, body, { contentType: offer.content_type, extension: offer.extension }, { name, changes: isChanging(wanted.query), isWeak, links: [...links, ...helping] });
}

// The query operation; on a bare GET, the description of the service. *page* answers who prefers a page.
export const endpoint = (page, description) => async (site, asked) => {
  const told = options(asked, "/sparql", "GET, HEAD, POST, QUERY, OPTIONS");
  if (told) return told;
  const settings = await site.settings(), { formats } = settings, pairs = await fields(asked, settings), requested = requestedFormats(pairs);
  const isBare = pairs.every(([name]) => FORMATS.includes(name));
  const isDirect = (asked.request.headers.get("content-type") ?? "").toLowerCase().startsWith(DIRECT);
  if (!isDirect && prefersPage(formats, asked.accept, requested, isBare)) return page(site, asked, pairs);
  if (!isBare) return evaluated(site, asked, pairs);
  return description(site, asked, choose(asked.accept, formats.graph, requested, "the service description"));
};

// Reads a graph (Graph Store Protocol, section 5.2): ?default or ?graph=IRI. *ready* gives the bytes of one that is a
// file, or null.
export const graphStore = (ready) => async (site, asked) => {
  const settings = await site.settings(), { formats } = settings, pairs = inUrl(asked);
  const named = graphsOf(pairs, "graph", settings), standard = pairs.filter(([name]) => name === "default");
  if (named.length + standard.length !== 1) throw malformed("Name one graph: /graphs?default, or /graphs?graph=IRI.");
  const offer = choose(asked.accept, formats.graph, requestedFormats(pairs), "a graph");
  const body = await ready(site, asked, named[0], offer) ?? await serialized(site, asked.version, named[0] ?? null, offer);
  return answered(asked, body, { contentType: offer.content_type, extension: offer.extension });
};


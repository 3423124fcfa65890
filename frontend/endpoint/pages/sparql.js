// The page of the editor with the answer to a query: as gbagraph.web.sparql on a server.

import { prologue } from "../../../src/gbagraph/web/static/sparql-tokens.js";
import { told } from "../details.js";
import { turtle as turtleOf } from "../graphs.js";
import { refuseWhatNeedsServer, sent } from "../protocol.js";
import { Address } from "./address.js";
import { escaped, html } from "./html.js";
import { Frame, HEADERS, withAttribute } from "./frame.js";
import { Labels, tagsOf } from "./labels.js";
import { problemPage } from "./problem.js";
import { Reader } from "./reader.js";
import { shownOf } from "./rows.js";
import { failed, Section } from "./section.js";

const CHOSEN = ["default-graph-uri", "named-graph-uri", "infer"];
const SENDS = {
  asserted: [["infer", "false"]],
  article: [["default-graph-uri", "https://w3id.org/gbagraph/graph/article"]],
};
export const FOLLOWING = /<script type="application\/json" id="editor-settings">|<\/main>/;
// Bytes of the largest graph that a page shows as text.
const LONGEST = 200_000;
const TRIPLE = ["subject", "predicate", "object"];

// The parameters, with those that the choice in the form stands for.
export function asSent(pairs) {
  const chosen = new Map(pairs).get("scope"), rest = pairs.filter(([name]) => name !== "scope");
  if (chosen === undefined || chosen === "given") return rest;
  return [...rest.filter(([name]) => !CHOSEN.includes(name)), ...SENDS[chosen] ?? []];
}

// Pages are in folders, from which their links lead.
export function inFolder({ url, request }) {
  if (url.pathname.endsWith("/") || request.method === "POST") return null;
  return new Response(null, { status: 303, headers: { location: `${url.pathname}/${url.search}` } });
}

// The address at which programs ask.
export const addressOf = ({ base }, { version }, path) => new URL((version && `versions/${version}/`) + path, base).href;

export const readerOf = (settings, { language, path }) => new Reader(settings, language, "../".repeat(path.split("/").length - 1));

// The page; null where no query is asked, and the file of the site is the answer.
export async function sparqlPage(site, asked, pairs) {
  const address = new Address(asSent(pairs)), query = new Map(address.asked).get("query") ?? "";
  if (!query) return null;
  const redirect = inFolder(asked);
  if (redirect) return redirect;
  const reader = readerOf(await site.settings(), asked);
  const framed = async (section, problem) => (await frameOf(site, asked, address, query, problem, reader)).answer(section, FOLLOWING).text;
  return answered(site, asked, framed, reader, async () => {
    const wanted = sent(address.hidden(""), reader.settings);
    refuseWhatNeedsServer(wanted);
    const url = addressOf(site, asked, "sparql");
    const call = { address: url, query, pairs: address.asked.filter(([name]) => CHOSEN.includes(name)) };
    return section(site, asked, wanted, { address, reader, call });
  });
}

// The response with what *make* makes in its frame, or with what is wrong.
export async function answered(site, asked, framed, reader, make) {
  try {
    return new Response(await framed(await make()), { headers: HEADERS });
  } catch (problem) {
    if (!problem.more) throw problem;
    const page = (...given) => framed(failed(problem, given[3].title, reader), problem).catch(() => problemPage(...given));
    const response = await told(site, { ...asked, accept: "text/html" }, problem, page);
    Object.entries(HEADERS).forEach(([name, value]) => response.headers.set(name, value));
    return response;
  }
}

// The section with the answer to a query over these graphs.
export async function section(site, { version }, { query, graphs, infer, labels: tags }, { address, reader, call, isOrdered, translate, titles }) {
  const engine = await site.engine(version), options = { graphs, infer: infer ?? undefined };
  const inGraphs = Boolean(graphs) || /\b(?:GRAPH|FROM)\b/i.test(query);
  const labels = new Labels(engine, tags?.length ? tags : tagsOf(reader.language, reader.settings), inGraphs);
  const answer = await engine.solutions(query, options);
  const isGraph = answer.kind === "graph";
  const names = isGraph ? TRIPLE : answer.variables, rows = isGraph ? answer.triples : answer.rows;
  const found = answer.kind === "boolean" ? answer
    : { kind: answer.kind, query, names, ...await shownOf({ names, rows }, address, reader, labels) };
  await translate?.(found, labels);
  const turtle = isGraph && address.shown("view") === "turtle" ? asTurtle(rows, query) : undefined;
  return new Section(found, { address, reader, labels, formats: reader.settings.formats, turtle, call, isOrdered, titles }).html;
}

function asTurtle(triples, query) {
  const text = turtleOf(triples, Object.fromEntries(prologue(query).declared));
  return new TextEncoder().encode(text).length <= LONGEST ? text : "";
}

// The page of the editor with the query, and the choices that its address makes.
export async function frameOf(site, asked, address, query, problem, reader) {
  const frame = await Frame.of(site, asked), lines = query.split("\n").length;
  frame.exchange(/<form id="ask"[^>]*>/, (tag) => withAttribute(tag, "data-example", null));
  frame.exchange(/(<textarea id="query"[^>]*>)[^]*?<\/textarea>/, (_, tag) => {
    const rows = withAttribute(tag, "rows", Math.min(Math.max(lines, 9), 24));
    const marked = problem?.more.line ? rows.replace(/>$/, ' aria-invalid="true" aria-describedby="error">') : rows;
    return `${marked}\n${escaped(query)}</textarea>`;
  });
  frame.text = frame.text.replace(/(<select name="scope">)([^]*?)(<\/select><\/label>)/, (_, begin, options, end) =>
    `${begin}${scopes(options, address, reader)}${end}${hidden(options, address)}`);
  return frame;
}

const chosenBy = ({ asked }) => asked.filter(([name]) => CHOSEN.includes(name));
const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

// The name of the part of the data that an address asks, of those that the form offers.
function scopeOf(options, address) {
  const names = [...options.matchAll(/<option value="([^"]*)"/g)].map(([, name]) => name);
  return names.find((name) => same(SENDS[name] ?? [], chosenBy(address))) ?? "given";
}

function scopes(options, address, reader) {
  const chosen = scopeOf(options, address);
  const marked = options.replace(/<option value="([^"]*)"(?: selected)?>/g, (_, name) => `<option value="${name}"${name === chosen ? " selected" : ""}>`);
  return chosen === "given" ? `${marked}${html`<option value="given" selected>${reader.say("as the address says")}</option>`}\n` : marked;
}

const hidden = (options, address) => (scopeOf(options, address) !== "given" ? ""
  : html`${chosenBy(address).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}`);

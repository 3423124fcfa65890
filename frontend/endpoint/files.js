// Files of the site at the addresses of the server, in the format that a client prefers.

import { sha256Of } from "./hash.js";
import { HTML, JSON_FORMAT, byName, notAcceptable, preferred, unique, unknownFormat } from "./negotiation.js";
import { Problem } from "./problem.js";
import { answered, elsewhere, inUrl, requestedFormats } from "./protocol.js";

const TEXT = { media_type: "text/plain", content_type: "text/plain; charset=utf-8", extension: "txt", name: "txt", names: ["text"], standard: true };
// Formats whose documents are also documents of another format, which is the one in the file where they have none.
const WRITTEN_AS = { trig: "ttl", n3: "ttl", nq: "nt" };

const TEXTS = ["json", "md", "txt"];

const rowsOf = ({ graph, solutions }) => [...graph, JSON_FORMAT, ...solutions.filter(({ name }) => name === "md"), TEXT, HTML];

// The offers that a client accepts, the preferred first.
function ranked(accept, offers) {
  const left = [...offers], found = [];
  for (let best = preferred(accept, left); best; best = preferred(accept, left)) {
    found.push(best);
    left.splice(left.indexOf(best), 1);
  }
  return found;
}

export const existing = async (site, path) => {
  const response = await site.read(path).catch(() => null);
  return response?.ok ? response : null;
};

// The hash of a text by which a file is found; a page that is not from a secure origin has none.
export async function hashOf(text) {
  const hash = await sha256Of(new TextEncoder().encode(text));
  if (!hash) throw elsewhere("This is found only where the address of the site begins with https.");
  return hash;
}

const fileOf = (path, { extension }) => `${path}.${WRITTEN_AS[extension] ?? extension}`;

// The first of the offers of which the site has a file at this path: [offer, response], or nothing. What has a graph has
// it in Turtle, and what has a text has a page: where these are not, the host is asked for no other format.
async function firstFile(site, path, offers) {
  const asked = new Map(), page = `${path && `${path}/`}index.html`;
  const file = (name) => asked.get(name) ?? asked.set(name, existing(site, name)).get(name);
  const mayHave = (offer) => offers.length === 1 || file(TEXTS.includes(offer.extension) ? page : `${path}.ttl`);
  for (const offer of offers) {
    // The host says itself what it has where a page comes first.
    if (offer === HTML && (offer === offers[0] || await file(page))) return [offer, null];
    if (offer === HTML || !await mayHave(offer)) continue;
    for (const name of unique([`${path}.${offer.extension}`, fileOf(path, offer)])) {
      if (await file(name)) return [offer, await file(name)];
    }
  }
  return [];
}

const leftOut = ({ left_out: rows }, path) => rows.find((row) =>
  new RegExp(`^${row.path.replace(/[.*+?^$()|[\]\\]/g, "\\$&").replace(/\{\w+:path\}/g, ".+").replace(/\{\w+\}/g, "[^/]+")}$`).test(path));

const bodyOf = async (response) => new Uint8Array(await response.arrayBuffer());

const nothing = ({ iri_base: base }, path) => new Problem("not-found",
  `${(base || "/") + path.replace(/^\/(?:doc\/)?/, "")} is not the name of anything in this graph.`, { suggestions: [] });

// The file with a suffix as it is, with the media type of its format; null where no format has this suffix.
async function suffixed(site, asked, { formats }) {
  const extension = /\.(\w+)$/.exec(asked.path)?.[1];
  const offer = [...formats.graph, ...formats.solutions].find((row) => row.extension === extension);
  const response = offer && offer.extension !== "json" ? await firstFile(site, asked.path.slice(1, -extension.length - 1), [offer]) : [];
  return response[1] ? answered(asked, await bodyOf(response[1]), { contentType: offer.content_type, extension }) : null;
}

// The response from a file at an address of the server; null where a page of the site is the answer.
export async function file(site, asked) {
  const settings = await site.settings(), requested = requestedFormats(inUrl(asked)), { path, accept } = asked;
  const left = leftOut(settings, path);
  if (left) throw elsewhere(`${left.reason} This is at ${path} of a server.`);
  const found = await suffixed(site, asked, settings);
  if (found) return found;
  if (/\.\w+$/.test(path) && await existing(site, path.slice(1))) return null;
  const rows = rowsOf(settings.formats), named = rows.filter((row) => requested.length && byName(requested[0], [row]));
  if (requested.length && !named.length) throw unknownFormat(requested[0], rows, "a document");
  const offers = named.length ? named : ranked(accept, rows);
  const own = path.slice(1);
  const [offer, response] = await firstFile(site, own, own ? offers : offers.filter((row) => row === HTML));
  if (offer === HTML && offer === offers[0]) return null;
  if (response) return answered(asked, await bodyOf(response), { contentType: offer.content_type, extension: offer.extension });
  const document = await ofThing(site, asked);
  if (document || offer) return document;
  if (!offers.includes(HTML) && await existing(site, `${own ? `${own}/` : ""}index.html`)) throw notAcceptable(accept, [...settings.formats.graph, HTML], "a document");
  throw nothing(settings, path);
}

// A thing leads to the document about it, as at the server (303, See Other); null for what is none.
async function ofThing(site, { path }) {
  const document = `doc${path}`;
  if (path === "/" || !await existing(site, `${document}.ttl`)) return null;
  return new Response(null, { status: 303, headers: { location: site.base.pathname + encodeURI(document) } });
}

// The description of the service in a format.
export async function description(site, asked, offer) {
  const [, response] = await firstFile(site, "sparql", [offer]);
  if (!response) throw elsewhere("The service is described by a server.");
  return answered(asked, await bodyOf(response), { contentType: offer.content_type, extension: offer.extension });
}

// The bytes of a named graph of the built-in dataset, whose file has the numbers as they were written; an engine makes
// integers of all whole ones.
export async function graphFile(site, { version }, graph, offer) {
  const { data, iri_base: base } = await site.settings();
  if (version || !data[""].built_in || !graph?.startsWith(`${base}graph/`)) return null;
  const [, response] = await firstFile(site, graph.slice(base.length), [offer]);
  return response ? bodyOf(response) : null;
}

// Errors as the server tells them: problem details (RFC 9457), plain text, or a page.

import { HTML, preferred } from "./negotiation.js";
import { Problem } from "./problem.js";

const BASE = "https://w3id.org/gbagraph/";
const DETAILS = { media_type: "application/problem+json" };
const TEXT = { media_type: "text/plain" };
const OFFERS = [DETAILS, { media_type: "application/json" }, TEXT, HTML];
const UNKNOWN = { title: "The server failed", status: 500, headers: {} };
// What is told where not even the settings of the site can be read.
const WITHOUT_SETTINGS = { "engine-unavailable": { title: "Queries cannot be evaluated right now", status: 503, headers: {} } };

// The problem that anything thrown is.
export const asProblem = (error) => (error instanceof Problem ? error
  : new Problem("internal-error", `The endpoint failed to answer. This is a fault of it: ${error.message ?? error}.`));

// What a problem is called, and its status, as the server has them; but a site says of any limit that it is one (504).
async function described(site, { name, more }) {
  const { problems } = await site.settings().catch(() => ({ problems: WITHOUT_SETTINGS }));
  return { ...problems[name] ?? UNKNOWN, ...(more.status && { status: more.status }) };
}

function headersOf({ more }, headers) {
  const all = new Headers({ "cache-control": "no-store", ...headers });
  if (more.allow) all.set("allow", more.allow);
  return all;
}

// The response for a problem in the format that the client prefers; *page* writes one in HTML:
// async (site, asked, problem, {title, status}) => text, or null where it can write none.
export async function told(site, asked, problem, page) {
  const { title, status, headers: own } = await described(site, problem);
  const headers = headersOf(problem, own);
  let chosen = preferred(asked.accept, OFFERS) ?? DETAILS;
  let body = chosen === HTML ? await page(site, asked, problem, { title, status }) : null;
  if (chosen === TEXT) body = `${title}\n${problem.message}\n${problem.more.excerpt ?? ""}\n`;
  if (body === null) {
    if (chosen === HTML) chosen = DETAILS;
    body = JSON.stringify({ type: `${BASE}problem/${problem.name}`, title, status, detail: problem.message, ...problem.more });
  }
  const isText = chosen.media_type.startsWith("text/");
  headers.set("content-type", chosen.media_type + (isText ? "; charset=utf-8" : ""));
  return new Response(body, { status, headers });
}

// Answers requests as the server does, from the files of the site: in a service worker, a page, or Node.

import { canned, listing } from "./canned.js";
import { asProblem, told } from "./details.js";
import { doc } from "./doc.js";
import { explain } from "./explain.js";
import { description, file, graphFile } from "./files.js";
import { manual } from "./manual.js";
import { problemPage } from "./pages/problem.js";
import { questionPage } from "./pages/question.js";
import { sparqlPage } from "./pages/sparql.js";
import { endpoint, graphStore, options } from "./protocol.js";
import { search } from "./search.js";
import { Site } from "./site.js";
import { why } from "./why.js";

// Each: the paths below the site's root, and what answers there: async (site, asked) => Response, or null
// where a file of the site is the answer.
const ROUTES = [
  [/^\/sparql$/, endpoint(sparqlPage, description)],
  [/^\/sparql\/explain$/, explain],
  [/^\/graphs$/, graphStore(graphFile)],
  [/^\/search$/, search],
  [/^\/search\/index\.json$/, completions],
  [/^\/docs$/, manual],
  [/^\/why$/, why],
  [/^\/doc$/, doc],
  [/^\/queries$/, listing],
  [/^\/queries\/(?<name>[^/]+)$/, canned(questionPage)],
  [/^\//, file],
];

const EXPOSED = "Dataset-Hash, Dataset-Version, ETag, Link, Location, Retry-After, Server-Timing";
const IN_VERSION = /^\/versions\/([^/]+)(\/sparql|\/graphs|\/queries\/[^/]+)$/;
const BODILESS = new Set([204, 303, 304]);

// What the editor completes from, which the site has packed as well.
async function completions(site) {
  const bytes = await site.bytes({ path: "endpoint/completions.json.lzma" });
  return new Response(bytes, { headers: { "content-type": "application/json" } });
}

export class Endpoint {
  constructor(base, read) {
    this.site = new Site(base, read);
  }

  // The response to a request; null if a file of the site is the answer.
  async respond(request) {
    let asked = { request, accept: request.headers.get("accept") ?? "", url: new URL(request.url) };
    try {
      asked = await this.asked(asked);
      const response = await this.answered(asked);
      return response && await this.finished(response, asked);
    } catch (error) {
      return this.finished(await told(this.site, asked, asProblem(error), problemPage), asked);
    }
  }

  async answered(asked) {
    const said = asked.path.startsWith("/sparql") ? null : options(asked, asked.path);
    if (said) return said;
    for (const [pattern, answer] of ROUTES) {
      const match = pattern.exec(asked.path);
      if (match) return answer(this.site, { ...asked, ...match.groups });
    }
    return null;
  }

  // What is asked: the path below the site, without the folder of the language and that of the version.
  async asked({ request, accept, url }) {
    const { languages } = await this.site.settings();
    let path = `/${decoded(url.pathname.slice(this.site.base.pathname.length)).replace(/\/$/, "")}`;
    const language = languages.slice(1).find((tag) => path === `/${tag}` || path.startsWith(`/${tag}/`));
    if (language) path = path.slice(language.length + 1) || "/";
    const inside = IN_VERSION.exec(path);
    const [version, rest] = inside ? [inside[1], inside[2]] : ["", path];
    return { request, url, accept, path: rest, parameters: url.searchParams, language: language ?? languages[0], version };
  }

  // The response with the header fields that every response has.
  async finished(response, { request }) {
    const { release, dataset_hash: hash } = await this.site.settings().catch(() => ({}));
    const { status } = response;
    const headers = new Headers(response.headers);
    if (release) headers.set("dataset-version", release);
    if (hash) headers.set("dataset-hash", hash);
    headers.set("x-content-type-options", "nosniff");
    headers.set("access-control-allow-origin", "*");
    headers.set("access-control-expose-headers", EXPOSED);
    headers.set("vary", "Accept");
    if (BODILESS.has(status)) return new Response(null, { status, headers });
    const body = await response.arrayBuffer();
    headers.set("content-length", body.byteLength);
    return new Response(request.method === "HEAD" ? null : body, { status, headers });
  }
}

// A path without its percent-encoding; as it is where that is none.
export function decoded(path) {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

export { open } from "./node.js";

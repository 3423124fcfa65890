// Opens the folder of a site in Node: what a browser gets from its endpoint or from the host of its files.

import { Endpoint, decoded } from "./endpoint.js";

const TYPES = {
  html: "text/html; charset=utf-8", css: "text/css; charset=utf-8", js: "text/javascript; charset=utf-8", svg: "image/svg+xml",
  png: "image/png", json: "application/json", xml: "application/xml", atom: "application/atom+xml", txt: "text/plain; charset=utf-8",
  ttl: "text/turtle; charset=utf-8", md: "text/markdown; charset=utf-8", rq: "application/sparql-query", lzma: "application/octet-stream",
};

// The endpoint of the site in *folder*, as it would be at the address *base*: respond(request) always gives a response.
export async function open(folder, base = "http://localhost/") {
  const { readFile } = await import("node:fs/promises"), { resolve, sep } = await import("node:path");
  const root = resolve(folder);
  const read = async (path) => {
    const place = resolve(root, path), type = TYPES[place.slice(place.lastIndexOf(".") + 1)];
    if (!place.startsWith(root + sep)) return new Response(null, { status: 404 });
    const bytes = await readFile(place).catch(() => null);
    return bytes ? new Response(bytes, { headers: type ? { "content-type": type } : {} }) : new Response(null, { status: 404 });
  };
  const endpoint = new Endpoint(base, read);
  return { settings: () => endpoint.site.settings(), respond: async (request) => await endpoint.respond(request) ?? page(endpoint, read, request) };
}

// The page or other file at an address, as a host gives it.
async function page(endpoint, read, request) {
  const path = decoded(new URL(request.url).pathname.slice(endpoint.site.base.pathname.length)).replace(/\/$/, "");
  for (const name of [path, `${path}/index.html`].filter(Boolean).map((each) => each.replace(/^\//, ""))) {
    const response = await read(name);
    if (response.ok) return response;
  }
  return new Response(await (await read("404.html")).arrayBuffer(), { status: 404, headers: { "content-type": TYPES.html } });
}

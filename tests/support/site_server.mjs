// Serves the folder of a site over HTTP as its endpoint answers in Node: node site_server.mjs FOLDER BASE
import { createServer } from "node:http";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [folder, base] = process.argv.slice(2), { origin, hostname, port } = new URL(base);
const { open } = await import(pathToFileURL(join(resolve(folder), "endpoint", "endpoint.js")));
const site = await open(folder, base);

const bodyOf = async (message) => {
  const parts = [];
  for await (const part of message) parts.push(part);
  return Buffer.concat(parts);
};

createServer(async (message, reply) => {
  const { method, url, headers } = message, body = await bodyOf(message);
  const hasBody = !["GET", "HEAD"].includes(method) && body.length;
  const fields = Object.entries(headers).filter(([name]) => name !== "transfer-encoding" && name !== "expect");
  const request = new Request(origin + url, { method, headers: fields, ...(hasBody && { body }) });
  const response = await site.respond(request);
  reply.writeHead(response.status, Object.fromEntries(response.headers));
  reply.end(method === "HEAD" ? undefined : Buffer.from(await response.arrayBuffer()));
}).listen(Number(port), hostname);

// What the engine of a site does in trouble, as JSON: node engine.mjs FOLDER
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { unpacked } from "../../frontend/endpoint/lzma.js";

const folder = resolve(process.argv[2]);
const { Endpoint } = await import(pathToFileURL(join(folder, "endpoint", "endpoint.js")));
const bytesOf = (path) => readFile(join(folder, path));
const COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }";

// A site whose host gives what *change* makes of its files; *read* are the paths that were asked for.
function opened(change = (_, bytes) => bytes) {
  const read = [];
  const { site } = new Endpoint("https://site.example/", async (path) => {
    read.push(path);
    const body = await change(path, await bytesOf(path));
    return body instanceof Response ? body : new Response(body);
  });
  return { site, read };
}

const told = (promise) => promise.then((found) => found, ({ name, message, more }) => ({ problem: name, detail: message, ...more }));
const counted = async (engine, query = COUNT) => Number((await engine.solutions(query)).rows[0].n.value);

// What queries that do not end come to, and the next one after each.
async function stops(engine) {
  const found = {};
  const many = "?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n ?o";
  const steps = [..."abcdefg"].map((name, at) => `BIND(CONCAT(${Array(30).fill(`?${name}`)}) AS ?${"bcdefgh"[at]})`).join(" ");
  const queries = {
    product: `SELECT (COUNT(*) AS ?z) { ${many} }`,
    path: `SELECT (COUNT(*) AS ?z) { ${many} . ?a (!<x:p>|^!<x:p>)+ ?d }`,
    exists: `SELECT (COUNT(*) AS ?z) { ?x ?y ?w FILTER NOT EXISTS { ${many} FILTER(?c = ?w && ?f = ?x && ?l = <x:no>) } }`,
    regex: `SELECT (COUNT(*) AS ?z) { ${many} FILTER REGEX(CONCAT(STR(?c), STR(?f), STR(?o)), "(a|b)*c(d|e)*f$") }`,
    memory: `SELECT (STRLEN(?h) AS ?m) { BIND("0123456789" AS ?a) ${steps} }`,
    braces: `ASK ${"{".repeat(20000)}${"}".repeat(20000)}`,
    deep: `ASK { FILTER(${"(".repeat(20000)}1${")".repeat(20000)}) }`,
  };
  for (const [name, query] of Object.entries(queries)) {
    const first = await told(engine.text(query, { format: "text/csv", timeout: ["memory", "deep", "braces"].includes(name) ? 10 : 0.1 }));
    const fault = ["deep", "braces"].includes(name) ? engine.fault(query) : null;
    found[name] = { ...first, fault: fault?.name, next: await counted(engine) };
  }
  return found;
}

// What is told of files that are not there, or not what they should be; and the answer once they are right again.
async function faults() {
  const wasm = "endpoint/oxigraph.wasm.lzma", data = "endpoint/default.json.lzma", half = (bytes) => bytes.subarray(0, bytes.length >> 1);
  const changes = {
    "half of the settings": ["endpoint/settings.json", half],
    "no host": [wasm, () => Promise.reject(new TypeError("fetch failed"))],
    "half an engine": [wasm, half],
    absent: [data, () => new Response("", { status: 404 })],
    "half loaded": [data, half],
    "a page in its place": [data, () => "<!DOCTYPE html><title>Nothing is here</title>"],
    "of another build": [data, (bytes) => Buffer.from(unpacked(bytes)).toString().replace("x:b", "x:q")],
  };
  const found = {};
  let fault = [];
  const { site } = opened((path, bytes) => path === fault[0] ? fault[1](bytes) : bytes);
  for (const name in changes) {
    fault = changes[name];
    found[name] = await told(site.engine().then((engine) => counted(engine)));
  }
  fault = [];
  const next = await counted(await site.engine());
  (await site.settings()).data.more = { ...(await site.settings()).data[""], quads: 25 };
  found["a quad too few"] = await told(site.engine("more"));
  return { found, next };
}

// How many bytes, and how many instances, an engine takes.
async function thrift() {
  const { site, read } = opened((path, bytes) => path.endsWith("settings.json") ? JSON.stringify(versions(JSON.parse(bytes))) : bytes);
  const engine = await site.engine();
  await counted(engine);
  const first = read.length, graphs = await counted(engine, "SELECT (COUNT(DISTINCT ?g) AS ?n) { GRAPH ?g {} }");
  const more = read.slice(first);
  for (const version of ["one", "two", ""]) await counted(await site.engine(version));
  const kept = opened((path, bytes) => unpacked(bytes));
  return { graphs, more, kept: [...site.kept.keys()].filter((key) => key.startsWith("engine")), unpacked: await counted(await kept.site.engine()) };
}

const versions = (settings) => ({ ...settings, data: { ...settings.data, one: settings.data[""], two: settings.data[""] } });

// The answers to queries, by the engine itself.
async function answers(engine, queries) {
  const found = [];
  for (const [query, options] of queries) found.push(await told(engine.solutions(query, options)));
  return found;
}

const engine = await opened().site.engine(), queries = JSON.parse(await readFile(process.argv[3]));
process.stdout.write(JSON.stringify({
  stops: await stops(engine), answers: await answers(engine, queries), faults: await faults(), thrift: await thrift(),
}));

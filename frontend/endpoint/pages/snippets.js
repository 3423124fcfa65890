// Programs that ask what a page asks, of those that a site of files can answer: scripts of its pages, and Node.js.

const JSON_OF = { solutions: "application/sparql-results+json", boolean: "application/sparql-results+json", graph: "application/ld+json" };
const SHOWN = {
  solutions: `for (const row of found.results.bindings) {
  console.log(...found.head.vars.map((name) => row[name]?.value ?? ""));
}`,
  boolean: "console.log(found.boolean);",
  graph: "console.log(JSON.stringify(found, null, 2));",
};

const quoted = (query) => `\`\n${query.trim().replace(/\\|`|\$\{/g, "\\$&")}\n\``;

// *address* is where the question is answered; of a query in SPARQL, *query* is its text and *pairs* are the
// parameters beside it.
export function snippets({ kind, address, query, pairs = [] }) {
  const given = pairs.map(([name, value]) => `, ${JSON.stringify(name)}: ${JSON.stringify(value)}`).join("");
  const head = query === undefined ? "" : `const query = ${quoted(query)};\n`;
  const headers = `headers: { Accept: "${JSON_OF[kind]}" }`;
  const options = query === undefined ? `{ ${headers} }`
    : `{\n  method: "POST",\n  ${headers},\n  body: new URLSearchParams({ query${given} }),\n}`;
  const rest = `if (!response.ok) throw new Error(await response.text());
const found = await response.json();
${SHOWN[kind]}
`;
  const where = JSON.stringify(address);
  return [
    ["JavaScript: fetch", `${head}const response = await fetch(${where}, ${options});\n${rest}`],
    ["Node.js", `import { open } from "./site/endpoint/endpoint.js"; // in a copy of the site

const endpoint = await open("site");
${head}const response = await endpoint.respond(new Request(${where}, ${options}));
${rest}`],
  ];
}

// What a site without a server lacks: a query that needs it is refused, rather than answered otherwise.

import { prologue } from "../../src/gbagraph/web/static/sparql-tokens.js";
import { services } from "./dialect.js";
import { Problem } from "./problem.js";
import { iriOf, is, lineAndColumn, words } from "./rewriting.js";

// Refuses a query, written in the dialect of the server, that only a server can answer as it should be: of functions, one
// that the server has *made* of others before its engine reads the query, and one of which the engine gives *wrong* values.
export function refuseWhatIsLacking(query, base, { made, wrong }) {
  const list = words(query), declarations = prologue(query);
  const iri = (token) => iriOf(declarations, token, base);
  refuseCalls(query, services(list), iri);
  list.forEach((token, at) => {
    if (["iri", "name"].includes(token.kind) && is(list[at + 1], "(")) refuseFunction(query, token, iri(token), made, wrong);
  });
}

function refuseCalls(query, found, iri) {
  let silentUntil = 0;
  for (const { keyword, isSilent, endpoint, closing } of found) {
    if (!isSilent && keyword.start >= silentUntil) {
      const called = endpoint && endpoint.kind !== "variable" ? iri(endpoint) : "";
      throw refused("engine-unsupported", query, keyword, `The query calls ${called ? `<${called}>` : "another endpoint"} with SERVICE. Only a ` +
        "server calls other endpoints: this site has none. You can ask both endpoints from your own program. With SERVICE SILENT the rest " +
        "of the query is answered.", called && { endpoint: called });
    }
    silentUntil = Math.max(silentUntil, closing?.end ?? 0);
  }
}

function refuseFunction(query, token, iri, made, wrong) {
  if (wrong.includes(iri)) throw refused("unsupported-function", query, token, `${token.text} is refused: the SPARQL engine gives wrong values for some geometries.`);
  if (made.includes(iri)) throw refused("engine-unsupported", query, token, `The function ${token.text} is one of the server, which makes it of ` +
    "functions of SPARQL: this site has no server. Write it with functions of SPARQL.", { function: iri });
}

const refused = (name, query, { start }, reason, more) => {
  const { line, column } = lineAndColumn(query, start);
  return new Problem(name, `Line ${line}, column ${column}: ${reason}`, { line, column, ...more });
};

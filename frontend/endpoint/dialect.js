// Where Oxigraph reads a query otherwise than the standard, and what the server rewrites or refuses therefore.

import { closings, errorAt, is, replaced, words } from "./rewriting.js";
import { withSums } from "./sums.js";

export const AGGREGATES = ["COUNT", "SUM", "MIN", "MAX", "AVG", "SAMPLE", "GROUP_CONCAT"];
export const VERSIONS = ["1.0", "1.1", "1.2-basic", "1.2"];
const LATERAL = "LATERAL is in no version of SPARQL. Patterns join by their variables without it; for the first of each, write " +
  "FILTER NOT EXISTS { a pattern that finds a better one }, or a subquery with GROUP BY and MIN or MAX.";

// The query as Oxigraph reads it by the standard; a Problem where it would take what the standard does not.
export function standard(query) {
  const list = words(query);
  refuseNestedAggregates(query, list);
  refuseOtherLanguages(query, list);
  const plain = spelled(withoutServices(query, list));
  return withSums(replaced(plain, ownScopes(words(plain))));
}

// The query with what the engine does not know how to read spelled otherwise.
export const spelled = (query) => replaced(query, words(query).flatMap(edit));

// Where OPTIONAL has nothing but groups in it, the engine lets a FILTER in one of them see what is outside of them:
// each becomes a subquery, which has a scope of its own.
function ownScopes(list) {
  const closed = closings(list, "{", "}");
  return list.flatMap((token, at) => {
    const groups = is(token, "OPTIONAL") ? groupsFrom(list, closed, at + 2) : [];
    return groups.flatMap(([opening, closing]) => [[opening.start, opening.start, "{ SELECT * "], [closing.end, closing.end, " }"]]);
  });
}

// The groups that follow each other up to the end of that which they are in; none if anything else is there.
function groupsFrom(list, closed, start) {
  const found = [];
  let at = start;
  for (; is(list[at], "{") && closed.has(at); at = closed.get(at) + 1) {
    if (!is(list[at + 1], "SELECT")) found.push([list[at], list[closed.get(at)]]);
  }
  return is(list[at], "}") ? found : [];
}

// Keywords ignore case, true and false among them; names with several dots are refused if none is escaped.
function edit({ kind, text, start, end }) {
  if (kind === "boolean") return [[start, end, text.toLowerCase()]];
  if (kind !== "name" || !/:[^.]*\.[^.]+\../.test(text)) return [];
  const [prefix, local] = text.split(/:(.*)/s);
  return [[start, end, `${prefix}:${local.replace(/(?<!\\)\./g, "\\.")}`]];
}

// An aggregate may not be the argument of an aggregate (SPARQL 1.1, section 19.8, note 13).
function refuseNestedAggregates(query, list) {
  const groups = [[]]; // for each group, and in it for each open parenthesis, whether it is an aggregate's
  list.forEach((token, at) => {
    const group = groups.at(-1);
    if (is(token, "(")) {
      const before = list[at - 1], isAggregate = is(before, ...AGGREGATES);
      if (isAggregate && group.some(Boolean)) throw errorAt(query, before, "An aggregate stands inside another aggregate.");
      group.push(isAggregate);
    } else if (is(token, ")")) group.pop();
    else if (is(token, "{")) groups.push([]);
    else if (is(token, "}") && groups.length > 1) groups.pop();
  });
}

function refuseOtherLanguages(query, list) {
  list.forEach((token, at) => {
    const after = list[at + 1];
    if (is(token, "LATERAL") && is(after, "{")) throw errorAt(query, token, LATERAL);
    if (!is(token, "VERSION") || after?.kind !== "string" || VERSIONS.includes(after.text.slice(1, -1))) return;
    throw errorAt(query, after, `There is no SPARQL ${after.text} here. Known are: ${VERSIONS.join(", ")}.`);
  });
}

// The SERVICE clauses among the words of a query, outer ones first.
export function services(list) {
  const closed = closings(list, "{", "}");
  return list.flatMap((keyword, at) => {
    if (!is(keyword, "SERVICE")) return [];
    const isSilent = is(list[at + 1], "SILENT"), place = at + (isSilent ? 2 : 1);
    return [{ keyword, isSilent, endpoint: list[place], opening: list[place + 1], closing: list[closed.get(place + 1)] }];
  });
}

// The query with each SERVICE SILENT replaced by what a failed call gives: one empty solution (SPARQL 1.1 Federated
// Query, section 2.3), with the variables of its pattern in scope.
function withoutServices(query, list) {
  const found = services(list);
  if (!found.length || found.some(({ closing }) => !closing)) return query; // not SPARQL: the parser reports why
  return replaced(query, found.flatMap(({ keyword, endpoint, opening, closing }) => {
    const nothing = endpoint.kind === "variable" ? `VALUES ${endpoint.text} {}` : "FILTER (false)";
    return [[keyword.start, opening.start, "{ OPTIONAL { "], [closing.end, closing.end, ` ${nothing} } }`]];
  }));
}

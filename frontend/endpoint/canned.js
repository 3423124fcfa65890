// The canned queries: the answer of each, with any values of its parameters.

import { bound } from "./binding.js";
import { meanings, resolved } from "./meanings.js";
import { HTML, choose, everything, languages, quoted, resultFormats } from "./negotiation.js";
import { Problem } from "./problem.js";
import { asAnswer, elsewhere, evidenceOf, flag, inUrl, options, requestedFormats } from "./protocol.js";
import { nearest } from "./similar.js";

// Parameters that every query has; where it has its own by such a name, the server's has a dollar sign before it.
const RESERVED = ["format", "output", "infer", "evidence", "labels", "view", "order", "find", "page", "measure", "by"];

// The canned queries of a version, in the order of their names.
export const questions = (site, version = "") => site.json(`endpoint/${version && `${version}/`}questions.json.gz`);

// The canned query of this name; if there is none, the error names those that are like it.
export async function question(site, version, name) {
  const every = await questions(site, version), found = every.find((each) => each.name === name);
  if (found) return found;
  if (!every.length) throw new Problem("not-found", `There is no canned query named ${quoted(name)}: none come with this dataset.`, { near: [] });
  const near = nearest(name, every.map((each) => each.name));
  const hint = near.length ? ` Did you mean ${near.join(", ")}?` : "";
  const suggestions = near.map((each) => ({ label: `${each}: ${every.find((row) => row.name === each).summary}`, address: `/queries/${each}` }));
  throw new Problem("not-found", `There is no canned query named ${quoted(name)}.${hint}`, { near, suggestions });
}

// What a request asks of a canned query: the values *given* for its parameters, and what is for the server.
export function wantedOf({ parameters }, pairs) {
  const own = parameters.map((row) => row.name), given = [], forServer = [];
  for (const [name, value] of pairs) {
    if (name.startsWith("$") && RESERVED.includes(name.slice(1))) forServer.push([name.slice(1), value]);
    else (RESERVED.includes(name) && !own.includes(name) ? forServer : given).push([name, value]);
  }
  return {
    given,
    infer: flag(forServer, "infer"),
    evidence: evidenceOf(forServer),
    labels: languages(new Map(forServer).get("labels") ?? ""),
    formats: requestedFormats(forServer),
  };
}

// The query of a canned query with these values, as the data have them: {query, told}, what is evaluated and shown,
// and what values *meant* that are labels.
export async function asked(site, version, canned, given) {
  const { text, evaluated, references } = bound(canned, given, await site.settings());
  const terms = await meanings(site, version, references);
  const meant = references.filter(({ term }) => terms.has(term)).map((row) => ({ ...row, term: terms.get(row.term) }));
  return { query: resolved(evaluated, terms), told: resolved(text, terms), meant };
}

// Answers at /queries/NAME; null where a file is the answer. *page* answers who prefers a page.
export const canned = (page) => async (site, request) => {
  const told = options(request, `/queries/${request.name}`);
  if (told) return told;
  if (request.name.endsWith(".rq")) return null;
  const { formats } = await site.settings(), found = await question(site, request.version, request.name);
  const { given, formats: requested, ...wanted } = wantedOf(found, inUrl(request));
  const offers = [...everything(formats, requested.length > 0), HTML];
  if (choose(request.accept, offers, requested, "a result") === HTML) return page(site, request, found, inUrl(request));
  const chosen = resultFormats(formats, request.accept, requested);
  if (wanted.evidence) throw elsewhere("The evidence of rows is found while a query is evaluated.");
  if (found.lacks) throw new Problem(found.lacks.problem, found.lacks.detail, { services: found.lacks.services });
  const query = await asked(site, request.version, found, given);
  return asAnswer(site, request, { ...wanted, ...query, graphs: null }, chosen, { name: found.name, from: "../" });
};

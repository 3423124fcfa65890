// What errors and stops of the engine mean for a query, in the words of the server.

import { Problem } from "./problem.js";
import { errorAt, words } from "./rewriting.js";
import { slip } from "./slips.js";

// The engine was stopped at the limit of time.
export class Stopped extends Error {}

const MEMORY = "The query needs more memory than it may use. Make it cheaper: avoid sorting and grouping large cross " +
  "products, bind more terms, and use LIMIT inside subselects.";
const SORT = "The SPARQL engine cannot sort these values: they are of mixed kinds, such as dates with years or plain " +
  "texts with numbers. Order by STR(?x), or by values of one datatype.";
const DEEP = "The query is nested more deeply, or has more parts in a row, than the SPARQL engine can handle. Keep groups, " +
  "parentheses, lists, paths and chains of OPTIONAL or UNION below 150 levels; put many values into one VALUES.";
const CRASH = "The query crashed the engine that evaluated it; other queries are not affected. Please report it, with the query.";

// The problem that an error means, which the engine raised for a query after it *said* something; *limit* is in seconds.
export function failure(problem, query, said, limit, prefixes = {}) {
  if (problem instanceof Problem) return problem;
  if (problem instanceof Stopped) return timeout(limit);
  if (problem instanceof RangeError) return new Problem("query-too-deep", DEEP);
  if (problem instanceof WebAssembly.RuntimeError) return crash(problem, said);
  return refusal(String(problem?.message ?? problem), query, prefixes);
}

const timeout = (limit) => new Problem("query-timeout", `The query was stopped at its limit of ${limit} seconds; nothing was written ` +
  "yet. Make it cheaper: bind more terms, join patterns on shared variables, and use LIMIT inside subselects.", { limit, written: 0 });

// Without a word, the engine stops where it gets no more memory; where its stack is used up, it leaves that.
function crash(problem, said) {
  if (/out of bounds/i.test(problem.message)) return new Problem("query-too-deep", DEEP);
  if (said.includes("total order")) return new Problem("engine-crash", SORT);
  if (!said || said.includes("capacity overflow")) return new Problem("memory-exceeded", MEMORY, { status: 504 });
  return new Problem("engine-crash", CRASH);
}

const ARGUMENTS = /custom function <.*?(\w+)> requires between (\d+) and (\d+) arguments, but (\d+)/;

function argumentsError(query, name, number, given) {
  const token = words(query).find(({ text }) => text.endsWith(`:${name}`) || text.endsWith(`#${name}>`)) ?? { text: query.slice(0, 1), start: 0 };
  return errorAt(query, token, `${token.text} takes another number of arguments: ${number}, not ${given}.`);
}

function refusal(complaint, query, prefixes) {
  const [, line, column, more] = /^error at (\d+):(\d+): ([^]*)/.exec(complaint) ?? [];
  if (line) return slip(query, prefixes) ?? syntaxError(query, offset(query, +line, +column), more);
  if (complaint.includes("RDF 1.2")) return new Problem("not-acceptable",
    `The result cannot be written in this format: ${complaint}. Ask for Turtle or N-Triples.`,
    { available: ["text/turtle", "application/n-triples", "application/trig"] });
  const [, name, least, most, given] = ARGUMENTS.exec(complaint) ?? [];
  if (name) return argumentsError(query, name, least === most ? least : `${least}-${most}`, given);
  if (complaint.includes("custom function")) return new Problem("unsupported-function", `${complaint}. Beside the functions of SPARQL ` +
    "itself there are those that the service description names with sd:extensionFunction.");
  return new Problem("evaluation-failed", `The query could not be evaluated: ${complaint}`);
}

// The place in a text of a line and a column, both from 1.
const offset = (text, line, column) =>
  text.split("\n").slice(0, line - 1).reduce((sum, { length }) => sum + length + 1, 0) + [...text.split("\n")[line - 1] ?? ""].slice(0, column - 1).join("").length;

const SENTENCE = /(?:^|, |one of )([A-Z]\w*(?: [\w?$<>]+){2,})/;

function syntaxError(query, end, complaint) {
  const before = words(query).filter(({ start }) => start < end);
  const token = before.at(-1) ?? { text: query.slice(0, 1), start: 0 }, [, sentence] = SENTENCE.exec(complaint) ?? [];
  const shown = token.text.slice(0, 40), after = before.at(-2)?.text.slice(0, 40);
  if (!token.text) return errorAt(query, token, "The query is empty.");
  if (sentence) return errorAt(query, token, `Something is wrong near ${shown}; the parser says: ${sentence}.`);
  if (!after) return errorAt(query, token, `Something is missing or wrong at or before ${shown}.`);
  return errorAt(query, token, `Something is missing or wrong at or before ${shown}, which stands after ${after}.`);
}

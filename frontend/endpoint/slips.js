// Slips in queries that people make most, in the words of the server, which knows more of them.

import { errorAt, words } from "./rewriting.js";

const FORMS = ["SELECT", "ASK", "CONSTRUCT", "DESCRIBE"];
const UPDATES = new Set("INSERT DELETE LOAD CLEAR CREATE DROP ADD MOVE COPY WITH".split(" "));
const CLOSES = { ")": "(", "]": "[", "}": "{" };
const UPDATE = "This is SPARQL Update, and here data is only read: updates are not accepted. Ask with SELECT, ASK, CONSTRUCT or DESCRIBE.";

// The problem of a query with a syntax error, if it is one of these slips; *prefixes* are those that people know here.
export const slip = (query, prefixes) => {
  const list = words(query);
  for (const rule of [firstWord, unclosed, undeclared, short]) {
    const found = rule(list, query, prefixes);
    if (found) return errorAt(query, ...found);
  }
  return null;
};

const isNear = (word, form) => word.length > 2 && (form.startsWith(word) || word.startsWith(form.slice(0, 4)) || [...form].sort().join() === [...word].sort().join());

function firstWord(list) {
  let at = 0;
  while (["PREFIX", "BASE", "VERSION"].includes(list[at]?.text.toUpperCase())) at += list[at].text.toUpperCase() === "PREFIX" ? 3 : 2;
  const token = list[at], word = token?.text.toUpperCase();
  if (!token) return list.length ? [list.at(-1), "The query ends after its declarations: SELECT, ASK, CONSTRUCT or DESCRIBE is missing."] : null;
  if (UPDATES.has(word)) return [token, UPDATE];
  if (FORMS.includes(word) || word === "{") return null;
  const near = FORMS.find((form) => isNear(word, form));
  return [token, near ? `${token.text} is not a SPARQL keyword; ${near} is meant.` : `A query begins with SELECT, ASK, CONSTRUCT or DESCRIBE, not with ${token.text}.`];
}

function unclosed(list) {
  const open = [];
  for (const token of list) {
    if (Object.values(CLOSES).includes(token.text)) open.push(token);
    else if (Object.hasOwn(CLOSES, token.text) && open.pop()?.text !== CLOSES[token.text]) return null;
  }
  return open.length ? [open.at(-1), `${open.at(-1).text} is not closed.`] : null;
}

function undeclared(list, query, prefixes) {
  const declared = new Set(list.filter((_, at) => list[at - 1]?.text.toUpperCase() === "PREFIX").map(({ text }) => text.slice(0, -1)));
  const token = list.find(({ kind, text }, at) => kind === "name" && list[at - 1]?.text.toUpperCase() !== "PREFIX" && !declared.has(text.split(":")[0]));
  const name = token?.text.split(":")[0];
  if (!token) return null;
  const known = Object.hasOwn(prefixes, name) && prefixes[name];
  return [token, `The prefix ${name}: is not declared. ${known ? `Add: PREFIX ${name}: <${known}>` : `Declare it with PREFIX ${name}: and its namespace in angle brackets.`}`];
}

const isTerm = ({ kind }) => ["variable", "name", "iri", "type"].includes(kind);

// A triple that ends after its property.
function short(list, query) {
  const at = list.findIndex((token, place) => "}.".includes(token.text) && isTerm(list[place - 1] ?? {}) && isTerm(list[place - 2] ?? {})
    && "{}.".includes(list[place - 3]?.text ?? "?"));
  return at < 0 ? null : [list[at], `A triple needs an object after ${query.slice(list[at - 2].start, list[at - 1].end)}.`];
}

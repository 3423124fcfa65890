// The rows of canned queries in the language of the reader: as gbagraph.web.translated on a server.

import { inQuotes } from "../terms.js";
import { tagsOf } from "./labels.js";
import { labelling } from "./table.js";

const BY_LANGUAGE = /\blang\(\?(\w+)\)(?! = "en")/gi;
const SAMPLE = /\(SAMPLE\(\?(\w+)\) AS \?(\w+)\)/g;

// What names things in the rows of a page by their labels, and says texts that are the English of something.
export const translation = (site, { version }, query, reader) => async (found, labels) => {
  if (!found.rows) return;
  const { values, translations } = reader.settings;
  const texts = reader.language === "en" ? [] : englishTexts(found, query);
  const told = texts.length ? await tellings(await site.engine(version), translations, texts, reader) : new Map();
  const columns = labelling(found.names, found.rows), own = values[reader.language] ?? {};
  found.rows = found.rows.map((row) => said(withLabels(row, columns, labels), own, told));
};

// The texts in columns of rows that are all English, but for labels, and for what the query asks by language.
function englishTexts({ names, rows }, query) {
  const sampled = new Map([...query.matchAll(SAMPLE)].map(([, variable, column]) => [column, variable]));
  const byLanguage = new Set([...query.matchAll(BY_LANGUAGE)].map(([, name]) => name)), labels = new Set(labelling(names, rows).values());
  const free = names.filter((name) => !labels.has(name) && !byLanguage.has(sampled.get(name) ?? name));
  const texts = free.flatMap((name) => {
    const cells = rows.map((row) => row[name]).filter((cell) => cell?.["xml:lang"]);
    return cells.every((cell) => cell["xml:lang"] === "en") ? cells.map(({ value }) => value) : [];
  });
  return [...new Set(texts)];
}

// What each text is of each thing in the reader's language: by text and thing.
async function tellings(engine, query, texts, reader) {
  const tags = tagsOf(reader.language, reader.settings).filter((tag) => tag.startsWith(reader.language.slice(0, 2)));
  const filled = query.replaceAll("LANGUAGES", () => tags.map((tag, rank) => `(${inQuotes(tag)} ${rank})`).join(" "))
    .replaceAll("UNDEF", () => texts.map((text) => `${inQuotes(text)}@en`).join(" "));
  const told = new Map();
  for (const { text, thing, told: other } of (await engine.solutions(filled)).rows) {
    if (!told.has(text.value)) told.set(text.value, new Map());
    const byThing = told.get(text.value);
    if (!byThing.has(thing.value)) byThing.set(thing.value, other.value);
  }
  return told;
}

function withLabels(row, columns, labels) {
  const changed = { ...row };
  for (const [name, label] of columns) {
    const known = row[label] && labels.of(row[name]), tag = row[label]?.["xml:lang"];
    if (known && tag && tag !== known["xml:lang"]) changed[label] = known;
  }
  return changed;
}

function said(row, own, told) {
  const things = Object.values(row).map(({ value }) => value);
  const written = (term) => {
    if (term.type !== "literal") return term;
    const byThing = told.get(term.value) ?? new Map(), known = things.map((thing) => byThing.get(thing)).filter(Boolean);
    const texts = Object.hasOwn(own, term.value) ? [own[term.value]] : known.length ? known.slice(0, 1) : [...new Set(byThing.values())];
    return texts.length === 1 ? { type: "literal", value: texts[0] } : term;
  };
  return Object.fromEntries(Object.entries(row).map(([name, term]) => [name, written(term)]));
}

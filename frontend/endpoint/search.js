// Search by name, as JSON and as a page, from the list of names that the site has.

import { Finder, KINDS } from "./finder.js";
import { list, sectionsWith } from "./manual.js";
import { HTML, JSON_FORMAT, choose, languages as tags, quoted } from "./negotiation.js";
import { Frame, HEADERS, withAttribute } from "./pages/frame.js";
import { html } from "./pages/html.js";
import { tagsOf } from "./pages/labels.js";
import { TITLES, results } from "./pages/results.js";
import { inFolder, readerOf } from "./pages/sparql.js";
import { Problem } from "./problem.js";
import { inUrl, requestedFormats } from "./protocol.js";
import { localName, spaced } from "./texts.js";

const MOST = 100;
const LAST = 10_000;
const ON_A_PAGE = 20;
const NEAREST = 5;
const SNIPPET = 200;

// The finder over the names of the site, and its entries by IRI.
export const names = (site) => site.once("names", async () => {
  const { signs, entries } = await list(site, "names");
  const whole = entries.map((entry) => ({ texts: [], types: [], isSource: false, ...entry, snippet: entry.texts?.[0][0] ?? "" }));
  return { finder: new Finder(whole, signs), byIri: new Map(whole.map((entry) => [entry.iri, entry])) };
});

// What a text may mean, as the server tells it: {query, results, total, counts, words, …}.
export async function found(site, { text = "", kinds = [], languages = [], limit = 10, offset = 0 }) {
  const { finder, byIri } = await names(site);
  const { hits, words, slips } = text ? finder.find(text) : { hits: listed(finder, kinds, languages), words: [], slips: {} };
  const wanted = hits.filter(({ entry }) => !kinds.length || kinds.includes(entry.kind));
  const row = (hit) => rowOf(hit, finder, byIri, languages);
  return {
    query: text,
    results: wanted.slice(offset, offset + limit).map(row),
    total: wanted.length,
    counts: Object.fromEntries(KINDS.map((kind) => [kind, hits.filter(({ entry }) => entry.kind === kind).length]).filter(([, count]) => count)),
    words,
    ...(Object.keys(slips).length && { slips }),
    ...(!hits.length && { suggestions: finder.nearest(text, NEAREST).map(row) }),
  };
}

// All that there is, by name; of a kind, documents after what they tell of.
function listed(finder, kinds, languages) {
  const rows = finder.entries.map((entry) => ({ entry, score: 0, name: null }));
  const place = ({ entry }) => (entry.kind === "thing" && entry.isSource ? "1" : "0") + spaced(shown(entry, languages)[0]);
  const places = new Map(rows.map((row) => [row, place(row)]));
  return rows.sort((one, other) => (places.get(one) < places.get(other) ? -1 : places.get(one) > places.get(other) ? 1 : 0));
}

const preferred = (texts, languages) =>
  languages.map((tag) => texts.find(([, language]) => `${language}-`.toLowerCase().startsWith(`${tag}-`))).find(Boolean);

const labelOf = ({ label, names }) => label ?? (names[1] ?? names[0])[0];

// The label in the first of the languages that it has one in.
function shown(entry, languages) {
  const labels = entry.names.filter(([, language]) => language), label = labelOf(entry);
  return preferred(labels, languages) ?? labels.find(([text]) => text === label) ?? [label, ""];
}

function rowOf({ entry, name, score }, finder, byIri, languages) {
  const { kind, iri, names, texts, types, address, name: prefixed = iri } = entry;
  const label = shown(entry, languages), same = (text) => finder.sameSigns(text);
  const match = name && same(name[0]) !== same(label[0]) ? name : label;
  const [snippet, snippetLanguage] = preferred(texts, languages) ?? texts[0] ?? ["", "en"];
  const classes = types.map((type) => (byIri.has(type) ? shownClass(byIri.get(type), languages) : localName(type)));
  const others = names.slice(1).filter(([text]) => text !== match[0]).map(([text, language]) => ({ text, language }));
  return {
    kind, iri, label: label[0], snippet: short(snippet), labelLanguage: label[1], snippetLanguage, name: prefixed, address,
    match: match[0], language: match[1], names: others, score, ...(types.length && { types: [...new Set(classes)] }),
  };
}

const shownClass = (entry, languages) => (preferred(entry.names.slice(1), languages) ?? [labelOf(entry)])[0];

// A text on one line, cut between words.
function short(text) {
  const line = text.split(/\s+/).filter(Boolean).join(" ");
  return line.length <= SNIPPET ? line : `${line.slice(0, SNIPPET).split(" ").slice(0, -1).join(" ")} …`;
}

export async function search(site, asked) {
  const { has_search: isOffered, searched } = await site.settings();
  if (!isOffered || !searched.names) return null;
  const { parameters, accept } = asked, text = [...(last(parameters, "q") ?? "").trim()].slice(0, 200).join("");
  const kinds = kindsOf(parameters), requested = requestedFormats(inUrl(asked));
  if (choose(accept, [JSON_FORMAT, HTML], requested, "a search") === HTML) return page(site, asked, text, kinds);
  if (!text && !kinds.length) throw new Problem("bad-parameter", "The parameter q, the text to look for, is missing. Ask like this: " +
    "/search?q=NAME, or for all of a kind like this: /search?kind=thing", { parameter: "q" });
  const limit = numberOf(parameters, "limit", 10, 1, MOST), offset = numberOf(parameters, "offset", 0, 0, LAST);
  const languages = tags(last(parameters, "labels") ?? ""), rows = await found(site, { text, kinds, languages, limit, offset });
  return new Response(`${JSON.stringify(await inLanguage(site, rows, languages))}\n`, { headers: { "content-type": "application/json" } });
}

// Suggestions lead to the pages in the language in which they are asked for: of a site, these are other files.
async function inLanguage(site, rows, [first]) {
  const { languages } = await site.settings(), folder = languages.slice(1).find((tag) => tag.toLowerCase() === first);
  for (const row of folder ? [...rows.results, ...(rows.suggestions ?? [])] : []) row.address = `${folder}/${row.address}`;
  return rows;
}

// Of a parameter that is given twice, the last counts.
const last = (parameters, name) => parameters.getAll(name).at(-1);

function kindsOf(parameters) {
  const kinds = [...new Set(parameters.getAll("kind").filter(Boolean))], wrong = kinds.find((kind) => !KINDS.includes(kind));
  if (wrong) throw new Problem("bad-parameter", `The parameter kind has the value ${quoted(wrong.slice(0, MOST))}. It can be ${KINDS.join(", ")}.`, { parameter: "kind" });
  return kinds;
}

function numberOf(parameters, name, usual, least, most) {
  const text = last(parameters, name) ?? String(usual);
  if (/^\d{1,9}$/.test(text) && text >= least && text <= most) return Number(text);
  throw new Problem("bad-parameter", `The parameter ${name} has the value ${quoted(text.slice(0, MOST))}. Give a number from ${least} to ${most}.`, { parameter: name });
}

// The page: the one that the site has of a search without a text, with the results after its form.
async function page(site, asked, text, kinds) {
  const { parameters, language } = asked, settings = await site.settings();
  if (!text && !kinds.length) return null;
  // The links of a page lead on from its folder.
  const redirect = inFolder(asked);
  if (redirect) return redirect;
  const number = numberOf(parameters, "page", 1, 1, LAST / ON_A_PAGE), offset = (number - 1) * ON_A_PAGE;
  const languages = tagsOf(language, settings), [kind = ""] = kinds;
  const rows = await found(site, { text, kinds: kinds.slice(0, 1), languages, limit: ON_A_PAGE, offset });
  const sections = kind ? [] : await sectionsWith(site, rows.words.join(" "), language);
  const reader = readerOf(settings, asked), hasMore = rows.total > offset + ON_A_PAGE;
  const written = results({ ...rows, text, kind, page: number, offset, hasMore, sections }, reader);
  const frame = await Frame.of(site, asked);
  frame.exchange(/<title>/, () => html`<title>${text || reader.say(TITLES[kind])} – `)
    .exchange(/<input id="asked"[^>]*>/, (input) => withAttribute(input, "value", text))
    .exchange(/(<main[^]*?<\/form>)[^]*?(<p>(?:(?!<p>)[^])*<\/main>)/, (_, form, otherWays) => `${form}\n${written}${rows.results.length ? "</main>" : otherWays}`);
  return new Response(frame.text, { headers: HEADERS });
}

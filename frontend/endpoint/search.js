// Search by name, as JSON and as a page, from the list of names that the site has.

import { Finder, KINDS } from "./finder.js";
import { HTML, choose, quoted } from "./negotiation.js";
import { Problem } from "./problem.js";
import { isAscii, localName, spaced, stem } from "./texts.js";

const JSON_FORMAT = { media_type: "application/json", extension: "json", name: "json", names: [], standard: true };
const MOST = 100;
const LAST = 10_000;
const ON_A_PAGE = 20;
const NEAREST = 5;
const SECTIONS = 3;
const SNIPPET = 200;
const AROUND = 90;
const LANGUAGE = /^[a-z]{1,8}(?:-[a-z0-9]{1,8})*$/;

// A list that is searched, read once.
const list = (site, name) => site.once(`list ${name}`, async () =>
  JSON.parse(new TextDecoder().decode(await site.bytes((await site.settings()).searched[name]))));

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

// Without an index, search is left out of the site.
export async function search(site, asked) {
  if (!(await site.settings()).searched.names) return null;
  const { parameters, accept } = asked, text = [...(last(parameters, "q") ?? "").trim()].slice(0, 200).join("");
  const kinds = kindsOf(parameters), requested = [...parameters.getAll("format"), ...parameters.getAll("output")];
  if (choose(accept, [JSON_FORMAT, HTML], requested, "a search") === HTML) return page(site, asked, text, kinds);
  if (!text && !kinds.length) throw new Problem("bad-parameter", "The parameter q, the text to look for, is missing. Ask like this: " +
    "/search?q=NAME, or for all of a kind like this: /search?kind=thing", { parameter: "q" });
  const limit = number(parameters, "limit", 10, 1, MOST), offset = number(parameters, "offset", 0, 0, LAST);
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

function number(parameters, name, usual, least, most) {
  const text = last(parameters, name) ?? String(usual);
  if (/^\d{1,9}$/.test(text) && text >= least && text <= most) return Number(text);
  throw new Problem("bad-parameter", `The parameter ${name} has the value ${quoted(text.slice(0, MOST))}. Give a number from ${least} to ${most}.`, { parameter: name });
}

function tags(value) {
  const found = [...new Set(value.split(",").map((part) => part.trim().toLowerCase()).filter(Boolean))];
  if (found.length <= 10 && found.every((tag) => LANGUAGE.test(tag))) return found;
  throw new Problem("bad-parameter", `The parameter labels has the value ${quoted(value.slice(0, 100))}. Give language tags with commas ` +
    "between them, the preferred first and at most 10, such as zh-hans,en.", { parameter: "labels", value: value.slice(0, 100) });
}

// The page: the one that the site has of a search without a text, with the results after its form.
async function page(site, asked, text, kinds) {
  const { url, parameters, language } = asked, settings = await site.settings();
  if (!text && !kinds.length) return null;
  // The links of a page lead on from its folder.
  if (!url.pathname.endsWith("/")) return Response.redirect(new URL(`${url.pathname}/${url.search}`, url), 308);
  const number_ = number(parameters, "page", 1, 1, LAST / ON_A_PAGE), offset = (number_ - 1) * ON_A_PAGE;
  const languages = labelLanguages(settings, language), kind = kinds[0] ?? "";
  const rows = await found(site, { text, kinds: kinds.slice(0, 1), languages, limit: ON_A_PAGE, offset });
  const sections = kinds.length ? [] : await inManual(site, rows.words, language);
  const say = (key, values = {}) => Object.entries(values).reduce((said, [name, value]) => said.replaceAll(`%(${name})s`, value), settings.words[language]?.[key] ?? key);
  const written = new Writing({ ...rows, text, kind, page: number_, offset, sections, say, language }).html();
  const folder = language === settings.languages[0] ? "" : `${language}/`;
  const frame = await (await site.file(`${folder}search/index.html`)).text();
  return new Response(framed(frame, written, text || say(TITLES[kind]), text, rows), { headers: { "content-type": "text/html; charset=utf-8" } });
}

function framed(frame, written, title, text, { results }) {
  const [, before, rest, after] = /^([^]*<main[^]*?<\/form>)([^]*?)(<\/main>[^]*)$/.exec(frame);
  const head = before.replace(/<title>/, () => `<title>${escaped(title)} – `)
    .replace(/(<input id="?asked"?[^>]*?) value(?:="[^"]*")?(?=[ >])/, (_, input) => `${input} value="${escaped(text)}"`);
  const [otherWays] = /<p>(?:(?!<p>)[^])*$/.exec(rest) ?? [""];
  return head + written + (results.length ? "" : otherWays) + after;
}

// The languages in which names are looked up for a reader, the preferred first.
function labelLanguages({ languages, language: own = "" }, language) {
  const main = language.split("-")[0];
  const tags = [language, ...languages.filter((tag) => tag.split("-")[0] === main), own, "en"];
  return [...new Set(tags.filter(Boolean).map((tag) => tag.toLowerCase()))];
}

const ESCAPES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&#34;", "'": "&#39;" };
const escaped = (text) => String(text).replace(/[&<>"']/g, (sign) => ESCAPES[sign]);

// Where the file of a page is, as a link from the page of the search.
function linked(address) {
  const [, path, rest] = /^([^?#]*)(.*)$/.exec(address), [, format] = /^\?format=(\w+)$/.exec(rest) ?? [];
  return format ? `../${path}.${format}` : `../${path}/${rest}`;
}

const TITLES = { thing: "Things", class: "Classes", property: "Properties", query: "Questions", paragraph: "Passages", graph: "Graphs", prefix: "Prefixes" };
const SINGULAR = { class: "class", property: "property", query: "question", graph: "graph", prefix: "prefix" };

// What stands after the form, in HTML.
class Writing {
  constructor(found) {
    Object.assign(this, found);
  }

  html() {
    return [this.kinds(), this.notices(), this.list(), this.manual()].join("\n");
  }

  kinds() {
    const { counts, kind, text, say } = this, given = text ? { q: text } : {};
    if (Object.keys(counts).length < 2 && !kind) return "";
    const chip = (query, isHere, words) => `<li><a href="?${escaped(new URLSearchParams(query))}"${isHere ? ' aria-current="true"' : ""}>${words}</a></li>`;
    const all = Object.values(counts).reduce((sum, count) => sum + count, 0);
    const chips = Object.entries(counts).map(([name, count]) => chip({ ...given, kind: name }, name === kind, `${say(TITLES[name])} ${count}`));
    return `<ul class="chips">${text ? chip(given, !kind, `${say("All")} ${all}`) : ""}${chips.join("")}</ul>`;
  }

  notices() {
    const { slips = {}, results, say } = this;
    const notice = ([word, others]) => `<p class="notice">${escaped(say("There is no name with %(word)s; these have %(others)s.", { word, others: others.join(say(", ")) }))}</p>`;
    return results.length ? Object.entries(slips).map(notice).join("") : "";
  }

  list() {
    const { results, text, total, suggestions = [], slips = {}, say, offset } = this;
    const rows = (some) => some.map((row) => this.result(row)).join("");
    if (results.length) return `<h2 class="hidden-label">${say("Results")}</h2><ol class="results" start="${offset + 1}">${rows(results)}</ol>${this.pages()}`;
    if (!text || total) return "";
    const none = escaped(say("Nothing here about “%(text)s”.", { text: Object.keys(slips).join(" ") || text }));
    const near = suggestions.length ? `<ol class="results">${rows(suggestions)}</ol>` : "";
    return `<p class="notice">${none}${near && ` ${say("Near it:")}`}</p>${near}`;
  }

  pages() {
    const { page, offset, total, text, kind, say } = this, hasMore = total > offset + ON_A_PAGE;
    const link = (rel, number, words) => `<a rel="${rel}" href="?${escaped(new URLSearchParams({ ...(text && { q: text }), page: number, ...(kind && { kind }) }))}">${say(words)}</a>`;
    if (page === 1 && !hasMore) return "";
    return `<p class="pages">${page > 1 ? link("prev", page - 1, "Previous") : ""} ${hasMore ? link("next", page + 1, "Next") : ""}</p>`;
  }

  result({ address, label, labelLanguage, types, kind, match, language, snippet, snippetLanguage }) {
    const { say } = this, lang = (tag) => (tag ? ` lang="${escaped(tag)}"` : "");
    const kinds = (types ?? (SINGULAR[kind] ? [say(SINGULAR[kind])] : [])).map((type) => `<span class="kind">${escaped(type)}</span> `).join("");
    const also = match !== label && language ? `<span class="soft">${say("also:")} <span${lang(language)}>${this.marked(match)}</span></span>` : "";
    const told = snippet ? `<p class="soft"${lang(snippetLanguage)}>${this.marked(snippet)}</p>` : "";
    return `<li><a href="${escaped(linked(address))}"${lang(labelLanguage)}>${this.marked(label)}</a>\n${kinds}${also}${told}</li>`;
  }

  manual() {
    const { sections, language: own, say } = this;
    if (!sections.length) return "";
    const row = ({ address, title, excerpt, language }) => `<li${language === own ? "" : ` lang="${language}"`}>` +
      `<a href="${escaped(linked(address))}">${this.marked(title)}</a>\n<p class="soft">${this.marked(excerpt)}</p></li>`;
    return `<section><h2 id="manual">${say("In the manual")}</h2><ol class="results">${sections.map(row).join("")}</ol></section>`;
  }

  // A text with a mark around each word that was looked for, in any of its forms.
  marked(text) {
    const forms = [...new Set(this.words.map((word) => stem(word).replace(/[$()*+.?[\\\]^{|}/-]/g, "\\$&")))].sort((one, other) => other.length - one.length);
    if (!forms.length) return escaped(text);
    const pattern = forms.map((form) => (isAscii(form) ? `(?<![\\p{L}\\p{N}_])${form}[\\p{L}\\p{N}_]*` : form)).join("|");
    return text.split(new RegExp(`(${pattern})`, "giu")).map((part, at) => (at % 2 ? `<mark>${escaped(part)}</mark>` : escaped(part))).join("");
  }
}

// The sections of the manual that have all words, the best first: those in the reader's language, if any.
async function inManual(site, words, language) {
  const { searched } = await site.settings(), wanted = [...new Set(words.join(" ").toLowerCase().split(/\s+/).filter(Boolean))];
  const name = `manual-${language}`;
  if (!wanted.length || !searched[name]) return [];
  const sections = await list(site, name);
  const whole = (row) => (row.searched ??= `${row.page} ${row.heading} ${row.text || row.prose}`.toLowerCase());
  const every = sections.filter((row) => wanted.every((word) => whole(row).includes(word)));
  const own = every.filter((row) => row.language === language);
  const count = (text, word) => text.toLowerCase().split(word).length - 1, has = (text) => wanted.filter((word) => text.toLowerCase().includes(word)).length;
  const rank = ({ heading, page, text, prose }) => [has(heading), has(page), wanted.reduce((sum, word) => sum + count(text || prose, word), 0)];
  const ranked = (own.length ? own : every).map((row) => [row, rank(row)])
    .sort(([, one], [, other]) => other[0] - one[0] || other[1] - one[1] || other[2] - one[2]);
  return ranked.slice(0, SECTIONS).map(([row]) => ({ ...row, excerpt: excerpt(row.prose, wanted) }));
}

function excerpt(text, words) {
  const places = words.map((word) => text.toLowerCase().indexOf(word)).filter((place) => place >= 0);
  const middle = places.length ? Math.min(...places) : 0, start = Math.max(0, middle - AROUND), end = middle + AROUND;
  const part = start ? `… ${text.slice(start, end).replace(/^[^ ]* ?/, "")}` : text.slice(0, end);
  return end >= text.length ? part : `${part.split(" ").slice(0, -1).join(" ")} …`;
}

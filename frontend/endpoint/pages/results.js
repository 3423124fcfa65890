// Results of a search as HTML, as the server's templates write them.

import { html } from "./html.js";
import { isAscii, stem } from "../texts.js";

export const TITLES = { thing: "Things", class: "Classes", property: "Properties", query: "Questions", paragraph: "Passages", graph: "Graphs", prefix: "Prefixes" };
const SINGULAR = { class: "class", property: "property", query: "question", graph: "graph", prefix: "prefix" };

// Where the file of a page is, as a link from a page in a folder.
export function linked(address, root) {
  const [, path, rest] = /^([^?#]*)(.*)$/.exec(address), [, format] = /^\?format=(\w+)$/.exec(rest) ?? [];
  return format ? `${root}${path}.${format}` : `${root}${path}/${rest}`;
}

// A text with a mark around each of the words, in any of its forms.
function marked(text, words) {
  const forms = [...new Set(words.map((word) => stem(word).replace(/[$()*+.?[\\\]^{|}]/g, "\\$&")))].sort((one, other) => other.length - one.length);
  if (!forms.length) return text;
  const pattern = forms.map((form) => (isAscii(form) ? `(?<![\\p{L}\\p{N}_])${form}[\\p{L}\\p{N}_]*` : form)).join("|");
  return text.split(new RegExp(`(${pattern})`, "giu")).map((part, at) => (at % 2 ? html`<mark>${part}</mark>` : part));
}

const inLanguage = (tag) => tag && html` lang="${tag}"`;

// What stands after the form of the search.
export function results(found, reader) {
  return html`${kindsOf(found, reader)}${notices(found, reader)}${list(found, reader)}${ofManual(found, reader)}`;
}

function kindsOf({ counts, kind, text }, reader) {
  const given = text ? { q: text } : {}, all = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const chip = (query, isHere, words, count) =>
    html`<li><a href="?${String(new URLSearchParams(query))}"${isHere && html` aria-current="true"`}>${words} ${String(count)}</a></li>\n`;
  const chips = Object.entries(counts).map(([name, count]) => chip({ ...given, kind: name }, name === kind, reader.say(TITLES[name]), count));
  return (chips.length > 1 || kind) && html`<ul class="chips">\n${text && chip(given, !kind, reader.say("All"), all)}${chips}</ul>\n`;
}

function notices({ slips = {}, results }, reader) {
  const near = results.length ? Object.entries(slips) : [], others = (names) => names.join(reader.say(", "));
  return near.map(([word, names]) => html`<p class="notice">${reader.say("There is no name with %(word)s; these have %(others)s.", { word, others: others(names) })}</p>\n`);
}

function list(found, reader) {
  const { results, text, total, suggestions = [], slips = {}, offset } = found;
  const rows = (some) => some.map((row) => result(row, found.words, reader));
  if (results.length) return html`<h2 class="hidden-label">${reader.say("Results")}</h2>\n<ol class="results" start="${String(offset + 1)}">\n${rows(results)}</ol>\n${pages(found, reader)}`;
  if (!text || total) return "";
  const none = reader.say("Nothing here about “%(text)s”.", { text: Object.keys(slips).join(" ") || text });
  return html`<p class="notice">${none}${suggestions.length > 0 && ` ${reader.say("Near it:")}`}</p>\n${suggestions.length > 0 && html`<ol class="results">${rows(suggestions)}</ol>\n`}`;
}

function pages({ page, hasMore, text, kind }, reader) {
  const link = (rel, number, words) =>
    html`<a rel="${rel}" href="?${String(new URLSearchParams({ ...(text && { q: text }), page: number, ...(kind && { kind }) }))}">${reader.say(words)}</a>`;
  return (page > 1 || hasMore) && html`<p class="pages">${page > 1 && link("prev", page - 1, "Previous")}\n${hasMore && link("next", page + 1, "Next")}</p>\n`;
}

function result({ address, label, labelLanguage, types, kind, match, language, snippet, snippetLanguage }, words, reader) {
  const kinds = types ?? (SINGULAR[kind] ? [reader.say(SINGULAR[kind])] : []);
  const also = match !== label && language && html`<span class="soft">${reader.say("also:")} <span${inLanguage(language)}>${marked(match, words)}</span></span>\n`;
  return html`<li><a href="${linked(address, reader.root)}"${inLanguage(labelLanguage)}>${marked(label, words)}</a>
${kinds.map((type) => html`<span class="kind">${type}</span> `)}${also}${snippet && html`<p class="soft"${inLanguage(snippetLanguage)}>${marked(snippet, words)}</p>\n`}</li>\n`;
}

function ofManual({ sections, words }, reader) {
  const row = ({ address, title, excerpt, language }) => html`<li${language !== reader.language && inLanguage(language)}><a href="${linked(address, reader.root)}">${marked(title, words)}</a>
<p class="soft">${marked(excerpt, words)}</p></li>\n`;
  const all = html`<p><a href="${reader.root}docs/?${String(new URLSearchParams({ q: words.join(" ") }))}">${reader.say("All %(number)s", { number: sections.length })}</a></p>\n`;
  return sections.length > 0 && html`<section>\n<h2 id="manual">${reader.say("In the manual")}</h2>\n<ol class="results">\n${sections.slice(0, 3).map(row)}</ol>\n${sections.length > 3 && all}</section>\n`;
}

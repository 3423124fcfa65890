// The search of the manual, in the list of its sections that the site has.

import { file } from "./files.js";
import { HTML, choose } from "./negotiation.js";
import { Frame, HEADERS } from "./pages/frame.js";
import { html } from "./pages/html.js";
import { linked } from "./pages/results.js";
import { inFolder, readerOf } from "./pages/sparql.js";
import { inUrl, requestedFormats } from "./protocol.js";

const MARKDOWN = { media_type: "text/markdown", extension: "md", name: "Markdown", names: ["markdown"], standard: true };

const LONGEST = 500;
const AROUND = 90;

// A list that is searched, read once.
export const list = (site, name) => site.once(`list ${name}`, async () =>
  JSON.parse(new TextDecoder().decode(await site.bytes((await site.settings()).searched[name]))));

// The sections of the manual that have all words, the best first: those in the reader's language, if any.
export async function sectionsWith(site, text, language) {
  const { searched } = await site.settings(), wanted = [...new Set(text.slice(0, LONGEST).toLowerCase().split(/\s+/).filter(Boolean))];
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
  return ranked.map(([row]) => ({ ...row, excerpt: excerpt(row.prose, wanted) }));
}

function excerpt(text, words) {
  const places = words.map((word) => text.toLowerCase().indexOf(word)).filter((place) => place >= 0);
  const middle = places.length ? Math.min(...places) : 0, start = Math.max(0, middle - AROUND), end = middle + AROUND;
  const part = start ? `… ${text.slice(start, end).replace(/^[^ ]* ?/, "")}` : text.slice(0, end);
  return end >= text.length ? part : `${part.split(" ").slice(0, -1).join(" ")} …`;
}

// The sections with a text, as Markdown or in place of the manual's contents on their page.
export async function manual(site, asked) {
  const { accept, parameters, language } = asked, text = parameters.getAll("q").at(-1);
  const settings = await site.settings(), pairs = inUrl(asked);
  if (!text || !settings.searched[`manual-${language}`]) return file(site, asked);
  const isPage = choose(accept, [MARKDOWN, HTML], requestedFormats(pairs), "the manual") === HTML;
  const redirect = isPage && inFolder(asked);
  if (redirect) return redirect;
  const found = await sectionsWith(site, text, language);
  if (isPage) return page(site, asked, text, found, readerOf(settings, asked));
  const rows = found.map(({ title, address, excerpt }) => `- [${title}](${site.base.pathname}${address}): ${excerpt}\n`);
  return new Response(rows.join(""), { headers: { "content-type": "text/markdown; charset=utf-8" } });
}

async function page(site, asked, text, found, reader) {
  const frame = await Frame.of(site, asked);
  frame.exchange(/<title>[^<]*?(?= – )/, () => html`<title>${text} – ${reader.say("Manual")}`)
    .exchange(/<article[^]*<\/article>/, () => html`<article><h1>${reader.say("Search the manual")}</h1>\n<p>${text}</p>\n${told(found, reader)}</article>`);
  return new Response(frame.text, { headers: HEADERS });
}

function told(found, reader) {
  const english = (language) => language !== reader.language && html` lang="${language}"`;
  const rows = found.map(({ address, title, excerpt, language }) =>
    html`<dt${english(language)}><a href="${linked(address, reader.root)}">${title}</a></dt>\n<dd${english(language)}>${excerpt}</dd>\n`);
  return rows.length ? html`<dl>\n${rows}</dl>` : html`<p>${reader.say("No section of the manual has all of these words. Try fewer of them.")}</p>`;
}

// The page of a canned query with other values than its file: as gbagraph.features.canned.routes on a server.

import { inPath } from "../binding.js";
import { asked as bind, nextPage, wantedOf } from "../canned.js";
import { labelsOf } from "../labels.js";
import { isOrdered } from "../modifiers.js";
import { Problem } from "../problem.js";
import { elsewhere } from "../protocol.js";
import { wordsOf } from "../texts.js";
import { Address } from "./address.js";
import { exchangeForm, exchangeVariants } from "./form.js";
import { Frame } from "./frame.js";
import { escaped, html } from "./html.js";
import { tagsOf } from "./labels.js";
import { addressOf, answered, inFolder, readerOf, section } from "./sparql.js";
import { translation } from "./translation.js";

const NOT_ASKED = "Not asked: a value above names no one thing.";
const FOLLOWING = /<details class="leave">\s*<summary>|<\/main>/;

// The values with which the page begins in a language.
const examplesOf = ({ examples, begins }, language) => Object.entries(examples)
  .map(([name, value]) => [name, begins[language]?.[name] ?? value]);

const textOf = ({ pieces }) => pieces.map((piece) => piece.text ?? piece).join("");

// The page; null where nothing is asked that the file of the site does not say.
export async function questionPage(site, asked, question, pairs) {
  if (!pairs.some(([, value]) => value)) return null;
  const redirect = inFolder(asked) ?? await toFile(site, asked, question, pairs);
  if (redirect) return redirect;
  const wanted = wantedOf(question, pairs), reader = readerOf(await site.settings(), asked);
  const given = wanted.given.length ? wanted.given : examplesOf(question, asked.language);
  const own = new Set(question.parameters.map(({ name }) => name)), named = new Set(wanted.given.map(([name]) => name));
  const address = new Address([...given, ...pairs.filter(([name]) => !named.has(name))], own);
  const page = new QuestionPage(site, asked, question, { ...wanted, given, address, reader });
  return answered(site, asked, (part, problem) => page.framed(part, problem), reader, () => page.section());
}

// Of the values that the page lists there are files, with all views of the answer.
async function toFile(site, asked, question, pairs) {
  const begins = new Map(examplesOf(question, asked.language)), given = new Map(pairs);
  const other = pairs.filter(([name, value]) => value !== (begins.get(name) ?? ""));
  const isOwn = other.every(([name]) => question.parameters.some((row) => row.name === name));
  if (other.length > 1 || !isOwn || given.size < pairs.length || [...begins.keys()].some((name) => !given.has(name))) return null;
  const folders = other.map(([name, value]) => `${name}=${inPath(value)}/`);
  const location = new URL(`./${folders.join("")}`, asked.url);
  const response = await site.read(`${location.pathname.slice(site.base.pathname.length)}index.html`).catch(() => null);
  return response?.ok ? new Response(null, { status: 303, headers: { location: location.pathname } }) : null;
}

class QuestionPage {
  constructor(site, asked, question, wanted) {
    Object.assign(this, { site, asked, question, ...wanted, bound: {} });
  }

  async section() {
    const { site, asked, question, address, reader, given, evidence, lacks = question.lacks } = this;
    if (evidence) throw elsewhere("The evidence of rows is found while a query is evaluated.");
    this.bound = await bind(site, asked.version, question, given);
    if (lacks) throw new Problem(lacks.problem, lacks.detail, { services: lacks.services });
    const url = addressOf(site, asked, `queries/${question.name}${address.written(address.forPrograms).replace("./", "")}`);
    const titles = Object.fromEntries(question.columns.map((name) => [name, wordsOf(name).join(" ")]));
    this.after = await nextPage(site, asked.version, question, { ...this, forServer: [] }).catch(() => null);
    return section(site, asked, { ...this, graphs: null, query: this.bound.query }, {
      address, reader, call: { address: url }, isOrdered: isOrdered(question),
      translate: translation(site, asked, textOf(question), reader),
      titles: { ...titles, ...question.titles[reader.language] },
    });
  }

  // The page of the site with this part in place of its answer.
  async framed(part, problem) {
    const { site, asked, bound, question, reader, address } = this, frame = await Frame.of(site, asked);
    const text = (bound.shown ?? textOf(question)).trim();
    const chosen = exchangeForm(frame, { ...this, problem, meanings: await this.meanings() });
    frame.exchange(/(<div class="toolbar">[^]*?<a class="button" href=")[^"]*"/, (_, begin) => `${begin}${escaped(this.editor(text))}"`);
    frame.exchange(/(<pre [^>]*data-language="sparql"[^>]*>)[^]*?(?=<\/pre>)/, (_, begin) => begin + escaped(text));
    exchangeVariants(frame, problem ? [] : chosen, address, reader);
    const isUnclear = problem?.more.suggestions;
    return frame.answer(isUnclear ? html`<p class="notice warning">${reader.say(NOT_ASKED)}</p>\n` : html`${part}${this.next}`, FOLLOWING).text;
  }

  get next() {
    const { after, reader } = this;
    return after && html`<p class="soft">${reader.say("The query was asked with a limit.")} <a rel="next" href="?${after}">${reader.say("The rows after these")}</a></p>\n`;
  }

  // What labels among the values mean.
  async meanings() {
    const { site, asked, reader, bound: { meant = [] } } = this, iri = ({ term }) => term.slice(1, -1);
    if (!meant.length) return [];
    const labels = await labelsOf(await site.engine(asked.version), meant.map(iri), tagsOf(reader.language, reader.settings), false);
    return meant.map((row) => ({ ...row, name: reader.compact(iri(row)), label: labels.get(iri(row))?.value ?? "" }));
  }

  editor(text) {
    const infer = this.infer === null ? [] : [["infer", String(this.infer)]];
    return `${this.reader.root}sparql/${new Address([]).written([["query", text], ...infer])}`;
  }
}


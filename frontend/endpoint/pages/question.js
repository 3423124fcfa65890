// The page of a canned query with other values than its file: as gbagraph.features.canned.routes on a server.

import { asked as bind, wantedOf } from "../canned.js";
import { encoded } from "../binding.js";
import { labelsOf } from "../labels.js";
import { Problem } from "../problem.js";
import { elsewhere } from "../protocol.js";
import { wordsOf } from "../texts.js";
import { Address } from "./address.js";
import { exchangeForm, exchangeVariants } from "./form.js";
import { Frame } from "./frame.js";
import { escaped } from "./html.js";
import { tagsOf } from "./labels.js";
import { answered, inFolder, readerOf, section } from "./sparql.js";
import { translation } from "./translation.js";

const FOLLOWING = /<details class="leave">\n<summary>|<\/main>/;

// The values with which the page begins in a language.
const examplesOf = ({ examples, texts }, language) => Object.entries(examples)
  .map(([name, value]) => [name, texts[language]?.parameters[name]?.default ?? value]);

// The page; null where nothing is asked that the file of the site does not say.
export async function questionPage(site, asked, question, pairs) {
  if (!pairs.some(([, value]) => value)) return null;
  const redirect = inFolder(asked) ?? await toFile(site, asked, question, pairs);
  if (redirect) return redirect;
  const wanted = wantedOf(question, pairs), reader = readerOf(await site.settings(), asked);
  const given = wanted.given.length ? wanted.given : examplesOf(question, asked.language);
  const own = new Set(question.parameters.map(({ name }) => name));
  const address = new Address([...given, ...pairs.filter((pair) => !wanted.given.includes(pair))], own);
  const page = new QuestionPage(site, asked, question, { ...wanted, given, address, reader });
  return answered(site, asked, (part, problem) => page.framed(part, problem), reader, () => page.section());
}

// Of the values that the page lists there are files, with all views of the answer.
async function toFile(site, asked, question, pairs) {
  const begins = new Map(examplesOf(question, asked.language)), given = new Map(pairs);
  const other = pairs.filter(([name, value]) => value !== (begins.get(name) ?? ""));
  const isOwn = other.every(([name]) => question.parameters.some((row) => row.name === name));
  if (other.length > 1 || !isOwn || given.size < pairs.length || [...begins.keys()].some((name) => !given.has(name))) return null;
  const folders = other.map(([name, value]) => `${name}=${encoded(value).replaceAll("~", "%7E").replaceAll("%", "~")}/`);
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
    if (lacks) throw new Problem(lacks.problem, lacks.detail, { services: lacks.services });
    this.bound = await bind(site, asked.version, question, given);
    const url = new URL(`queries/${question.name}${address.written(address.forPrograms).replace("./", "")}`, site.base).href;
    const titles = Object.fromEntries(question.columns.map((name) => [name, wordsOf(name).join(" ")]));
    return section(site, asked, { ...this, graphs: null, query: this.bound.query }, {
      address, reader, call: { address: url },
      translate: translation(site, asked, question.pieces, reader),
      titles: { ...titles, ...question.titles[reader.language] },
    });
  }

  // The page of the site with this part in place of its answer.
  async framed(part) {
    const { site, asked, bound, question, reader, address } = this, frame = await Frame.of(site, asked);
    const text = (bound.told ?? question.pieces.map((piece) => piece.text ?? piece).join("")).trim();
    const chosen = exchangeForm(frame, { ...this, meanings: await this.meanings() });
    frame.exchange(/(<div class="toolbar">[^]*?<a class="button" href=")[^"]*"/, (_, begin) => `${begin}${escaped(this.editor(text))}"`);
    frame.exchange(/(<pre [^>]*data-language="sparql"[^>]*>)[^]*?(?=<\/pre>)/, (_, begin) => begin + escaped(text));
    exchangeVariants(frame, chosen, address, reader);
    frame.answer(part, FOLLOWING);
    // What follows the answer is about its rows.
    frame.text = frame.text.replace(/(<\/section>\n)<p class="soft">[^]*?<\/p>\n(?=<details class="leave">\n<summary>)/, "$1");
    return frame.text;
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

